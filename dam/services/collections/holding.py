"""What a collection holds, in its order: for its page, a package, a link, a feed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from sqlalchemy import exists, func, select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, Collection, CollectionItem, Kind, ShareLink, User
from dam.services import accounts, finding
from dam.services.access import Actor, visible
from dam.services.finding import Query
from dam.services.showing.contact_sheet import Card, cards

MOST = 5000  # assets of one collection that leave together
PICTURED = (Kind.PHOTO, Kind.VIDEO)
CURSOR = re.compile(r"-?[0-9]{1,17}")  # a position


@dataclass(frozen=True)
class Held:
    """A page of what a collection holds, ``notes`` by asset. ``next`` goes into ``after``; None: the end."""

    asset_ids: tuple[int, ...]
    notes: dict[int, str]
    total: int
    next: str | None


def query_of(collection: Collection | ShareLink) -> Query:
    """The search of a smart collection, or of a feed."""
    return finding.from_args(parse_qs((collection.query or "").lstrip("?"), max_num_fields=200))


def items(
    archive: Archive, actor: Actor, collection: Collection, after: str | None = None, limit: int = 60
) -> Held:
    """A page of what ``actor`` may see of it. In one made by hand a cursor that is none begins at the front;
    a search raises Invalid."""
    if collection.query is not None:
        found = finding.find(archive, actor, query_of(collection), after, limit)
        return Held(tuple(hit.asset_id for hit in found.hits), {}, found.total, found.next)
    last = int(after) if after and CURSOR.fullmatch(after) else None
    wanted = (
        select(CollectionItem.asset_id, CollectionItem.position, CollectionItem.note)
        .join(Asset, Asset.id == CollectionItem.asset_id)
        .where(CollectionItem.collection_id == collection.id, visible(actor))
        .order_by(CollectionItem.position, CollectionItem.asset_id)
    )
    with archive.reading() as tx:
        total = tx.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
        if last is not None:
            wanted = wanted.where(CollectionItem.position > last)
        rows = tx.execute(wanted.limit(limit + 1)).all()
    shown = rows[:limit]
    return Held(
        tuple(row.asset_id for row in shown),
        {row.asset_id: row.note for row in shown if row.note},
        total,
        str(shown[-1].position) if len(rows) > limit else None,
    )


def asset_ids(archive: Archive, actor: Actor, collection: Collection, limit: int = MOST) -> list[int]:
    """What ``actor`` may see of it, in order."""
    if collection.query is not None:
        return finding.all_ids(archive, actor, query_of(collection), limit=limit)
    with archive.reading() as tx:
        return list(tx.scalars(_in_order(collection.id).where(visible(actor)).limit(limit)))


def _in_order(collection_id: int):  # type: ignore[no-untyped-def]
    return (
        select(CollectionItem.asset_id)
        .join(Asset, Asset.id == CollectionItem.asset_id)
        .where(CollectionItem.collection_id == collection_id)
        .order_by(CollectionItem.position, CollectionItem.asset_id)
    )


def holds(tx: Transaction, collection_id: int, asset_id: int) -> bool:
    """Is the asset one of a by-hand collection's items?"""
    return bool(tx.scalar(select(exists().where(
        CollectionItem.collection_id == collection_id, CollectionItem.asset_id == asset_id
    ))))  # fmt: skip


def as_maker(tx: Transaction, maker_id: int | None) -> Actor | None:
    """The one who made a collection or a link, with the rights they have now; None when they left."""
    user = tx.get(User, maker_id) if maker_id is not None else None
    return accounts.actor_of(tx, user) if user is not None and user.active else None


def count_of(tx: Transaction, actor: Actor, ids: Iterable[int]) -> dict[int, int]:
    """Collection id → how many of the items put into it by hand ``actor`` may see: as many as its page
    shows."""
    counted = (
        select(CollectionItem.collection_id, func.count())
        .join(Asset, Asset.id == CollectionItem.asset_id)
        .where(CollectionItem.collection_id.in_(list(ids)), visible(actor))
        .group_by(CollectionItem.collection_id)
    )
    return dict(tx.execute(counted).all())  # type: ignore[arg-type]


def covers(tx: Transaction, actor: Actor, shown: Sequence[Collection]) -> dict[int, Card]:
    """Collection id → its cover, else the first picture put into it, that ``actor`` may see."""
    chosen: dict[int, int] = {}
    for collection in shown:
        own = select(Asset.id).where(visible(actor), Asset.kind.in_(PICTURED))
        found = tx.scalar(own.where(Asset.id == collection.cover_id)) if collection.cover_id else None
        if found is None and collection.query is None:
            first = _in_order(collection.id).where(visible(actor), Asset.kind.in_(PICTURED))
            found = tx.scalar(first.limit(1))
        if found is not None:
            chosen[collection.id] = found
    made = {card.asset_id: card for card in cards(tx, list(dict.fromkeys(chosen.values())))}
    return {key: made[asset_id] for key, asset_id in chosen.items() if asset_id in made}
