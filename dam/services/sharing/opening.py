"""Coming in by a link: which it is, whether its password fits, and what it shows."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound
from dam.models import Asset, Collection, CollectionItem, Role, ShareLink
from dam.queue import JobQueue
from dam.services import collections, finding
from dam.services.access import Action, Actor, can, decide, policy_of
from dam.services.accounts import passwords
from dam.services.collections.holding import MOST, as_maker, query_of
from dam.services.renditions import ORIGINAL
from dam.services.sharing.links import digest_of

KEPT = 30.0  # seconds that what a search finds is remembered for the links that show it
PORTION = 500

_found: WeakKeyDictionary[JobQueue, dict[int, tuple[float, list[int]]]] = WeakKeyDictionary()


def find(tx: Transaction, token: str) -> ShareLink:
    """The link of that token, open or not. Raises NotFound."""
    wanted = select(ShareLink).where(ShareLink.digest == digest_of(token))
    link = tx.scalar(wanted.options(joinedload(ShareLink.collection).joinedload(Collection.owner)))
    if link is None:
        raise NotFound("There is nothing at this address.")
    return link


def fits_password(link: ShareLink, password: str) -> bool:
    """Slow on purpose; True where the link asks for none."""
    return link.password_hash is None or passwords.fits(link.password_hash, password)


def actor_of(link: ShareLink) -> Actor:
    """Somebody outside who came by this link: looks, and takes what it was made for. Names nothing yet."""
    only = {Action.SEE, Action.TAKE_WEB, Action.TAKE_NETWORK}
    if ORIGINAL in link.presets:
        only.add(Action.TAKE_ORIGINAL)
    return Actor(
        user_id=None, name=f"liga: {link.recipient}"[:160], role=Role.VIEWER, only=frozenset(only),
        link_id=link.id, public=True, named=frozenset(),
    )  # fmt: skip


def narrowed(archive: Archive, link: ShareLink, asset_id: int) -> Actor:
    """The link's actor for this one asset. Raises NotFound when the link does not lead to it."""
    if link.asset_id is not None:
        there = link.asset_id == asset_id
    elif link.collection is not None and link.collection.query is None:
        with archive.reading() as tx:
            there = collections.holds(tx, link.collection.id, asset_id)
    else:
        there = asset_id in _searched(archive, link)
    if not there:
        raise NotFound("There is no such material.")
    return replace(actor_of(link), named=frozenset({asset_id}))


def material(archive: Archive, link: ShareLink) -> list[int]:
    """What it shows now, in order: of what it leads to, all that may be looked at outside."""
    ids = _led_to(archive, link)
    actor = replace(actor_of(link), named=frozenset(ids))
    policy, now = policy_of(archive.settings), archive.clock()
    shown: list[int] = []
    with archive.reading() as tx:
        for some in _portions(ids):
            found = {asset.id: asset for asset in tx.scalars(select(Asset).where(Asset.id.in_(some)))}
            shown += [
                asset_id for asset_id in some
                if asset_id in found and can(actor, Action.SEE, found[asset_id], at=now, policy=policy)
            ]  # fmt: skip
            tx.expunge_all()
    return shown


def withheld(archive: Archive, link: ShareLink) -> list[tuple[str, int]]:
    """Why not everything that the link leads to is shown: each reason (a msgid) and of how many it is said,
    for whoever made it. Empty when all is shown."""
    ids = _led_to(archive, link)
    actor = replace(actor_of(link), named=frozenset(ids))
    policy, now = policy_of(archive.settings), archive.clock()
    said: Counter[str] = Counter()
    with archive.reading() as tx:
        for some in _portions(ids):
            for asset in tx.scalars(select(Asset).where(Asset.id.in_(some))):
                decision = decide(actor, Action.SEE, asset, at=now, policy=policy)
                if not decision.allowed:
                    said[decision.reason] += 1
            tx.expunge_all()
    return said.most_common()


def _led_to(archive: Archive, link: ShareLink) -> list[int]:
    if link.asset_id is not None:
        return [link.asset_id]
    if link.collection is None or link.collection.query is not None:
        return _searched(archive, link)
    with archive.reading() as tx:
        return list(tx.scalars(
            select(CollectionItem.asset_id)
            .where(CollectionItem.collection_id == link.collection.id)
            .order_by(CollectionItem.position, CollectionItem.asset_id)
            .limit(MOST)
        ))  # fmt: skip


def _searched(archive: Archive, link: ShareLink) -> list[int]:
    """What the search finds for the one who made it, with the rights they have now; nothing once they left.

    Each picture of a page asks: the answer is kept for half a minute. Whether a picture may leave is asked of
    the picture itself, every time.
    """
    kept = _found.setdefault(archive.queue, {})
    then, ids = kept.get(link.id, (0.0, []))
    if time.monotonic() - then < KEPT:
        return ids
    source = link.collection if link.collection is not None else link
    with archive.reading() as tx:
        maker = as_maker(tx, link.collection.owner_id if link.collection is not None else link.made_by)
    ids = finding.all_ids(archive, maker, query_of(source), limit=MOST) if maker is not None else []
    if len(kept) > 1000:
        kept.clear()
    kept[link.id] = (time.monotonic(), ids)
    return ids


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + PORTION] for start in range(0, len(ids), PORTION)]
