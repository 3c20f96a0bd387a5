"""What was done to a collection can be taken back: its items' places and notes, its own fields."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from dam.db import Transaction
from dam.errors import Conflict, Forbidden, NotFound
from dam.models import Asset, Change, Collection, CollectionItem
from dam.services import audit
from dam.services.access import Action, Actor, demand
from dam.services.collections.reading import may_edit
from dam.services.describing.changes import chunks

KIND = "collection"
Places = dict[int, list[Any] | None]  # asset id → [position, note, added_by, added_at], None: not in it


def places(tx: Transaction, collection_id: int, ids: Iterable[int]) -> Places:
    """Where these assets stand in the collection now."""
    wanted = list(ids)
    told: Places = dict.fromkeys(wanted)
    for some in chunks(wanted):
        rows = tx.execute(
            select(
                CollectionItem.asset_id, CollectionItem.position, CollectionItem.note,
                CollectionItem.added_by, CollectionItem.added_at,
            ).where(CollectionItem.collection_id == collection_id, CollectionItem.asset_id.in_(some))
        )  # fmt: skip
        for row in rows:
            told[row.asset_id] = [row.position, row.note, row.added_by, row.added_at.isoformat()]
    return told


def remember(
    tx: Transaction,
    actor: Actor,
    collection: Collection,
    deed: str,
    *,
    before: Places | None = None,
    after: Places | None = None,
    fields: dict[str, list[Any]] | None = None,
    **detail: Any,
) -> Change:
    """Keep what differs (``fields``: name → [was, is]) so that it can be undone; date it, and audit it."""
    was, became = before or {}, after or {}
    moved = [asset_id for asset_id in was if was[asset_id] != became.get(asset_id)]
    told = fields or {}
    change = Change(
        user_id=actor.user_id,
        kind=KIND,
        before={
            "collection": collection.id,
            "places": [[asset_id, was[asset_id]] for asset_id in moved],
            "fields": {name: pair[0] for name, pair in told.items()},
        },
        after={
            "collection": collection.id,
            "places": [[asset_id, became.get(asset_id)] for asset_id in moved],
            "fields": {name: pair[1] for name, pair in told.items()},
        },
    )
    tx.add(change)
    collection.changed_at = datetime.now(UTC)
    tx.flush()
    audit.record(
        tx, actor, f"collection.{deed}", ("collection", collection.id),
        change=change.id, assets=len(moved), fields=sorted(told), **detail,
    )  # fmt: skip
    return change


def undo(tx: Transaction, actor: Actor, change_id: int) -> Change:
    """Put back what is still as the change left it. Raises NotFound for a change that is not the actor's,
    Conflict when it was undone already or edited since, Forbidden."""
    demand(actor, Action.COLLECT)
    change = tx.scalar(select(Change).where(Change.id == change_id).with_for_update())
    if change is None or change.kind != KIND or change.user_id != actor.user_id:
        raise NotFound("There is no such change.")
    if change.undone_at is not None:
        raise Conflict("That was undone already.")
    collection = tx.get(Collection, change.before["collection"], with_for_update=True)
    if collection is None:
        raise NotFound("There is no such collection.")
    if not may_edit(actor, collection):
        raise Forbidden("This collection is somebody else's; you may look at it and copy it.")
    back = _places_back(tx, collection.id, change) + _fields_back(collection, change)
    if not back:
        raise Conflict("It was edited since; nothing was undone.")
    change.undone_at = collection.changed_at = datetime.now(UTC)
    audit.record(tx, actor, "collection.undo", ("collection", collection.id), change=change.id)
    return change


def _fields_back(collection: Collection, change: Change) -> int:
    back = 0
    for name, value in change.before["fields"].items():
        now = getattr(collection, name)
        if (now.isoformat() if isinstance(now, datetime) else now) != change.after["fields"][name]:
            continue
        is_moment = name == "deleted_at" and value is not None
        setattr(collection, name, datetime.fromisoformat(value) if is_moment else value)
        back += 1
    return back


def _places_back(tx: Transaction, collection_id: int, change: Change) -> int:
    before = {asset_id: place for asset_id, place in change.before["places"]}
    after = {asset_id: place for asset_id, place in change.after["places"]}
    now = places(tx, collection_id, before)
    there = set()
    for some in chunks(list(before)):
        there |= set(tx.scalars(select(Asset.id).where(Asset.id.in_(some))))
    as_left = [asset_id for asset_id in before if asset_id in there and now[asset_id] == after[asset_id]]
    for some in chunks(as_left):
        tx.execute(
            delete(CollectionItem)
            .where(CollectionItem.collection_id == collection_id, CollectionItem.asset_id.in_(some))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {
            "collection_id": collection_id, "asset_id": asset_id, "position": place[0], "note": place[1],
            "added_by": place[2], "added_at": datetime.fromisoformat(place[3]),
        }
        for asset_id in as_left
        if (place := before[asset_id]) is not None
    ]  # fmt: skip
    if rows:
        tx.execute(insert(CollectionItem.__table__), rows)
    return len(as_left)
