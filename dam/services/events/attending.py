"""Who was at an event. The order is that of keys 1 to 9 of the describing panel."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from dam.db import Transaction
from dam.errors import Forbidden, NotFound
from dam.models import Attendance, Event, Official
from dam.services import audit, indexing
from dam.services.access import Action, Actor, covers, demand
from dam.services.events.finding import get_event


def set_attendance(tx: Transaction, actor: Actor, event_id: int, official_ids: Iterable[int]) -> Event:
    """These officials attended, in this order, and nobody else. Raises NotFound, Forbidden."""
    demand(actor, Action.EDIT_EVENTS)
    event = get_event(tx, event_id)
    if not covers(actor, event.municipality_key):
        raise Forbidden("The event must lie in a municipality of your territory.")
    ids = replace_attendance(tx, event_id, official_ids)
    audit.record(tx, actor, "event.attend", ("event", event_id), officials=ids)
    indexing.touch_event(tx, event_id)
    tx.refresh(event, ["attendees"])
    return event


def add_attendance(tx: Transaction, actor: Actor, event_id: int, official_ids: Iterable[int]) -> Event:
    """These officials attended too; who is there already keeps the place."""
    present = list(attending(tx, event_id))
    wanted = list(dict.fromkeys([*present, *official_ids]))
    return get_event(tx, event_id) if wanted == present else set_attendance(tx, actor, event_id, wanted)


def attending(tx: Transaction, event_id: int) -> list[int]:
    """Ids of officials, in order."""
    query = select(Attendance.official_id).where(Attendance.event_id == event_id)
    return list(tx.scalars(query.order_by(Attendance.position, Attendance.official_id)))


def replace_attendance(tx: Transaction, event_id: int, official_ids: Iterable[int]) -> list[int]:
    """Write the list without asking, recording or indexing; for services that do so themselves."""
    ids = list(dict.fromkeys(int(one) for one in official_ids))
    known = set(tx.scalars(select(Official.id).where(Official.id.in_(ids)))) if ids else set()
    missing = [one for one in ids if one not in known]
    if missing:
        raise NotFound("There is no person “%(text)s”.", text=missing[0])
    tx.execute(delete(Attendance).where(Attendance.event_id == event_id))
    if ids:
        rows = [{"event_id": event_id, "official_id": one, "position": at} for at, one in enumerate(ids)]
        tx.execute(insert(Attendance), rows)
    return ids
