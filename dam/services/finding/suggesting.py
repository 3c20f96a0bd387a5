"""What is offered while one types: officials, offices, municipalities, events, photographers, with counts."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from sqlalchemy import func, or_, select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Attendance, Event, Municipality, Office, Official, OfficialAlias, State
from dam.search.folding import COMMON, fold, stem, tokens
from dam.search.index import Asked, Filter, Tally
from dam.search.offices import is_bare, office_key
from dam.services import access
from dam.services.access import Action, Actor, demand
from dam.services.finding.paging import around
from dam.services.finding.recognising.people import COURTESIES
from dam.services.finding.recognising.places import PLACE_WORDS
from dam.services.indexing.rows import DatabaseRows
from dam.services.suggesting import has_words, too_short

CANDIDATES = 60  # of each sort before they are ranked
TEXT_LIMIT = 80  # characters
NAME_WORDS = 4  # of what was typed that may be the name one is typing
LATELY, THIS_YEAR = 90, 365  # days since the last event, that count as much as some thousands of assets


@dataclass(frozen=True)
class Suggestion:
    """``filter`` and ``value`` as the address bar spells them ("official", "12"). ``count``: its assets that
    the asker may see. ``detail`` tells namesakes apart. ``rest``: what was typed before the name, which goes
    on being searched."""

    filter: str
    value: str
    label: str
    count: int
    detail: str = ""
    rest: str = ""
    last: date | None = None  # of its events, where that is known


def suggest(archive: Archive, actor: Actor, text: str, limit: int = 8) -> list[Suggestion]:
    """Each word of the name that is being typed begins a word of what is offered; words typed before it are
    kept. The very name first, then names that begin so, then by number of assets and recency. Those without
    any asset in the asker's reach are left out, except for the office itself, which keeps the catalogue."""
    demand(actor, Action.SEE)
    text = text[:TEXT_LIMIT]
    if too_short(text):
        return []
    scope, now = access.scope(actor), around(archive).now
    with archive.reading() as tx:
        tally = archive.index.counts(DatabaseRows(tx), Asked(scope=scope))
        for rest, name in _tails(text):
            found = list(_named(tx, name, tally))
            if not (scope.everything and scope.rejected):
                found = [one for one in found if one.count]
            if found:
                ranked = sorted(found, key=lambda one: _rank(name, one, now.date()))[:limit]
                offered = _with_offices(tx, ranked, now.date())
                return [replace(one, rest=_without_titles(rest, one)) for one in offered]
    return []


def _tails(text: str) -> Iterator[tuple[str, str]]:
    """(what was typed before, the name): all of it first, then its last words. A tail of words that name
    nothing ("de la") is none."""
    words = text.split()
    for start in range(max(0, len(words) - NAME_WORDS), len(words)):
        name = " ".join(words[start:])
        if start and (too_short(name) or fold(words[start]) in COMMON):
            continue
        yield " ".join(words[:start]), name


def _without_titles(rest: str, one: Suggestion) -> str:
    """Titles before the name belong to it: "lic." would be searched beside the person else."""
    titles = {"official": COURTESIES, "municipality": PLACE_WORDS}.get(one.filter, frozenset())
    words = rest.split()
    end = start = len(words)
    while start and all(token in COMMON or stem(token) in titles for token in tokens(words[start - 1])):
        start -= 1
        end = start if any(stem(token) in titles for token in tokens(words[start])) else end
    return " ".join(words[:end])


def _named(tx: Transaction, text: str, tally: Tally) -> Iterator[Suggestion]:
    yield from _officials(tx, text, _numbers(tally, Filter.OFFICIAL))
    yield from _offices(tx, text, _numbers(tally, Filter.OFFICE))
    yield from _municipalities(tx, text, _numbers(tally, Filter.MUNICIPALITY))
    yield from _events(tx, text, _numbers(tally, Filter.EVENT))
    yield from _authors(text, tally.get(Filter.BYLINE, []))


def _numbers(tally: Tally, name: Filter) -> dict[object, int]:
    return dict(tally.get(name, []))


def _rank(typed: str, one: Suggestion, today: date) -> tuple:
    folded, label = fold(typed), fold(one.label)
    nearness = 0 if folded in (label, fold(one.detail)) else 1 if label.startswith(folded) else 2
    without_tilde = "ñ" in typed.casefold() and "ñ" not in one.label.casefold()
    return without_tilde, one.count == 0, nearness, -_weight(one, today), label


