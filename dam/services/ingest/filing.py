"""Filing what a file says with its asset: when, where, how, who and what. A person's word always stays."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from dam.db import Transaction
from dam.media.visit import Facts
from dam.models import (
    Asset,
    AssetEvent,
    CaptureSource,
    Event,
    Kind,
    MunicipalitySource,
    Original,
    OriginalRole,
)
from dam.services import borders
from dam.services.ingest import receiving


def file_facts(tx: Transaction, asset: Asset, facts: Facts) -> None:
    """Write what the file says. What a person (or the batch) wrote already is left alone."""
    original = tx.scalars(
        select(Original).where(Original.asset_id == asset.id, Original.role == OriginalRole.PRIMARY)
    ).one()
    original.media_type = facts.media_type
    original.content_id = facts.content_id[:64] if facts.content_id else None
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


def file_place(tx: Transaction, asset: Asset) -> None:
    """GPS decides where boundaries are loaded, else it suggests; a person's choice stays."""
    if asset.latitude is None or asset.longitude is None:
        return
    located = borders.locate(tx, asset.latitude, asset.longitude)
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
    return receiving.plain_text(text).strip()[:limit] or None
