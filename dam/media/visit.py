"""What one visit of a file's pixels brings back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What the file says, as the file says it; None or empty where it says nothing.

    ``captured_at`` is the wall clock as written, naive ISO 8601 ("2026-05-01T10:20:30"); the offset is apart.
    Degrees are decimal WGS 84, altitude metres, duration seconds, width and height pixels as displayed.
    ``orientation`` is EXIF's 1 to 8 as stored; ``rotation`` the clockwise degrees a player applies to a clip.
    ``gps_utc`` is the satellites' time, ISO 8601 with "Z". ``location_id`` is the id of the location shown
    (ours are "INEGI:15106"). ``bit_depth`` is bits of one channel, ``loudness`` LUFS (EBU R 128).
    ``content_id`` is what the two files of a Live Photo share; ``motion_offset`` and ``motion_length`` say
    where in the file a motion photo keeps its clip, in bytes.
    """

    kind: str
    media_type: str
    captured_at: str | None = None
    subsec: str | None = None
    utc_offset_minutes: int | None = None
    offset_source: str | None = None  # "file", or "gps": inferred from the satellites' time
    captured_source: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    orientation: int | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    camera_make: str | None = None
    camera_model: str | None = None
    lens: str | None = None
    serial: str | None = None
    software: str | None = None
    exposure_seconds: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    headline: str | None = None
    title: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    country: str | None = None
    byline: str | None = None
    credit: str | None = None
    copyright: str | None = None
    rating: int | None = None
    usage_terms: str | None = None
    alt_text: str | None = None
    event: str | None = None
    label: str | None = None
    location_id: str | None = None
    identifier: str | None = None
    gps_utc: str | None = None
    color_profile: str | None = None
    color_space: str | None = None
    bit_depth: int | None = None
    loudness: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    fps: float | None = None
    rotation: int | None = None
    content_id: str | None = None
    motion_offset: int | None = None
    motion_length: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Facts:
        """Build from JSON; unknown names are dropped, lists become tuples."""
        known = {f.name for f in fields(cls)}
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items() if k in known}
        return cls(**values)


@dataclass(frozen=True)
class Made:
    """One rendition on disk. ``recipe`` is the fingerprint it was made by; ``bytes`` its length."""

    preset: str
    recipe: str
    path: Path
    width: int | None
    height: int | None
    bytes: int
    media_type: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """What the visit cost: CPU seconds of the child and its tools, the child's peak resident bytes."""

    cpu_seconds: float = 0.0
    peak_bytes: int = 0


@dataclass(frozen=True)
class Visit:
    """``perceptual_hash`` is a 64-bit difference hash as a signed integer (databases have no unsigned one);
    ``placeholder`` a tiny picture as a data: URI of at most 400 bytes; ``average_color`` "#rrggbb"."""

    facts: Facts
    made: tuple[Made, ...] = ()
    perceptual_hash: int | None = None
    placeholder: str | None = None
    average_color: str | None = None
    warnings: tuple[str, ...] = ()
    usage: Usage = Usage()
