"""The table of synonyms: groups of words or expressions that mean the same."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from dam.db import Transaction
from dam.errors import Invalid, NotFound
from dam.models import Synonym, SynonymGroup
from dam.search.folding import key_of
from dam.services import audit
from dam.services.access import Action, Actor, demand
from dam.services.describing.wording import line

TERM_LIMIT = 120  # characters
WORDS = 5  # of one expression
TERMS = 16  # of one group
GROUPS = 2000


def groups(tx: Transaction) -> Sequence[SynonymGroup]:
    """All groups, by their first expression."""
    found = tx.scalars(select(SynonymGroup).order_by(SynonymGroup.id)).all()
    return sorted(found, key=lambda group: group.terms[0].key if group.terms else "")


def get(tx: Transaction, group_id: int) -> SynonymGroup:
    """By id. Raises NotFound."""
    group = tx.get(SynonymGroup, group_id)
    if group is None:
        raise NotFound("There are no such synonyms.")
    return group


def add(tx: Transaction, actor: Actor, terms: str | Iterable[str]) -> SynonymGroup:
    """A new group of ``terms`` (a text has commas between them): two at least. What is searched from the
    next moment on finds by it; nothing has to be indexed anew. Raises Invalid, Forbidden."""
    demand(actor, Action.MERGE_CATALOGUE)
    read = _read(terms)
    if tx.scalar(select(func.count()).select_from(SynonymGroup)) >= GROUPS:
        raise Invalid("There are %(most)d groups of synonyms already.", most=GROUPS)
    group = SynonymGroup(terms=_rows(read))
    tx.add(group)
    tx.flush()
    audit.record(tx, actor, "synonyms.add", None, terms=[term for term, _ in read])
    return group


def change(tx: Transaction, actor: Actor, group_id: int, terms: str | Iterable[str]) -> SynonymGroup:
    """Other ``terms`` for a group. Raises NotFound, Invalid, Forbidden."""
    demand(actor, Action.MERGE_CATALOGUE)
    group = get(tx, group_id)
    read = _read(terms)
    before = [one.term for one in group.terms]
    if before == [term for term, _ in read]:
        return group
    group.terms = _rows(read)
    tx.flush()
    audit.record(tx, actor, "synonyms.change", None, before=before, terms=[term for term, _ in read])
    return group


def remove(tx: Transaction, actor: Actor, group_id: int) -> list[str]:
    """Forget the group; its terms are returned, for ``restore``. Raises NotFound, Forbidden."""
    demand(actor, Action.MERGE_CATALOGUE)
    group = get(tx, group_id)
    terms = [one.term for one in group.terms]
    tx.delete(group)
    tx.flush()
    audit.record(tx, actor, "synonyms.remove", None, terms=terms)
    return terms


def restore(tx: Transaction, actor: Actor, terms: Sequence[str]) -> SynonymGroup:
    """Take ``remove`` back."""
    return add(tx, actor, terms)


def _read(terms: str | Iterable[str]) -> list[tuple[str, str]]:
    """(as written, key) of each, once each."""
    given = terms.replace("\n", ",").replace("=", ",").split(",") if isinstance(terms, str) else terms
    read: dict[str, str] = {}
    for text in given:
        term = line(text, TERM_LIMIT, "synonym")
        if not term:
            continue
        key = key_of(term)
        if not key:
            raise Invalid("“%(term)s” has no word that could be searched.", term=term)
        if len(key.split()) > WORDS:
            raise Invalid("“%(term)s” is too long: %(most)d words at most.", term=term, most=WORDS)
        read.setdefault(key, term)
    if len(read) < 2:
        raise Invalid("Synonyms need two different expressions at least, with commas between them.")
    if len(read) > TERMS:
        raise Invalid("%(most)d expressions in one group are enough.", most=TERMS)
    return [(term, key) for key, term in read.items()]


def _rows(read: Iterable[tuple[str, str]]) -> list[Synonym]:
    return [Synonym(term=term, key=key[:TERM_LIMIT]) for term, key in read]
