"""How many results each filter would leave, with the names people know the values by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Event, Municipality, Official, State
from dam.search.folding import fold
from dam.search.index import Filter, Tally
from dam.search.offices import is_bare
from dam.services.access import Action, Actor, demand
from dam.services.finding.asking import ask
from dam.services.finding.labelling import office_names
from dam.services.finding.paging import around
from dam.services.finding.query import Filters, Query
from dam.services.indexing.rows import DatabaseRows

SHOWN = 30  # values of one filter


@dataclass(frozen=True)
class Count:
    """``value`` as the address bar spells it; ``label`` a name, or for kind, review and orientation the bare
    value that a face translates."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class Counts:
    """Most frequent first; years and months newest first. A value that was chosen is always there."""

    event: tuple[Count, ...] = ()
    municipality: tuple[Count, ...] = ()
    state: tuple[Count, ...] = ()
    official: tuple[Count, ...] = ()
    office: tuple[Count, ...] = ()
    kind: tuple[Count, ...] = ()
    year: tuple[Count, ...] = ()
    month: tuple[Count, ...] = ()
    author: tuple[Count, ...] = ()
    review: tuple[Count, ...] = ()
    orientation: tuple[Count, ...] = ()
    at_least: bool = False  # counting stopped before the last hit: there are more of each


def counts(archive: Archive, actor: Actor, query: Query, shown: int = SHOWN) -> Counts:
    """For the query as it is; each filter's counts leave its own choice aside. Only what ``actor`` may see
    is counted."""
    demand(actor, Action.SEE)
    with archive.reading() as tx:
        asked, _ = ask(tx, actor, query, around(archive))
        tally = archive.index.counts(DatabaseRows(tx), asked)
        return _named(tx, tally, query.filters, shown)


def _named(tx: Transaction, tally: Tally, filters: Filters, shown: int) -> Counts:
    def some(name: Filter, chosen: Sequence[object]) -> list[tuple[str, int, bool]]:
        return _some(tally.get(name, []), chosen, shown)

    events = some(Filter.EVENT, filters.event_ids)
    officials = some(Filter.OFFICIAL, filters.official_ids)
    places = some(Filter.MUNICIPALITY, filters.municipality_keys)
    bare = [one for one in tally.get(Filter.OFFICE, []) if is_bare(str(one[0]))]
    offices = _some(bare, filters.office_keys, shown)
    regions = some(Filter.STATE, filters.state_keys)
    return Counts(
        event=_labelled(events, _names(tx, Event.id, Event.name, [int(one[0]) for one in events])),
        municipality=_labelled(places, _municipality_names(tx, [one[0] for one in places])),
        state=_labelled(regions, _names(tx, State.key, State.name, [one[0] for one in regions])),
        official=_labelled(
            officials, _names(tx, Official.id, Official.name, [int(one[0]) for one in officials])
        ),
        office=_labelled(offices, office_names(tx, [one[0] for one in offices])),
        kind=_plain(some(Filter.KIND, filters.kinds)),
        year=_years(tally.get(Filter.TAKEN, []), filters.dates),
        month=_months(tally.get(Filter.TAKEN, []), filters.dates),
        author=_plain(some(Filter.BYLINE, filters.bylines)),
        review=_plain(some(Filter.REVIEW, filters.reviews)),
        orientation=_plain(some(Filter.ORIENTATION, filters.orientations)),
        at_least=tally.at_least,
    )


def _some(
    tally: Iterable[tuple[object, int]], chosen: Sequence[object], shown: int
) -> list[tuple[str, int, bool]]:
    """The most frequent ``shown``, and the chosen ones wherever they are, even at 0."""
    wanted = {fold(str(value)): str(value) for value in chosen}
    kept = []
    for place, (value, number) in enumerate(tally):
        is_chosen = bool(wanted) and wanted.pop(fold(str(value)), None) is not None
        if place < shown or is_chosen:
            kept.append((str(value), number, is_chosen))
        elif not wanted:
            break
    return kept + [(value, 0, True) for value in wanted.values()]


def _plain(found: Iterable[tuple[str, int, bool]]) -> tuple[Count, ...]:
    return tuple(Count(value, value, number, chosen) for value, number, chosen in found)


def _labelled(found: Iterable[tuple[str, int, bool]], names: dict[str, str]) -> tuple[Count, ...]:
    return tuple(
        Count(value, names[value], number, chosen) for value, number, chosen in found if value in names
    )


def _names(tx: Transaction, key: object, name: object, keys: Sequence[object]) -> dict[str, str]:
    return {str(row[0]): row[1] for row in tx.execute(select(key, name).where(key.in_(keys)))}


def _municipality_names(tx: Transaction, keys: Sequence[str]) -> dict[str, str]:
    """With the state where two of the names shown are the same."""
    found = tx.execute(
        select(Municipality.key, Municipality.name, State.short)
        .join(State, State.key == Municipality.state_key)
        .where(Municipality.key.in_(keys))
    ).all()
    names = [one.name for one in found]
    return {one.key: one.name if names.count(one.name) == 1 else f"{one.name}, {one.short}" for one in found}


def _months(tally: Iterable[tuple[tuple[int, int], int]], chosen: Sequence[str]) -> tuple[Count, ...]:
    numbers = {f"{year:04}-{month:02}": number for (year, month), number in tally}
    numbers |= {date: 0 for date in chosen if len(date) == 7 and date not in numbers}
    return tuple(Count(one, one, numbers[one], one in chosen) for one in sorted(numbers, reverse=True))


def _years(tally: Iterable[tuple[tuple[int, int], int]], chosen: Sequence[str]) -> tuple[Count, ...]:
    numbers: dict[str, int] = {date: 0 for date in chosen if len(date) == 4}
    for (year, _), number in tally:
        numbers[f"{year:04}"] = numbers.get(f"{year:04}", 0) + number
    return tuple(Count(one, one, numbers[one], one in chosen) for one in sorted(numbers, reverse=True))
