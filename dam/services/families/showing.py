"""An asset's files as its page lists them, and what a motion photo holds inside."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Asset, Original, OriginalRole, Stack, StackKind
from dam.services.access import Action, Actor, can, knows_origins
from dam.services.families import lending, stacking
from dam.services.showing.contact_sheet import Card, cards


@dataclass(frozen=True)
class File:
    """One original of an asset. ``motion`` is how many bytes of it are an embedded clip, 0 where there is
    none. ``splits``: may it be given an asset of its own?"""

    id: int
    name: str
    role: OriginalRole
    sha256: str
    bytes: int
    motion: int = 0
    splits: bool = False


@dataclass(frozen=True)
class Pile:
    """The stack an asset is in, as its page shows it: the cards in order, and which one stands for all."""

    id: int
    kind: StackKind
    cards: tuple[Card, ...]
    cover_id: int | None


def files(tx: Transaction, actor: Actor, asset: Asset) -> list[File]:
    """The picture that is shown first; empty for whom its origins are no business of."""
    if not knows_origins(actor, asset):
        return []
    rows = tx.scalars(
        select(Original)
        .where(Original.asset_id == asset.id)
        .order_by(Original.role != OriginalRole.PRIMARY, Original.id)
    ).all()
    may = can(actor, Action.DESCRIBE, asset) and len(rows) > 1
    others = any(
        one.role in (OriginalRole.RAW, OriginalRole.LIVE_VIDEO, OriginalRole.CHAPTER) for one in rows
    )
    return [
        File(
            one.id,
            one.name,
            one.role,
            one.sha256,
            one.bytes,
            motion=clip_in(one)[1],
            splits=may and (one.role != OriginalRole.PRIMARY or others),
        )
        for one in rows
    ]


def clip_in(original: Original) -> tuple[int, int]:
    """Where a motion photo's clip lies in its file: offset and length in bytes, 0 and 0 where there is
    none."""
    told = lending.told_by(original)
    offset, length = told.get("motion_offset"), told.get("motion_length")
    if not (isinstance(offset, int) and isinstance(length, int)) or offset <= 0 or length <= 0:
        return 0, 0
    return (offset, length) if offset + length <= original.bytes else (0, 0)


def pile(tx: Transaction, actor: Actor, asset: Asset) -> Pile | None:
    """The stack of an asset, None where it is in none or alone in what the actor may see of it."""
    if asset.stack_id is None:
        return None
    ids: Sequence[int] = stacking.members(tx, actor, asset.stack_id)
    if len(ids) < 2:
        return None
    stack = tx.get_one(Stack, asset.stack_id)
    cover = tx.scalar(select(Asset.id).where(Asset.stack_id == stack.id, Asset.stack_cover).limit(1))
    return Pile(stack.id, stack.kind, tuple(cards(tx, ids)), cover)
