"""A batch that went to the wrong event: moved, or undone to the bin, in one action that can be taken back."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update

from dam.db import Transaction
from dam.errors import Conflict, Forbidden, NotFound
from dam.models import (
    Asset,
    AssetEvent,
    Change,
    Event,
    IngestBatch,
    IngestItem,
    MunicipalitySource,
    Outcome,
    Upload,
)
from dam.services import audit, local_time
from dam.services.access import Actor, covers
from dam.services.describing import placing
from dam.services.describing.changes import BIN_FIELDS, PLACEMENTS, chunks, remember, states
from dam.services.families import joining
from dam.services.ingest import receiving
from dam.services.ingest.batches import to_steer
from dam.services.ingest.reasons import IngestReason

MOVED = frozenset({PLACEMENTS, "municipality_key", "municipality_source", "taken_at"})
QUIET = {"synchronize_session": False}


def move_batch(tx: Transaction, actor: Actor, batch_id: int, event_id: int) -> Change:
    """Everything the batch brought belongs to another event, and so will what is still on its way.

    What another batch also brought to the old event stays there too. Further events of an asset stay.
    Raises NotFound, Forbidden, Conflict when it is the same event or the batch was undone.
    """
    batch = to_steer(tx, actor, batch_id)
    event = tx.get(Event, event_id)
    if event is None:
        raise NotFound("There is no such event.")
    if not covers(actor, event.municipality_key):
        raise Forbidden("That event lies outside your territory.")
    if batch.undone_at is not None:
        raise Conflict("This batch was undone; take that back first.")
    if batch.event_id == event.id:
        raise Conflict("The batch belongs to this event already.")
    old_event_id = batch.event_id
    assets = _brought(tx, batch)
    before = states(tx, assets, MOVED)
    staying = _brought_by_others(tx, batch, [asset.id for asset in assets], event_id=old_event_id)
    staying |= _there_before(tx, batch)
    _replace(tx, assets, old_event_id, event.id, staying)
    # The place goes along only where this batch gave it: not of what was here before, in another event.
    placed_here = {asset_id for asset_id, was in before.items() if _primary(was[PLACEMENTS]) == old_event_id}
    following = placed_here - staying - _joined(tx, batch)
    for asset in assets:
        if asset.municipality_source in (None, MunicipalitySource.EVENT) and asset.id in following:
            asset.municipality_key = event.municipality_key
            asset.municipality_source = MunicipalitySource.EVENT if event.municipality_key else None
    local_time.follow([asset for asset in assets if asset.id in following], event)
    was = _as_it_is(batch)
    batch.event_id = event.id
    batch.event = event
    change = remember(tx, actor, "move_batch", before, states(tx, assets, MOVED), batch=batch.id)
    _with_batch(change, was, _as_it_is(batch))
    audit.record(tx, actor, "batch.move", ("batch", batch.id), event_id=event.id, was=old_event_id)
    _told(tx, batch)
    return change


def undo_batch(tx: Transaction, actor: Actor, batch_id: int) -> Change:
    """To the bin with what only this batch brought; the rest only leaves the event. Uploads end.

    Raises NotFound, Forbidden, Conflict when it was undone already.
    """
    batch = to_steer(tx, actor, batch_id)
    if batch.undone_at is not None:
        raise Conflict("This batch was undone already.")
    joining.part_batch(tx, actor, batch.id)
    assets = _brought(tx, batch)
    fields = BIN_FIELDS | {PLACEMENTS}
    before = states(tx, assets, fields)
    ids = [asset.id for asset in assets]
    elsewhere = _brought_by_others(tx, batch, ids) | _in_other_events(tx, ids, batch.event_id)
    elsewhere |= _joined(tx, batch)
    moment = datetime.now(UTC)
    for asset in assets:
        if asset.id not in elsewhere and asset.deleted_at is None:
            asset.deleted_at, asset.deleted_by = moment, actor.user_id
    staying = _brought_by_others(tx, batch, ids, event_id=batch.event_id) | _there_before(tx, batch)
    leaving = [asset_id for asset_id in ids if asset_id in elsewhere and asset_id not in staying]
    _leave(tx, leaving, batch.event_id)
    _end_uploads(tx, batch)
    was = _as_it_is(batch)
    batch.undone_at = moment
    change = remember(tx, actor, "undo_batch", before, states(tx, assets, fields), batch=batch.id)
    _with_batch(change, was, _as_it_is(batch))
    audit.record(tx, actor, "batch.undo", ("batch", batch.id), files=len(assets))
    _told(tx, batch)
    return change


def _primary(placements: Sequence[Sequence[int]]) -> int | None:
    """The event of ``states``' first placement."""
    return placements[0][0] if placements else None


def _brought(tx: Transaction, batch: IngestBatch) -> list[Asset]:
    """The batch's assets, locked, in the order they were taken."""
    assets = tx.scalars(
        select(Asset)
        .where(Asset.id.in_(select(IngestItem.asset_id).where(IngestItem.batch_id == batch.id)))
        .with_for_update()
    ).all()
    return sorted(assets, key=lambda asset: (asset.taken_at or datetime.max, asset.id))


def _brought_by_others(
    tx: Transaction, batch: IngestBatch, ids: Sequence[int], event_id: int | None = None
) -> set[int]:
    """Those of ``ids`` that another batch, not undone, brought too (to that event, where one is named)."""
    found: set[int] = set()
    for some in chunks(ids):
        query = (
            select(IngestItem.asset_id)
            .join(IngestBatch)
            .where(IngestItem.asset_id.in_(some), IngestBatch.id != batch.id, IngestBatch.undone_at.is_(None))
        )
        if event_id is not None:
            query = query.where(IngestBatch.event_id == event_id)
        found.update(tx.scalars(query))
    return found


