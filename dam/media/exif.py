"""EXIF through ExifRead, never with maker notes: a crafted one hangs it (``details=False``)."""

from __future__ import annotations

import io
import logging
from typing import Any, BinaryIO

import exifread

from dam.media import charsets, dates

MOST_RAW_TEXT = 400
MOST_RAW_TAGS = 300
POINTERS = {"EXIF": 0x8769, "GPS": 0x8825}
DATES = (
    ("EXIF DateTimeOriginal", "EXIF OffsetTimeOriginal", "EXIF SubSecTimeOriginal", "exif:DateTimeOriginal"),
    (
        "EXIF DateTimeDigitized",
        "EXIF OffsetTimeDigitized",
        "EXIF SubSecTimeDigitized",
        "exif:DateTimeDigitized",
    ),
    ("Image DateTime", "EXIF OffsetTime", "EXIF SubSecTime", "exif:DateTime"),
)
# Cameras write one of them or all the same; OffsetTime is last, an editor may have changed it
OFFSETS = ("EXIF OffsetTimeOriginal", "EXIF OffsetTimeDigitized", "EXIF OffsetTime")
# What TIFF/EP (ISO 12234-2) keeps in the main directory: older raw files have it nowhere else
TIFF_EP = (
    "DateTimeOriginal", "DateTimeDigitized", "ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength",
)  # fmt: skip

Tags = dict[str, Any]


def read(file: BinaryIO) -> Tags:
    """The tags of a JPEG or TIFF file, or of a bare EXIF block. Empty where there is none."""
    logging.getLogger("exifread").setLevel(logging.CRITICAL)
    file.seek(0)
    return exifread.process_file(file, details=False, extract_thumbnail=False)


def read_block(block: bytes) -> Tags:
    """The tags of an EXIF block as PNG, WebP, HEIF and AVIF carry it (TIFF, with or without "Exif\\0\\0")."""
    return read(io.BytesIO(block.removeprefix(b"Exif\x00\x00")))


def read_part(block: bytes, directory: str) -> Tags:
    """The tags of a TIFF structure whose first directory is the ``EXIF`` or the ``GPS`` one, as in CR3: a
    main directory that points to it is put behind, so that no offset moves."""
    order = "little" if block[:2] == b"II" else "big"
    head = block[:4] + len(block).to_bytes(4, order)
    tag = POINTERS[directory].to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order)
    return read_block(head + block[8:] + (1).to_bytes(2, order) + tag + block[4:8] + bytes(4))


def facts(tags: Tags) -> dict[str, Any]:
    """The part of Facts that EXIF can say; absent where it does not."""
    tags = {f"EXIF {name}": tags[f"Image {name}"] for name in TIFF_EP if f"Image {name}" in tags} | tags
    said: dict[str, Any] = {
        "camera_make": text(tags, "Image Make"),
        "camera_model": text(tags, "Image Model"),
        "lens": text(tags, "EXIF LensModel"),
        "serial": text(tags, "EXIF BodySerialNumber") or text(tags, "Image Tag 0xC62F"),
        "software": text(tags, "Image Software"),
        "caption": text(tags, "Image ImageDescription"),
        "byline": text(tags, "Image Artist"),
        "copyright": text(tags, "Image Copyright"),
        "orientation": _orientation(tags),
        "exposure_seconds": number(tags, "EXIF ExposureTime"),
        "aperture": number(tags, "EXIF FNumber"),
        "focal_length": number(tags, "EXIF FocalLength"),
        "iso": _iso(tags),
        "color_space": _color_space(tags),
        "bit_depth": _bit_depth(tags),
        "gps_utc": _satellite_time(tags),
    }
    said |= _captured(tags) | _place(tags) | _written_by_windows(tags, said)
    return {name: value for name, value in said.items() if value is not None}


def raw(tags: Tags) -> dict[str, str]:
    """Every tag as bounded text, for whoever wants to know what the file says."""
    told = {}
    for name, tag in list(tags.items())[:MOST_RAW_TAGS]:
        if isinstance(tag, bytes) or "MakerNote" in name or name.startswith("Thumbnail"):
            continue
        told[name] = str(tag)[:MOST_RAW_TEXT].replace("\x00", "")
    return told


def text(tags: Tags, name: str) -> str | None:
    tag = tags.get(name)
    if tag is None:
        return None
    value = tag.values
    if isinstance(value, list):
        if not all(isinstance(v, int) and 0 <= v < 256 for v in value):
            return None
        value = bytes(value)
    if isinstance(value, bytes):
        return clean(charsets.decode(value.split(b"\x00")[0]))
    return clean(_repair(str(value)))


