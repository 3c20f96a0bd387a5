"""One asset of several files, and back: joining and splitting, by the machine or by a person."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from dam.db import Transaction
from dam.errors import Conflict, Invalid, NotFound
from dam.models import (
    Asset,
    AssetEvent,
    CollectionItem,
    IngestBatch,
    IngestItem,
    Kind,
    Minors,
    Original,
    OriginalRole,
    Outcome,
    Processing,
    Rendition,
    Review,
    User,
)
from dam.services import audit, indexing
from dam.services.access import Action, Actor, can, demand, hold_like
from dam.services.families import kinship, lending, stacking
from dam.services.ingest import receiving

MOST = 40  # files of one asset
WAS = "was"  # in ``lent``: what the asset's state was
QUIET = {"synchronize_session": False}
# What is read from the picture that is shown: it goes where that picture goes.
PICTURE = (
    "kind", "orientation", "width", "height", "duration", "perceptual_hash", "placeholder", "camera_make",
    "camera_model", "camera_serial", "lens", "captured_at", "captured_source", "subsecond", "date_only",
    "utc_offset", "offset_source", "clock_shift", "taken_at",
)  # fmt: skip
READ_LATER = (
    "bit_depth",
    "color_space",
    "color_profile",
    "loudness",
    "average_color",
)  # where there are such columns
SHOWABLE = (OriginalRole.LIVE_VIDEO, OriginalRole.CHAPTER)
ALONE = (OriginalRole.LIVE_VIDEO,)  # roles an asset has once


def primary_of(tx: Transaction, asset_id: int) -> Original:
    """The picture or clip an asset shows."""
    return tx.scalars(
        select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
    ).one()


def join(
    tx: Transaction, shown: Asset, companion: Asset, role: OriginalRole, by: Actor | None = None
) -> Asset:
    """Make the files of two assets one asset, which shows ``shown``'s picture; the companion's is its
    ``role``.

    The asset that came first keeps its number, its events and its words, whichever picture it showed. The
    other one is ``JOINED``: out of sight until a person splits it off. ``by`` is who did it, None for the
    archive. Answers the asset they are now.
    """
    stays, goes = shown, companion
    if replaces(shown, companion):
        _swap_pictures(tx, companion, shown)
        stays, goes = companion, shown
        _look_again(stays, by)
    hold_like(stays, goes)
    original = primary_of(tx, goes.id)
    embedded = _embedded(tx, stays) if role == OriginalRole.SIDECAR else None
    words = lending.told_by(original) if role == OriginalRole.SIDECAR else lending.words_of(goes)
    lent = lending.lend_words(tx, stays, words, embedded)
    if role != OriginalRole.SIDECAR:
        lent |= lending.lend_company(tx, stays, goes)
    fields, lent[WAS] = [*lent], str(goes.processing)
    was_at = [one.id for one in tx.scalars(select(Original).where(Original.asset_id == goes.id))]
    tx.execute(
        update(Original).where(Original.id.in_(was_at)).values(asset_id=stays.id).execution_options(**QUIET)
    )
    original.role, original.home_id, original.lent, original.kept_apart = role, goes.id, lent, False
    original.asset_id = stays.id
    stacking.leave(tx, goes)
    hold_like(stays, goes)
    goes.processing, goes.joined_id = Processing.JOINED, stays.id
    tx.execute(
        update(Asset).where(Asset.joined_id == goes.id).values(joined_id=stays.id).execution_options(**QUIET)
    )
    stays.version += 1
    tx.flush()
    _follow(tx, stays, goes)
    tx.expire(stays, ["originals", "renditions", "placements", "appearances"])
    tx.expire(goes, ["originals", "renditions"])
    _settle_items(tx, stays.id, (stays.id, goes.id))
    _audit(tx, by, stays, "asset.join", fields=fields, name=original.name, role=str(role), was=goes.id)
    indexing.touch(tx, [stays.id, goes.id])
    return stays


def replaces(shown: Asset, companion: Asset) -> bool:
    """Would the picture of one be shown in the place of the other's, because that one came first?"""
    return companion.id < shown.id and companion.processing == Processing.READY


def describe_by(tx: Transaction, asset_id: int, original_id: int) -> None:
    """Write what a sidecar says of an asset without joining it: its bytes are kept beside another one."""
    asset = tx.get_one(Asset, asset_id, with_for_update=True)
    original = tx.get_one(Original, original_id)
    lent = lending.lend_words(tx, asset, lending.told_by(original), _embedded(tx, asset))
    if lent:
        asset.version += 1
        _audit(tx, None, asset, "asset.read_sidecar", fields=[*lent], name=original.name)
        indexing.touch(tx, [asset.id])


