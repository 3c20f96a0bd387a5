"""Blocks that TIFF-like files keep in their first directory: TIFF 6.0, BigTIFF, DNG, most cameras' raws."""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets import photoshop
from dam.media.packets.found import Packets, read

# Panasonic and Olympus put their own number where TIFF has 42
STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR")
XMP, IPTC, RESOURCES, PREVIEW = 700, 33723, 34377, 0x002E  # the last is Panasonic's JpgFromRaw
MOST_TAGS = 1000
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 13: 4, 16: 8}


def find(file: BinaryIO, packets: Packets) -> None:
    """The EXIF itself is the whole file, which ExifRead reads."""
    file.seek(0)
    head = file.read(16)
    order = "little" if head[:2] == b"II" else "big"
    big = head[2:4] in (b"+\x00", b"\x00+")
    start = int.from_bytes(head[8:16] if big else head[4:8], order)
    count = int.from_bytes(read(file, start, 8 if big else 2), order)
    wide = 20 if big else 12
    table = read(file, start + (8 if big else 2), min(count, MOST_TAGS) * wide)
    for at in range(0, len(table), wide):
        tag = int.from_bytes(table[at : at + 2], order)
        if tag not in (XMP, IPTC, RESOURCES):
            continue
        kind = int.from_bytes(table[at + 2 : at + 4], order)
        many = int.from_bytes(table[at + 4 : at + (12 if big else 8)], order)
        place = int.from_bytes(table[at + (12 if big else 8) : at + wide], order)
        body = read(file, place, many * SIZES.get(kind, 1))
        if tag == XMP:
            packets.xmp = body
        elif tag == IPTC:
            packets.iptc = _swapped(body, kind, order)
        else:
            photoshop.resources(body, packets)


def _swapped(body: bytes, kind: int, order: str) -> bytes:
    """Written as 32-bit numbers in the file's order by some: every dataset must begin with 0x1C."""
    if kind in (4, 13) and order == "little" and body[:1] != b"\x1c" and body[3:4] == b"\x1c":
        words = (body[at : at + 4][::-1] for at in range(0, len(body), 4))
        return b"".join(words)
    return body


def find_in_mrw(file: BinaryIO, packets: Packets) -> None:
    """Minolta's raw: named blocks, of which TTW is a TIFF structure."""
    end = 8 + int.from_bytes(read(file, 4, 4), "big")
    at = 8
    while at < end:
        head = read(file, at, 8)
        length = int.from_bytes(head[4:], "big")
        if head[:4] == b"\x00TTW":
            packets.add_exif(read(file, at + 8, length))
        at += 8 + length
