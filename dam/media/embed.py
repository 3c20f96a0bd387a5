"""What leaves carries its credit: EXIF, IPTC-IIM and XMP in pictures, QuickTime and XMP in clips.

Only ever run on files we made. They carry no place, no serial number and no maker notes, and none is written.
Field names after the IPTC Photo Metadata Standard 2023.1 and its mapping guidelines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dam.errors import DamError
from dam.media import tagging
from dam.media.stay_open import Gone, StayOpen

SECONDS = 60.0
SLOWEST = 10 * 1024 * 1024  # bytes a second: the whole clip is written anew, and a slow disk does it too
# Longest values of IIM 4.2, in bytes; XMP carries the whole text
IIM_BYTES = {
    "ObjectName": 64, "Headline": 256, "Caption-Abstract": 2000, "Keywords": 64, "By-line": 32, "Credit": 32,
    "CopyrightNotice": 128, "City": 32, "Province-State": 32, "Country-PrimaryLocationName": 64,
    "Country-PrimaryLocationCode": 3, "SpecialInstructions": 256, "OriginalTransmissionReference": 32,
}  # fmt: skip


# In TIFF, clearing EXIF leaves the directories below it
PICTURE_GROUPS = ("EXIF", "GPS", "ExifIFD", "IPTC", "XMP", "MakerNotes")
CLIP_GROUPS = ("XMP", "ItemList", "Keys", "UserData")


class NotEmbedded(DamError):
    """The metadata could not be written; the file is as it was."""

    code = "not_embedded"


@dataclass(frozen=True)
class Caption:
    """What a delivered copy says of itself. ``created_at`` is local ISO 8601, a day alone where
    the hour is not known; the key is INEGI's."""

    headline: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()
    byline: str | None = None
    credit: str | None = None
    copyright: str | None = None
    usage_terms: str | None = None
    persons: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    country: str | None = None
    municipality_key: str | None = None
    event: str | None = None
    created_at: str | None = None
    utc_offset_minutes: int | None = None
    alt_text: str | None = None
    identifier: str | None = None


class Scribe:
    """Writes captions into files. Starts exiftool at its first use; for several threads, and after a fork."""

    def __init__(self) -> None:
        self._exiftool = StayOpen()

    def __enter__(self) -> Scribe:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._exiftool.close()

    def write(self, path: Path, caption: Caption) -> None:
        """Replace the metadata of ``path`` (a picture, clip or recording of our own making) by ``caption``,
        in one atomic rename.

        Raises NotEmbedded; Unreadable(TOOL_MISSING) where exiftool is not installed.
        """
        path = path.resolve(strict=True)
        if path.suffix.lower() in tagging.SOUND:  # exiftool reads these and does not write them
            try:
                tagging.write(path, _sound_tags(caption))
            except tagging.NotTagged as error:
                raise NotEmbedded(error.message, **error.detail) from error
            return
        clip = path.suffix.lower() in (".mp4", ".m4v", ".mov", ".m4a")
        tags = [*_xmp_tags(caption), *(_clip_tags(caption) if clip else _picture_tags(caption))]
        if path.suffix.lower() in (".tif", ".tiff"):  # the printer's copy has its own colours
            tags.remove(("EXIF:ColorSpace", "sRGB"))
        clear = CLIP_GROUPS if clip else PICTURE_GROUPS
        values = [f"-{tag}={_escape(value)}" for tag, value in tags]
        command = [
            "-E",
            "-m",
            "-overwrite_original",
            "-api",
            "LargeFileSupport=1",  # clips beyond 2 GiB
            *[f"-{group}:all=" for group in clear],
            *values,
            str(path),
        ]
        seconds = SECONDS + path.stat().st_size / SLOWEST
        for attempt in (1, 2):
            try:
                status, said = self._exiftool.run(command, seconds=seconds)
                break
            except Gone as error:
                path.with_name(path.name + "_exiftool_tmp").unlink(missing_ok=True)
                if attempt == 2:
                    raise NotEmbedded(
                        "The credit could not be written into the file.", said=str(error)
                    ) from error
        if status != 0:
            path.with_name(path.name + "_exiftool_tmp").unlink(missing_ok=True)
            raise NotEmbedded("The credit could not be written into the file.", said=said[:300])


Tags = Iterator[tuple[str, str]]


def _xmp_tags(caption: Caption) -> Tags:
    c = caption
    yield from _told("XMP-dc:Title", c.headline)
    yield from _told("XMP-photoshop:Headline", c.headline)
    yield from _told("XMP-dc:Description", c.caption)
    yield from (("XMP-dc:Subject", word) for word in c.keywords)
    yield from _told("XMP-dc:Creator", c.byline)
    yield from _told("XMP-photoshop:Credit", c.credit)
    yield from _told("XMP-dc:Rights", c.copyright)
    yield from _told("XMP-xmpRights:UsageTerms", c.usage_terms)
    if c.copyright:
        yield "XMP-xmpRights:Marked", "True"
    yield from (("XMP-iptcExt:PersonInImage", person) for person in c.persons)
    yield from _told("XMP-photoshop:City", c.city)
    yield from _told("XMP-photoshop:State", c.state)
    yield from _told("XMP-photoshop:Country", c.country)
    yield from _told("XMP-iptcExt:LocationShownCity", c.city)
    yield from _told("XMP-iptcExt:LocationShownProvinceState", c.state)
    yield from _told("XMP-iptcExt:LocationShownCountryName", c.country)
    if c.municipality_key:
        yield "XMP-iptcCore:CountryCode", "MX"
        yield "XMP-iptcExt:LocationShownCountryCode", "MX"
        yield "XMP-iptcExt:LocationShownLocationId", f"INEGI:{c.municipality_key}"
    yield from _told("XMP-iptcExt:Event", c.event)
    yield from _told("XMP-iptcCore:AltTextAccessibility", c.alt_text)
    yield from _told("XMP-dc:Identifier", c.identifier)
    yield from _told("XMP-photoshop:TransmissionReference", c.identifier)
    yield from _told("XMP-photoshop:Instructions", c.usage_terms)
    if moment := _moment(c):
        yield "XMP-photoshop:DateCreated", moment + _offset(c)
    elif day := _day(c):
        yield "XMP-photoshop:DateCreated", day


