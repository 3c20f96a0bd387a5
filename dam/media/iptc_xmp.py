"""Captions and names from IPTC-IIM 4.2 and XMP part 1, after IPTC Photo Metadata: a first reading."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from PIL import Image, IptcImagePlugin

from dam.media import dates
from dam.media.exif import clean, decode, on_earth

MOST_XMP = 2 * 1024 * 1024
MOST_LIST = 200
MOST_TEXT = 8000
MOST_WORD = 500  # of one keyword or name
UTF8_MARK = b"\x1b%G"  # ISO 2022 escape in 1:90, CodedCharacterSet

IPTC_TEXT = {
    (2, 5): "title", (2, 105): "headline", (2, 120): "caption", (2, 80): "byline", (2, 110): "credit",
    (2, 116): "copyright", (2, 90): "city", (2, 95): "state", (2, 101): "country",
}  # fmt: skip

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
TIFF = "{http://ns.adobe.com/tiff/1.0/}"
IPTC_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"

XMP_TEXT = {
    DC + "title": "title", PHOTOSHOP + "Headline": "headline", DC + "description": "caption",
    PHOTOSHOP + "Credit": "credit", DC + "rights": "copyright", PHOTOSHOP + "City": "city",
    PHOTOSHOP + "State": "state", PHOTOSHOP + "Country": "country", TIFF + "Make": "camera_make",
    TIFF + "Model": "camera_model", XMP + "CreatorTool": "software",
}  # fmt: skip
XMP_LIST = {DC + "subject": "keywords", IPTC_EXT + "PersonInImage": "persons"}
XMP_DATES = (EXIF + "DateTimeOriginal", PHOTOSHOP + "DateCreated", XMP + "CreateDate")


class UnsafeXmp(ValueError):
    """XMP that declares a document type or entities: only attackers write that."""


def read_iptc(image: Image.Image) -> dict[str, Any]:
    """What the IPTC-IIM block of an opened picture says; empty without one."""
    found = IptcImagePlugin.getiptcinfo(image) or {}
    charset = found.get((1, 90))
    utf8 = charset == UTF8_MARK or (isinstance(charset, list) and UTF8_MARK in charset)
    said: dict[str, Any] = {}
    for key, name in IPTC_TEXT.items():
        if texts := _iptc_texts(found.get(key), utf8):
            said[name] = texts[0]
    if keywords := _iptc_texts(found.get((2, 25)), utf8):
        said["keywords"] = unique(keywords)
    day, clock = _iptc_texts(found.get((2, 55)), utf8), _iptc_texts(found.get((2, 60)), utf8)
    if day and re.fullmatch(r"\d{8}", day[0]):
        said |= _iptc_date(day[0], clock[0] if clock else "")
    return said


def _iptc_date(day: str, clock: str) -> dict[str, Any]:
    text = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if found := re.fullmatch(r"(\d{2})(\d{2})(\d{2})([+-]\d{4})?", clock):
        hours, minutes, seconds, zone = found.groups()
        text += f"T{hours}:{minutes}:{seconds}{zone or ''}"
    return _captured(text, "iptc:DateCreated")


def _captured(text: str | None, source: str) -> dict[str, Any]:
    moment = dates.parse(text)
    if moment is None:
        return {}
    written, fraction, zone = moment
    return {
        "captured_at": written, "subsec": fraction, "utc_offset_minutes": zone, "captured_source": source,
    }  # fmt: skip


def _iptc_texts(value: Any, utf8: bool) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [
        v.decode("utf-8", errors="replace") if utf8 else decode(v)
        for v in values[:MOST_LIST]
        if isinstance(v, bytes)
    ]
    return [kept for t in texts if (kept := clean(t[:MOST_TEXT]))]


def read_xmp(packet: bytes | str) -> dict[str, Any]:
    """What an XMP packet says. Raises UnsafeXmp, or ParseError and ValueError for what is no XML."""
    tree = ET.fromstring(_safe(packet))
    said: dict[str, Any] = {}
    held: dict[str, str] = {}
    for description in tree.iter(RDF + "Description"):
        for name, value in description.attrib.items():
            held.setdefault(name, value)
        for element in description:
            name = str(element.tag)
            if name in XMP_LIST:
                said.setdefault(XMP_LIST[name], unique(_items(element)))
            elif name == DC + "creator":
                held.setdefault(name, "; ".join(_items(element)))
            elif text := _one(element):
                held.setdefault(name, text)
    for name, value in held.items():
        if name in XMP_TEXT and (kept := clean(value[:MOST_TEXT])):
            said[XMP_TEXT[name]] = kept
    if creator := clean(held.get(DC + "creator", "")):
        said["byline"] = creator
    if re.fullmatch(r"-1|[0-5](\.0+)?", rating := held.get(XMP + "Rating", "").strip()):
        said["rating"] = int(float(rating))
    if (turned := held.get(TIFF + "Orientation", "").strip()) in tuple("12345678"):
        said["orientation"] = int(turned)
    for name in XMP_DATES:
        if found := _captured(held.get(name), "xmp:" + name.split("}")[1]):
            said |= found
            break
    said |= on_earth(_angle(held.get(EXIF + "GPSLatitude")), _angle(held.get(EXIF + "GPSLongitude")))
    if people := _regions(tree):
        said["persons"] = unique([*said.get("persons", ()), *people])
    return {k: v for k, v in said.items() if v not in (None, "", ())}


def _safe(packet: bytes | str) -> bytes:
    """One encoding, no declaration, no document type: what remains cannot define an entity."""
    if len(packet) > MOST_XMP:
        raise UnsafeXmp("XMP is too long")
    if isinstance(packet, bytes):
        coding = "utf-8"
        for mark, name in (
            (b"\xfe\xff", "utf-16-be"),
            (b"\xff\xfe", "utf-16-le"),
            (b"\x00<", "utf-16-be"),
            (b"<\x00", "utf-16-le"),
        ):
            if packet.startswith(mark):
                coding = name
                break
        packet = packet.decode(coding, errors="replace")
    text = packet.strip("\ufeff\x00 \t\r\n")
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UnsafeXmp("XMP declares a document type")
    return text.replace("\x00", "").encode("utf-8", errors="replace")


def _items(element: ET.Element) -> list[str]:
    items = [clean((item.text or "")[:MOST_WORD]) for item in list(element.iter(RDF + "li"))[:MOST_LIST]]
    if not items and element.text:
        items = [clean(element.text)]
    return [item for item in items if item]


def _one(element: ET.Element) -> str | None:
    """Plain text, or the default language of an alternative, or its first entry."""
    lines = list(element.iter(RDF + "li"))
    for line in lines:
        if line.get("{http://www.w3.org/XML/1998/namespace}lang") == "x-default" and line.text:
            return line.text
    return next((line.text for line in lines if line.text), None) or (element.text or "").strip() or None


def _regions(tree: ET.Element) -> list[str]:
    """Names of face regions, as Lightroom, digiKam and Picasa write them (MWG Regions 2.0)."""
    area = "{http://www.metadataworkinggroup.com/schemas/regions/}"
    names = []
    for entry in list(tree.iter())[:20000]:
        kind = entry.get(area + "Type") or (entry.findtext(area + "Type") or "")
        name = entry.get(area + "Name") or entry.findtext(area + "Name")
        if kind == "Face" and name and (kept := clean(name)):
            names.append(kept)
    return names[:MOST_LIST]


def _angle(text: str | None) -> float | None:
    """ "19,17.5N" or "19,17,30N" to degrees (XMP part 2, GPSCoordinate)."""
    found = re.fullmatch(
        r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", (text or "").strip()
    )
    if not found:
        return None
    degrees, minutes, seconds, side = found.groups()
    value = float(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
    return -value if side in "SW" else value


def unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