def _repair(value: str) -> str:
    """ExifRead reads ASCII fields as UTF-8 and leaves what is none as bytes; programs that encoded twice are
    still about."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def clean(value: str) -> str | None:
    """Without padding and NULs, surrogates or control characters; None when nothing is left."""
    kept = "".join(
        c for c in value.split("\x00")[0] if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff")
    )
    return kept.strip() or None


def number(tags: Tags, name: str) -> float | None:
    tag = tags.get(name)
    values = getattr(tag, "values", None)
    if not isinstance(values, list) or not values:
        return None
    return _ratio(values[0])


def _ratio(value: Any) -> float | None:
    """A number from an int, a float or a rational; None for a division by zero or anything else."""
    try:
        if hasattr(value, "num"):
            return float(value.num) / float(value.den)
        found = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if abs(found) < 1e15 else None


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and 0 < value < 10_000_000 else None


def _iso(tags: Tags) -> int | None:
    """65535 stands for "more than fits": the real value is then in one of the newer fields (EXIF 2.3)."""
    found = _whole(number(tags, "EXIF ISOSpeedRatings"))
    if found in (None, 65535):
        newer = (_whole(number(tags, f"EXIF {name}")) for name in ("RecommendedExposureIndex", "ISOSpeed"))
        found = next((value for value in newer if value), found)
    return found


def _color_space(tags: Tags) -> str | None:
    """EXIF's ColorSpace knows sRGB only; Adobe RGB is told by the interoperability index (DCF 2.0)."""
    value = number(tags, "EXIF ColorSpace")
    if value == 2 or (value == 65535 and (text(tags, "Interoperability InteroperabilityIndex") == "R03")):
        return "Adobe RGB"
    return "sRGB" if value == 1 else None


def _bit_depth(tags: Tags) -> int | None:
    value = number(tags, "Image BitsPerSample")
    return int(value) if value is not None and 1 <= value <= 64 else None


def _satellite_time(tags: Tags) -> str | None:
    """GPSDateStamp and GPSTimeStamp are UTC."""
    day = dates.parse(text(tags, "GPS GPSDate"))
    values = getattr(tags.get("GPS GPSTimeStamp"), "values", None)
    if day is None or not isinstance(values, list) or len(values) != 3:
        return None
    hours, minutes, seconds = (_ratio(value) for value in values)
    if hours is None or minutes is None or seconds is None:
        return None
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60) or day[0] < "1990":
        return None  # a receiver that has not heard a satellite yet
    return f"{day[0][:10]}T{int(hours):02}:{int(minutes):02}:{int(seconds):02}Z"


def _written_by_windows(tags: Tags, said: dict[str, Any]) -> dict[str, Any]:
    """Explorer's own fields, UTF-16: asked where EXIF's say nothing."""
    told: dict[str, Any] = {}
    if title := _wide(tags, "Image XPTitle"):
        told["title"] = title
    if not said.get("byline") and (author := _wide(tags, "Image XPAuthor")):
        told["byline"] = author
    if words := _wide(tags, "Image XPKeywords"):
        told["keywords"] = tuple(dict.fromkeys(w.strip() for w in words.split(";") if w.strip()))
    stars = number(tags, "Image Rating")
    if stars is not None and 1 <= stars <= 5:
        told["rating"] = int(stars)
    return told


def _wide(tags: Tags, name: str) -> str | None:
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, list) or not all(isinstance(v, int) and 0 <= v < 256 for v in values):
        return None
    return clean(bytes(values).decode("utf-16-le", errors="replace"))


def _orientation(tags: Tags) -> int | None:
    value = number(tags, "Image Orientation")
    return int(value) if value is not None and 1 <= value <= 8 and value == int(value) else None


def _captured(tags: Tags) -> dict[str, Any]:
    for date, offset, subsec, source in DATES:
        found = dates.parse(text(tags, date))
        if found is None or "T" not in found[0]:
            continue
        written, fraction, zone = found
        for name in (offset, *OFFSETS):
            zone = zone if zone is not None else dates.offset(text(tags, name))
        digits = text(tags, subsec) or fraction
        return {
            "captured_at": written,
            "captured_source": source,
            "utc_offset_minutes": zone,
            "subsec": digits if digits and digits.isdigit() else None,
        }
    return {}


def _place(tags: Tags) -> dict[str, Any]:
    latitude = _degrees(tags, "GPS GPSLatitude", {"N": 1, "S": -1})
    longitude = _degrees(tags, "GPS GPSLongitude", {"E": 1, "W": -1})
    place = on_earth(latitude, longitude)
    altitude = number(tags, "GPS GPSAltitude")
    if altitude is not None and -12_000 < altitude < 100_000:
        below = (number(tags, "GPS GPSAltitudeRef") or 0) == 1
        place["altitude"] = -altitude if below and altitude > 0 else altitude
    return place


def on_earth(latitude: float | None, longitude: float | None) -> dict[str, Any]:
    """Both or nothing: 0/0 is a receiver without a fix, and beyond 90 or 180 degrees there is no place."""
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return {}
    if abs(latitude) < 1e-7 and abs(longitude) < 1e-7:
        return {}
    return {"latitude": round(latitude, 7), "longitude": round(longitude, 7)}


def _degrees(tags: Tags, name: str, sides: dict[str, int]) -> float | None:
    """None where the hemisphere is not told: half of the time the place would be on the other side of the
    Earth. Only who writes a sign instead, against the standard, needs none."""
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, list) or not 1 <= len(values) <= 3:
        return None
    parts = [_ratio(value) for value in values]
    if parts[0] is None:
        return None
    degrees = sum((part or 0.0) / 60**place for place, part in enumerate(parts))
    side = sides.get((text(tags, f"{name}Ref") or "").upper()[:1], 1 if degrees <= 0 else 0)
    return degrees * side if side else None
