"""What a clip or recording says beside what ffprobe reads: XMP, Sony's XML, AVCHD's and GoPro's telemetry."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from dam.media import dates, gpmf, metadata, packets, xmp
from dam.media.exif import clean
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

DATE = ("captured_at", "captured_source", "utc_offset_minutes", "subsec")
AVCHD_HEAD = 512 * 1024  # bytes in which the first picture's notes stand
MDPM = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM"
AVCHD_MAKERS = {b"\x01\x03": "Panasonic", b"\x01\x08": "Sony", b"\x10\x11": "Canon", b"\x11\x04": "JVC"}


def complete(file: BinaryIO, found: Sniffed, facts: Facts) -> Facts:
    """The facts with what the container's own tags left out. What is broken is passed over."""
    said: dict[str, Any] = {}
    readers, raw = dict(facts.readers), dict(facts.raw)
    if found.reader == "mov":
        said |= _in_boxes(file, readers, raw) | _telemetry(file, readers)
    elif found.reader == "mpegts":
        said |= _in_avchd(file, readers)
    told = facts.as_dict()
    if facts.captured_source == dates.CONTAINER and said.get("captured_at"):
        told |= {name: None for name in DATE}  # a clock of its own is better than the container's
    for name, value in said.items():
        if told.get(name) in (None, (), []):
            told[name] = value
    complete_clock(told, readers)
    return replace(Facts.from_dict(told), readers=readers, raw=raw)


def complete_clock(told: dict[str, Any], readers: dict[str, str]) -> None:
    """A container's time is UTC by its standard. Cameras that write their wall clock there instead are caught
    where the satellites' time differs from it by what some zone shows."""
    if told.get("captured_source") == dates.CONTAINER:
        told["offset_source"] = metadata.BY_FILE
        ahead = dates.offset_by_satellites(told.get("captured_at"), told.get("gps_utc"))
        if ahead:
            told["utc_offset_minutes"], told["offset_source"] = ahead, metadata.BY_SATELLITES
            readers["utc_offset"] = "GPS time against the clock"
        return
    metadata.complete_offset(told, readers)


def _in_boxes(file: BinaryIO, readers: dict[str, str], raw: dict[str, Any]) -> dict[str, Any]:
    blocks = packets.find(file)
    said: dict[str, Any] = {}
    if blocks.xmp:
        try:
            said, raw["xmp"] = xmp.read_all(blocks.xmp)
            readers["xmp"] = "ElementTree"
        except (ET.ParseError, ValueError) as error:
            readers["xmp"] = f"failed: {type(error).__name__}"
    # an editor's copy of the container's own time is no better than that
    for name in ("captured_at", "captured_source", "utc_offset_minutes", "subsec", "orientation"):
        if not str(said.get("captured_source", "")).endswith("DateTimeOriginal") or name == "orientation":
            said.pop(name, None)
    if document := blocks.texts.get("xml"):
        said |= _sonys(document, readers)
    return said


def _sonys(document: str, readers: dict[str, str]) -> dict[str, Any]:
    """Non-real-time metadata of XAVC cameras: local time with its offset, device and serial number."""
    try:
        tree = ET.fromstring(xmp.safe(document))
    except (ET.ParseError, ValueError):
        return {}
    said: dict[str, Any] = {}
    for element in tree.iter():
        name = str(element.tag).rpartition("}")[2]
        if name == "CreationDate":
            said |= dates.captured(element.get("value"), "sony:CreationDate")
        elif name == "Device":
            said["camera_make"] = clean(element.get("manufacturer", ""))
            said["camera_model"] = clean(element.get("modelName", ""))
            said["serial"] = clean(element.get("serialNo", ""))
    if said:
        readers["sony"] = "ElementTree"
    return {name: value for name, value in said.items() if value is not None}


def _in_avchd(file: BinaryIO, readers: dict[str, str]) -> dict[str, Any]:
    """Modified DV Pack Metadata in a note beside the first picture (SEI): the camera's wall clock in decimal
    digits, its zone in half hours, and who made the camera."""
    file.seek(0)
    data = next((part for part in _streams(file.read(AVCHD_HEAD)) if MDPM in part), b"")
    at = data.find(MDPM) + len(MDPM)
    data = data[at : at + 1300].replace(b"\x00\x00\x03", b"\x00\x00")  # emulation prevention, H.264 7.4.1
    notes = {
        data[n]: data[n + 1 : n + 5] for n in range(1, 1 + 5 * (data[0] if data else 0), 5) if data[n + 4 :]
    }
    said: dict[str, Any] = {}
    if 0x18 in notes and 0x19 in notes:
        zone, *date = notes[0x18]
        digits = "".join(f"{part:02x}" for part in (*date, *notes[0x19]))
        text = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}"
        said = dates.captured(text, "avchd:DateTimeOriginal")
        minutes = (zone >> 1 & 0x0F) * 60 + (30 if zone & 1 else 0)
        if said and not zone & 0x80:  # otherwise the zone was never set
            said["utc_offset_minutes"] = -minutes if zone & 0x20 else minutes
    if maker := AVCHD_MAKERS.get(notes.get(0xE0, b"")[:2]):
        said["camera_make"] = maker
    if said:
        readers["avchd"] = "our own"
    return said


def _streams(data: bytes) -> Iterator[bytes]:
    """The payloads of a transport stream's packets, stream by stream (ISO/IEC 13818-1, 2.4.3)."""
    wide = 192 if data[4:5] == b"G" and data[196:197] == b"G" else 188
    payloads: dict[int, list[bytes]] = {}
    for at in range(wide - 188, len(data) - 187, wide):
        packet = data[at : at + 188]
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        payloads.setdefault(int.from_bytes(packet[1:3], "big") & 0x1FFF, []).append(packet[start:])
    for parts in payloads.values():
        yield b"".join(parts)


def _telemetry(file: BinaryIO, readers: dict[str, str]) -> dict[str, Any]:
    try:
        fix = gpmf.first_fix(file)
    except (ValueError, EOFError, KeyError, IndexError):
        return {}
    if fix:
        readers["telemetry"] = "our own (GPMF)"
    return fix
