"""Whose collections reach whom, as a condition: for lists of them, and for searching inside one."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from dam.db import Transaction
from dam.models import Collection, CollectionItem, CollectionShare, User
from dam.services.access import HEADS, LOCAL_ADMINISTRATOR, Actor, outside


def reach(actor: Actor, *, to_edit: bool = False) -> ColumnElement[bool]:
    """``may_see`` (or ``may_edit``) as a condition on Collection."""
    if outside(actor):
        return false()
    there = Collection.deleted_at.is_(None)
    if actor == LOCAL_ADMINISTRATOR:
        return there
    fits = or_(CollectionShare.user_id == actor.user_id, CollectionShare.role == actor.role)
    shared = select(CollectionShare.collection_id).where(fits, CollectionShare.edits if to_edit else true())
    ways = [Collection.owner_id == actor.user_id, Collection.id.in_(shared)]
    if actor.role in HEADS:
        gone = select(User.id).where(User.active.is_(False))
        ways += [Collection.owner_id.is_(None), Collection.owner_id.in_(gone)]
    return and_(there, or_(*ways))


def held(tx: Transaction, actor: Actor, collection_ids: Sequence[int]) -> tuple[int, ...]:
    """What was put by hand into these collections, of those that ``actor`` sees."""
    seen = select(Collection.id).where(Collection.id.in_(collection_ids), reach(actor))
    found = select(CollectionItem.asset_id).where(CollectionItem.collection_id.in_(seen))
    return tuple(tx.scalars(found))
