"""Which event people mean, and lists of events."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from dam.db import Transaction
from dam.errors import Ambiguous, Invalid, NotFound
from dam.models import Asset, AssetEvent, Attendance, Event, Processing
from dam.search.folding import fold
from dam.services.suggesting import (
    CANDIDATES,
    Listed,
    Suggested,
    has_words,
    nearness,
    prefer_as_typed,
    too_short,
)

PAGE = 50


def get_event(tx: Transaction, event_id: int) -> Event:
    """By id. Raises NotFound."""
    event = tx.get(Event, event_id)
    if event is None:
        raise NotFound("There is no such event.")
    return event


def being_prepared(tx: Transaction, event_id: int) -> int:
    """How many assets of the event arrived and are not ready to be looked at yet."""
    on_their_way = Asset.processing.in_((Processing.RECEIVED, Processing.WORKING))
    of_it = select(func.count()).select_from(AssetEvent).join(Asset, Asset.id == AssetEvent.asset_id)
    return int(tx.scalar(of_it.where(AssetEvent.event_id == event_id, on_their_way)) or 0)


def find_event(tx: Transaction, text: str | int, on: date | None = None) -> Event:
    """The one that ``text`` names: its exact name in any case and without accents, or its id; ``on`` tells
    namesakes apart by the day they start. Raises Ambiguous or NotFound with candidates."""
    if isinstance(text, int):
        return get_event(tx, text)
    folded = fold(text)
    query = select(Event).where(Event.folded == folded[:240])
    if on is not None:
        query = query.where(_starts_on(on))
    found = tx.scalars(newest_first(query).limit(CANDIDATES)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise Ambiguous(
            "Several events are called “%(text)s”. Say which one.",
            text=text,
            candidates=[describe_event(one) for one in found],
        )
    if folded.isdecimal() and folded.isascii() and len(folded) < 10 and on is None:
        event = tx.get(Event, int(folded))
        if event is not None:
            return event
    raise NotFound("There is no event “%(text)s”.", text=text, candidates=_near(tx, folded))


def _starts_on(day: date) -> ColumnElement[bool]:
    start = datetime.combine(day, time(0))
    return and_(Event.starts_at >= start, Event.starts_at < start + timedelta(days=1))


def _near(tx: Transaction, folded: str) -> list[str]:
    if not folded:
        return []
    near = select(Event).where(has_words(Event.folded, folded))
    return [describe_event(one) for one in tx.scalars(newest_first(near).limit(5))]


def newest_first(query: Select[tuple[Event]]) -> Select[tuple[Event]]:
    return query.order_by(Event.starts_at.desc().nulls_last(), Event.id.desc())


def suggest_events(tx: Transaction, text: str, limit: int = 8) -> list[Suggested]:
    """Each word typed begins a word of the name; the very name first, then the newest."""
    if too_short(text):
        return []
    folded = fold(text)
    query = select(Event).where(has_words(Event.folded, folded)).order_by(nearness(Event.folded, folded))
    found = tx.scalars(newest_first(query).limit(limit))
    return prefer_as_typed(text, [Suggested(one.id, one.name, when_and_where(one)) for one in found])


def recent_events(tx: Transaction, limit: int = 12) -> Sequence[Event]:
    """The newest by day."""
    return tx.scalars(newest_first(select(Event)).limit(limit)).all()


def list_events(
    tx: Transaction,
    *,
    text: str = "",
    municipality_key: str | None = None,
    district_id: int | None = None,
    official_id: int | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> Listed[Event]:
    """Newest first, those without a date at the end. ``after``: ``next`` of the page before."""
    query = newest_first(select(Event)).limit(limit + 1)
    if fold(text):
        query = query.where(has_words(Event.folded, fold(text)))
    if municipality_key:
        query = query.where(Event.municipality_key == municipality_key)
    if district_id:
        query = query.where(Event.district_id == district_id)
    if official_id:
        attended = select(Attendance.event_id).where(Attendance.official_id == official_id)
        query = query.where(Event.id.in_(attended))
    if after:
        query = query.where(_behind(tx, after))
    rows = tx.scalars(query).all()
    return Listed(tuple(rows[:limit]), str(rows[limit - 1].id) if len(rows) > limit else None)


def _behind(tx: Transaction, after: str) -> ColumnElement[bool]:
    last = tx.get(Event, int(after)) if after.isdecimal() and len(after) < 10 else None
    if last is None:
        raise Invalid("This page of the list does not exist any more. Begin again.")
    if last.starts_at is None:
        return and_(Event.starts_at.is_(None), Event.id < last.id)
    return or_(
        Event.starts_at < last.starts_at,
        and_(Event.starts_at == last.starts_at, Event.id < last.id),
        Event.starts_at.is_(None),
    )


def when_and_where(event: Event) -> str:
    """2026-05-01 · Toluca, as far as known."""
    day = event.starts_at.date().isoformat() if event.starts_at else None
    place = event.municipality.name if event.municipality else None
    return " · ".join(part for part in (day, place) if part)


def describe_event(event: Event) -> str:
    """A sentence that tells it from its namesakes: "12 Mitin (2026-05-01 · Toluca)"."""
    known = when_and_where(event)
    return f"{event.id} {event.name} ({known})" if known else f"{event.id} {event.name}"
