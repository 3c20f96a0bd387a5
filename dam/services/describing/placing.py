"""Which event an asset belongs to, and the number it has there: given once, never given again."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from dam.db import Transaction
from dam.errors import NotFound
from dam.models import AssetEvent, Event

CHUNK = 1000


def take_numbers(tx: Transaction, event_id: int, count: int) -> range:
    """``count`` numbers of the event that no asset has or ever had. Raises NotFound without such an event."""
    after = tx.scalar(
        update(Event)
        .where(Event.id == event_id)
        .values(next_number=Event.next_number + count)
        .returning(Event.next_number)
        .execution_options(synchronize_session=False)
    )
    if after is None:
        raise NotFound("There is no such event.")
    event = tx.identity_map.get(tx.identity_key(Event, event_id))
    if event is not None:
        tx.expire(event, ["next_number"])
    return range(after - count, after)


def move(tx: Transaction, asset_ids: Sequence[int], event_id: int) -> None:
    """Make the event the primary one of each asset, in place of the one that was.

    An asset that belongs to the event already keeps its number there; the others get new ones, in the order
    of ``asset_ids``. Further events of an asset stay. Raises NotFound without such an event.
    """
    for start in range(0, len(asset_ids), CHUNK):
        _move_some(tx, asset_ids[start : start + CHUNK], event_id)


def _move_some(tx: Transaction, ids: Sequence[int], event_id: int) -> None:
    tx.flush()
    there = select(AssetEvent.asset_id).where(AssetEvent.asset_id.in_(ids), AssetEvent.event_id == event_id)
    belong = set(tx.scalars(there))
    # The lowest position is the primary event; whatever stood there makes room.
    first: dict[int, tuple[int, int]] = {}
    rows = tx.execute(
        select(AssetEvent.asset_id, AssetEvent.position, AssetEvent.event_id).where(
            AssetEvent.asset_id.in_(ids)
        )
    )
    for asset_id, position, event in rows:
        first[asset_id] = min(first.get(asset_id, (position, event)), (position, event))
    leaving: dict[int, list[int]] = {}
    for asset_id, (_, event) in first.items():
        if event != event_id:
            leaving.setdefault(event, []).append(asset_id)
    quiet = {"synchronize_session": False}
    for event, some in leaving.items():
        gone = delete(AssetEvent).where(AssetEvent.event_id == event, AssetEvent.asset_id.in_(some))
        tx.execute(gone.execution_options(**quiet))
    if belong:
        tx.execute(
            update(AssetEvent)
            .where(AssetEvent.event_id == event_id, AssetEvent.asset_id.in_(belong))
            .values(position=0)
            .execution_options(**quiet)
        )
    new = [asset_id for asset_id in ids if asset_id not in belong]
    if new:
        numbers = take_numbers(tx, event_id, len(new))
        tx.execute(insert(AssetEvent.__table__), [
            {"asset_id": asset_id, "event_id": event_id, "number": number, "position": 0}
            for asset_id, number in zip(new, numbers, strict=True)
        ])  # fmt: skip
