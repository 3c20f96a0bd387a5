"""What a file says of itself, whoever has to be asked: EXIF, IPTC-IIM and XMP brought together.

Which field is read first, and which wins, is told in docs/metadata.md. A reader that fails is no fault of the
file: that is noted in ``warnings`` or ``readers``, and the rest is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image

from dam.media import dates, exif, exif_spare, iptc_xmp
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

DATE_FACTS = {"captured_at", "captured_source", "subsec", "utc_offset_minutes"}
WEAK_DATE = "exif:DateTime"  # the last change of the file, often by an editor


@dataclass
class Told:
    """``said`` holds values for Facts by name; ``raw`` what the file says word for word, by its language;
    ``readers`` who read it."""

    said: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def facts(self, found: Sniffed, **seen: Any) -> Facts:
        """``seen`` is what only who decodes knows: width and height as displayed, profile, duration…"""
        return Facts.from_dict(
            {
                **self.said,
                **seen,
                "kind": found.kind,
                "media_type": found.media_type,
                "raw": self.raw,
                "readers": self.readers,
            }
        )


def read(file: BinaryIO, found: Sniffed, picture: Image.Image | None = None) -> Told:
    """Everything ``file`` says. ``picture`` is the same file opened by Pillow, where that was possible."""
    told = Told()
    tags = _exif(file, found, told)
    said = exif.facts(tags)
    if picture is not None:
        if not tags and (block := _exif_block(picture)):
            tags = _exif_from_block(block, told)
            said = exif.facts(tags) or exif_spare.facts(block)
        said = _merge(said, _iptc(picture, told), _xmp(picture, told))
        if "captured_at" not in said and found.reader == "PNG":
            said |= _png_date(picture)
    told.said = said
    told.raw["exif"] = exif.raw(tags)
    return told


def _exif(file: BinaryIO, found: Sniffed, told: Told) -> exif.Tags:
    if found.reader not in ("JPEG", "TIFF"):
        return {}
    try:
        tags = exif.read(file)
    except Exception as error:  # ExifRead raises anything on a damaged block: an outcome, told in readers
        told.readers["exif"] = f"ExifRead failed: {type(error).__name__}"
        return {}
    if tags:
        told.readers["exif"] = "ExifRead"
    return tags


def _exif_from_block(block: bytes, told: Told) -> exif.Tags:
    try:
        tags = exif.read_block(block)
    except Exception as error:
        told.readers["exif"] = f"ExifRead failed: {type(error).__name__}"
        return {}
    if tags:
        told.readers["exif"] = "ExifRead, from the block Pillow found"
    return tags


def _exif_block(picture: Image.Image) -> bytes | None:
    if block := picture.info.get("exif"):
        return block
    text = picture.info.get("Raw profile type exif")  # ImageMagick's way of putting EXIF into PNG
    if isinstance(text, str):
        try:
            return bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return None
    return None


def _iptc(picture: Image.Image, told: Told) -> dict[str, Any]:
    if picture.format not in ("JPEG", "MPO", "TIFF"):
        return {}
    try:
        said = iptc_xmp.read_iptc(picture)
    except Exception as error:
        told.warnings.append(f"IPTC could not be read: {type(error).__name__}")
        return {}
    if said:
        told.readers["iptc"] = "Pillow"
    return said


def _xmp(picture: Image.Image, told: Told) -> dict[str, Any]:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    if not packet and picture.format == "TIFF":
        packet = getattr(picture, "tag_v2", {}).get(700)
    if not packet:
        return {}
    try:
        said = iptc_xmp.read_xmp(packet)
    except Exception as error:
        told.warnings.append(f"XMP could not be read: {type(error).__name__}: {error}"[:200])
        return {}
    told.readers["xmp"] = "ElementTree"
    return said


def _png_date(picture: Image.Image) -> dict[str, Any]:
    """The text chunk "Creation Time": when the image was first made (PNG, third edition, 11.3.3.2)."""
    written = picture.info.get("Creation Time")
    moment = dates.parse(written) if isinstance(written, str) else None
    if moment is None:
        return {}
    return {"captured_at": moment[0], "utc_offset_minutes": moment[2], "captured_source": "png:Creation Time"}


def _merge(from_exif: dict[str, Any], from_iptc: dict[str, Any], from_xmp: dict[str, Any]) -> dict[str, Any]:
    """EXIF speaks first for what the camera knows, XMP and then IPTC for what people wrote."""
    people = ("headline", "title", "caption", "byline", "credit", "copyright", "city", "state", "country")
    said = dict(from_exif)
    if said.get("captured_source") == WEAK_DATE and ("captured_at" in from_xmp or "captured_at" in from_iptc):
        for name in DATE_FACTS:
            said.pop(name, None)
    for source in (from_xmp, from_iptc):
        place = {"latitude", "longitude", "altitude"}
        skip = (DATE_FACTS if "captured_at" in said else set()) | (place if "latitude" in said else set())
        said |= {k: v for k, v in source.items() if k not in said and k not in skip}
    for name in people:
        value = from_xmp.get(name) or from_iptc.get(name) or from_exif.get(name)
        if value:
            said[name] = value
    for name in ("keywords", "persons"):
        both = [*from_xmp.get(name, ()), *from_iptc.get(name, ())]
        said[name] = iptc_xmp.unique(both)
    return said
