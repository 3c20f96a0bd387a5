"""The bin: out of sight at once, back with one press, gone after DAM_BIN_DAYS."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, or_, select, text, update
from sqlalchemy.orm import selectinload

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, AssetEvent, Change, Delivered, IngestItem, Original, Rendition
from dam.services import audit
from dam.services.access import HEADS, LOCAL_ADMINISTRATOR, Action, Actor, demand
from dam.services.describing.changes import BIN_FIELDS, chosen, chunks, remember, states
from dam.services.families.joining import with_joined

AT_ONCE = 200  # assets emptied in one transaction


@dataclass(frozen=True)
class Binned:
    """One page of the bin, latest first. ``next`` goes into ``after`` for the following page."""

    assets: tuple[Asset, ...]
    next: tuple[datetime, int] | None


def to_bin(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Change:
    """Take the assets out of sight; ``describing.undo`` and ``restore`` bring them back.

    Raises NotFound or Forbidden (saying how many) for all of them when one may not be binned.
    """
    assets = chosen(tx, actor, Action.BIN, asset_ids)
    before = states(tx, assets, BIN_FIELDS)
    moment = datetime.now(UTC)
    for asset in assets:
        if asset.deleted_at is None:
            asset.deleted_at, asset.deleted_by = moment, actor.user_id
    return remember(tx, actor, "bin", before, states(tx, assets, BIN_FIELDS))


def restore(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Change:
    """Bring assets back as they were. Raises like ``to_bin``."""
    assets = chosen(tx, actor, Action.BIN, asset_ids)
    before = states(tx, assets, BIN_FIELDS)
    for asset in assets:
        asset.deleted_at = asset.deleted_by = None
    return remember(tx, actor, "restore", before, states(tx, assets, BIN_FIELDS))


def binned(
    tx: Transaction, actor: Actor, after: tuple[datetime, int] | None = None, limit: int = 50
) -> Binned:
    """What lies in the bin and the actor may bring back: everybody's for coordinators, else one's own."""
    demand(actor, Action.BIN)
    query = (
        select(Asset)
        .where(Asset.deleted_at.is_not(None))
        .order_by(Asset.deleted_at.desc(), Asset.id.desc())
        .limit(limit + 1)
        .options(selectinload(Asset.originals), selectinload(Asset.placements).joinedload(AssetEvent.event))
    )
    if actor.role not in HEADS:
        query = query.where(Asset.owner_id == actor.user_id)
    if after is not None:
        at, asset_id = after
        query = query.where(or_(Asset.deleted_at < at, and_(Asset.deleted_at == at, Asset.id < asset_id)))
    rows = list(tx.scalars(query))
    shown = rows[:limit]
    more = len(rows) > limit
    return Binned(tuple(shown), (shown[-1].deleted_at, shown[-1].id) if more else None)


def days_left(archive: Archive, asset: Asset) -> int:
    """Days by the office's calendar until the asset is emptied, 0 when that may be today."""
    if asset.deleted_at is None:
        return archive.settings.bin_days
    gone = asset.deleted_at + timedelta(days=archive.settings.bin_days)
    zone = archive.settings.zone
    return max(0, (gone.astimezone(zone).date() - archive.clock().astimezone(zone).date()).days)


def empty(archive: Archive) -> int:
    """Delete for good what has lain in the bin for DAM_BIN_DAYS. Assets deleted.

    Rows go first, files after the commit, and an original only when no row names its digest any more:
    stopped half way, a file is left over, never a row without its file.
    """
    total = 0
    while count := _empty_some(archive):
        total += count
    return total


def _empty_some(archive: Archive) -> int:
    until = archive.clock() - timedelta(days=archive.settings.bin_days)
    with archive.transaction() as tx:
        due = (
            select(Asset.id)
            .where(Asset.deleted_at < until)
            .order_by(Asset.deleted_at, Asset.id)
            .limit(AT_ONCE)
        )
        ids = list(tx.scalars(due.with_for_update(skip_locked=True)))
        if not ids:
            return 0
        ids = with_joined(tx, ids)
        originals = tx.execute(
            select(Original.asset_id, Original.sha256).where(Original.asset_id.in_(ids))
        ).all()
        copies = _rendition_keys(tx, ids)
        audit.record_each(
            tx, LOCAL_ADMINISTRATOR, "asset.empty", "asset",
            {i: {"sha256": [digest for owner, digest in originals if owner == i]} for i in ids},
        )  # fmt: skip
        _forget(tx, ids)
        tx.afterwards(lambda: _remove_files(archive, [digest for _, digest in originals], copies))
    return len(ids)


def _rendition_keys(tx: Transaction, ids: Sequence[int]) -> list[str]:
    standing = tx.scalars(select(Rendition.key).where(Rendition.asset_id.in_(ids)))
    delivered = tx.scalars(select(Delivered.key).where(Delivered.asset_id.in_(ids)))
    return [*standing, *delivered]


def _forget(tx: Transaction, ids: Sequence[int]) -> None:
    """The batch still tells that the file came, and what became of it is in the custody log."""
    quiet = {"synchronize_session": False}
    for some in chunks(ids):
        tx.execute(
            update(IngestItem)
            .where(IngestItem.asset_id.in_(some))
            .values(asset_id=None)
            .execution_options(**quiet)
        )
        tx.execute(delete(Original).where(Original.asset_id.in_(some)).execution_options(**quiet))
        tx.execute(delete(Asset).where(Asset.id.in_(some)).execution_options(**quiet))


def _remove_files(archive: Archive, digests: Sequence[str], copies: Sequence[str]) -> None:
    for key in copies:
        archive.renditions.delete(key)
    for digest in digests:
        # Somebody may be sending the very same file again just now. Its row and this deletion are kept
        # apart: SQLite has one writer, and on PostgreSQL the lock waits for rows being written.
        with archive.transaction() as tx:
            if tx.get_bind().dialect.name == "postgresql":
                tx.execute(text("LOCK TABLE originals IN SHARE MODE"))
            if tx.scalar(select(Original.id).where(Original.sha256 == digest)) is None:
                archive.originals.delete(digest)
