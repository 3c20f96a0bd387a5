"""*Búsqueda sugerida*: the same search with a misspelled word as the archive writes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Attendance,
    Event,
    Municipality,
    Office,
    Official,
    OfficialAlias,
)
from dam.search.folding import COMMON, stem, tokens, without_tilde
from dam.search.index import Asked, Word
from dam.search.retyping import respelled
from dam.search.typed import Field, Note, Remark, words_of
from dam.search.typed_reader import read
from dam.services import access
from dam.services.access import Actor
from dam.services.finding.asking import ask
from dam.services.finding.paging import around
from dam.services.finding.query import Query
from dam.services.indexing.rows import DatabaseRows

FEW = 3  # results; with more of them nobody is asked to write otherwise
WORDS = 6  # of a query that are looked at
NEAR = 4  # ways of writing a word that are tried


@dataclass(frozen=True)
class Spelling:
    """A search that finds more: ``total`` assets that the asker may see."""

    query: Query
    total: int


def spell(archive: Archive, actor: Actor, query: Query, total: int) -> Spelling | None:
    """A better way of writing ``query``, which found ``total``; None where there is none, or nothing to
    mend. Each word is looked at once, and only words that lead the asker somewhere are ever shown."""
    if total >= FEW or not query.text.strip():
        return None
    with archive.reading() as tx:
        rows, scope = DatabaseRows(tx), access.scope(actor)
        mended: dict[str, str] = {}
        _, notes = ask(tx, actor, query, around(archive))
        for word in list(_words(query.text, notes))[:WORDS]:
            here = archive.index.find(rows, Asked(wanted=(Word(stem(word)),), scope=scope), limit=1)
            if here.total >= FEW:
                continue
            for near in archive.index.near(rows, word, NEAR):
                there = archive.index.find(rows, Asked(wanted=(Word(near),), scope=scope), limit=1)
                written = _as_written(tx, there.asset_ids, near) if there.total > here.total else None
                if written:
                    mended[word] = written
                    break
        if not mended:
            return None
        better = replace(query, text=respelled(query.text, mended))
        asked, _ = ask(tx, actor, better, around(archive))
        found = archive.index.find(rows, asked, limit=1).total
    return Spelling(better, found) if found > total else None


def _words(text: str, notes: Sequence[Note]) -> Iterator[str]:
    """The plain words, as typed but for accents and case, and names in fields that nobody has. Those that say
    when or what kind are left out ("hoy" is not "horas" misspelled); names are looked at all the same, since
    that the catalogue has one is not told to everybody."""
    wanted = {clause.stem for clause in read(text).wanted if isinstance(clause, Word)}
    for note in notes:
        if note.remark in (Remark.NOT_FOUND, Remark.NOT_AMONG):
            wanted.update(clause.stem for clause in words_of(note.text) if isinstance(clause, Word))
        if note.remark is Remark.RECOGNISED and note.field in (Field.DATE, Field.KIND):
            wanted.difference_update(note.words)
    seen = dict.fromkeys(without_tilde(token) for token in tokens(text) if token not in COMMON)
    return (token for token in seen if stem(token) in wanted and token.isalpha())


def _as_written(tx: Transaction, asset_ids: tuple[int, ...], wanted: str) -> str | None:
    """How the asset's own texts write the word: with its accents. None where no text shows it."""
    for text in _texts(tx, asset_ids[0]) if asset_ids else ():
        for word in text.replace("/", " ").split():
            if any(without_tilde(stem(token)) == wanted for token in tokens(word)):
                return word.strip(".,;:()¿?¡!«»“”\"'…-").casefold()
    return None


def _texts(tx: Transaction, asset_id: int) -> Iterator[str]:
    """What stands in the asset's words, names first."""
    appears = select(Appearance.official_id).where(Appearance.asset_id == asset_id)
    attended = (
        select(Attendance.official_id).join(AssetEvent, AssetEvent.event_id == Attendance.event_id)
        .where(AssetEvent.asset_id == asset_id)
    )  # fmt: skip
    people = [*tx.scalars(appears), *tx.scalars(attended)]
    yield from tx.scalars(select(Official.name).where(Official.id.in_(people)))
    yield from tx.scalars(select(OfficialAlias.name).where(OfficialAlias.official_id.in_(people)))
    yield from tx.scalars(select(Office.title).where(Office.official_id.in_(people)))
    asset = tx.execute(
        select(Asset.headline, Asset.caption, Asset.alt_text, Asset.byline, Asset.credit, Asset.city,
               Asset.keywords, Asset.persons, Municipality.name, Municipality.other_names)
        .outerjoin(Municipality, Municipality.key == Asset.municipality_key)
        .where(Asset.id == asset_id)
    ).first()  # fmt: skip
    for part in asset or ():
        yield from part if isinstance(part, list) else [part] if part else []
    yield from tx.scalars(
        select(Event.name).join(AssetEvent, AssetEvent.event_id == Event.id)
        .where(AssetEvent.asset_id == asset_id)
    )  # fmt: skip
    yield from tx.scalars(
        select(Event.place).join(AssetEvent, AssetEvent.event_id == Event.id)
        .where(AssetEvent.asset_id == asset_id, Event.place.is_not(None))
    )  # fmt: skip
