"""What a file says of itself, whoever has to be asked: EXIF, IPTC-IIM and XMP brought together.

Which field is read first, and which wins, is told in docs/metadata.md. A reader that fails is no fault of the
file: that is noted in ``warnings`` or ``readers``, and the rest is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL import Image

from dam.media import dates, exif, exif_spare, iim, live, packets, reconciling, xmp
from dam.media.packets import Packets, tiff
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

BY_SATELLITES, BY_FILE = "gps", "file"


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
                **{name: value for name, value in seen.items() if value is not None},
                "kind": found.kind,
                "media_type": found.media_type,
                "raw": self.raw,
                "readers": self.readers,
            }
        )


def read(file: BinaryIO, found: Sniffed | None = None, picture: Image.Image | None = None) -> Told:
    """Everything ``file`` says, whatever it is: nothing of its pixels is needed. ``picture`` is the same file
    opened by Pillow, asked where our own search finds no EXIF and no XMP."""
    told = Told()
    blocks = packets.find(file)
    if blocks.broken:
        told.warnings.append(f"metadata could not all be found: {blocks.broken}")
    if picture is not None:
        _ask_pillow(picture, blocks)
    from_exif = _exif(file, blocks, told)
    from_iim = _iim(blocks, told)
    from_xmp = _xmp(blocks, told)
    newer = blocks.iptc is not None and blocks.iptc_digest not in (None, iim.digest(blocks.iptc))
    if from_iim or from_xmp or from_exif:
        told.said = reconciling.reconcile(from_exif, from_iim, from_xmp, iim_is_newer=newer)
    _texts(blocks, told)
    if identifier := live.content_id(blocks.exif):
        told.said["content_id"] = identifier
    told.said |= live.motion(file, blocks.xmp)
    complete_offset(told.said, told.readers)
    return told


def complete_offset(said: dict[str, Any], readers: dict[str, str]) -> None:
    """Whose word the offset is; where the file has none, the satellites' time may tell it."""
    if said.get("utc_offset_minutes") is not None:
        said["offset_source"] = BY_FILE
        return
    offset = dates.offset_by_satellites(said.get("captured_at"), said.get("gps_utc"))
    if offset is not None:
        said["utc_offset_minutes"], said["offset_source"] = offset, BY_SATELLITES
        readers["utc_offset"] = "GPS time against the clock"


def _ask_pillow(picture: Image.Image, blocks: Packets) -> None:
    if not blocks.exif and isinstance(block := picture.info.get("exif"), bytes):
        blocks.add_exif(block)
    if not blocks.xmp and isinstance(packet := picture.info.get("xmp"), bytes):
        blocks.xmp = packet


def _exif(file: BinaryIO, blocks: Packets, told: Told) -> dict[str, Any]:
    """ExifRead first. What it cannot read, Pillow may: which way is up, when, by which camera."""
    file.seek(0)
    whole = file.read(4) in tiff.STARTS
    tags: exif.Tags = {}
    try:
        if whole:
            tags = exif.read(file)
        for block in blocks.exif:
            tags = {**exif.read_block(block), **tags}
        for directory, block in blocks.parts.items():
            tags = {**exif.read_part(block, directory), **tags}
    except Exception as error:  # ExifRead raises anything on a damaged block: an outcome, told in readers
        told.readers["exif"] = f"ExifRead failed: {type(error).__name__}"
    told.raw["exif"] = exif.raw(tags)
    if said := exif.facts(tags):
        told.readers["exif"] = "ExifRead"
        return said
    said = exif_spare.facts(blocks.exif[0]) if blocks.exif else {}
    if said:
        told.readers["exif"] = "Pillow"
    return said


def _iim(blocks: Packets, told: Told) -> dict[str, Any]:
    if blocks.iptc is None:
        return {}
    said = iim.read(blocks.iptc)
    if said:
        told.readers["iptc"] = "our own"
        told.raw["iptc"] = iim.raw(blocks.iptc)
    return said


def _xmp(blocks: Packets, told: Told) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for packet in (blocks.xmp, blocks.texts.pop("extended-xmp", None)):
        if not packet:
            continue
        try:
            more, raw = xmp.read_all(packet)
        except Exception as error:
            told.warnings.append(f"XMP could not be read: {type(error).__name__}: {error}"[:200])
            continue
        said = {**more, **said}
        told.raw["xmp"] = {**raw, **told.raw.get("xmp", {})}
        told.readers["xmp"] = "ElementTree"
    return said


# Keywords of PNG, third edition, 11.3.3.2
PNG_TEXTS = {
    "Title": "title", "Author": "byline", "Description": "caption", "Copyright": "copyright",
    "Software": "software",
}  # fmt: skip


def _texts(blocks: Packets, told: Told) -> None:
    """PNG's own texts, where nothing else speaks; "Creation Time" is when the image was first made."""
    if not blocks.texts:
        return
    told.raw["texts"] = {name[:80]: value[:400] for name, value in blocks.texts.items()}
    for keyword, name in PNG_TEXTS.items():
        if name not in told.said and (kept := exif.clean(blocks.texts.get(keyword, ""))):
            told.said[name] = kept
    if "captured_at" not in told.said:
        written = blocks.texts.get("Creation Time")
        found = dates.captured(dates.of_letter(written) or written, "png:Creation Time")
        if found.get("utc_offset_minutes") == 0:  # "GMT", as programs write it: no wall clock
            found["captured_source"] = dates.CONTAINER
        told.said |= found
