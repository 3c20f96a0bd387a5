"""Boxes of ISO base media files (ISO/IEC 14496-12): HEIF, AVIF, CR3, JPEG 2000, JPEG XL, MP4, QuickTime.

Only boxes that may hold metadata are entered; everything else is stepped over by its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dam.media.packets.found import MOST_BLOCK, Packets, read

FIRST_BOXES = (b"ftyp", b"jP  ", b"JXL ", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
MOST_BOXES = 5000
UUID_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP part 3
UUID_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
UUID_EXIF = b"JpgTiffExif->JP2"
UUID_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
CANON = {b"CMT2": "EXIF", b"CMT4": "GPS"}  # directories of their own; CMT1 is the main one
RDF = b"application/rdf+xml"

Box = tuple[bytes, int, int]  # kind, and where its body begins and ends


def find(file: BinaryIO, packets: Packets) -> None:
    for kind, start, end in boxes(file, 0, _size(file)):
        if kind == b"meta":
            _items(file, start + 4, end, packets)
        elif kind == b"uuid":
            _uuid(file, start, end, packets)
        elif kind == b"moov":
            _movie(file, start, end, packets)
        elif kind in (b"Exif", b"xml "):  # JPEG XL
            body = read(file, start, end - start)
            if kind == b"Exif":
                packets.add_exif(body[4 + int.from_bytes(body[:4], "big") :])
            elif b"<x:xmpmeta" in body[:400]:
                packets.xmp = body


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes that lie side by side between two places of the file. Stops at what cannot be one."""
    at = start
    for _ in range(MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if at + 8 > end or len(head) < 8:
            return
        length, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if length == 1:
            length, body = int.from_bytes(head[8:16], "big"), at + 16
        elif length == 0:
            length = end - at
        if length < body - at:
            return
        yield kind, body, min(end, at + length)
        at += length


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _uuid(file: BinaryIO, start: int, end: int, packets: Packets) -> None:
    name = read(file, start, 16)
    if name == UUID_XMP:
        packets.xmp = packets.xmp or read(file, start + 16, end - start - 16)
    elif name == UUID_EXIF:
        packets.add_exif(read(file, start + 16, end - start - 16))
    elif name == UUID_IPTC:
        packets.iptc = read(file, start + 16, end - start - 16)
    elif name == UUID_CANON:
        for kind, first, last in boxes(file, start + 16, end):
            if kind == b"CMT1":
                packets.add_exif(read(file, first, last - first))
            elif kind in CANON:
                packets.parts[CANON[kind]] = read(file, first, last - first)


def _movie(file: BinaryIO, start: int, end: int, packets: Packets) -> None:
    for kind, first, last in boxes(file, start, end):
        if kind == b"uuid":
            _uuid(file, first, last, packets)
        elif kind == b"udta":
            for inner, begin, stop in boxes(file, first, last):
                if inner == b"XMP_":
                    packets.xmp = packets.xmp or read(file, begin, stop - begin)


def _items(file: BinaryIO, start: int, end: int, packets: Packets) -> None:
    """Items of kind "Exif" and of XMP's media type (ISO/IEC 23008-12, annex A)."""
    inner = {kind: (first, last) for kind, first, last in boxes(file, start, end)}
    if b"iinf" not in inner or b"iloc" not in inner:
        if b"xml " in inner:
            first, last = inner[b"xml "]
            packets.texts["xml"] = read(file, first + 4, last - first - 4).decode("utf-8", errors="replace")
        return
    wanted = _wanted(read(file, inner[b"iinf"][0], inner[b"iinf"][1] - inner[b"iinf"][0]))
    data_box = inner.get(b"idat", (0, 0))[0]
    table = read(file, inner[b"iloc"][0], inner[b"iloc"][1] - inner[b"iloc"][0])
    for number, pieces in _located(table, data_box).items():
        if number not in wanted:
            continue
        if sum(length for _, length in pieces) > MOST_BLOCK:
            continue
        body = b"".join(read(file, place, length) for place, length in pieces)
        if wanted[number] == b"Exif":
            skipped = int.from_bytes(body[:4], "big")
            packets.add_exif(body[4 + skipped :] if skipped < len(body) - 12 else body[4:])
        else:
            packets.xmp = packets.xmp or body


def _wanted(table: bytes) -> dict[int, bytes]:
    """Item number → "Exif" or "xmp"."""
    wide = 4 if table[0] else 2
    count = int.from_bytes(table[4 : 4 + wide], "big")
    at, found = 4 + wide, {}
    for _ in range(min(count, MOST_BOXES)):
        length = int.from_bytes(table[at : at + 4], "big")
        entry = table[at : at + length]
        if length < 12:
            break
        number_wide = 4 if entry[8] == 3 else 2
        number = int.from_bytes(entry[12 : 12 + number_wide], "big")
        kind = entry[14 + number_wide : 18 + number_wide]
        if kind == b"Exif" or (kind == b"mime" and RDF in entry):
            found[number] = b"Exif" if kind == b"Exif" else b"xmp"
        at += length
    return found


def _located(table: bytes, data_box: int) -> dict[int, list[tuple[int, int]]]:
    """Item number → places and lengths in the file."""
    version = table[0]
    offset_wide, length_wide = table[4] >> 4, table[4] & 15
    base_wide, index_wide = table[5] >> 4, table[5] & 15 if version else 0
    number_wide = 4 if version == 2 else 2
    at = 6

    def number(wide: int) -> int:
        nonlocal at
        at += wide
        return int.from_bytes(table[at - wide : at], "big")

    found: dict[int, list[tuple[int, int]]] = {}
    for _ in range(min(number(number_wide), MOST_BOXES)):
        item = number(number_wide)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_wide) + (data_box if method == 1 else 0)
        pieces = []
        for _ in range(min(number(2), 64)):
            number(index_wide)
            place = number(offset_wide)
            pieces.append((base + place, number(length_wide)))
        found[item] = pieces
    return found
