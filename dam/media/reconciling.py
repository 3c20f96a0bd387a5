"""Which of EXIF, IPTC-IIM and XMP is believed where they differ (MWG Guidelines for Handling Image Metadata
2.0, chapter 5, and IPTC Photo Metadata's mapping).

The camera's facts come from EXIF first. What people wrote: EXIF's own description, artist and copyright
first, unless a program spoiled them; between the two others XMP, unless IIM's digest tells that a program
which knows nothing of XMP changed IIM afterwards; and where IIM only cut a text at its longest, XMP has the
whole.
"""

from __future__ import annotations

import re
from typing import Any

from dam.media import charsets, iim

DATE = frozenset({"captured_at", "captured_source", "subsec", "utc_offset_minutes"})
PLACE = frozenset({"latitude", "longitude", "altitude", "gps_utc"})
WEAK_DATES = ("exif:DateTime", "xmp:CreateDate")  # of the file, often by an editor
EXIF_FIRST = ("caption", "byline", "copyright")
WRITTEN = (
    "headline", "title", "caption", "byline", "credit", "copyright", "city", "state", "country", "keywords",
)  # fmt: skip
# What cameras put into ImageDescription by themselves
CAMERAS_WORDS = re.compile(
    r"(OLYMPUS|KONICA|MINOLTA|SONY|PENTAX|SAMSUNG|KODAK|CASIO|RICOH|LEICA|VIVITAR|POLAROID|HP)"
    r"(( [A-Z0-9./-]+){0,3} (CAMERA|DSC|PICTURES?))?|<[^>]*>|DCIM[\\/].*|DEFAULT|default|IMG_?\d+|DJI_?\w*|"
    r"-+|\?+|Exif_JPEG_PICTURE|(JCG|MDE|KENOX)\w*|binary comment|charset=.*|[Ss]creenshot",
)

Said = dict[str, Any]


def reconcile(from_exif: Said, from_iim: Said, from_xmp: Said, *, iim_is_newer: bool) -> Said:
    """One answer by the names of Facts. ``iim_is_newer``: IIM was changed after XMP was written."""
    said = {**_dated(from_exif, from_xmp, from_iim), **_placed(from_exif, from_xmp)}
    for source in (from_exif, from_xmp, from_iim):
        said |= {k: v for k, v in source.items() if k not in said and k not in DATE | PLACE}
    for name in WRITTEN:
        value = _written(name, from_iim.get(name), from_xmp.get(name), iim_is_newer)
        own = from_exif.get(name)
        if own and name in EXIF_FIRST and not _spoiled(own, value):
            value = own
        if value := value or own:
            said[name] = value
    return said


def is_cameras(caption: str | None) -> bool:
    """Words that a camera writes into every picture: no caption anybody would want under it."""
    return bool(caption and CAMERAS_WORDS.fullmatch(caption.strip()))


def _written(name: str, in_iim: Any, in_xmp: Any, iim_is_newer: bool) -> Any:
    if not in_iim or not in_xmp or not iim_is_newer:
        return in_xmp or in_iim
    if name == "keywords":
        whole = {word[: iim.LONGEST[name]]: word for word in in_xmp}
        return tuple(whole.get(word, word) for word in in_iim)
    longest = iim.LONGEST.get(name, 0)
    if len(in_iim.encode()) >= longest - 3 and in_xmp.startswith(in_iim):
        return in_xmp
    return in_iim


def _spoiled(own: str, other: str | None) -> bool:
    """A camera's standing words; or the other text cut, without accents, or with question marks for them."""
    if not other or own == other:
        return False
    if is_cameras(own):
        return True
    if len(own) > len(other) + 2:
        return False
    marked = all(a == b or (a == "?" and not b.isascii()) for a, b in zip(own, other, strict=False))
    return (marked and len(own) <= len(other)) or own == charsets.without_accents(other)


def _dated(from_exif: Said, from_xmp: Said, from_iim: Said) -> Said:
    """The first that is no weak date; else the first at all. Its offset is its own: what another language
    adds to the same wall clock is often the zone of the computer on which it was edited."""
    dated = [source for source in (from_exif, from_xmp, from_iim) if "captured_at" in source]
    strong = [source for source in dated if source["captured_source"] not in WEAK_DATES]
    chosen = next(iter(strong or sorted(dated, key=lambda s: s is from_exif)), {})
    return {k: v for k, v in chosen.items() if k in DATE and v is not None}


def _placed(from_exif: Said, from_xmp: Said) -> Said:
    """A position is taken whole from one source; the satellites' time also where there is no position."""
    source = from_exif if "latitude" in from_exif else from_xmp if "latitude" in from_xmp else from_exif
    place = {k: v for k, v in source.items() if k in PLACE}
    if "gps_utc" not in place and "gps_utc" in from_exif:
        place["gps_utc"] = from_exif["gps_utc"]
    return place
