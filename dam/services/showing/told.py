"""What an asset's file says of itself, as it was read: deeper facts that have no column of their own."""

from typing import Any

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Asset, Original, OriginalRole

SHOWN = (
    "exposure_seconds", "aperture", "iso", "focal_length", "software", "color_profile", "color_space",
    "bit_depth", "video_codec", "audio_codec", "fps", "rotation", "loudness", "label", "gps_utc",
)  # fmt: skip
WHERE = frozenset({"gps_utc"})  # told only to those who may know where


def facts_of(tx: Transaction, asset: Asset) -> dict[str, Any]:
    """By the names of Facts; empty before the file was looked at."""
    kept = tx.scalar(
        select(Original.raw_facts).where(
            Original.asset_id == asset.id, Original.role == OriginalRole.PRIMARY
        )
    )  # fmt: skip
    return (kept or {}).get("facts") or {}


def told(said: dict[str, Any], *, origins: bool) -> dict[str, Any]:
    """``technical``, who read what, and whether the caption is only a camera's standing words."""
    technical = {name: said.get(name) for name in SHOWN if origins or name not in WHERE}
    return {"technical": technical, "readers": said.get("readers") or {}}