def split(tx: Transaction, actor: Actor, original_id: int, *, apart: bool = True) -> Asset:
    """Give a file back its own asset, and what it lent to the other one. With ``apart`` it is never joined by
    the archive again. Answers its asset. Raises NotFound, Forbidden, Conflict when it is alone already."""
    original = tx.get(Original, original_id)
    if original is None:
        raise NotFound("There is no such material.")  # in the words that stand for what one may not know of
    asset = tx.get(Asset, original.asset_id, with_for_update=True)
    assert asset is not None
    demand(actor, Action.DESCRIBE, asset)
    return _part(tx, actor, asset, original, apart=apart)


def part_batch(tx: Transaction, actor: Actor, batch_id: int) -> None:
    """Before a batch is undone: what it brought to materials that other batches brought stands alone again,
    so that it goes and they stay as they were."""
    theirs = aliased(IngestItem)
    others = (
        select(theirs.id)
        .join(IngestBatch, IngestBatch.id == theirs.batch_id)
        .where(
            theirs.original_id == Original.id, theirs.batch_id != batch_id, IngestBatch.undone_at.is_(None)
        )
        .exists()
    )
    came = select(IngestItem.original_id).where(IngestItem.batch_id == batch_id)
    mine = (
        select(Original)
        .where(Original.id.in_(came), ~others)
        .order_by(Original.role == OriginalRole.PRIMARY, Original.id)
    )
    for original in tx.scalars(mine).all():
        beside = select(Original.id).where(Original.asset_id == original.asset_id, others)
        if tx.scalars(beside.limit(1)).first() is None:
            continue
        asset = tx.get_one(Asset, original.asset_id, with_for_update=True)
        _part(tx, actor, asset, original, apart=False)


def _part(tx: Transaction, actor: Actor, asset: Asset, original: Original, *, apart: bool) -> Asset:
    if original.role == OriginalRole.PRIMARY:
        _show_another(tx, asset)
        _look_again(asset, actor)
        tx.refresh(original)
    home = _home(tx, asset, original)
    lent = dict(original.lent or {})
    was = lent.pop(WAS, Processing.READY)
    fields = lending.take_back(tx, asset, lent)
    original.asset_id, original.role, original.home_id, original.lent = (
        home.id,
        OriginalRole.PRIMARY,
        None,
        None,
    )
    original.kept_apart = apart
    home.joined_id = None
    hold_like(home, asset)
    if home.processing == Processing.JOINED:
        home.processing = Processing(was)
    home.deleted_at = home.deleted_by = None
    _placed_as(tx, home, asset)
    hold_like(home, asset)
    asset.version += 1
    home.version += 1
    tx.flush()
    for one in (asset, home):
        tx.expire(one, ["originals", "renditions", "placements", "appearances"])
    tx.execute(
        update(IngestItem)
        .where(IngestItem.original_id == original.id)
        .values(asset_id=home.id)
        .execution_options(**QUIET)
    )
    _settle_items(tx, home.id, (home.id,))
    _audit(tx, actor, asset, "asset.split", fields=fields, name=original.name, into=home.id)
    audit.record(tx, actor, "asset.split", ("asset", home.id), name=original.name, of=asset.id)
    indexing.touch(tx, [asset.id, home.id])
    return home