def _in_other_events(tx: Transaction, ids: Sequence[int], event_id: int) -> set[int]:
    found: set[int] = set()
    for some in chunks(ids):
        query = select(AssetEvent.asset_id).where(AssetEvent.asset_id.in_(some))
        found.update(tx.scalars(query.where(AssetEvent.event_id != event_id)))
    return found


def _joined(tx: Transaction, batch: IngestBatch) -> set[int]:
    """What the archive had before this batch came with it: all its items are duplicates."""
    rows = tx.execute(
        select(IngestItem.asset_id, IngestItem.outcome).where(
            IngestItem.batch_id == batch.id, IngestItem.asset_id.is_not(None)
        )
    ).all()
    new = {asset_id for asset_id, outcome in rows if outcome not in (Outcome.DUPLICATE, Outcome.ATTACHED)}
    return {asset_id for asset_id, _ in rows} - new


def _there_before(tx: Transaction, batch: IngestBatch) -> set[int]:
    """What was in the event already, put there by a person or an earlier batch: none of this batch's items
    placed it, so none of its ways takes it out."""
    rows = tx.execute(
        select(IngestItem.asset_id, func.max(case((IngestItem.placed, 1), else_=0)))
        .where(IngestItem.batch_id == batch.id, IngestItem.asset_id.is_not(None))
        .group_by(IngestItem.asset_id)
    )
    return {asset_id for asset_id, placed in rows if not placed}


def _replace(tx: Transaction, assets: Sequence[Asset], old: int, new: int, staying: set[int]) -> None:
    """Put ``new`` where ``old`` stood among each asset's events; numbers follow the order of ``assets``."""
    tx.flush()
    for some in chunks([asset.id for asset in assets]):
        position = {
            asset_id: (event_id, place)
            for asset_id, event_id, place in tx.execute(
                select(AssetEvent.asset_id, AssetEvent.event_id, AssetEvent.position).where(
                    AssetEvent.asset_id.in_(some), AssetEvent.event_id == old
                )
            )
        }
        there = dict(
            tx.execute(
                select(AssetEvent.asset_id, AssetEvent.position).where(
                    AssetEvent.asset_id.in_(some), AssetEvent.event_id == new
                )
            ).all()
        )
        leaving = [asset_id for asset_id in some if asset_id in position and asset_id not in staying]
        tx.execute(
            delete(AssetEvent)
            .where(AssetEvent.event_id == old, AssetEvent.asset_id.in_(leaving))
            .execution_options(**QUIET)
        )
        for asset_id in leaving:
            if asset_id in there and position[asset_id][1] < there[asset_id]:
                tx.execute(
                    update(AssetEvent)
                    .where(AssetEvent.asset_id == asset_id, AssetEvent.event_id == new)
                    .values(position=position[asset_id][1])
                    .execution_options(**QUIET)
                )
        coming = [asset_id for asset_id in some if asset_id not in there]
        if not coming:
            continue
        numbers = placing.take_numbers(tx, new, len(coming))
        rows = []
        for asset_id, number in zip(coming, numbers, strict=True):
            place = position[asset_id][1] if asset_id in leaving else _last(tx, asset_id)
            rows.append({"asset_id": asset_id, "event_id": new, "number": number, "position": place})
        tx.execute(insert(AssetEvent.__table__), rows)


def _last(tx: Transaction, asset_id: int) -> int:
    places = tx.scalars(select(AssetEvent.position).where(AssetEvent.asset_id == asset_id)).all()
    return max(places, default=-1) + 1


def _leave(tx: Transaction, ids: Iterable[int], event_id: int) -> None:
    """Take assets out of an event; the next of their events becomes the primary one."""
    tx.flush()
    gone = list(ids)
    for some in chunks(gone):
        tx.execute(
            delete(AssetEvent)
            .where(AssetEvent.event_id == event_id, AssetEvent.asset_id.in_(some))
            .execution_options(**QUIET)
        )
    for asset_id in gone:
        rest = tx.scalars(
            select(AssetEvent).where(AssetEvent.asset_id == asset_id).order_by(AssetEvent.position)
            .execution_options(populate_existing=True)
        ).all()  # fmt: skip
        for position, placement in enumerate(rest):
            placement.position = position


def _end_uploads(tx: Transaction, batch: IngestBatch) -> None:
    """What is still on its way stops; its partial files are swept a week later."""
    items = tx.scalars(
        select(IngestItem).where(IngestItem.batch_id == batch.id, IngestItem.outcome == Outcome.SENDING)
    ).all()
    for some in chunks([item.id for item in items]):
        tx.execute(delete(Upload).where(Upload.item_id.in_(some)).execution_options(**QUIET))
    for item in items:
        receiving.settle(tx, item, Outcome.FAILED, IngestReason.UPLOAD_CANCELLED)


def _as_it_is(batch: IngestBatch) -> dict[str, Any]:
    undone = batch.undone_at.isoformat() if batch.undone_at else None
    return {"id": batch.id, "event_id": batch.event_id, "undone_at": undone}


def _with_batch(change: Change, was: dict[str, Any], became: dict[str, Any]) -> None:
    change.before = {**change.before, "batch": was}
    change.after = {**change.after, "batch": became}


def _told(tx: Transaction, batch: IngestBatch) -> None:
    """Whoever watches the batch hears of it."""
    tx.flush()
    tx.execute(
        update(IngestBatch)
        .where(IngestBatch.id == batch.id)
        .values(last_change=IngestBatch.last_change + 1)
        .execution_options(**QUIET)
    )
