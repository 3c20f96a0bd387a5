"""Names of delivered files: 2026-05-01_toluca_mitin_0001_web.jpg. ASCII, lower case, safe on every system."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath

from dam.models import Asset, AssetEvent, Event, EventKind, Original, Processing, Review

LONGEST = 120
LONGEST_PART = 40
NOT_APPROVED = "sin-aprobar"  # in the language of the files' names, whoever takes them
KIND_WORDS = {
    EventKind.MEETING: "reunion",
    EventKind.RALLY: "mitin",
    EventKind.PRESS_CONFERENCE: "conferencia",
    EventKind.TOUR: "gira",
    EventKind.INTERVIEW: "entrevista",
    EventKind.ASSEMBLY: "asamblea",
    EventKind.SESSION: "sesion",
    EventKind.MARCH: "marcha",
    EventKind.INAUGURATION: "inauguracion",
    EventKind.COMMUNITY: "jornada",
    EventKind.CULTURAL: "cultural",
}
SMALL_WORDS = frozenset(
    ("a", "al", "con", "de", "del", "e", "el", "en", "la", "las", "los", "para", "por", "u", "un", "una", "y")
)
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/avif": "avif",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "image/svg+xml": "svg",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
}
# What cameras and desks write: an original's own ending is believed only when it is one of these.
KNOWN_ENDINGS = frozenset(
    (
        "jpg", "jpeg", "png", "tif", "tiff", "webp", "heic", "heif", "hif", "avif", "gif", "bmp",
        "dng", "nef", "nrw", "cr2", "cr3", "crw", "arw", "raf", "orf", "rw2", "pef", "srw", "3fr", "iiq",
        "mrw", "x3f", "erf", "jp2", "j2k", "jpf", "psd", "psb", "pdf", "ai", "eps", "indd", "indt",
        "mp4", "m4v", "mov", "mts", "m2ts", "avi", "mkv", "mxf", "3gp", "webm", "wmv", "mpg", "mpeg", "dv",
        "xmp", "wav", "mp3", "m4a", "aac", "flac", "ogg", "opus", "amr", "wma", "aiff", "caf",
    )
)  # fmt: skip


def file_name(asset: Asset, preset: str, extension: str) -> str:
    """Day, municipality, event, the asset's number in its primary event, and the preset; what is not known
    is left out, and what nobody has approved says so. Never empty, at most 120 characters.

    Reads ``asset.placements``, their events, and ``asset.municipality``.
    """
    placed = primary(asset)
    town = town_of(asset)
    parts = [
        day_of(asset).isoformat() if day_of(asset) else "",
        slug(town),
        event_word(placed.event, town) if placed else "",
        f"{placed.number:04d}" if placed else f"m{asset.id}",
    ]
    mark = "" if approved(asset) else f"_{NOT_APPROVED}"
    ending = f"{mark}_{slug(preset) or 'x'}.{slug(extension) or 'bin'}"
    stem = "_".join(part for part in parts if part)
    return stem[: LONGEST - len(ending)] + ending


def approved(asset: Asset) -> bool:
    """Did the coordination let it out?"""
    return asset.review == Review.APPROVED


def original_name(asset: Asset, original: Original) -> str:
    """The name an untouched original leaves under. A file in quarantine keeps only a camera's ending."""
    return file_name(asset, "original", _ending(asset, original))


def _ending(asset: Asset, original: Original) -> str:
    own = PurePosixPath(original.name.replace("\\", "/")).suffix.lstrip(".").lower()
    known = EXTENSIONS.get(original.media_type or "")
    if known and asset.processing != Processing.QUARANTINED:
        return known
    return own if own in KNOWN_ENDINGS else "bin"


def primary(asset: Asset) -> AssetEvent | None:
    """The placement in the asset's primary event."""
    return min(asset.placements, key=lambda placed: (placed.position, placed.event_id), default=None)


def day_of(asset: Asset) -> date | None:
    """The event's local day, else the day it was taken."""
    placed = primary(asset)
    if placed and placed.event.starts_at:
        return placed.event.starts_at.date()
    return asset.taken_at.date() if asset.taken_at else None


def town_of(asset: Asset) -> str:
    """Where: the asset's municipality, else its event's; empty when neither is known."""
    placed = primary(asset)
    municipality = asset.municipality or (placed.event.municipality if placed else None)
    return municipality.name if municipality else ""


def event_word(event: Event, town: str) -> str:
    """The kind of event; for another kind the words of its name that the town does not say already."""
    if event.kind in KIND_WORDS:
        return KIND_WORDS[event.kind]
    said = SMALL_WORDS | set(slug(town).split("-"))
    words = [word for word in slug(event.name, 240).split("-") if word not in said]
    return slug(" ".join(words)) or slug(event.name)


def slug(text: str, longest: int = LONGEST_PART) -> str:
    """ASCII words joined by hyphens, cut between words where possible; empty when nothing can be shown."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    whole = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(whole) <= longest:
        return whole
    cut, _, rest = whole[: longest + 1].rpartition("-")
    return (cut or rest)[:longest].strip("-")


def unique(name: str, taken: Sequence[str] | set[str]) -> str:
    """``name``, or with -2, -3… before its ending until nobody has it."""
    if name not in taken:
        return name
    stem, dot, ending = name.rpartition(".")
    number = 2
    while f"{stem}-{number}{dot}{ending}" in taken:
        number += 1
    return f"{stem}-{number}{dot}{ending}"
