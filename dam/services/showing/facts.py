"""One asset as programs see it: the command line's ``show`` and the interface for programs answer this."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.db import Transaction
from dam.errors import NotFound
from dam.media import reconciling
from dam.models import Appearance, Asset, AssetEvent, Attendance, CaptureSource, Event, Official
from dam.services.access import Action, Actor, demand, knows_origins
from dam.services.showing import told


def load(tx: Transaction, actor: Actor, asset_id: int) -> Asset:
    """An asset with everything a page of it needs. Raises NotFound."""
    asset = tx.scalars(
        select(Asset)
        .where(Asset.id == asset_id)
        .options(
            joinedload(Asset.municipality),
            joinedload(Asset.suggested_municipality),
            joinedload(Asset.owner),
            selectinload(Asset.originals),
            selectinload(Asset.renditions),
            selectinload(Asset.placements).joinedload(AssetEvent.event).selectinload(Event.attendees),
            selectinload(Asset.appearances).joinedload(Appearance.official),
        )
    ).first()
    if asset is None:
        raise NotFound("There is no such material.")
    demand(actor, Action.SEE, asset)
    return asset


def show(tx: Transaction, actor: Actor, asset_id: int) -> dict[str, Any]:
    """Facts as a JSON-able object; None where unknown. Times are naive local wall clocks in ISO 8601, the
    offset apart ("-06:00"); degrees WGS 84; pixels as displayed; seconds; bytes. Raises NotFound."""
    asset = load(tx, actor, asset_id)
    if asset.joined_id is not None:  # its file is one of another asset's now
        return show(tx, actor, asset.joined_id)
    attended = _attended(tx, asset)
    origins = knows_origins(actor, asset)
    said = told.facts_of(tx, asset)
    return {
        "asset_id": asset.id,
        "kind": str(asset.kind),
        "processing": str(asset.processing),
        "review": str(asset.review),
        "review_reason": asset.review_reason,
        "minors": str(asset.minors),
        "embargo_until": asset.embargo_until.isoformat() if asset.embargo_until else None,
        "rights_expire_on": asset.rights_expire_on.isoformat() if asset.rights_expire_on else None,
        "withdrawn_at": asset.withdrawn_at.isoformat() if asset.withdrawn_at else None,
        "withdrawn_reason": str(asset.withdrawn_reason) if asset.withdrawn_reason else None,
        "reason_code": asset.reason_code,
        "in_bin": asset.deleted_at is not None,
        "originals": [
            {"role": str(file.role), "name": file.name, "sha256": file.sha256, "bytes": file.bytes}
            for file in asset.originals
            if origins
        ],
        "captured_at": _as_written(asset),
        "captured_source": str(asset.captured_source) if asset.captured_source else None,
        "estimated": asset.captured_source == CaptureSource.FILE_NAME,
        "subsecond": asset.subsecond,
        "utc_offset": offset_text(asset.utc_offset),
        "offset_source": str(asset.offset_source) if asset.offset_source else None,
        "clock_shift": asset.clock_shift or 0,
        "taken_at": asset.taken_at.isoformat() if asset.taken_at else None,
        "latitude": asset.latitude if origins else None,
        "longitude": asset.longitude if origins else None,
        "altitude": asset.altitude if origins else None,
        "orientation": asset.orientation,
        "width": asset.width,
        "height": asset.height,
        "duration": asset.duration,
        "camera_make": asset.camera_make,
        "camera_model": asset.camera_model,
        "lens": asset.lens,
        "camera_serial": asset.camera_serial if origins else None,
        "headline": asset.headline,
        "caption": asset.caption or said.get("caption"),
        "caption_is_cameras": not asset.caption and reconciling.is_cameras(said.get("caption")),
        "alt_text": asset.alt_text,
        "usage_terms": asset.usage_terms,
        "keywords": list(asset.keywords or []),
        "persons": list(asset.persons or []),
        "city": asset.city,
        "state": asset.state,
        "country": asset.country,
        "byline": asset.byline,
        "credit": asset.credit,
        "copyright": asset.copyright,
        "rating": asset.rating,
        "events": [
            {
                "id": placed.event.id,
                "name": placed.event.name,
                "date": placed.event.starts_at.date().isoformat() if placed.event.starts_at else None,
                "number": placed.number,
            }
            for placed in asset.placements
        ],
        "municipality": _municipality(asset),
        "municipality_suggestion": _suggestion(asset),
        "officials": [
            {"id": shown.official.id, "name": shown.official.name}
            for shown in asset.appearances
            if shown.confirmed
        ],
        "event_officials": [{"id": official.id, "name": official.name} for official in attended],
        "renditions": [
            {"preset": made.preset, "width": made.width, "height": made.height, "bytes": made.bytes}
            for made in sorted(asset.renditions, key=lambda made: made.id)
        ],
        **told.told(said, origins=origins),
    }


def _as_written(asset: Asset) -> str | None:
    """What the file says, or its name: a day alone where the hour is not known."""
    if asset.captured_at is None:
        return None
    if asset.date_only:
        return asset.captured_at.date().isoformat()
    return asset.captured_at.replace(microsecond=0).isoformat()


def _attended(tx: Transaction, asset: Asset) -> list[Official]:
    event_ids = [placed.event_id for placed in asset.placements]
    rows = tx.execute(
        select(Official, Attendance.event_id, Attendance.position)
        .join(Attendance, Attendance.official_id == Official.id)
        .where(Attendance.event_id.in_(event_ids))
    ).all()
    ordered = sorted(rows, key=lambda row: (event_ids.index(row.event_id), row.position, row.Official.id))
    return list({row.Official.id: row.Official for row in ordered}.values())


def _municipality(asset: Asset) -> dict[str, str] | None:
    if asset.municipality is None:
        return None
    return {
        "key": asset.municipality.key,
        "name": asset.municipality.name,
        "state": asset.municipality.state.name,
        "source": str(asset.municipality_source),
    }


def _suggestion(asset: Asset) -> dict[str, Any] | None:
    if asset.suggested_municipality is None:
        return None
    return {
        "key": asset.suggested_municipality.key,
        "name": asset.suggested_municipality.name,
        "state": asset.suggested_municipality.state.name,
        "confidence": asset.suggestion_confidence,
    }


def offset_text(minutes: int | None) -> str | None:
    """-360 → "-06:00"."""
    if minutes is None:
        return None
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
