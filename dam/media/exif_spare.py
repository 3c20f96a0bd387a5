"""The few EXIF facts a picture cannot do without, through Pillow, where ExifRead gave up on a damaged
block."""

from __future__ import annotations

from typing import Any

from PIL import Image

from dam.media import dates
from dam.media.exif import clean

MAKE, MODEL, ORIENTATION, EXIF_IFD, ORIGINAL, OFFSET = 0x010F, 0x0110, 0x0112, 0x8769, 0x9003, 0x9011


def facts(block: bytes) -> dict[str, Any]:
    """Which way is up, when, by which camera; what Pillow cannot read either is left out."""
    tags = Image.Exif()
    said: dict[str, Any] = {}
    try:
        tags.load(block)
        said = {"camera_make": _text(tags.get(MAKE)), "camera_model": _text(tags.get(MODEL))}
        if tags.get(ORIENTATION) in range(1, 9):
            said["orientation"] = tags[ORIENTATION]
        inner = tags.get_ifd(EXIF_IFD)
        if moment := dates.parse(_text(inner.get(ORIGINAL))):
            said |= {
                "captured_at": moment[0],
                "captured_source": "exif:DateTimeOriginal",
                "utc_offset_minutes": dates.offset(_text(inner.get(OFFSET))),
            }
    except Exception:  # damaged beyond this reader too: what was read so far stands
        return {name: value for name, value in said.items() if value is not None}
    return {name: value for name, value in said.items() if value is not None}


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None
