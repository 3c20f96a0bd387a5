"""What is offered while one types: officials, municipalities, events and photographers, with their counts."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Event, Municipality, Official, OfficialAlias, State
from dam.search.folding import fold
from dam.search.index import Asked, Filter, Tally
from dam.services import access
from dam.services.access import Action, Actor, demand
from dam.services.indexing.rows import DatabaseRows
from dam.services.suggesting import has_words, too_short

CANDIDATES = 60  # of each sort before they are ranked
TEXT_LIMIT = 80  # characters


@dataclass(frozen=True)
class Suggestion:
    """``filter`` and ``value`` as the address bar spells them ("official", "12"). ``count``: its assets that
    the asker may see. ``detail`` tells namesakes apart."""

    filter: str
    value: str
    label: str
    count: int
    detail: str = ""


def suggest(archive: Archive, actor: Actor, text: str, limit: int = 8) -> list[Suggestion]:
    """Each word typed begins a word of the name. The very name first, then names that begin so, then by
    their number of assets. Those without any asset in the asker's reach are left out, except for the office
    itself, which keeps the catalogue."""
    demand(actor, Action.SEE)
    text = text[:TEXT_LIMIT]
    if too_short(text):
        return []
    scope = access.scope(actor)
    with archive.reading() as tx:
        tally = archive.index.counts(DatabaseRows(tx), Asked(scope=scope))
        found = [
            *_officials(tx, text, _numbers(tally, Filter.OFFICIAL)),
            *_municipalities(tx, text, _numbers(tally, Filter.MUNICIPALITY)),
            *_events(tx, text, _numbers(tally, Filter.EVENT)),
            *_authors(text, tally.get(Filter.BYLINE, [])),
        ]
    if not (scope.everything and scope.rejected):
        found = [one for one in found if one.count]
    ranked = sorted(found, key=lambda one: _rank(text, one))
    return ranked[:limit]


def _numbers(tally: Tally, name: Filter) -> dict[str, int]:
    return {str(value): number for value, number in tally.get(name, [])}


def _rank(typed: str, one: Suggestion) -> tuple:
    folded, label = fold(typed), fold(one.label)
    nearness = 0 if label == folded else 1 if label.startswith(folded) else 2
    without_tilde = "ñ" in typed.casefold() and "ñ" not in one.label.casefold()
    return without_tilde, one.count == 0, nearness, -one.count, label


def _officials(tx: Transaction, text: str, numbers: dict[str, int]) -> Iterable[Suggestion]:
    folded = fold(text)
    shown: dict[int, tuple[str, str]] = {
        row.id: (row.name, "")
        for row in tx.execute(
            select(Official.id, Official.name).where(has_words(Official.folded, folded)).limit(CANDIDATES)
        )
    }
    aliases = (
        select(Official.id, Official.name, OfficialAlias.name.label("alias"))
        .join(OfficialAlias, OfficialAlias.official_id == Official.id)
        .where(has_words(OfficialAlias.folded, folded)).limit(CANDIDATES)
    )  # fmt: skip
    for row in tx.execute(aliases):
        shown.setdefault(row.id, (row.name, row.alias))
    for official_id, (name, alias) in shown.items():
        yield Suggestion("official", str(official_id), name, numbers.get(str(official_id), 0), alias)


def _municipalities(tx: Transaction, text: str, numbers: dict[str, int]) -> Iterable[Suggestion]:
    query = (
        select(Municipality.key, Municipality.name, State.short)
        .join(State, State.key == Municipality.state_key)
        .where(has_words(Municipality.folded, fold(text))).limit(CANDIDATES)
    )  # fmt: skip
    for row in tx.execute(query):
        yield Suggestion("municipality", row.key, row.name, numbers.get(row.key, 0), row.short)


def _events(tx: Transaction, text: str, numbers: dict[str, int]) -> Iterable[Suggestion]:
    query = select(Event.id, Event.name, Event.starts_at).where(has_words(Event.folded, fold(text)))
    for row in tx.execute(
        query.order_by(Event.starts_at.desc().nulls_last(), Event.id.desc()).limit(CANDIDATES)
    ):
        day = f"{row.starts_at:%Y-%m-%d}" if row.starts_at else ""
        yield Suggestion("event", str(row.id), row.name, numbers.get(str(row.id), 0), day)


def _authors(text: str, tally: Iterable[tuple[object, int]]) -> Iterable[Suggestion]:
    starts = fold(text).split()
    for name, number in tally:
        words = fold(str(name)).split()
        if all(any(word.startswith(start) for word in words) for start in starts):
            yield Suggestion("author", str(name), str(name), number)