def _picture_tags(caption: Caption) -> Tags:
    c = caption
    yield from _told("EXIF:ImageDescription", c.caption or c.headline)
    yield from _told("EXIF:Artist", c.byline)
    yield from _told("EXIF:Copyright", c.copyright)
    yield "EXIF:ColorSpace", "sRGB"
    yield from _told("EXIF:XPTitle", c.headline)  # what Windows shows and searches
    yield from _told("EXIF:XPKeywords", ";".join(c.keywords))
    yield "IPTC:CodedCharacterSet", "UTF8"
    yield from _iim("ObjectName", c.headline)
    yield from _iim("Headline", c.headline)
    yield from _iim("Caption-Abstract", c.caption)
    for word in c.keywords:
        yield from _iim("Keywords", word)
    yield from _iim("By-line", c.byline)
    yield from _iim("Credit", c.credit)
    yield from _iim("CopyrightNotice", c.copyright)
    yield from _iim("City", c.city)
    yield from _iim("Province-State", c.state)
    yield from _iim("Country-PrimaryLocationName", c.country)
    yield from _iim("Country-PrimaryLocationCode", "MEX" if c.municipality_key else None)
    yield from _iim("SpecialInstructions", c.usage_terms)
    yield from _iim("OriginalTransmissionReference", c.identifier)
    if moment := _moment(c):
        yield "EXIF:DateTimeOriginal", moment
        yield from _told("EXIF:OffsetTimeOriginal", _offset(c))
        yield "IPTC:DateCreated", moment[:10]
        yield "IPTC:TimeCreated", moment[11:] + (_offset(c) or "")
    elif day := _day(c):
        yield "IPTC:DateCreated", day


def _clip_tags(caption: Caption) -> Tags:
    c = caption
    yield from _told("ItemList:Comment", c.caption)  # what most players show
    for group in ("ItemList", "Keys"):
        yield from _told(f"{group}:Title", c.headline)
        yield from _told(f"{group}:Description", c.caption)
        yield from _told(f"{group}:{'Artist' if group == 'ItemList' else 'Author'}", c.byline)
        yield from _told(f"{group}:Copyright", c.copyright)
    if moment := _moment(c):
        yield "ItemList:ContentCreateDate", moment + _offset(c)
        yield "Keys:CreationDate", moment + _offset(c)


def _sound_tags(caption: Caption) -> dict[str, str]:
    c = caption
    told = {
        "title": c.headline, "artist": c.byline, "copyright": c.copyright or c.credit,
        "comment": "\n".join(line for line in (c.caption, c.credit, c.usage_terms) if line),
        "album": c.event, "date": (c.created_at or "")[:10],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value and value.strip()}


def _told(tag: str, value: str | None) -> Tags:
    if value and value.strip():
        yield tag, value


def _iim(tag: str, value: str | None) -> Tags:
    """Cut between characters at the standard's length, never inside one."""
    if value and value.strip():
        whole = value.encode("utf-8", errors="ignore")
        yield f"IPTC:{tag}", whole[: IIM_BYTES[tag]].decode("utf-8", errors="ignore").rstrip()


def _moment(caption: Caption) -> str | None:
    """ "2026:05:01 10:20:30", as EXIF writes it; None where there is no time of day."""
    text = (caption.created_at or "")[:19]
    if len(text) != 19:
        return None
    return f"{text[:10].replace('-', ':')} {text[11:]}"


def _day(caption: Caption) -> str | None:
    """ "2026:05:01", where the hour is not known."""
    text = caption.created_at or ""
    return text.replace("-", ":") if len(text) == 10 else None


def _offset(caption: Caption) -> str:
    minutes = caption.utc_offset_minutes
    if minutes is None:
        return ""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _escape(value: str) -> str:
    """HTML entities, which ``-E`` reads back: letters and digits stay, all else is a number, so that
    neither a newline nor anything else in a caption can become an argument of its own. What XML cannot
    hold is dropped."""
    with contextlib.suppress(UnicodeEncodeError):
        value.encode()
        return "".join(_safe(c) for c in value)
    return "".join(_safe(c) for c in value.encode("utf-8", errors="ignore").decode())


def _safe(c: str) -> str:
    if c.isascii() and (c.isalnum() or c in " .,:;-_/()"):
        return c
    if (c < " " and c not in "\n\t\r") or c in "\ufffe\uffff\x7f":
        return ""
    return f"&#{ord(c)};"
