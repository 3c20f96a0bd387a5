"""Withdrawing: one action with its reason stops every route at once; it can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from dam.db import Transaction
from dam.models import Asset, AssetEvent, Change, Withdrawal
from dam.services.access import Action, Actor, demand
from dam.services.describing.changes import WITHDRAWAL_FIELDS, chosen, remember, states

LONGEST_NOTE = 400


@dataclass(frozen=True)
class Withdrawn:
    """One page, latest first. ``next`` goes into ``after`` for the following page."""

    assets: tuple[Asset, ...]
    next: tuple[datetime, int] | None


def withdraw(
    tx: Transaction, actor: Actor, asset_ids: Iterable[int], reason: Withdrawal, note: str | None = None
) -> Change:
    """From this moment no route gives any of them to anybody, links and zips under way included.

    What was withdrawn before keeps its first reason. Raises NotFound, or Forbidden (saying how many) for all
    of them.
    """
    assets = chosen(tx, actor, Action.REVIEW, asset_ids)
    before = states(tx, assets, WITHDRAWAL_FIELDS)
    moment, said = datetime.now(UTC), " ".join((note or "").split())[:LONGEST_NOTE] or None
    for asset in assets:
        if asset.withdrawn_at is None:
            asset.withdrawn_at, asset.withdrawn_by = moment, actor.user_id
            asset.withdrawn_reason, asset.withdrawn_note = reason, said
    after = states(tx, assets, WITHDRAWAL_FIELDS)
    return remember(tx, actor, "withdraw", before, after, reason=str(reason), note=said)


def reinstate(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Change:
    """Let them be found and taken again, as their other facts allow. Raises like ``withdraw``."""
    assets = chosen(tx, actor, Action.REVIEW, asset_ids)
    before = states(tx, assets, WITHDRAWAL_FIELDS)
    for asset in assets:
        asset.withdrawn_at = asset.withdrawn_by = asset.withdrawn_reason = asset.withdrawn_note = None
    return remember(tx, actor, "reinstate", before, states(tx, assets, WITHDRAWAL_FIELDS))


def withdrawn(
    tx: Transaction, actor: Actor, after: tuple[datetime, int] | None = None, limit: int = 50
) -> Withdrawn:
    """What was withdrawn, latest first. Raises Forbidden for who does not review."""
    demand(actor, Action.REVIEW)
    query = (
        select(Asset)
        .where(Asset.withdrawn_at.is_not(None), Asset.deleted_at.is_(None))
        .order_by(Asset.withdrawn_at.desc(), Asset.id.desc())
        .limit(limit + 1)
        .options(selectinload(Asset.placements).joinedload(AssetEvent.event))
    )
    if after is not None:
        at, asset_id = after
        query = query.where(or_(Asset.withdrawn_at < at, and_(Asset.withdrawn_at == at, Asset.id < asset_id)))
    rows = list(tx.scalars(query))
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Withdrawn(tuple(shown), (last.withdrawn_at, last.id) if last and last.withdrawn_at else None)
