"""ExifTool for the few formats that nobody else here reads: old raws, camcorders' and Windows' containers.

It is started for such a file alone, in a process that may read that file and Perl's libraries and nothing
else, and only fills in: what another reader said stays. A JPEG never waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dam.media import dates, tools
from dam.media.exif import clean, on_earth
from dam.media.reasons import Unreadable
from dam.media.visit import Facts

STILLS = frozenset({"image/x-canon-crw", "image/x-sigma-x3f", "image/x-minolta-mrw"})
CONTAINERS = frozenset({"avi", "asf", "mxf", "dv", "mpeg", "mpegts"})
PERL = ("/etc/perl", "/usr/share/perl", "/usr/share/perl5", "/usr/local/share/perl")
SECONDS = 20.0
TEXT = {
    "camera_make": ("Make",), "camera_model": ("Model", "CameraModelName"), "serial": ("SerialNumber",),
    "lens": ("LensModel", "Lens"), "software": ("Software",), "title": ("Title",),
    "byline": ("Artist", "Author"), "caption": ("ImageDescription", "Description"),
    "copyright": ("Copyright",), "city": ("City",),
}  # fmt: skip
NUMBERS = {"exposure_seconds": "ExposureTime", "aperture": "FNumber", "focal_length": "FocalLength"}
DATES = ("SubSecDateTimeOriginal", "DateTimeOriginal", "DateCreated", "CreateDate", "CreationDate")
# Whose own time of creation is UTC by its format: SMPTE ST 377-1 (Timestamp), ASF 3.2 (Creation Date)
IN_UTC, CREATED = frozenset({"MXF", "ASF", "WMV", "WMA"}), frozenset({"CreateDate", "CreationDate"})
ASKED = (
    *DATES, *(tag for tags in TEXT.values() for tag in tags), *NUMBERS.values(), "ISO", "Orientation",
    "OffsetTimeOriginal", "GPSLatitude", "GPSLongitude", "GPSAltitude", "FileType",
)  # fmt: skip


def ask(original: int, before: Callable[[], None]) -> dict[str, Any]:
    """What ExifTool says of the open file ``original``, by the names of Facts; empty where it says nothing,
    is not installed or does not answer. ``before`` runs in its process before it is started."""
    program = tools.find("exiftool")
    if program is None:
        return {}
    command = [str(program), "-j", "-n", "-fast", *(f"-{tag}" for tag in ASKED), f"/proc/self/fd/{original}"]
    try:
        ran = tools.run(command, seconds=SECONDS, own_group=False, pass_fds=(original,), before=before)
        told = json.loads(ran.out or b"[]")
    except (Unreadable, ValueError):
        return {}
    return _said(told[0]) if isinstance(told, list) and told and isinstance(told[0], dict) else {}


def fill(facts: Facts, said: dict[str, Any]) -> Facts:
    """``facts`` with what they lack; a date is taken whole."""
    named = facts.as_dict()
    date = {"captured_at", "subsec", "utc_offset_minutes", "offset_source", "captured_source"}
    take = {
        name: value
        for name, value in said.items()
        if named.get(name) in (None, (), []) and (name not in date or facts.captured_at is None)
    }
    if not take:
        return facts
    return replace(facts, **take, readers={**facts.readers, "spare": "ExifTool"})


def _said(told: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, tags in TEXT.items():
        found = (clean(str(told[tag])[:8000]) for tag in tags if told.get(tag) not in (None, ""))
        if text := next((one for one in found if one), None):
            said[name] = text
    for name, tag in NUMBERS.items():
        if isinstance(value := told.get(tag), int | float) and 0 < value < 1e6:
            said[name] = float(value)
    if isinstance(iso := told.get("ISO"), int) and 0 < iso < 10_000_000:
        said["iso"] = iso
    if told.get("Orientation") in range(1, 9):
        said["orientation"] = told["Orientation"]
    latitude, longitude = told.get("GPSLatitude"), told.get("GPSLongitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        said |= on_earth(float(latitude), float(longitude))
    return said | _dated(told)


def _dated(told: dict[str, Any]) -> dict[str, Any]:
    for tag in DATES:
        found = dates.captured(str(told.get(tag, "")), f"exiftool:{tag}")
        if found and "T" in found["captured_at"]:
            if tag in CREATED and told.get("FileType") in IN_UTC:
                if found["captured_at"] < dates.SET_AT_ALL:
                    continue
                found |= {"captured_source": dates.CONTAINER, "utc_offset_minutes": 0}
            if found["utc_offset_minutes"] is None:
                found["utc_offset_minutes"] = dates.offset(str(told.get("OffsetTimeOriginal", "")))
            known = found["utc_offset_minutes"] is not None
            return {k: v for k, v in found.items() if v is not None} | (
                {"offset_source": "file"} if known else {}
            )
    return {}
