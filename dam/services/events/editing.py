"""Making, changing and removing events."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from dam.db import Transaction
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import (
    Asset,
    AssetEvent,
    District,
    Event,
    EventKind,
    IngestBatch,
    Municipality,
    MunicipalitySource,
)
from dam.search.folding import fold
from dam.services import audit, indexing
from dam.services.access import Action, Actor, covers, demand
from dam.services.describing.wording import line, lines
from dam.services.events.attending import replace_attendance
from dam.services.events.finding import get_event

FIRST_YEAR, LAST_YEAR = 1850, 2150
FIELDS = frozenset((
    "name", "kind", "starts_at", "ends_at", "day_only", "timezone", "municipality_key", "district_id",
    "place", "description",
))  # fmt: skip


def create_event(
    tx: Transaction,
    actor: Actor,
    name: str,
    *,
    kind: EventKind | str = EventKind.OTHER,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    day_only: bool | None = None,
    timezone: str = "America/Mexico_City",
    municipality_key: str | None = None,
    district_id: int | None = None,
    place: str | None = None,
    description: str | None = None,
    official_ids: Iterable[int] = (),
    example: bool = False,
) -> Event:
    """Add an event. ``starts_at`` and ``ends_at`` are wall clock times in ``timezone``, without an offset;
    ``day_only`` None means: midnight alone is a day. ``official_ids`` attended, in that order.

    Raises Forbidden (a liaison outside the territory), Invalid, NotFound (place or official).
    """
    demand(actor, Action.EDIT_EVENTS)
    event = Event(created_by=actor.user_id, example=example)
    _write(tx, event, {
        "name": name, "kind": kind, "starts_at": starts_at, "ends_at": ends_at, "day_only": day_only,
        "timezone": timezone, "municipality_key": municipality_key, "district_id": district_id,
        "place": place, "description": description,
    })  # fmt: skip
    _demand_territory(actor, event)
    tx.add(event)
    tx.flush()
    replace_attendance(tx, event.id, official_ids)
    audit.record(tx, actor, "event.create", ("event", event.id), name=event.name)
    tx.refresh(event, ["municipality", "attendees"])
    return event


def edit_event(tx: Transaction, actor: Actor, event_id: int, **changes: Any) -> Event:
    """Change any of what ``create_event`` takes; what is not named stays. Material that has its place from
    the event alone follows it to another municipality. Raises as ``create_event`` does."""
    demand(actor, Action.EDIT_EVENTS)
    event = get_event(tx, event_id)
    _demand_territory(actor, event)
    official_ids = changes.pop("official_ids", None)
    former = event.municipality_key
    if {"starts_at", "ends_at"} & set(changes):
        changes.setdefault("day_only", None)
    _write(tx, event, changes)
    _demand_territory(actor, event)
    tx.flush()
    if official_ids is not None:
        replace_attendance(tx, event.id, official_ids)
    if event.municipality_key != former:
        _take_along(tx, event)
    audit.record(tx, actor, "event.edit", ("event", event.id), fields=sorted(changes), name=event.name)
    indexing.touch_event(tx, event.id)
    tx.refresh(event, ["municipality", "attendees"])
    return event


def delete_event(tx: Transaction, actor: Actor, event_id: int) -> None:
    """Remove an event that nothing belongs to. Raises Conflict when something does: merge it instead."""
    demand(actor, Action.MERGE_CATALOGUE)
    event = get_event(tx, event_id)
    if tx.scalar(select(exists().where(AssetEvent.event_id == event_id))):
        raise Conflict("The event has material. Move the material, or merge the event with another one.")
    if tx.scalar(select(exists().where(IngestBatch.event_id == event_id))):
        raise Conflict("An upload was made for this event. Merge it with the event it should have been.")
    audit.record(tx, actor, "event.delete", ("event", event.id), name=event.name)
    tx.delete(event)
    tx.flush()


def _write(tx: Transaction, event: Event, fields: dict[str, Any]) -> None:
    if set(fields) - FIELDS:
        raise TypeError(f"An event has no {', '.join(sorted(set(fields) - FIELDS))}.")
    if "name" in fields:
        event.name = _needed(line(fields["name"], 240, "name"))
        event.folded = fold(event.name)[:240]
    if "kind" in fields:
        event.kind = _kind(fields["kind"])
    if "timezone" in fields:
        event.timezone = _zone(fields["timezone"])
    if "municipality_key" in fields:
        event.municipality_key = _municipality(tx, fields["municipality_key"])
    if "district_id" in fields:
        event.district_id = _district(tx, fields["district_id"])
    if "place" in fields:
        event.place = line(fields["place"], 240, "place")
    if "description" in fields:
        event.description = lines(fields["description"], 10_000, "description")
    for when in ("starts_at", "ends_at"):
        if when in fields:
            setattr(event, when, _wall_clock(fields[when]))
    if event.starts_at and event.ends_at and event.ends_at < event.starts_at:
        raise Invalid("The event ends before it starts.")
    if fields.get("day_only") is not None:
        event.day_only = bool(fields["day_only"])
    elif "day_only" in fields:
        times = [moment.time() for moment in (event.starts_at, event.ends_at) if moment]
        event.day_only = all(moment == time(0) for moment in times)


def _needed(name: str | None) -> str:
    if not name:
        raise Invalid("An event needs a name.")
    return name


def _kind(kind: EventKind | str) -> EventKind:
    try:
        return EventKind(kind)
    except ValueError as error:
        raise Invalid(
            "“%(text)s” is no kind of event. There are: %(all)s.", text=kind, all=", ".join(EventKind)
        ) from error


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("“%(text)s” is not a zone of the tz database.", text=name) from error


def _municipality(tx: Transaction, key: str | None) -> str | None:
    if key and tx.get(Municipality, key) is None:
        raise NotFound("There is no municipality with the key %(key)s.", key=key)
    return key or None


def _district(tx: Transaction, district_id: int | None) -> int | None:
    if district_id and tx.get(District, district_id) is None:
        raise NotFound("There is no such district.")
    return district_id or None


def _wall_clock(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Invalid("The year %(year)s cannot be right.", year=moment.year)
    return moment.replace(tzinfo=None, microsecond=0)


def _demand_territory(actor: Actor, event: Event) -> None:
    if not covers(actor, event.municipality_key):
        raise Forbidden("The event must lie in a municipality of your territory.")


def _take_along(tx: Transaction, event: Event) -> None:
    """Give the event's municipality to its own material that has it from the event, or has none."""
    other = aliased(AssetEvent)
    of_event = (
        select(AssetEvent.asset_id)
        .where(AssetEvent.event_id == event.id)
        .where(~exists().where(other.asset_id == AssetEvent.asset_id, other.position < AssetEvent.position))
    )
    from_event = (Asset.municipality_source == MunicipalitySource.EVENT) | (
        Asset.municipality_key.is_(None) & Asset.municipality_source.is_(None)
    )
    tx.execute(
        update(Asset)
        .where(Asset.id.in_(of_event), from_event)
        .values(
            municipality_key=event.municipality_key,
            municipality_source=MunicipalitySource.EVENT if event.municipality_key else None,
            version=Asset.version + 1,
        )
        .execution_options(synchronize_session="fetch")
    )