def _weight(one: Suggestion, today: date) -> float:
    """Ten times the assets, or an event of late, weigh the same."""
    days = abs((today - one.last).days) if one.last else math.inf
    return math.log10(one.count + 1) + (2 if days <= LATELY else 1 if days <= THIS_YEAR else 0)


def _officials(tx: Transaction, text: str, numbers: dict[object, int]) -> Iterable[Suggestion]:
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
    if not shown:
        return
    last = _last_events(tx, list(shown))
    for official_id, (name, alias) in shown.items():
        yield Suggestion(
            "official", str(official_id), name, numbers.get(official_id, 0),
            alias, last=last.get(official_id),
        )  # fmt: skip


def _with_offices(tx: Transaction, found: Sequence[Suggestion], today: date) -> list[Suggestion]:
    """Officials who are not told apart by an alias, by what they are today."""
    ids = [int(one.value) for one in found if one.filter == "official" and not one.detail]
    held = _held(tx, ids, today) if ids else {}
    return [replace(one, detail=held.get(int(one.value), "")) if one.filter == "official" and not one.detail
            else one for one in found]  # fmt: skip


def _held(tx: Transaction, official_ids: Sequence[int], today: date) -> dict[int, str]:
    """What each is today: "Presidenta municipal · Toluca"."""
    rows = tx.execute(
        select(Office.official_id, Office.title, Municipality.name)
        .outerjoin(Municipality, Municipality.key == Office.municipality_key)
        .where(
            Office.official_id.in_(official_ids),
            or_(Office.held_from.is_(None), Office.held_from <= today),
            or_(Office.held_to.is_(None), Office.held_to >= today),
        )
        .order_by(Office.held_from.asc().nulls_first())
    )
    return {row.official_id: " · ".join(filter(None, (row.title, row.name))) for row in rows}


def _last_events(tx: Transaction, official_ids: Sequence[int]) -> dict[int, date]:
    rows = tx.execute(
        select(Attendance.official_id, func.max(Event.starts_at).label("last"))
        .join(Event, Event.id == Attendance.event_id)
        .where(Attendance.official_id.in_(official_ids), Event.starts_at.is_not(None))
        .group_by(Attendance.official_id)
    )
    return {row.official_id: row.last.date() for row in rows}


def _offices(tx: Transaction, text: str, numbers: dict[object, int]) -> Iterable[Suggestion]:
    """Titles, men's and women's as one."""
    titles = (
        select(Office.folded, func.max(Office.title).label("title"), func.count().label("held"))
        .where(has_words(Office.folded, fold(text)))
        .group_by(Office.folded).order_by(func.count().desc(), Office.folded).limit(CANDIDATES)
    )  # fmt: skip
    offered: set[str] = set()
    for row in tx.execute(titles):
        key = office_key(row.folded)
        if key and key not in offered and is_bare(key):
            offered.add(key)
            yield Suggestion("office", key, row.title, numbers.get(key, 0))


def _municipalities(tx: Transaction, text: str, numbers: dict[object, int]) -> Iterable[Suggestion]:
    query = (
        select(Municipality.key, Municipality.name, State.short)
        .join(State, State.key == Municipality.state_key)
        .where(has_words(Municipality.folded, fold(text))).limit(CANDIDATES)
    )  # fmt: skip
    for row in tx.execute(query):
        yield Suggestion("municipality", row.key, row.name, numbers.get(row.key, 0), row.short)


def _events(tx: Transaction, text: str, numbers: dict[object, int]) -> Iterable[Suggestion]:
    query = select(Event.id, Event.name, Event.starts_at).where(has_words(Event.folded, fold(text)))
    for row in tx.execute(
        query.order_by(Event.starts_at.desc().nulls_last(), Event.id.desc()).limit(CANDIDATES)
    ):
        day = row.starts_at.date() if row.starts_at else None
        number = numbers.get(row.id, 0)
        yield Suggestion("event", str(row.id), row.name, number, f"{day or ''}", last=day)


def _authors(text: str, tally: Iterable[tuple[object, int]]) -> Iterable[Suggestion]:
    starts = fold(text).split()
    for name, number in tally:
        if all(any(word.startswith(start) for word in _words(str(name))) for start in starts):
            yield Suggestion("author", str(name), str(name), number)


@lru_cache(maxsize=5000)  # bylines, which are the same with every letter typed
def _words(name: str) -> tuple[str, ...]:
    return tuple(fold(name).split())
