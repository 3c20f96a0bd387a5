"""When it was where it was: from the clock that a file carries to the local time of the event.

``captured_at`` stays as the file says it. ``taken_at`` is what order, search and names use, and what a
person's correction of a camera's clock moves. docs/metadata.md tells the rules one by one.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, select

from dam.db import Transaction
from dam.media.file_names import when
from dam.media.visit import Facts
from dam.models import (
    Asset,
    CaptureSource,
    IngestBatch,
    IngestItem,
    OffsetSource,
    Original,
)
from dam.services import local_time


@dataclass(frozen=True)
class Clock:
    """What a file's clock says. ``at`` is naive, as written; the offset in minutes east of UTC."""

    at: datetime | None = None
    date_only: bool = False
    subsecond: str | None = None
    source: CaptureSource | None = None
    offset: int | None = None
    offset_source: OffsetSource | None = None


def clock_of(facts: Facts, name: str) -> Clock:
    """What the file says of its time, or, when it says nothing, what its name does: an estimate. Never the
    file system's time."""
    if facts.captured_at:
        at = datetime.fromisoformat(facts.captured_at)
        container = facts.captured_source == "container"
        by = OffsetSource(facts.offset_source) if facts.offset_source else None
        return Clock(
            at,
            "T" not in facts.captured_at,
            facts.subsec[:9] if facts.subsec else None,
            CaptureSource.CONTAINER if container else CaptureSource.CAMERA,
            facts.utc_offset_minutes,
            (by or OffsetSource.FILE) if facts.utc_offset_minutes is not None else None,
        )
    told = when(name)
    if told:
        at = datetime.fromisoformat(told.captured_at)
        return Clock(
            at, "T" not in told.captured_at, told.subsec, CaptureSource.FILE_NAME,
            0 if told.utc else None, OffsetSource.FILE if told.utc else None,
        )  # fmt: skip
    return Clock()


def write_clock(tx: Transaction, asset: Asset, clock: Clock, clocks: dict[str, int] | None = None) -> None:
    """The asset's times. ``taken_at`` is found anew, with what a person said about this camera's clock:
    ``clocks`` are the corrections of its batch."""
    asset.captured_at, asset.date_only, asset.subsecond = clock.at, clock.date_only, clock.subsecond
    asset.captured_source, asset.utc_offset = clock.source, clock.offset
    asset.offset_source = clock.offset_source
    if asset.captured_at is not None and asset.clock_shift is None:
        asset.clock_shift = (clocks or {}).get(camera_of(asset) or "")
    local_time.set_taken(tx, asset)


def camera_of(asset: Asset) -> str | None:
    """What tells one camera from another in a batch: maker, model, serial number; None when none is known."""
    parts = (asset.camera_make, asset.camera_model, asset.camera_serial)
    return " · ".join(part for part in parts if part) or None


@cache
def clocks_of_original() -> ColumnElement[dict[str, int] | None]:
    """For a query of originals: the corrections of cameras' clocks in the first batch that brought its asset
    and has any."""
    return (
        select(IngestBatch.clocks)
        .join(IngestItem, IngestItem.batch_id == IngestBatch.id)
        .where(IngestItem.asset_id == Original.asset_id, IngestBatch.clocks.is_not(None))
        .order_by(IngestBatch.id)
        .limit(1)
        .correlate(Original)
        .scalar_subquery()
    )
