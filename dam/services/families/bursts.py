"""Finding what is to be stacked, after a batch: bursts of one camera, and the parts of one recording."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, IngestBatch, IngestItem, Kind, Outcome, Processing, Stack, StackKind
from dam.queue import Job, Lane
from dam.services.families import chapters
from dam.services.families.stacking import MOST, by_name, new_stack, write

GAP = 1.05  # seconds from one frame of a burst to the next, also where the camera writes no fractions
ALIKE = 12  # bits of 64 in which the difference hashes of two neighbouring frames may differ
AT_ONCE = 500  # files of a batch looked at in one transaction
OPEN = 8  # runs a frame may go on: what stands between two frames of a burst does not end it
MARGIN = timedelta(seconds=2)
UNFINISHED = (Outcome.SENDING, Outcome.RECEIVED, Outcome.WORKING)
LATE_BATCHES = 20


@dataclass(frozen=True)
class Frame:
    """One photo as stacking sees it. ``hash`` is 64 bits; ``subsecond`` the digits after the second."""

    asset_id: int
    taken_at: datetime
    subsecond: str | None
    hash: int
    serial: str
    stack_id: int | None = None
    stack_cover: bool = False
    rating: int = 0

    @property
    def moment(self) -> datetime:
        digits = self.subsecond if self.subsecond and self.subsecond.isdigit() else "0"
        return self.taken_at.replace(microsecond=0) + timedelta(seconds=float(f"0.{digits}"))


def bursts(frames: Iterable[Frame]) -> list[list[Frame]]:
    """Runs of at least two frames of one camera, each taken within a second of the one before and alike."""
    runs: list[list[Frame]] = []
    for frame in sorted(frames, key=lambda one: (one.serial, one.moment, one.asset_id)):
        latest = next((run for run in reversed(runs[-OPEN:]) if _goes_on(run[-1], frame)), None)
        if latest is not None and len(latest) < MOST:
            latest.append(frame)
        else:
            runs.append([frame])
    return [run for run in runs if len(run) > 1]


def _goes_on(before: Frame, after: Frame) -> bool:
    near = (after.moment - before.moment).total_seconds() <= GAP
    return near and before.serial == after.serial and (before.hash ^ after.hash).bit_count() <= ALIKE


def ask_for(tx: Transaction, asset_id: int) -> None:
    """Once nothing of a batch is on its way any more, what came is to be stacked."""
    for batch_id in tx.scalars(_OVER, {"asset": asset_id}).all():
        tx.after_commit(Job.STACK_BATCH, batch_id, Lane.PHOTOS)


_going = aliased(IngestItem)
_OVER = (  # written once: every photo asks it
    select(IngestItem.batch_id)
    .where(
        IngestItem.asset_id == bindparam("asset"),
        ~exists().where(_going.batch_id == IngestItem.batch_id, _going.outcome.in_(UNFINISHED)),
    )
    .distinct()
)


def forgotten(tx: Transaction) -> list[int]:
    """Batches of late with files that were not looked at for stacks although none is on its way."""
    late = tx.execute(
        select(IngestBatch.id, IngestBatch.gathered, IngestBatch.last_change)
        .order_by(IngestBatch.id.desc())
        .limit(LATE_BATCHES)
    ).all()
    waiting = [one.id for one in late if one.gathered < one.last_change]
    going = select(IngestItem.batch_id).where(
        IngestItem.batch_id.in_(waiting), IngestItem.outcome.in_(UNFINISHED)
    )
    return sorted(set(waiting) - set(tx.scalars(going.distinct())))


def stack_batch(archive: Archive, batch_id: int) -> int:
    """The job after a batch: stack what came since the last time. Harmless when repeated; the cost goes with
    the files that are new, not with the batch or the archive. How many assets were put into stacks."""
    stacked = 0
    while True:
        with archive.transaction() as tx:
            batch = tx.get(IngestBatch, batch_id, with_for_update=True)
            if batch is None or batch.gathered >= batch.last_change:
                return stacked
            items = tx.execute(
                select(IngestItem.change, IngestItem.asset_id)
                .where(IngestItem.batch_id == batch_id, IngestItem.change > batch.gathered)
                .order_by(IngestItem.change)
                .limit(AT_ONCE)
            ).all()
            ids = {asset_id for _change, asset_id in items if asset_id is not None}
            stacked += _stack_bursts(tx, ids) + _stack_chapters(tx, ids)
            batch.gathered = items[-1].change if len(items) == AT_ONCE else batch.last_change


def _stack_bursts(tx: Transaction, ids: set[int]) -> int:
    fresh = _frames(tx, Asset.id.in_(ids))
    if not fresh:
        return 0
    done = 0
    for serial in {frame.serial for frame in fresh}:
        own = sorted((one for one in fresh if one.serial == serial), key=lambda one: one.taken_at)
        for frames in _stretches(tx, serial, [one.taken_at for one in own]):
            for run in bursts(frames):
                if any(frame.asset_id in ids for frame in run):
                    done += _put_together(tx, run)
    return done


def _stretches(tx: Transaction, serial: str, moments: Sequence[datetime]) -> Iterator[list[Frame]]:
    """The camera's frames around ``moments``, which ascend: all in one question, or, where it took much more
    in between, stretch by stretch."""
    most = 4 * len(moments) + 200
    whole = _around(tx, serial, moments[0], moments[-1], most)
    if len(whole) < most:
        yield whole
        return
    for start, end in _spans(moments):
        yield _around(tx, serial, start, end)


def _spans(moments: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    spans = [(moments[0], moments[0])]
    for moment in moments[1:]:
        if moment - spans[-1][1] <= MARGIN:
            spans[-1] = (spans[-1][0], moment)
        else:
            spans.append((moment, moment))
    return spans


def _around(
    tx: Transaction, serial: str, start: datetime, end: datetime, limit: int = 2 * MOST
) -> list[Frame]:
    """All frames of that camera in the stretch, and before and after it as long as they follow one another;
    ``limit`` at most."""
    while True:
        found = _frames(
            tx,
            Asset.camera_serial == serial,
            Asset.taken_at >= start - MARGIN,
            Asset.taken_at <= end + MARGIN,
            limit=limit,
        )
        if len(found) >= limit or not found:
            return found
        first, last = min(one.taken_at for one in found), max(one.taken_at for one in found)
        if first >= start and last <= end:
            return found
        start, end = min(first, start), max(last, end)


def _frames(tx: Transaction, *conditions: Any, limit: int = 2 * MOST) -> list[Frame]:
    """Photos that may be stacked: ready, of a known camera and moment, not taken out by a person, nor put
    together by one."""
    rows = tx.execute(
        select(
            Asset.id, Asset.taken_at, Asset.subsecond, Asset.perceptual_hash, Asset.camera_serial,
            Asset.stack_id, Asset.stack_cover, Asset.rating,
        )
        .outerjoin(Stack, Stack.id == Asset.stack_id)
        .where(
            *conditions,
            Asset.kind == Kind.PHOTO,
            Asset.processing == Processing.READY,
            Asset.deleted_at.is_(None),
            Asset.stands_alone.is_(False),
            Asset.taken_at.is_not(None),
            Asset.camera_serial.is_not(None),
            Asset.perceptual_hash.is_not(None),
            or_(Stack.kind.is_(None), Stack.kind == StackKind.BURST),
        )
        .order_by(Asset.taken_at, Asset.id)
        .limit(limit)
    )  # fmt: skip
    return [
        Frame(row.id, row.taken_at, row.subsecond, int(row.perceptual_hash, 16), row.camera_serial,
              row.stack_id, row.stack_cover, row.rating or 0)
        for row in rows
    ]  # fmt: skip


def _put_together(tx: Transaction, run: Sequence[Frame]) -> int:
    """One stack of the run: the oldest there is, or a new one. How many assets joined it."""
    there = sorted({one.stack_id for one in run if one.stack_id is not None})
    joining = [one for one in run if not there or one.stack_id != there[0]]
    if not joining:
        return 0
    cover = next((one for one in run if there and one.stack_id == there[0] and one.stack_cover), None)
    cover = cover or max(run, key=lambda one: (one.rating, -run.index(one)))
    stack_id = there[0] if there else new_stack(tx, StackKind.BURST)
    write(tx, stack_id, [one.asset_id for one in run], cover.asset_id)
    return len(joining)


def _stack_chapters(tx: Transaction, ids: set[int]) -> int:
    clips = tx.scalars(
        select(Asset).where(
            Asset.id.in_(ids),
            Asset.kind == Kind.VIDEO,
            Asset.processing == Processing.READY,
            Asset.deleted_at.is_(None),
            Asset.stands_alone.is_(False),
        )
    ).all()
    done = 0
    for clip in sorted(clips, key=lambda one: one.id):
        beside = [tx.get_one(Asset, other) for other in chapters.parts_beside(tx, clip)]
        parts = [clip, *(one for one in beside if not one.stands_alone)]
        there = sorted({one.stack_id for one in parts if one.stack_id is not None})
        if len(parts) < 2 or (len(there) == 1 and all(one.stack_id == there[0] for one in parts)):
            continue
        if any(tx.get_one(Stack, stack_id).kind != StackKind.CHAPTERS for stack_id in there):
            continue  # a person's stack stays as it is
        stack_id = there[0] if there else new_stack(tx, StackKind.CHAPTERS)
        everyone = {one.id for one in parts}
        everyone.update(tx.scalars(select(Asset.id).where(Asset.stack_id.in_(there))))
        in_order = by_name(tx, sorted(everyone))
        write(tx, stack_id, in_order, in_order[0])
        tx.expire_all()
        done += len(parts)
    return done
