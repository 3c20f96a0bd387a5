"""The worker's job: one visit of a file, then facts, place and renditions are recorded in one go."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.media.reasons import Unreadable
from dam.media.recipes import Recipe, standing
from dam.media.visit import Facts, Visit
from dam.models import (
    Asset,
    AssetEvent,
    CaptureSource,
    Event,
    Kind,
    MunicipalitySource,
    Original,
    OriginalRole,
    Outcome,
    Processing,
    Rendition,
)
from dam.services import indexing, ingest, leases, places, renditions
from dam.services.reasons import IngestReason

ATTEMPTS = 3
PAUSE = timedelta(seconds=10)  # before the reconciler sends a failed try again


@dataclass(frozen=True)
class Task:
    """What the worker needs of the rows before it leaves the transaction."""

    asset_id: int
    sha256: str
    name: str
    wanted: tuple[Recipe, ...]


def process(archive: Archive, asset_id: int) -> None:
    """Look at an asset's original once and record everything. Does nothing when that is done or being done.

    A file that cannot be read ends in quarantine with its reason. When a store or tool fails, the error is
    raised and the reconciler sends the asset again, three times in all.
    """
    task = _claim(archive, asset_id)
    if task is None:
        return
    try:
        with (
            leases.kept(archive, asset_id),
            _folder(archive) as folder,
            borrowed(archive, task.sha256) as original,
        ):
            visit = archive.sandbox.visit(original, task.wanted, folder, name=task.name)
            rows = renditions.store_made(archive, asset_id, task.sha256, visit.made)
    except Unreadable as unreadable:
        _quarantine(archive, asset_id, unreadable)
        return
    except Exception as error:
        _release(archive, asset_id, error)
        raise
    _record(archive, asset_id, visit, rows)


def _claim(archive: Archive, asset_id: int) -> Task | None:
    now = archive.clock()
    with archive.transaction() as tx:
        asset = tx.get(Asset, asset_id, with_for_update=True)
        if asset is None or asset.processing not in (Processing.RECEIVED, Processing.WORKING):
            return None
        if asset.lease_until and asset.lease_until > now:
            return None
        if asset.attempts >= ATTEMPTS:
            asset.processing = Processing.FAILED
            asset.reason_code = IngestReason.GAVE_UP
            ingest.note(tx, asset.id, Outcome.FAILED, IngestReason.GAVE_UP)
            return None
        original = tx.scalars(
            select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
        ).one()
        asset.processing = Processing.WORKING
        asset.attempts += 1
        asset.lease_until = now + leases.LEASE
        ingest.note(tx, asset.id, Outcome.WORKING)
        return Task(asset.id, original.sha256, original.name, _wanted(tx, asset))


def _wanted(tx: Transaction, asset: Asset) -> tuple[Recipe, ...]:
    """The standing recipes that are not yet made as they are written today."""
    made = dict(
        tx.execute(select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)).all()
    )
    return tuple(recipe for recipe in standing(asset.kind) if made.get(recipe.preset) != recipe.fingerprint)


@contextmanager
def borrowed(archive: Archive, sha256: str) -> Iterator[Path]:
    """The original as a file on this machine: itself where the store is local, else a copy for a while."""
    path = archive.originals.local_path(sha256)
    if path is not None:
        archive.originals.size(sha256)  # KeyError or NotMounted, in words, instead of a puzzled decoder
        yield path
        return
    with _folder(archive) as folder:
        copy = folder / "original"
        with copy.open("wb") as handle:
            for piece in archive.originals.open(sha256):
                handle.write(piece)
        yield copy


@contextmanager
def _folder(archive: Archive) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="visit-", dir=archive.settings.uploads_dir) as name:
        yield Path(name)


def _quarantine(archive: Archive, asset_id: int, unreadable: Unreadable) -> None:
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        if unreadable.facts is not None:
            _describe(tx, asset, unreadable.facts)
        asset.processing = Processing.QUARANTINED
        asset.reason_code = str(unreadable.reason)
        asset.reason_detail = ingest.plain_text(unreadable.detail)[:400]
        asset.lease_until = None
        ingest.note(tx, asset_id, Outcome.QUARANTINED, asset.reason_code)
        indexing.touch(tx, [asset_id])


def _release(archive: Archive, asset_id: int, error: Exception) -> None:
    """Give the asset back for another try, or give it up after the last."""
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.reason_detail = ingest.plain_text(f"{type(error).__name__}: {error}")[:400]
        asset.lease_until = archive.clock() + PAUSE * asset.attempts
        if asset.attempts >= ATTEMPTS:
            asset.processing = Processing.FAILED
            asset.reason_code = IngestReason.GAVE_UP
            ingest.note(tx, asset_id, Outcome.FAILED, IngestReason.GAVE_UP)


def _record(archive: Archive, asset_id: int, visit: Visit, rows: list[Rendition]) -> None:
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        _describe(tx, asset, visit.facts)
        _locate(tx, asset)
        renditions.replace(tx, asset_id, rows)
        if visit.perceptual_hash is not None:
            asset.perceptual_hash = f"{visit.perceptual_hash & 0xFFFF_FFFF_FFFF_FFFF:016x}"
        asset.placeholder = visit.placeholder
        asset.processing = Processing.READY
        asset.reason_code = asset.reason_detail = asset.lease_until = None
        ingest.note(tx, asset_id, Outcome.READY)
        indexing.touch(tx, [asset_id])


def _describe(tx: Transaction, asset: Asset, facts: Facts) -> None:
    """Write what the file says. What a person (or the batch) wrote already is left alone."""
    original = tx.scalars(
        select(Original).where(Original.asset_id == asset.id, Original.role == OriginalRole.PRIMARY)
    ).one()
    original.media_type = facts.media_type
    original.raw_facts = {"facts": facts.as_dict(), "readers": facts.readers}
    asset.kind = Kind(facts.kind)
    asset.captured_at = datetime.fromisoformat(facts.captured_at) if facts.captured_at else None
    asset.subsecond = facts.subsec[:9] if facts.subsec else None
    asset.utc_offset = facts.utc_offset_minutes
    asset.captured_source = capture_source(facts)
    asset.taken_at = _local_time(tx, asset)
    asset.latitude, asset.longitude, asset.altitude = facts.latitude, facts.longitude, facts.altitude
    asset.orientation, asset.duration = facts.orientation, facts.duration
    asset.width, asset.height = facts.width, facts.height
    asset.camera_make, asset.camera_model = _short(facts.camera_make, 120), _short(facts.camera_model, 120)
    asset.lens, asset.camera_serial = _short(facts.lens, 160), _short(facts.serial, 80)
    asset.persons = list(facts.persons)
    for name, value, limit in (
        ("headline", facts.headline, 400),
        ("caption", facts.caption, 20_000),
        ("city", facts.city, 160),
        ("byline", facts.byline, 200),
        ("credit", facts.credit, 200),
        ("copyright", facts.copyright, 400),
        ("rating", facts.rating, None),
    ):
        if getattr(asset, name) is None:
            setattr(asset, name, _short(value, limit) if limit else value)
    if not asset.keywords:
        asset.keywords = list(facts.keywords)


def capture_source(facts: Facts) -> CaptureSource | None:
    """A container's header time is UTC by specification; everything else is the camera's own clock."""
    if not facts.captured_at:
        return None
    return CaptureSource.CONTAINER if facts.captured_source == "container" else CaptureSource.CAMERA


def _local_time(tx: Transaction, asset: Asset) -> datetime | None:
    """The wall clock where it was taken: as the camera wrote it, or a container's UTC in the event's zone."""
    if asset.captured_at is None or asset.captured_source != CaptureSource.CONTAINER:
        return asset.captured_at
    zone = tx.scalar(
        select(Event.timezone)
        .join(AssetEvent, AssetEvent.event_id == Event.id)
        .where(AssetEvent.asset_id == asset.id)
        .order_by(AssetEvent.position)
        .limit(1)
    )
    try:
        local = ZoneInfo(zone or "America/Mexico_City")
    except (ZoneInfoNotFoundError, ValueError):
        local = ZoneInfo("America/Mexico_City")
    return asset.captured_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(local).replace(tzinfo=None)


def _locate(tx: Transaction, asset: Asset) -> None:
    """GPS decides where boundaries are loaded, else it suggests; a person's choice stays."""
    if asset.latitude is None or asset.longitude is None:
        return
    located = places.locate(tx, asset.latitude, asset.longitude)
    if located is None or asset.municipality_source == MunicipalitySource.PERSON:
        return
    if located.exact:
        asset.municipality_key = located.key
        asset.municipality_source = MunicipalitySource.GPS
        asset.suggested_municipality_key = asset.suggestion_confidence = None
    elif located.key != asset.municipality_key:
        asset.suggested_municipality_key = located.key
        asset.suggestion_confidence = located.confidence


def _short(text: str | None, limit: int) -> str | None:
    """Text of a file as a column takes it; blank is nothing."""
    if text is None:
        return None
    return ingest.plain_text(text).strip()[:limit] or None
