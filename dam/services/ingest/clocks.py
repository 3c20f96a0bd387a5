"""A camera whose clock was wrong, set right for a whole batch: looked at first, then applied, and undone.

Only ``taken_at`` moves; what the file says stays. What still arrives from that camera follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import Conflict, Invalid, NotFound
from dam.models import Asset, Change, IngestBatch, IngestItem, Original, OriginalRole, Outcome
from dam.services import audit, local_time
from dam.services.access import Actor
from dam.services.describing.changes import remember, states
from dam.services.ingest import batches, timing

MOST = 150 * 366 * 86_400  # seconds: a clock that fell back to its first day is decades off
SHOWN = 5
FIELDS = ("taken_at", "clock_shift")


@dataclass(frozen=True)
class CameraClock:
    """One camera of a batch: how many of its files know a time, their first and last local time as corrected
    now (None where it cannot be), and the seconds that are added to its clock."""

    camera: str
    files: int
    first: datetime | None
    last: datetime | None
    shift: int


@dataclass(frozen=True)
class Moved:
    """One file's local time before and after; None: not known."""

    asset_id: int
    name: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Effect:
    """What a correction would do: how many files, some of them from first to last, and their days."""

    camera: str
    shift: int
    files: int
    rows: tuple[Moved, ...]
    days_before: tuple[date, ...]
    days_after: tuple[date, ...]


def cameras(tx: Transaction, actor: Actor, batch_id: int) -> tuple[CameraClock, ...]:
    """The cameras of a batch with the most files first. Raises NotFound, Forbidden."""
    batch = batches.to_steer(tx, actor, batch_id)
    by_camera: dict[str, list[Asset]] = {}
    for asset in _timed(tx, batch):
        if camera := timing.camera_of(asset):
            by_camera.setdefault(camera, []).append(asset)
    clocks = batch.clocks or {}
    found = []
    for camera, taken in by_camera.items():
        known = [asset.taken_at for asset in taken if asset.taken_at]
        first, last = min(known, default=None), max(known, default=None)
        found.append(CameraClock(camera, len(taken), first, last, clocks.get(camera, 0)))
    return tuple(sorted(found, key=lambda one: (-one.files, one.camera)))


def preview(tx: Transaction, actor: Actor, batch_id: int, camera: str, shift: int) -> Effect:
    """What ``correct`` would do; nothing is changed. Raises NotFound, Forbidden, Invalid."""
    _check(shift)
    assets = _of_camera(tx, batches.to_steer(tx, actor, batch_id), camera)
    assets.sort(key=lambda asset: (asset.captured_at or datetime.min, asset.id))
    moved = [(asset, asset.taken_at, _moved(tx, asset, shift)) for asset in assets]
    sample = (
        moved if len(moved) <= SHOWN else [moved[i * (len(moved) - 1) // (SHOWN - 1)] for i in range(SHOWN)]
    )
    names = _names(tx, [asset.id for asset, _, _ in sample])
    return Effect(
        camera, shift, len(moved),
        tuple(Moved(asset.id, names.get(asset.id, "?"), was, then) for asset, was, then in sample),
        tuple(sorted({was.date() for _, was, _ in moved if was})),
        tuple(sorted({then.date() for _, _, then in moved if then})),
    )  # fmt: skip


def correct(tx: Transaction, actor: Actor, batch_id: int, camera: str, shift: int) -> Change:
    """Add ``shift`` seconds to this camera's clock, in place of any correction before; 0 takes it away. The
    answer can be given to ``undo``.

    Raises NotFound, Forbidden, Invalid, Conflict when that is how it is already.
    """
    _check(shift)
    batch = batches.to_steer(tx, actor, batch_id)
    assets = _of_camera(tx, batch, camera)
    was = dict(batch.clocks or {})
    if was.get(camera, 0) == shift:
        raise Conflict("This camera's clock is corrected by that much already.")
    before = states(tx, assets, FIELDS)
    for asset in assets:
        asset.taken_at = _moved(tx, asset, shift)
        asset.clock_shift = shift or None
    now = {**was, camera: shift}
    if not shift:
        del now[camera]
    batch.clocks = now or None
    change = remember(
        tx, actor, "clock", before, states(tx, assets, FIELDS), batch=batch.id, camera=camera, seconds=shift
    )
    change.before = {**change.before, "clocks": {"id": batch.id, "clocks": was}}
    change.after = {**change.after, "clocks": {"id": batch.id, "clocks": now}}
    audit.record(
        tx, actor, "batch.clock", ("batch", batch.id), camera=camera, seconds=shift, files=len(assets)
    )
    return change


def _check(shift: int) -> None:
    if abs(shift) > MOST:
        raise Invalid("A clock is corrected by 150 years at most.")


def _moved(tx: Transaction, asset: Asset, shift: int) -> datetime | None:
    return local_time.corrected(local_time.local_time(tx, asset), shift)


def _timed(tx: Transaction, batch: IngestBatch) -> Sequence[Asset]:
    """What the batch itself brought and knows a time of day."""
    brought = select(IngestItem.asset_id).where(
        IngestItem.batch_id == batch.id,
        IngestItem.outcome.not_in([Outcome.DUPLICATE, Outcome.ATTACHED]),
    )
    return tx.scalars(
        select(Asset)
        .where(
            Asset.id.in_(brought),
            Asset.captured_at.is_not(None),
            Asset.date_only.is_(False),
            Asset.deleted_at.is_(None),
        )
        .order_by(Asset.id)
    ).all()


def _of_camera(tx: Transaction, batch: IngestBatch, camera: str) -> list[Asset]:
    found = [asset for asset in _timed(tx, batch) if timing.camera_of(asset) == camera]
    if not found:
        raise NotFound("There is no such camera in this batch.")
    return found


def _names(tx: Transaction, ids: Sequence[int]) -> dict[int, str]:
    rows = tx.execute(
        select(Original.asset_id, Original.name).where(
            Original.asset_id.in_(ids), Original.role == OriginalRole.PRIMARY
        )
    )
    return {row.asset_id: row.name for row in rows}
