"""Where things lie in an exported folder: one folder an event, readable names that keep the camera's own.

``2026-05-01_toluca_mitin-en-toluca_12/0001_IMG_1234.JPG``, its RAW file ``0001_IMG_1234.CR3`` and what is
known of them in ``0001_IMG_1234.JPG.xmp``. Names depend on the asset alone, so that an export goes on where
it stopped.
"""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from dam.models import Asset, Event, Original, OriginalRole
from dam.services.delivery import naming

LOOSE = "sin-evento"
LONGEST = 80  # characters of a camera's own name

_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d{4,6}|m\d+)_")


def folder_of(asset: Asset) -> str:
    """The folder of the asset's primary event."""
    placed = naming.primary(asset)
    return event_folder(placed.event) if placed else LOOSE


def event_folder(event: Event) -> str:
    """Day, municipality, name and number, as far as they are known."""
    town = naming.slug(event.municipality.name) if event.municipality else ""
    parts = [
        event.starts_at.date().isoformat() if event.starts_at else "",
        town,
        naming.slug(event.name, 60),
        str(event.id),
    ]
    return "_".join(part for part in parts if part)


def names_of(asset: Asset, originals: Sequence[Original]) -> dict[int, str]:
    """Original's id → file name. Files of one asset share a stem, so that they find each other again."""
    placed = naming.primary(asset)
    number = f"{placed.number:04d}" if placed else f"m{asset.id}"
    shown = next(one for one in originals if one.role == OriginalRole.PRIMARY)
    stem = f"{number}_{_safe(PurePosixPath(shown.name.replace(chr(92), '/')).stem)}"
    taken: set[str] = set()
    told: dict[int, str] = {}
    for one in sorted(originals, key=lambda each: (each.role != OriginalRole.PRIMARY, each.id)):
        ending = _ending(one)
        name, count = f"{stem}{ending}", 2
        while name.casefold() in taken:
            name, count = f"{stem}-{count}{ending}", count + 1
        taken.add(name.casefold())
        told[one.id] = name
    return told


def sidecar_of(name: str) -> str:
    """ "0001_IMG_1234.JPG.xmp": the name in full, so that it stands beside a camera's own IMG_1234.xmp."""
    return f"{name}.xmp"


def _ending(original: Original) -> str:
    suffix = PurePosixPath(original.name.replace("\\", "/")).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ".bin"


def _safe(stem: str) -> str:
    """ASCII letters, digits and what is harmless on every system."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9_.()-]+", "-", plain).strip("-. ")[-LONGEST:].strip("-. ")
    kept = _NUMBERED.sub("", kept) or kept  # of an earlier export
    return f"_{kept}" if _RESERVED.match(kept) else kept or "archivo"
