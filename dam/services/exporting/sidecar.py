"""The XMP file beside an exported original: the standards' fields for every program, and a namespace of our
own for what they have no field for.

Fields: IPTC Photo Metadata 2023.1, Dublin Core, photoshop, xmpRights, exif (ISO 16684-1 and -2).
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Any

from dam.media.sidecar import OURS
from dam.services.exporting.records import Record

X, RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC, XMP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/"
RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
PHOTOSHOP, EXIF = "http://ns.adobe.com/photoshop/1.0/", "http://ns.adobe.com/exif/1.0/"
CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
PREFIXES = {
    "x": X, "rdf": RDF, "dc": DC, "xmp": XMP, "xmpRights": RIGHTS, "photoshop": PHOTOSHOP, "exif": EXIF,
    "Iptc4xmpCore": CORE, "Iptc4xmpExt": EXT, "dam": OURS,
}  # fmt: skip
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def packet(record: Record) -> bytes:
    """The whole file, UTF-8. The same record gives the same bytes."""
    for prefix, namespace in PREFIXES.items():
        ET.register_namespace(prefix, namespace)
    root = ET.Element(f"{{{X}}}xmpmeta")
    about = ET.SubElement(
        ET.SubElement(root, f"{{{RDF}}}RDF"), f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""}
    )
    _standard(about, record)
    _our_own(about, record)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n{text}\n<?xpacket end="w"?>\n'.encode()


def _standard(about: ET.Element, record: Record) -> None:
    shown = [one["name"] for one in record["officials"] if one["confirmed"]]
    event = record["events"][0] if record["events"] else None
    _alternative(about, DC, "title", record["headline"])
    _text(about, PHOTOSHOP, "Headline", record["headline"])
    _alternative(about, DC, "description", record["caption"])
    _list(about, DC, "subject", "Bag", record["keywords"])
    _list(about, DC, "creator", "Seq", [record["byline"]] if record["byline"] else [])
    _alternative(about, DC, "rights", record["copyright"])
    _alternative(about, RIGHTS, "UsageTerms", record["usage_terms"])
    _text(about, PHOTOSHOP, "Credit", record["credit"])
    _text(about, PHOTOSHOP, "City", record["city"] or record["municipality"])
    _text(about, PHOTOSHOP, "State", record["state"])
    _text(about, PHOTOSHOP, "Country", record["country"])
    _text(about, PHOTOSHOP, "DateCreated", _moment(record))
    _text(about, EXIF, "DateTimeOriginal", _moment(record))
    _list(about, EXT, "PersonInImage", "Bag", list(dict.fromkeys([*shown, *(record["persons"] or [])])))
    _alternative(about, EXT, "Event", event["name"] if event else None)
    _alternative(about, CORE, "AltTextAccessibility", record["alt_text"])
    _text(about, XMP, "Rating", record["rating"])
    _text(about, DC, "identifier", f"{OURS}asset:{record['asset_id']}")
    if record["latitude"] is not None and record["longitude"] is not None:
        _text(about, EXIF, "GPSLatitude", _angle(record["latitude"], "NS"))
        _text(about, EXIF, "GPSLongitude", _angle(record["longitude"], "EW"))
        if record["altitude"] is not None:
            _text(about, EXIF, "GPSAltitude", f"{round(abs(record['altitude']) * 1000)}/1000")
            _text(about, EXIF, "GPSAltitudeRef", 1 if record["altitude"] < 0 else 0)


def _our_own(about: ET.Element, record: Record) -> None:
    for name in ("asset_id", "review", "municipality_key", "municipality", "minors", "embargo_until"):
        _text(about, OURS, _camel(name), record[name])
    _list(about, OURS, "Events", "Seq", [f"{one['id']}: {one['name']}" for one in record["events"]])
    _list(
        about, OURS, "Officials", "Seq",
        [f"{one['id']}: {one['name']}" for one in record["officials"] if one["confirmed"]],
    )  # fmt: skip
    _list(
        about, OURS, "Originals", "Seq",
        [f"{one['role']}: {one['sha256']} {one['name']}" for one in record["originals"]],
    )  # fmt: skip
    _text(about, OURS, "Record", json.dumps(record, ensure_ascii=False, sort_keys=True))


def _text(about: ET.Element, space: str, name: str, value: Any) -> None:
    if value not in (None, ""):
        ET.SubElement(about, f"{{{space}}}{name}").text = _xml(str(value))


def _alternative(about: ET.Element, space: str, name: str, value: str | None) -> None:
    if value:
        inside = ET.SubElement(ET.SubElement(about, f"{{{space}}}{name}"), f"{{{RDF}}}Alt")
        ET.SubElement(inside, f"{{{RDF}}}li", {LANGUAGE: "x-default"}).text = _xml(value)


def _list(about: ET.Element, space: str, name: str, kind: str, values: Iterable[str] | None) -> None:
    if values:
        inside = ET.SubElement(ET.SubElement(about, f"{{{space}}}{name}"), f"{{{RDF}}}{kind}")
        for value in values:
            ET.SubElement(inside, f"{{{RDF}}}li").text = _xml(value)


def _moment(record: Record) -> str | None:
    """The local time, with fractions and offset where they are known."""
    text: str | None = record["taken_at"] or record["captured_at"]
    if text is None:
        return None
    if record["date_only"]:
        return text[:10]
    offset = record["utc_offset"]
    if offset is None or record["taken_at"] != record["captured_at"]:
        return text
    sign = "-" if offset < 0 else "+"
    return f"{text}{sign}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"


def _angle(degrees: float, sides: str) -> str:
    """19.2916667 → "19,17.5000000N" (XMP part 2, GPSCoordinate)."""
    whole = int(abs(degrees))
    return f"{whole},{(abs(degrees) - whole) * 60:.7f}{sides[0] if degrees >= 0 else sides[1]}"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _xml(text: str) -> str:
    """Without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
