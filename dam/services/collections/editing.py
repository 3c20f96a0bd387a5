"""Making a collection and working on it; what answers a Change is undone by ``collections.undo``."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, insert, select, update

from dam.db import Transaction
from dam.errors import Invalid, NotFound
from dam.models import Change, Collection, CollectionItem, CollectionShare, Role, User
from dam.search.folding import fold
from dam.services import audit
from dam.services.access import Action, Actor, demand
from dam.services.collections.reading import get_own, get_to_edit
from dam.services.collections.undoing import places, remember
from dam.services.describing.changes import chosen, chunks

MOST = 5000  # items of one collection
STEP = 1 << 16  # between two positions
LONGEST_NOTE = 4000


def create(
    tx: Transaction, actor: Actor, name: str, *, note: str | None = None, query: str | None = None
) -> Collection:
    """A new collection of the actor's own, seen by nobody else; smart with a ``query``. Raises Invalid."""
    demand(actor, Action.COLLECT)
    said = _name(name)
    collection = Collection(
        name=said, folded=fold(said), note=_note(note), owner_id=actor.user_id,
        query=query.lstrip("?")[:4000] if query is not None else None,
    )  # fmt: skip
    tx.add(collection)
    tx.flush()
    audit.record(tx, actor, "collection.create", ("collection", collection.id), name=collection.name)
    return collection


def edit(
    tx: Transaction,
    actor: Actor,
    collection_id: int,
    *,
    name: str | None = None,
    note: str | None = None,
    query: str | None = None,
) -> Change:
    """Change what is given. Raises NotFound, Forbidden, Invalid."""
    collection = get_to_edit(tx, actor, collection_id)
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = _name(name)
        wanted["folded"] = fold(wanted["name"])
    if note is not None:
        wanted["note"] = _note(note)
    if query is not None and collection.query is not None:
        wanted["query"] = query.lstrip("?")[:4000]
    return _set(tx, actor, collection, "edit", wanted)


def set_cover(tx: Transaction, actor: Actor, collection_id: int, asset_id: int | None) -> Change:
    """Which picture stands for it; None: its first. Raises NotFound, Forbidden."""
    collection = get_to_edit(tx, actor, collection_id)
    if asset_id is not None:
        chosen(tx, actor, Action.SEE, [asset_id], lock=False)
    return _set(tx, actor, collection, "cover", {"cover_id": asset_id})


def delete(tx: Transaction, actor: Actor, collection_id: int) -> Change:
    """Nobody sees it any more, and its links and feeds open nothing; its material stays where it is."""
    collection = get_own(tx, actor, collection_id)
    moment = datetime.now(UTC)
    change = remember(
        tx, actor, collection, "delete", fields={"deleted_at": [None, moment.isoformat()]},
        name=collection.name,
    )  # fmt: skip
    collection.deleted_at = moment
    return change


def _set(tx: Transaction, actor: Actor, collection: Collection, deed: str, wanted: dict[str, Any]) -> Change:
    fields = {name: [getattr(collection, name), value] for name, value in wanted.items()}
    differ = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
    for name, (_was, value) in differ.items():
        setattr(collection, name, value)
    return remember(tx, actor, collection, deed, fields=differ)


def add(tx: Transaction, actor: Actor, collection_id: int, asset_ids: Iterable[int]) -> Change:
    """Put assets at its end, in the order given; what is in it already stays where it is.

    Raises NotFound for what the actor does not see, Forbidden, Invalid for a smart collection or a full one.
    """
    collection = _by_hand(tx, actor, collection_id)
    ids = list(dict.fromkeys(asset_ids))
    chosen(tx, actor, Action.SEE, ids, lock=False)
    before = places(tx, collection_id, ids)
    new = [asset_id for asset_id in ids if before[asset_id] is None]
    count, last = tx.execute(
        select(func.count(), func.max(CollectionItem.position)).where(
            CollectionItem.collection_id == collection_id
        )
    ).one()
    if count + len(new) > MOST:
        raise Invalid("A collection holds %(most)s at most. Begin another one.", most=MOST)
    if new:
        tx.execute(insert(CollectionItem.__table__), [
            {"collection_id": collection_id, "asset_id": asset_id, "position": (last or 0) + STEP * place,
             "added_by": actor.user_id, "added_at": datetime.now(UTC)}
            for place, asset_id in enumerate(new, start=1)
        ])  # fmt: skip
    return remember(tx, actor, collection, "add", before=before, after=places(tx, collection_id, ids))


