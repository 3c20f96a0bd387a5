"""Stacks: assets that a grid shows as one. The archive makes them of bursts and of the parts of one
recording, people of what they choose; taken apart and put back at will."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update

from dam.db import Transaction
from dam.errors import Invalid, NotFound
from dam.models import Asset, Change, Original, OriginalRole, Stack, StackKind
from dam.services import indexing
from dam.services.access import Action, Actor, visible
from dam.services.describing.changes import chosen, remember, states

FIELDS = frozenset({"stack_id", "stack_cover", "stands_alone"})
MOST = 500  # assets of one stack


def new_stack(tx: Transaction, kind: StackKind) -> int:
    stack = Stack(kind=kind)
    tx.add(stack)
    tx.flush()
    return stack.id


def write(tx: Transaction, stack_id: int, ids: Sequence[int], cover_id: int) -> None:
    tx.execute(
        update(Asset)
        .where(Asset.id.in_(ids))
        .values(stack_id=stack_id, stack_cover=Asset.id == cover_id)
        .execution_options(synchronize_session=False)
    )
    indexing.touch(tx, ids)


def by_name(tx: Transaction, ids: Sequence[int]) -> list[int]:
    """Clips in the order of their parts: their cameras count in their names."""
    rows = tx.execute(
        select(Original.asset_id, Original.name).where(
            Original.asset_id.in_(ids), Original.role == OriginalRole.PRIMARY
        )
    ).all()
    names = dict(rows)
    return sorted(
        ids, key=lambda asset_id: (not names[asset_id].upper().startswith("GOPR"), names[asset_id].casefold())
    )


# -- what people do --------------------------------------------------------------------------------------


def members(tx: Transaction, actor: Actor, stack_id: int) -> list[int]:
    """Ids of what the actor may see of a stack, in order: of a recording by its parts, else as taken."""
    stack = tx.get(Stack, stack_id)
    ids = list(
        tx.scalars(
            select(Asset.id)
            .where(Asset.stack_id == stack_id, visible(actor))
            .order_by(Asset.taken_at, Asset.subsecond, Asset.id)
            .limit(MOST)
        )
    )
    return by_name(tx, ids) if stack is not None and stack.kind == StackKind.CHAPTERS else ids


def counts(tx: Transaction, actor: Actor, stack_ids: Iterable[int]) -> dict[int, int]:
    """How many assets each stack shows to ``actor``: as many as open with it."""
    return dict(
        tx.execute(
            select(Asset.stack_id, func.count())
            .where(Asset.stack_id.in_(set(stack_ids)), visible(actor))
            .group_by(Asset.stack_id)
        ).all()
    )


def stack(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Change:
    """Show these as one; the first is the cover. Raises NotFound, Forbidden, Invalid."""
    ids = list(dict.fromkeys(asset_ids))
    if not 2 <= len(ids) <= MOST:
        raise Invalid("Choose from 2 to %(most)s pictures for a stack.", most=MOST)
    assets = chosen(tx, actor, Action.DESCRIBE, ids)
    others = _left_behind(tx, assets)
    before = states(tx, [*assets, *others], FIELDS)
    stack_id = new_stack(tx, StackKind.CHOSEN)
    for asset in assets:
        asset.stack_id, asset.stack_cover, asset.stands_alone = stack_id, asset.id == ids[0], False
    _tidy(others)
    return remember(tx, actor, "stack", before, states(tx, [*assets, *others], FIELDS))


def unstack(tx: Transaction, actor: Actor, stack_id: int) -> Change:
    """Each for itself again, and the archive leaves it so. Raises NotFound, Forbidden."""
    ids = list(tx.scalars(select(Asset.id).where(Asset.stack_id == stack_id)))
    assets = chosen(tx, actor, Action.DESCRIBE, ids)
    before = states(tx, assets, FIELDS)
    for asset in assets:
        asset.stack_id, asset.stack_cover, asset.stands_alone = None, False, True
    return remember(tx, actor, "unstack", before, states(tx, assets, FIELDS))


def take_out(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Change:
    """These leave their stacks, and the archive leaves it so. Raises NotFound, Forbidden."""
    assets = chosen(tx, actor, Action.DESCRIBE, asset_ids)
    others = _left_behind(tx, assets)
    before = states(tx, [*assets, *others], FIELDS)
    for asset in assets:
        if asset.stack_id is not None:
            asset.stack_id, asset.stack_cover, asset.stands_alone = None, False, True
    _tidy(others)
    return remember(tx, actor, "unstack", before, states(tx, [*assets, *others], FIELDS))


def make_cover(tx: Transaction, actor: Actor, asset_id: int) -> Change:
    """This one stands for its stack. Raises NotFound (also where it is in none), Forbidden."""
    chosen(tx, actor, Action.DESCRIBE, [asset_id], lock=False)  # first: nobody else hears of a stack
    stack_id = tx.scalar(select(Asset.stack_id).where(Asset.id == asset_id))
    if stack_id is None:
        raise NotFound("This is in no stack.")
    assets = chosen(
        tx, actor, Action.DESCRIBE, tx.scalars(select(Asset.id).where(Asset.stack_id == stack_id))
    )
    before = states(tx, assets, FIELDS)
    for asset in assets:
        asset.stack_cover = asset.id == asset_id
    return remember(tx, actor, "cover", before, states(tx, assets, FIELDS))


def leave(tx: Transaction, asset: Asset) -> None:
    """Out of its stack, because it becomes a file of another asset."""
    if asset.stack_id is None:
        return
    others = _left_behind(tx, [asset])
    asset.stack_id, asset.stack_cover = None, False
    _tidy(others)
    indexing.touch(tx, [one.id for one in others])


def _left_behind(tx: Transaction, leaving: Sequence[Asset]) -> list[Asset]:
    stacks = {asset.stack_id for asset in leaving} - {None}
    if not stacks:
        return []
    rest = select(Asset).where(Asset.stack_id.in_(stacks), Asset.id.not_in([one.id for one in leaving]))
    return list(tx.scalars(rest.order_by(Asset.taken_at, Asset.id).with_for_update()))


def _tidy(others: Sequence[Asset]) -> None:
    """One alone is no stack, and each stack has one cover."""
    for stack_id in {one.stack_id for one in others}:
        rest = [one for one in others if one.stack_id == stack_id]
        if len(rest) == 1:
            rest[0].stack_id, rest[0].stack_cover = None, False
        elif not any(one.stack_cover for one in rest):
            rest[0].stack_cover = True
