"""One event that was entered twice becomes one."""

from collections.abc import Iterable

from sqlalchemy import delete, select, update

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Asset, AssetEvent, Event, IngestBatch
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.describing.placing import take_numbers
from dam.services.events.attending import attending, replace_attendance
from dam.services.events.finding import get_event

FILLED = ("starts_at", "ends_at", "municipality_key", "district_id", "place", "description")
CHUNK = 1000
QUIET = {"synchronize_session": False}


def merge_events(tx: Transaction, actor: Actor, keep_id: int, gone_ids: Iterable[int]) -> Event:
    """Move material, uploads and attendance of ``gone_ids`` to ``keep_id`` and remove them.

    What the kept event does not say it takes from the others, in their order. Material that comes along gets
    new numbers: a number belongs to the asset in its event. Raises NotFound, Invalid.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    keep = get_event(tx, keep_id)
    gone = [get_event(tx, one) for one in dict.fromkeys(gone_ids)]
    if not gone or keep in gone:
        raise Invalid("Choose at least one other event to merge into this one.")
    for event in gone:
        _merge(tx, actor, keep, event)
    indexing.touch_event(tx, keep.id)
    tx.refresh(keep)
    return keep


def _merge(tx: Transaction, actor: Actor, keep: Event, gone: Event) -> None:
    moved = _move_material(tx, keep.id, gone.id)
    tx.execute(update(IngestBatch).where(IngestBatch.event_id == gone.id).values(event_id=keep.id))
    replace_attendance(tx, keep.id, [*attending(tx, keep.id), *attending(tx, gone.id)])
    if keep.starts_at is None and gone.starts_at is not None:
        keep.day_only, keep.timezone, keep.ends_at = gone.day_only, gone.timezone, None
    for field in FILLED:
        if getattr(keep, field) is None:
            setattr(keep, field, getattr(gone, field))
    audit.record(tx, actor, "event.merge", ("event", keep.id), gone=gone.id, name=gone.name, moved=moved)
    tx.delete(gone)
    tx.flush()


def _move_material(tx: Transaction, keep_id: int, gone_id: int) -> int:
    """How many assets came along, each once."""
    tx.flush()
    both = select(AssetEvent.asset_id).where(AssetEvent.event_id == keep_id)
    twice = tx.execute(
        select(AssetEvent.asset_id, AssetEvent.position).where(
            AssetEvent.event_id == gone_id, AssetEvent.asset_id.in_(both)
        )
    ).all()
    for asset_id, position in twice:  # whichever of the two was the primary event, the kept one is now
        tx.execute(
            update(AssetEvent)
            .where(
                AssetEvent.event_id == keep_id,
                AssetEvent.asset_id == asset_id,
                AssetEvent.position > position,
            )
            .values(position=position)
            .execution_options(**QUIET)
        )
    tx.execute(
        delete(AssetEvent)
        .where(AssetEvent.event_id == gone_id, AssetEvent.asset_id.in_(both.scalar_subquery()))
        .execution_options(**QUIET)
    )
    alone = select(AssetEvent.asset_id).where(AssetEvent.event_id == gone_id).order_by(AssetEvent.number)
    ids = tx.scalars(alone).all()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for asset_id, number in zip(some, take_numbers(tx, keep_id, len(some)), strict=True):
            tx.execute(
                update(AssetEvent)
                .where(AssetEvent.event_id == gone_id, AssetEvent.asset_id == asset_id)
                .values(event_id=keep_id, number=number)
                .execution_options(**QUIET)
            )
        tx.execute(
            update(Asset)
            .where(Asset.id.in_(some))
            .values(version=Asset.version + 1)
            .execution_options(**QUIET)
        )
    tx.expire_all()
    return len(ids)
