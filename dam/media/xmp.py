"""XMP (ISO 16684-1), with the schemas of IPTC Photo Metadata 2023.1, PLUS, MWG and Microsoft."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from dam.media import dates
from dam.media.exif import clean, on_earth

MOST_XMP = 2 * 1024 * 1024
MOST_LIST = 200
MOST_TEXT = 8000
MOST_WORD = 500  # of one keyword or name
MOST_RAW = 400

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
TIFF = "{http://ns.adobe.com/tiff/1.0/}"
AUX = "{http://ns.adobe.com/exif/1.0/aux/}"
RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
IPTC_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
IPTC_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
PLUS = "{http://ns.useplus.org/ldf/xmp/1.0/}"
MWG_REGION = "{http://www.metadataworkinggroup.com/schemas/regions/}"
MS_REGION = "{http://ns.microsoft.com/photo/1.2/t/Region#}"

# The first that says something is taken.
TEXT = {
    "title": (DC + "title",),
    "headline": (PHOTOSHOP + "Headline",),
    "caption": (DC + "description",),
    "credit": (PHOTOSHOP + "Credit",),
    "copyright": (DC + "rights", PLUS + "CopyrightOwnerName"),
    "usage_terms": (RIGHTS + "UsageTerms",),
    "city": (PHOTOSHOP + "City",),
    "state": (PHOTOSHOP + "State",),
    "country": (PHOTOSHOP + "Country",),
    "event": (IPTC_EXT + "Event", IPTC_EXT + "EventName"),
    "alt_text": (IPTC_CORE + "AltTextAccessibility",),
    "label": (XMP + "Label",),
    "identifier": (DC + "identifier",),
    "camera_make": (TIFF + "Make",),
    "camera_model": (TIFF + "Model",),
    "lens": (AUX + "Lens",),
    "serial": (AUX + "SerialNumber",),
    "software": (XMP + "CreatorTool",),
}
LISTS = {DC + "subject": "keywords", IPTC_EXT + "PersonInImage": "persons"}
DATES = (EXIF + "DateTimeOriginal", PHOTOSHOP + "DateCreated", XMP + "CreateDate")
SHOWN, CREATED = IPTC_EXT + "LocationShown", IPTC_EXT + "LocationCreated"
PLACE = {"City": "city", "ProvinceState": "state", "CountryName": "country", "LocationId": "location_id"}
WITHOUT_RAW = (  # long, private or of no use to anybody
    "{http://ns.adobe.com/xap/1.0/mm/}", "{http://ns.adobe.com/camera-raw-settings/1.0/}", XMP + "Thumbnails",
)  # fmt: skip


class UnsafeXmp(ValueError):
    """XMP that declares a document type or entities: only attackers write that."""


def read(packet: bytes | str) -> dict[str, Any]:
    """What an XMP packet says, by the names of Facts. Raises UnsafeXmp, or ParseError and ValueError for
    what is no XML."""
    return _said(ET.fromstring(safe(packet)))


def read_all(packet: bytes | str) -> tuple[dict[str, Any], dict[str, str]]:
    """The same, and every plain property word for word."""
    tree = ET.fromstring(safe(packet))
    return _said(tree), _raw(tree)


def _said(tree: ET.Element) -> dict[str, Any]:
    held: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    places: dict[str, dict[str, str]] = {}
    for name, value in _properties(tree):
        if isinstance(value, str):
            held.setdefault(name, value)
        elif name in LISTS:
            lists.setdefault(LISTS[name], unique(_items(value)))
        elif name == DC + "creator":
            held.setdefault(name, "; ".join(_items(value)))
        elif name in (SHOWN, CREATED):
            places.setdefault(name, _place(value))
        elif text := _one(value):
            held.setdefault(name, text)
    said: dict[str, Any] = dict(lists)
    for name, sources in TEXT.items():
        text = next((kept for s in sources if (kept := clean(held.get(s, "")[:MOST_TEXT]))), None)
        if text:
            said[name] = text
    for place in (places.get(SHOWN, {}), places.get(CREATED, {})):
        said = place | said
    if creator := clean(held.get(DC + "creator", "")):
        said["byline"] = creator
    if re.fullmatch(r"-1|[0-5](\.0+)?", rating := held.get(XMP + "Rating", "").strip()):
        said["rating"] = int(float(rating))
    if (turned := held.get(TIFF + "Orientation", "").strip()) in tuple("12345678"):
        said["orientation"] = int(turned)
    for name in DATES:
        if found := dates.captured(held.get(name), "xmp:" + name.split("}")[1]):
            said |= found
            break
    said |= _position(held)
    named = [*lists.get("persons", ())] or _detailed(tree)
    if people := [*named, *_regions(tree)]:
        said["persons"] = unique(people)[:MOST_LIST]
    return {k: v for k, v in said.items() if v not in (None, "", ())}


def _properties(tree: ET.Element) -> Iterator[tuple[str, str | ET.Element]]:
    """Those of the resource itself: what stands deeper belongs to ingredients, history and structures."""
    for rdf in [tree] if tree.tag == RDF + "RDF" else tree.iter(RDF + "RDF"):
        for description in rdf.findall(RDF + "Description"):
            yield from description.attrib.items()
            for element in description:
                yield str(element.tag), element
        return


def _raw(tree: ET.Element) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in _properties(tree):
        if name.startswith((*WITHOUT_RAW, RDF)) or len(told) >= MOST_LIST:
            continue
        text = value if isinstance(value, str) else "; ".join(_items(value)) or "".join(value.itertext())
        if kept := clean(text.strip()[:MOST_RAW]):
            told.setdefault(name.rpartition("/")[2].replace("}", " ").strip("# "), kept)
    return told


def _position(held: dict[str, str]) -> dict[str, Any]:
    angles = [
        _angle(held.get(EXIF + name), held.get(EXIF + name + "Ref"))
        for name in ("GPSLatitude", "GPSLongitude")
    ]
    place = on_earth(*angles)
    found = re.fullmatch(r"(-?\d+)/(\d+)|(-?\d+(?:\.\d+)?)", held.get(EXIF + "GPSAltitude", "").strip())
    if place and found and found[2] != "0":
        metres = float(found[3]) if found[3] else int(found[1]) / int(found[2])
        below = held.get(EXIF + "GPSAltitudeRef", "").strip() == "1"
        place["altitude"] = -abs(metres) if below else metres
    moment = dates.parse(held.get(EXIF + "GPSTimeStamp"))
    if moment and "T" in moment[0] and (moment[2] or 0) == 0:
        place["gps_utc"] = moment[0] + "Z"
    return place


def safe(packet: bytes | str) -> bytes:
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
        if line.get(LANGUAGE) == "x-default" and line.text:
            return line.text
    return next((line.text for line in lines if line.text), None) or (element.text or "").strip() or None


def _place(element: ET.Element) -> dict[str, str]:
    """The first location of a bag that says something; its fields are attributes or elements."""
    found: dict[str, str] = {}
    for entry in element.iter():
        for name, value in entry.attrib.items():
            if (field := PLACE.get(name.removeprefix(IPTC_EXT))) and (kept := clean(value[:MOST_WORD])):
                found.setdefault(field, kept)
        field = PLACE.get(str(entry.tag).removeprefix(IPTC_EXT))
        if field and (kept := clean((_one(entry) or "")[:MOST_WORD])):
            found.setdefault(field, kept)
    return found


def _detailed(tree: ET.Element) -> list[str]:
    """Person Shown with Details: PersonName is an alternative of languages, the first is taken."""
    texts = (_one(entry) for entry in list(tree.iter(IPTC_EXT + "PersonName"))[:MOST_LIST])
    return [kept for text in texts if text and (kept := clean(text[:MOST_WORD]))]


def _regions(tree: ET.Element) -> list[str]:
    """Names of face regions, as Lightroom, digiKam and Picasa (MWG Regions 2.0) and Windows write them."""
    names = []
    for entry in list(tree.iter())[:20000]:
        kind = entry.get(MWG_REGION + "Type") or entry.findtext(MWG_REGION + "Type") or ""
        name = entry.get(MWG_REGION + "Name") or entry.findtext(MWG_REGION + "Name")
        if kind != "Face":
            name = None
        place = MS_REGION + "PersonDisplayName"
        name = name or entry.get(place) or entry.findtext(place)
        if name and (kept := clean(name[:MOST_WORD])):
            names.append(kept)
    return names[:MOST_LIST]


def _angle(text: str | None, side: str | None = None) -> float | None:
    """ "19,17.5N" or "19,17,30N" to degrees (XMP part 2, GPSCoordinate); and Apple's decimal degrees, with
    the side in a field of its own."""
    text = (text or "").strip()
    if re.fullmatch(r"-?\d{1,3}\.\d+", text):
        return -abs(float(text)) if (side or "").strip().upper() in ("S", "W") else float(text)
    found = re.fullmatch(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", text)
    if not found:
        return None
    degrees, minutes, seconds, side = found.groups()
    value = float(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
    return -value if side in "SW" else value


def unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
