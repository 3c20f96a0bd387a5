"""Everything the archive knows of an asset, as plain JSON values: what a sidecar carries and a reader gets
back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Event, Official, Stack

VERSION = 1
# Columns of an asset that are written as they are, by their own names.
COLUMNS = (
    "kind", "review", "minors", "embargo_until", "rights_expire_on", "withdrawn_at", "withdrawn_reason",
    "created_at", "captured_at", "captured_source", "subsecond", "date_only", "utc_offset", "offset_source",
    "clock_shift", "taken_at", "latitude", "longitude", "altitude", "municipality_key", "municipality_source",
    "orientation", "width", "height", "duration", "camera_make", "camera_model", "camera_serial", "lens",
    "headline", "caption", "alt_text", "keywords", "persons", "city", "state", "country", "byline", "credit",
    "copyright", "usage_terms", "rating",
    "stands_alone",
)  # fmt: skip

Record = dict[str, Any]


def load(tx: Transaction, asset_ids: Sequence[int]) -> list[Asset]:
    """The assets with all that a record and its names are made of, in the order of the ids. What is gone is
    left out."""
    found = tx.scalars(
        select(Asset)
        .where(Asset.id.in_(asset_ids))
        .options(
            joinedload(Asset.municipality),
            joinedload(Asset.owner),
            selectinload(Asset.originals),
            selectinload(Asset.placements).joinedload(AssetEvent.event).selectinload(Event.attendees),
            selectinload(Asset.appearances).joinedload(Appearance.official),
        )
    ).all()
    by_id = {asset.id: asset for asset in found}
    return [by_id[asset_id] for asset_id in asset_ids if asset_id in by_id]


def of_asset(tx: Transaction, asset: Asset) -> Record:
    """Times are naive wall clocks in ISO 8601, or aware where they are instants; degrees WGS 84."""
    stack = tx.get(Stack, asset.stack_id) if asset.stack_id else None
    return {
        "v": VERSION,
        "asset_id": asset.id,
        **{name: plain(getattr(asset, name)) for name in COLUMNS},
        "municipality": asset.municipality.name if asset.municipality else None,
        "owner": asset.owner.name if asset.owner else None,
        "events": [
            {
                "id": placed.event.id,
                "name": placed.event.name,
                "starts_at": plain(placed.event.starts_at),
                "municipality_key": placed.event.municipality_key,
                "number": placed.number,
            }
            for placed in asset.placements
        ],
        "officials": [
            {"id": shown.official.id, "name": shown.official.name, "confirmed": shown.confirmed}
            for shown in asset.appearances
        ],
        "originals": [
            {
                "role": str(one.role),
                "name": one.name,
                "sha256": one.sha256,
                "bytes": one.bytes,
                "kept_apart": one.kept_apart,
            }
            for one in asset.originals
        ],
        "stack": {"id": stack.id, "kind": str(stack.kind), "cover": asset.stack_cover} if stack else None,
    }


def of_event(event: Event) -> Record:
    """An event for the file beside its pictures."""
    names = (
        "name",
        "starts_at",
        "ends_at",
        "day_only",
        "timezone",
        "municipality_key",
        "place",
        "description",
    )
    return {
        "v": VERSION,
        "id": event.id,
        "kind": str(event.kind),
        **{name: plain(getattr(event, name)) for name in names},
        "municipality": event.municipality.name if event.municipality else None,
        "attended": [of_official(one) for one in event.attendees],
    }


def of_official(official: Official) -> Record:
    """A person with every name and office."""
    return {
        "id": official.id,
        "name": official.name,
        "aliases": [one.name for one in official.aliases],
        "notes": official.notes,
        "offices": [
            {
                "title": held.title,
                "kind": str(held.kind),
                "held_from": plain(held.held_from),
                "held_to": plain(held.held_to),
                "municipality_key": held.municipality_key,
                "state_key": held.state_key,
                "body": held.body,
                "on_leave": held.on_leave,
                "substitute": held.substitute,
            }
            for held in official.offices
        ],
    }


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return list(value)
    return value if value is None or type(value) in (bool, int, float, str) else str(value)