def remove(tx: Transaction, actor: Actor, collection_id: int, asset_ids: Iterable[int]) -> Change:
    """Take assets out; they stay in the archive."""
    collection = _by_hand(tx, actor, collection_id)
    ids = list(dict.fromkeys(asset_ids))
    before = places(tx, collection_id, ids)
    for some in chunks(ids):
        tx.execute(
            sql_delete(CollectionItem)
            .where(CollectionItem.collection_id == collection_id, CollectionItem.asset_id.in_(some))
            .execution_options(synchronize_session=False)
        )
    return remember(tx, actor, collection, "remove", before=before, after=places(tx, collection_id, ids))


def move(
    tx: Transaction, actor: Actor, collection_id: int, asset_ids: Sequence[int], before_id: int | None
) -> Change:
    """Put these items, in the order given, before the item ``before_id``, or at the end. Raises NotFound."""
    collection = _by_hand(tx, actor, collection_id)
    order = list(tx.execute(
        select(CollectionItem.asset_id, CollectionItem.position)
        .where(CollectionItem.collection_id == collection_id)
        .order_by(CollectionItem.position, CollectionItem.asset_id)
    ).all())  # fmt: skip
    known = {asset_id for asset_id, _ in order}
    moved = list(dict.fromkeys(asset_ids))
    if not moved or not set(moved) <= known or (before_id is not None and before_id not in known):
        raise NotFound("There is no such material in this collection.")
    if before_id in moved:
        raise Invalid("Material cannot be put before itself.")
    rest = [(asset_id, position) for asset_id, position in order if asset_id not in set(moved)]
    at = next((i for i, (asset_id, _) in enumerate(rest) if asset_id == before_id), len(rest))
    low = rest[at - 1][1] if at else (rest[0][1] if rest else 0) - STEP * (len(moved) + 1)
    high = rest[at][1] if at < len(rest) else low + STEP * (len(moved) + 1)
    gap = (high - low) // (len(moved) + 1)
    if gap:
        wanted = {asset_id: low + gap * place for place, asset_id in enumerate(moved, start=1)}
    else:  # no room between the two any more: all are placed anew
        whole = [asset_id for asset_id, _ in rest]
        whole[at:at] = moved
        wanted = {asset_id: STEP * place for place, asset_id in enumerate(whole, start=1)}
    before = places(tx, collection_id, wanted)
    for asset_id, position in wanted.items():
        _update(tx, collection_id, asset_id, position=position)
    return remember(tx, actor, collection, "order", before=before, after=places(tx, collection_id, wanted))


def note(tx: Transaction, actor: Actor, collection_id: int, asset_id: int, text: str) -> Change:
    """What is said of one item in this collection. Raises NotFound."""
    collection = _by_hand(tx, actor, collection_id)
    before = places(tx, collection_id, [asset_id])
    if before[asset_id] is None:
        raise NotFound("There is no such material in this collection.")
    _update(tx, collection_id, asset_id, note=_note(text))
    return remember(tx, actor, collection, "note", before=before, after=places(tx, collection_id, [asset_id]))


def share(
    tx: Transaction,
    actor: Actor,
    collection_id: int,
    *,
    people: dict[int, bool] | None = None,
    roles: dict[Role, bool] | None = None,
) -> Collection:
    """With whom it is shared from now on: account or role → may they work on it. Nobody: it is private."""
    collection = get_own(tx, actor, collection_id)
    wanted = people or {}
    known = set(tx.scalars(select(User.id).where(User.id.in_(wanted), User.active)))
    if known != set(wanted):
        raise NotFound("There is no such user.")
    collection.shares.clear()
    tx.flush()
    for user_id, edits in wanted.items():
        collection.shares.append(CollectionShare(user_id=user_id, edits=edits))
    for role, edits in (roles or {}).items():
        collection.shares.append(CollectionShare(role=Role(role), edits=edits))
    collection.changed_at = datetime.now(UTC)
    tx.flush()
    audit.record(
        tx, actor, "collection.share", ("collection", collection.id),
        people=sorted(wanted), roles=sorted(str(role) for role in roles or {}),
    )  # fmt: skip
    return collection


def _by_hand(tx: Transaction, actor: Actor, collection_id: int) -> Collection:
    collection = get_to_edit(tx, actor, collection_id)
    if collection.query is not None:
        raise Invalid("A smart collection holds what its search finds; nothing is put into it by hand.")
    return collection


def _update(tx: Transaction, collection_id: int, asset_id: int, **values: Any) -> None:
    tx.execute(
        update(CollectionItem)
        .where(CollectionItem.collection_id == collection_id, CollectionItem.asset_id == asset_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _name(name: str) -> str:
    said = " ".join(name.split())[:200]
    if not fold(said):
        raise Invalid("A collection needs a name.")
    return said


def _note(text: str | None) -> str | None:
    return (text or "").strip()[:LONGEST_NOTE] or None