def join_chosen(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Asset:
    """A person says that these are files of one thing. The picture is shown before RAW files and clips;
    equals in the order in which they came. Raises NotFound, Forbidden, Invalid."""
    ids = list(dict.fromkeys(asset_ids))
    if not 2 <= len(ids) <= MOST:
        raise Invalid("Choose from 2 to %(most)s files that belong together.", most=MOST)
    assets = []
    for asset_id in ids:
        asset = tx.get(Asset, asset_id, with_for_update=True)
        if asset is None or asset.processing == Processing.JOINED:
            raise NotFound("There is no such material.")
        demand(actor, Action.BIN if asset.processing == Processing.QUARANTINED else Action.DESCRIBE, asset)
        if asset.deleted_at is not None or asset.processing not in (Processing.READY, Processing.QUARANTINED):
            raise Conflict("Only what is ready and not in the bin can be joined.")
        if asset.withdrawn_at is not None:
            raise Conflict("Withdrawn material is not joined with other material.")
        assets.append((primary_of(tx, asset.id), asset))
    assets.sort(key=_picture_first)
    original, stays = assets[0]
    if stays.processing != Processing.READY:
        raise Conflict("None of these can be shown: choose the picture they belong to as well.")
    for companion, goes in assets[1:]:
        stays = join(tx, stays, goes, _role(original, stays, companion, goes), by=actor)
    return stays


def joined_to(tx: Transaction, asset_id: int) -> int | None:
    """The asset that a joined one is part of now, for whoever still has its old address."""
    return tx.scalar(
        select(Asset.joined_id).where(Asset.id == asset_id, Asset.processing == Processing.JOINED)
    )


def joined_with(tx: Transaction, items: Sequence[IngestItem]) -> dict[int, str]:
    """Item → the name of the picture its file goes with, of those items that are of such a file."""
    wanted = {item.original_id: item.id for item in items if item.original_id is not None}
    attached = {item.id for item in items if item.outcome in (Outcome.ATTACHED, Outcome.DUPLICATE)}
    ids = [original_id for original_id, item_id in wanted.items() if item_id in attached]
    if not ids:
        return {}
    shown = select(Original).where(Original.role == OriginalRole.PRIMARY).subquery()
    rows = tx.execute(
        select(Original.id, shown.c.name)
        .join(shown, shown.c.asset_id == Original.asset_id)
        .where(Original.id.in_(ids), Original.role != OriginalRole.PRIMARY)
    )
    by_original = dict(rows.all())
    return {item.id: by_original[item.original_id] for item in items if item.original_id in by_original}


def with_joined(tx: Transaction, asset_ids: Sequence[int]) -> list[int]:
    """Those assets and what joined them: what is forgotten together."""
    return [*asset_ids, *tx.scalars(select(Asset.id).where(Asset.joined_id.in_(asset_ids)))]


# -- one step each ---------------------------------------------------------------------------------------


def _swap_pictures(tx: Transaction, one: Asset, other: Asset) -> None:
    """Each asset shows what the other showed: files, renditions and what was read from them change places."""
    mine, theirs = primary_of(tx, one.id), primary_of(tx, other.id)
    rows = {
        asset.id: list(tx.scalars(select(Rendition.id).where(Rendition.asset_id == asset.id)))
        for asset in (one, other)
    }
    mine.asset_id, theirs.asset_id = other.id, one.id
    for name in _picture_columns():
        here, there = getattr(one, name), getattr(other, name)
        setattr(one, name, there)
        setattr(other, name, here)
    tx.flush()
    # A preset is unique in its asset: the copies of one step aside while those of the other come over.
    _hand_over(tx, rows[one.id], other.id, aside=True)
    _hand_over(tx, rows[other.id], one.id)
    _hand_over(tx, rows[one.id], other.id)
    for asset in (one, other):
        tx.expire(asset, ["originals", "renditions"])


def _look_again(asset: Asset, by: Actor | None) -> None:
    """It was another picture that somebody approved and recognised no minors in: both are said anew, unless
    ``by`` may say them."""
    if by is not None and can(by, Action.REVIEW, asset):
        return
    if asset.review == Review.APPROVED:
        asset.review = Review.RECEIVED
    if asset.minors == Minors.NO:
        asset.minors = Minors.NOT_LOOKED_AT


def _hand_over(tx: Transaction, rendition_ids: Sequence[int], asset_id: int, *, aside: bool = False) -> None:
    values: dict[str, Any] = {"preset": "-" + Rendition.preset} if aside else {"asset_id": asset_id}
    for rendition in tx.scalars(select(Rendition).where(Rendition.id.in_(rendition_ids))):
        if aside:
            rendition.preset = f"-{rendition.preset}"[:40]
        else:
            rendition.asset_id = values["asset_id"]
            rendition.preset = rendition.preset.removeprefix("-")
    tx.flush()


def _picture_columns() -> list[str]:
    return [*PICTURE, *(name for name in READ_LATER if name in Asset.__table__.columns)]


def _show_another(tx: Transaction, asset: Asset) -> None:
    """Before the picture leaves its asset, another file of it takes its place. Raises Conflict."""
    others = tx.execute(
        select(Original, Asset)
        .join(Asset, Asset.id == Original.home_id)
        .where(Original.asset_id == asset.id, Original.role.in_((OriginalRole.RAW, *SHOWABLE)))
        .order_by(Original.role != OriginalRole.RAW, Original.id)
    ).first()
    if others is None:
        raise Conflict("This file stands alone already.")
    original, home = others
    primary = primary_of(tx, asset.id)
    original.asset_id, original.role = home.id, OriginalRole.PRIMARY
    tx.flush()
    _swap_pictures(tx, asset, home)
    primary.asset_id, primary.role, primary.home_id, primary.lent = (
        asset.id,
        OriginalRole.OTHER,
        home.id,
        None,
    )
    original.home_id = original.lent = None
    tx.flush()


def _home(tx: Transaction, asset: Asset, original: Original) -> Asset:
    """The asset a file had for itself, or a new one where that is gone."""
    home = tx.get(Asset, original.home_id, with_for_update=True) if original.home_id else None
    if home is not None and home.processing == Processing.JOINED:
        return home
    home = Asset(kind=Kind.UNKNOWN, owner_id=asset.owner_id, byline=asset.byline, credit=asset.credit)
    home.municipality_key, home.municipality_source = asset.municipality_key, asset.municipality_source
    tx.add(home)
    tx.flush()
    receiving.send_again(tx, home)
    return home


def _placed_as(tx: Transaction, home: Asset, asset: Asset) -> None:
    """The batch may have been moved meanwhile: both are where the asset is now."""
    lending.place_like(tx, home, asset)
    mine = set(tx.scalars(select(AssetEvent.event_id).where(AssetEvent.asset_id == asset.id)))
    for placement in tx.scalars(select(AssetEvent).where(AssetEvent.asset_id == home.id)).all():
        if placement.event_id not in mine:
            tx.delete(placement)
    tx.flush()
    left = select(AssetEvent).where(AssetEvent.asset_id == home.id).order_by(AssetEvent.position)
    for position, placement in enumerate(tx.scalars(left).all()):
        placement.position = position


def _embedded(tx: Transaction, asset: Asset) -> dict[str, Any] | None:
    """What the asset only has from inside a file that nobody writes into: None where it shows another
    kind."""
    originals = tx.scalars(select(Original).where(Original.asset_id == asset.id)).all()
    primary = next(one for one in originals if one.role == OriginalRole.PRIMARY)
    return dict(lending.told_by(primary)) if primary.media_type in kinship.RAW_TYPES else None


def _follow(tx: Transaction, stays: Asset, goes: Asset) -> None:
    """Collections that held the one hold the other."""
    inside = set(tx.scalars(select(CollectionItem.collection_id).where(CollectionItem.asset_id == stays.id)))
    for one in tx.scalars(select(CollectionItem).where(CollectionItem.asset_id == goes.id)).all():
        if one.collection_id in inside:
            tx.delete(one)
        else:
            one.asset_id = stays.id
    tx.flush()


def _settle_items(tx: Transaction, asset_id: int, of: Sequence[int]) -> None:
    """Whoever watches a batch hears which of its files is shown and which goes with another."""
    asset = tx.get_one(Asset, asset_id)
    items = tx.scalars(select(IngestItem).where(IngestItem.asset_id.in_(of))).all()
    roles = dict(
        tx.execute(
            select(Original.id, Original.role).where(Original.id.in_({i.original_id for i in items} - {None}))
        ).all()
    )
    for item in items:
        attached = roles.get(item.original_id, OriginalRole.PRIMARY) != OriginalRole.PRIMARY
        changed = item.asset_id != asset_id
        item.asset_id = asset_id
        if item.outcome == Outcome.DUPLICATE:
            outcome, reason = Outcome.DUPLICATE, item.reason_code
        elif attached:
            outcome, reason = Outcome.ATTACHED, None
        elif asset.processing == Processing.QUARANTINED:
            outcome, reason = Outcome.QUARANTINED, asset.reason_code
        elif asset.processing == Processing.READY:
            outcome, reason = Outcome.READY, None
        else:
            outcome, reason = Outcome.RECEIVED, None
        if changed or item.outcome != outcome or item.reason_code != reason:
            receiving.settle(tx, item, outcome, reason)


def _picture_first(one: tuple[Original, Asset]) -> tuple[bool, bool, bool, int]:
    original, asset = one
    return (
        asset.processing != Processing.READY,
        asset.kind != Kind.PHOTO,
        original.media_type in kinship.RAW_TYPES,
        asset.id,
    )


def _role(shown: Original, to: Asset, original: Original, asset: Asset) -> OriginalRole:
    if original.media_type == kinship.SIDECAR_TYPE:
        return OriginalRole.SIDECAR
    if original.media_type in kinship.RAW_TYPES:
        return OriginalRole.RAW
    if asset.kind == Kind.VIDEO:
        return OriginalRole.LIVE_VIDEO if to.kind == Kind.PHOTO else OriginalRole.CHAPTER
    return OriginalRole.OTHER


def _audit(tx: Transaction, by: Actor | None, asset: Asset, action: str, **detail: Any) -> None:
    """The archive joins in the name of whoever brought the files."""
    if by is not None:
        audit.record(tx, by, action, ("asset", asset.id), **detail)
        return
    owner = tx.get(User, asset.owner_id) if asset.owner_id else None
    audit.record_as(
        tx, asset.owner_id, owner.name if owner else "local administrator", action, ("asset", asset.id),
        by_itself=True, **detail,
    )  # fmt: skip
