"""What waits for somebody's word, newest event first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from dam.db import Transaction
from dam.models import Asset, AssetEvent, Event, Minors, Municipality, Review
from dam.services.access import Action, Actor, demand, visible

WAITS = (Review.RECEIVED, Review.IN_REVIEW)
WINDOW = 3000  # assets that came last, looked through for one page
MOST_COUNTED = 100


@dataclass(frozen=True)
class Waiting:
    """One event and what of it waits, in the order in which it was taken. ``event_id`` None: of no event."""

    event_id: int | None
    name: str | None
    starts_at: datetime | None
    municipality: str | None
    asset_ids: tuple[int, ...]


@dataclass(frozen=True)
class Queue:
    """``older``: goes into ``before`` for what came before these, None at the end."""

    events: tuple[Waiting, ...]
    older: int | None


def waiting(tx: Transaction, actor: Actor, *, before: int | None = None) -> Queue:
    """What came last and waits: the last 3,000 assets before the id ``before``, by event, newest event first.

    However many wait in all, as many rows are read. Raises Forbidden for who does not review.
    """
    demand(actor, Action.REVIEW)
    ids = _last(tx, actor, before)
    older = ids[-1] if len(ids) == WINDOW else None
    return Queue(by_event(tx, ids), older)


def by_event(tx: Transaction, asset_ids: Iterable[int]) -> tuple[Waiting, ...]:
    """The assets under their primary events: newest event first, those of no event at the end."""
    ids = list(asset_ids)
    told: dict[int | None, list[int]] = defaultdict(list)
    events: dict[int | None, tuple[str, datetime | None, str | None]] = {}
    for start in range(0, len(ids), 1000):
        first = (
            select(func.min(AssetEvent.position)).where(AssetEvent.asset_id == Asset.id)
            .correlate(Asset).scalar_subquery()
        )  # fmt: skip
        rows = tx.execute(
            select(Asset.id, Event.id, Event.name, Event.starts_at, Municipality.name, Asset.taken_at)
            .select_from(Asset)
            .outerjoin(AssetEvent, (AssetEvent.asset_id == Asset.id) & (AssetEvent.position == first))
            .outerjoin(Event, Event.id == AssetEvent.event_id)
            .outerjoin(Municipality, Municipality.key == Event.municipality_key)
            .where(Asset.id.in_(ids[start : start + 1000]))
            .order_by(Asset.taken_at, Asset.id)
        )
        for asset_id, event_id, name, starts_at, town, _taken in rows:
            told[event_id].append(asset_id)
            events[event_id] = (name, starts_at, town)
    named = [Waiting(key, *events[key], tuple(many)) for key, many in told.items()]
    return tuple(sorted(named, key=_newest_first))


def waiting_of_event(tx: Transaction, actor: Actor, event_id: int) -> list[int]:
    """What of one event waits, the last 3,000 that came. Raises Forbidden."""
    demand(actor, Action.REVIEW)
    of_event = select(AssetEvent.asset_id).where(AssetEvent.event_id == event_id)
    query = select(Asset.id).where(Asset.id.in_(of_event), Asset.review.in_(WAITS), visible(actor))
    return list(tx.scalars(query.order_by(Asset.id.desc()).limit(WINDOW)))


def facts(tx: Transaction, asset_ids: Iterable[int]) -> dict[int, tuple[Minors, Review, str | None]]:
    """What a reviewer has to know beside the picture: minors, status, and why it was so decided."""
    query = select(Asset.id, Asset.minors, Asset.review, Asset.review_reason).where(Asset.id.in_(asset_ids))
    return {row.id: (row.minors, row.review, row.review_reason) for row in tx.execute(query)}


def count_waiting(tx: Transaction, actor: Actor) -> int:
    """How many wait, counted up to 100: one look in an index, for the bar of every page."""
    return len(_last(tx, actor, None, MOST_COUNTED))


def _last(tx: Transaction, actor: Actor, before: int | None, limit: int = WINDOW) -> list[int]:
    ids: list[int] = []
    for state in WAITS:  # each is one walk along (review, id)
        query = select(Asset.id).where(Asset.review == state, visible(actor)).order_by(Asset.id.desc())
        ids += tx.scalars((query.where(Asset.id < before) if before else query).limit(limit))
    return sorted(ids, reverse=True)[:limit]


def _newest_first(one: Waiting) -> tuple[bool, float, int]:
    at = one.starts_at.timestamp() if one.starts_at else 0.0
    return (one.event_id is None, -at, -(one.event_id or 0))
