"""Finding what belongs to a file that was just looked at. Any order, one batch or two of the same event.

The cost does not grow with the archive: the latest files of the same stem are looked at, through an index.
"""

from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from dam.db import Transaction
from dam.models import (
    Asset,
    IngestBatch,
    IngestItem,
    Original,
    OriginalRole,
    Processing,
    Review,
    User,
)
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR, Action, can
from dam.services.families import joining, kinship
from dam.services.families.kinship import Member

LATEST = 200  # files of one stem that are looked at: counters of cameras begin again every 10,000 shots


_mine, _other, _latest = aliased(IngestItem), aliased(IngestItem), aliased(IngestItem)
_mine_in, _other_in = aliased(IngestBatch), aliased(IngestBatch)
_half, _twin = aliased(Original), aliased(Original)
# Written once: to build a question costs more than to answer it, and every photo asks it.
_COMPANY = select(
    or_(
        exists().where(
            _mine.asset_id == bindparam("asset"),
            _mine_in.id == _mine.batch_id,
            _other.id.in_(
                select(_latest.id)
                .where(_latest.stem == _mine.stem)
                .order_by(_latest.id.desc())
                .limit(LATEST)
                .correlate(_mine)
            ),
            _other.original_id != _mine.original_id,
            _other_in.id == _other.batch_id,
            _other_in.event_id + 0 == _mine_in.event_id,  # by the stem, never through all of an event
        ),
        exists().where(
            _half.asset_id == bindparam("asset"),
            _twin.content_id == _half.content_id,
            _twin.id != _half.id,
        ),
    )
)


def gather(tx: Transaction, asset: Asset) -> Asset:
    """Join ``asset``, which was just looked at, with what it belongs to. Answers the asset its file is part
    of now: itself, where it stands alone."""
    if not tx.scalar(_COMPANY, {"asset": asset.id}):
        return asset  # nearly always: one question to two indexes
    while True:
        mine = members(tx, Asset.id == asset.id, limit=20)
        found = kinship.strongest(
            tie
            for one in mine
            for other in _near(tx, one)
            if (tie := kinship.tie(one, other)) is not None and _fits(tx, tie)
        )
        if found is None:
            _read_twins(tx, mine)
            return asset
        shown = tx.get_one(Asset, found.shown.asset_id, with_for_update=True)
        companion = tx.get_one(Asset, found.companion.asset_id, with_for_update=True)
        asset = joining.join(tx, shown, companion, found.role)


def speak_again(tx: Transaction, item: IngestItem) -> None:
    """A sidecar whose bytes came before, beside another picture: programs write the same words for many. It
    is kept once, and says what it says of this picture too."""
    mine = [one for one in members(tx, IngestItem.id == item.id) if one.is_sidecar]
    for one in mine:
        found = kinship.strongest(tie for other in _near(tx, one) if (tie := kinship.tie(one, other)))
        if (
            found is not None
            and found.shown.asset_id != one.asset_id
            and _describes(tx, one.sender_id, tx.get_one(Asset, found.shown.asset_id))
        ):
            joining.describe_by(tx, found.shown.asset_id, one.original_id)


def _read_twins(tx: Transaction, mine: list[Member]) -> None:
    """The same, where the picture comes after."""
    for one in mine:
        for other in _near(tx, one):
            beside = other.is_sidecar and other.role != OriginalRole.PRIMARY
            if (
                beside
                and other.asset_id != one.asset_id
                and kinship.tie(one, other) is not None
                and _describes(tx, other.sender_id, tx.get_one(Asset, one.asset_id))
            ):
                joining.describe_by(tx, one.asset_id, other.original_id)


def _fits(tx: Transaction, tie: kinship.Tie) -> bool:
    """Neither was taken apart by a person, both are still of different assets, and the place is free."""
    if tie.shown.asset_id == tie.companion.asset_id or tie.companion.role != OriginalRole.PRIMARY:
        return False
    if not _may(tx, tx.get_one(Asset, tie.shown.asset_id), tx.get_one(Asset, tie.companion.asset_id)):
        return False
    if tie.role not in joining.ALONE:
        return True
    taken = select(Original.id).where(Original.asset_id == tie.shown.asset_id, Original.role == tie.role)
    return tx.scalars(taken.limit(1)).first() is None


def _may(tx: Transaction, shown: Asset, companion: Asset) -> bool:
    """The archive joins in the name of the senders, so it does nothing that they might not do themselves. A
    picture that was approved is never replaced without a person."""
    if shown.withdrawn_at is not None or companion.withdrawn_at is not None:
        return False
    if joining.replaces(shown, companion) and (
        companion.review == Review.APPROVED or not _describes(tx, shown.owner_id, companion)
    ):
        return False
    return _describes(tx, companion.owner_id, shown)


def _describes(tx: Transaction, sender_id: int | None, asset: Asset) -> bool:
    """May this account, or the local administrator where none is named, describe the asset?"""
    if sender_id == asset.owner_id:
        return True
    user = tx.get(User, sender_id) if sender_id is not None else None
    return can(accounts.actor_of(tx, user) if user else LOCAL_ADMINISTRATOR, Action.DESCRIBE, asset)


_COLUMNS = (
    IngestItem.path, Original.id, Original.asset_id, Original.media_type, Original.role, Original.content_id,
    Original.bytes, Asset.kind, Asset.processing, Asset.taken_at, Asset.camera_make, Asset.camera_model,
    Asset.camera_serial, Asset.duration, IngestBatch.user_id,
)  # fmt: skip


def members(tx: Transaction, *conditions: Any, limit: int = LATEST) -> list[Member]:
    """Files as they were sent, latest first, of what can be shown or waits; a person's splitting keeps one
    out.

    ``conditions`` may speak of IngestItem, Original, Asset and IngestBatch.
    """
    rows = tx.execute(
        select(*_COLUMNS)
        .join(Original, Original.id == IngestItem.original_id)
        .join(Asset, Asset.id == Original.asset_id)
        .join(IngestBatch, IngestBatch.id == IngestItem.batch_id)
        .where(
            *conditions,
            Original.kept_apart.is_(False),
            Asset.deleted_at.is_(None),
            Asset.processing.in_((Processing.READY, Processing.QUARANTINED)),
        )
        .order_by(IngestItem.id.desc())
        .limit(limit)
    )
    return [
        Member(
            asset_id=row.asset_id, original_id=row.id, path=row.path, kind=row.kind,
            processing=row.processing, media_type=row.media_type, role=row.role, at=row.taken_at,
            make=row.camera_make, model=row.camera_model, serial=row.camera_serial, duration=row.duration,
            content_id=row.content_id, bytes=row.bytes, sender_id=row.user_id,
        )
        for row in rows
    ]  # fmt: skip


def _near(tx: Transaction, mine: Member) -> list[Member]:
    """Other files sent to the same events that share its stem or its identifier."""
    latest = (
        select(IngestItem.id).where(IngestItem.stem == mine.stem).order_by(IngestItem.id.desc()).limit(LATEST)
    )
    beside = ((IngestBatch.event_id + 0).in_(_events_of(mine.original_id)), Original.id != mine.original_id)
    found = members(tx, IngestItem.id.in_(latest), *beside)
    if mine.content_id:
        same = select(Original.id).where(Original.content_id == mine.content_id).limit(LATEST)
        found += members(tx, IngestItem.original_id.in_(same), *beside)
    return found


def _events_of(original_id: int) -> Select[tuple[int]]:
    return (
        select(IngestBatch.event_id)
        .join(IngestItem, IngestItem.batch_id == IngestBatch.id)
        .where(IngestItem.original_id == original_id)
    )
