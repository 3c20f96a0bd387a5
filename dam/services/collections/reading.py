"""Who sees which collections, and the list of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from dam.db import Transaction
from dam.errors import Forbidden, NotFound
from dam.models import Collection, CollectionShare
from dam.search.folding import fold
from dam.services.access import HEADS, LOCAL_ADMINISTRATOR, Action, Actor, demand, outside
from dam.services.shelves import reach

AT_ONCE = 60


@dataclass(frozen=True)
class Shelf:
    """One page of collections. ``next`` goes into ``after`` for the following one; None at the end."""

    rows: tuple[Collection, ...]
    next: tuple[datetime, int] | None


def get(tx: Transaction, actor: Actor, collection_id: int) -> Collection:
    """A collection with its owner and shares. Raises NotFound when the actor may not know of it."""
    collection = _load(tx, collection_id)
    if collection is None or collection.deleted_at is not None or not may_see(actor, collection):
        raise NotFound("There is no such collection.")
    return collection


def get_to_edit(tx: Transaction, actor: Actor, collection_id: int) -> Collection:
    """The same, locked, for whoever works on it. Raises NotFound, Forbidden."""
    demand(actor, Action.COLLECT)
    tx.execute(select(Collection.id).where(Collection.id == collection_id).with_for_update())
    collection = get(tx, actor, collection_id)
    if not may_edit(actor, collection):
        raise Forbidden("This collection is somebody else's; you may look at it and copy it.")
    return collection


def get_own(tx: Transaction, actor: Actor, collection_id: int) -> Collection:
    """The same, for its owner alone: with whom it is shared, and its end. Raises NotFound, Forbidden."""
    collection = get_to_edit(tx, actor, collection_id)
    if not owns(actor, collection):
        raise Forbidden("Only its owner shares or deletes a collection.")
    return collection


def _load(tx: Transaction, collection_id: int) -> Collection | None:
    query = select(Collection).where(Collection.id == collection_id)
    options = (joinedload(Collection.owner), selectinload(Collection.shares).joinedload(CollectionShare.user))
    return tx.scalar(query.options(*options))


def may_see(actor: Actor, collection: Collection) -> bool:
    """Its owner, those it is shared with, and, once its owner has left, whoever answers for the office."""
    return owns(actor, collection) or any(_fits(actor, share) for share in collection.shares)


def may_edit(actor: Actor, collection: Collection) -> bool:
    """Its owner, and those it is shared with to work on."""
    if actor.only is not None and Action.COLLECT not in actor.only:
        return False
    return owns(actor, collection) or any(share.edits and _fits(actor, share) for share in collection.shares)


def owns(actor: Actor, collection: Collection) -> bool:
    """Is it the actor's own, or left behind and theirs to answer for?"""
    if outside(actor):
        return False
    if actor == LOCAL_ADMINISTRATOR or (actor.user_id is not None and collection.owner_id == actor.user_id):
        return True
    left = collection.owner is None or not collection.owner.active
    return left and actor.role in HEADS


def _fits(actor: Actor, share: CollectionShare) -> bool:
    if outside(actor) or actor.user_id is None:
        return False
    return share.user_id == actor.user_id or (share.role is not None and share.role == actor.role)


def listed(
    tx: Transaction,
    actor: Actor,
    *,
    text: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = AT_ONCE,
    to_edit: bool = False,
) -> Shelf:
    """What the actor sees, the latest changed first."""
    demand(actor, Action.SEE)
    query = (
        select(Collection)
        .where(reach(actor, to_edit=to_edit))
        .order_by(Collection.changed_at.desc(), Collection.id.desc())
        .limit(limit + 1)
        .options(joinedload(Collection.owner), selectinload(Collection.shares))
    )
    for word in fold(text).split()[:8]:
        query = query.where(Collection.folded.contains(word, autoescape=True))
    if after is not None:
        at, last = after
        older = and_(Collection.changed_at == at, Collection.id < last)
        query = query.where(or_(Collection.changed_at < at, older))
    rows = list(tx.scalars(query))
    shown = tuple(rows[:limit])
    more = (shown[-1].changed_at, shown[-1].id) if len(rows) > limit else None
    return Shelf(shown, more)


def mine_to_edit(tx: Transaction, actor: Actor, text: str = "", limit: int = 8) -> list[Collection]:
    """By-hand collections the actor may add to, the latest changed first."""
    demand(actor, Action.COLLECT)
    found = listed(tx, actor, text=text, limit=limit * 4, to_edit=True).rows
    return [collection for collection in found if collection.query is None][:limit]
