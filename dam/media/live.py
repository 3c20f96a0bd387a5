"""What ties a picture to its moving half: the identifier of a Live Photo's two files, and where a motion
photo keeps its clip (Google's Motion Photo format 1.0 and MicroVideo; Samsung's trailer; HEIF's ``mpvd``
box)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, BinaryIO

APPLE = b"Apple iOS\x00"  # how Apple's maker note begins; a big-endian IFD follows after "\x00\x01MM"
CONTENT_IDENTIFIER = 0x0011
MOST_ENTRIES = 200
LONGEST_IDENTIFIER = 64
MOST_BOXES = 200
TAIL = 64 * 1024 * 1024  # bytes at the end of a file within which Samsung's clip begins

_MICRO = re.compile(rb"""MicroVideoOffset(?:\s*=\s*["']|>)\s*(\d{1,12})""")
_ITEM = re.compile(rb"<\w+:Item\b[^>]{0,2000}>|<rdf:li\b[^>]{0,2000}Item:Semantic[^>]{0,2000}>")
_SEMANTIC = re.compile(rb"""Item:Semantic\s*=\s*["'](\w{1,40})["']""")
_LENGTH = re.compile(rb"""Item:Length\s*=\s*["'](\d{1,12})["']""")


def content_id(exif_blocks: Iterable[bytes]) -> str | None:
    """The identifier that Apple's cameras write into both files of a Live Photo; None where there is none."""
    for block in exif_blocks:
        start = block.find(APPLE)
        if start >= 0 and (found := _apple_text(block[start:], CONTENT_IDENTIFIER)):
            return found
    return None


def motion(file: BinaryIO, packet: bytes | str | None) -> dict[str, Any]:
    """``motion_offset`` and ``motion_length`` in bytes, as Facts has them; empty where no clip is
    embedded."""
    size = file.seek(0, os.SEEK_END)
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    for offset, length in _told(packet or b"", size):
        if _is_clip(file, offset, length, size):
            return {"motion_offset": offset, "motion_length": length}
    for offset, length in (*_mpvd(file, size), *_samsung(file, size)):
        if _is_clip(file, offset, length, size):
            return {"motion_offset": offset, "motion_length": length}
    return {}


def _apple_text(note: bytes, wanted: int) -> str | None:
    if note[12:14] != b"MM":
        return None
    count = min(int.from_bytes(note[14:16], "big"), MOST_ENTRIES)
    for number in range(count):
        entry = note[16 + 12 * number : 28 + 12 * number]
        if len(entry) < 12 or int.from_bytes(entry[:2], "big") != wanted:
            continue
        length = int.from_bytes(entry[4:8], "big")
        if int.from_bytes(entry[2:4], "big") != 2 or not 4 < length <= LONGEST_IDENTIFIER:
            return None
        at = int.from_bytes(entry[8:12], "big")
        text = note[at : at + length].split(b"\x00")[0].decode("ascii", "replace").strip()
        return text if re.fullmatch(r"[0-9A-Za-z-]{8,64}", text) else None
    return None


def _told(packet: bytes, size: int) -> list[tuple[int, int]]:
    """From XMP: items of the container lie one after the other at the end of the file."""
    found: list[tuple[int, int]] = []
    after = 0
    for item in reversed(_ITEM.findall(packet)):
        length = _LENGTH.search(item)
        semantic = _SEMANTIC.search(item)
        if length is None or semantic is None:
            continue
        if semantic[1] == b"MotionPhoto":
            found.append((size - after - int(length[1]), int(length[1])))
        after += int(length[1])
    if micro := _MICRO.search(packet):
        found.append((size - int(micro[1]), int(micro[1])))
    return found


def _mpvd(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """HEIF: the box ``mpvd`` on the top level holds the clip (Motion Photo format 1.0, ISO/IEC 14496-12)."""
    file.seek(4)
    if file.read(4) != b"ftyp":
        return []
    at = 0
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(8)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8 or length < 8:
            break
        if head[4:] == b"mpvd":
            return [(at + 8, min(length, size - at) - 8)]
        at += length
    return []


def _samsung(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Samsung: data, then a directory that begins with SEFH and ends the file with SEFT."""
    file.seek(max(0, size - 4))
    if file.read(4) != b"SEFT":
        return []
    start = max(0, size - TAIL)
    file.seek(start)
    tail = file.read(TAIL)
    mark, end = tail.rfind(b"MotionPhoto_Data"), tail.rfind(b"SEFH")
    if mark < 0:
        return []
    begin = mark + len(b"MotionPhoto_Data")
    return [(start + begin, (end if end > begin else len(tail)) - begin)]


def _is_clip(file: BinaryIO, offset: int, length: int, size: int) -> bool:
    if offset <= 0 or length < 16 or offset + length > size:
        return False
    file.seek(offset + 4)
    return file.read(4) == b"ftyp"
