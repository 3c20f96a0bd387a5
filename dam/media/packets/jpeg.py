"""Segments of JPEG files (ISO/IEC 10918-1): Exif and XMP in APP1, Photoshop's resources in APP13."""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets import photoshop
from dam.media.packets.found import MOST_BLOCK, Packets, read

EXIF = b"Exif\x00\x00"
XMP = b"http://ns.adobe.com/xap/1.0/\x00"
EXTENDED = b"http://ns.adobe.com/xmp/extension/\x00"  # XMP part 3, 1.1.3.1
RESOURCES = b"Photoshop 3.0\x00"
MOST_SEGMENTS = 2000
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


def find(file: BinaryIO, packets: Packets, start: int = 0) -> None:
    """Up to the pictures's own data. An Exif block longer than one segment goes on in the next."""
    exif, resources, extended, size = bytearray(), bytearray(), {}, 0
    at = start + 2
    for _ in range(MOST_SEGMENTS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        if head[1] == 0xFF or head[1] in ALONE:  # padding
            at += 1 if head[1] == 0xFF else 2
            continue
        if head[1] in (0xDA, 0xD9):
            break
        length = int.from_bytes(head[2:4], "big")
        if head[1] in (0xE1, 0xED):
            body = file.read(max(0, length - 2))
            size += len(body)
            if body.startswith(EXIF):
                exif += body[len(EXIF) :]
            elif body.startswith(XMP):
                packets.xmp = packets.xmp or body[len(XMP) :]
            elif body.startswith(EXTENDED):
                _extend(extended, body[len(EXTENDED) :])
            elif body.startswith(RESOURCES):
                resources += body[len(RESOURCES) :]
        if size > MOST_BLOCK:
            break
        at += 2 + max(2, length)
    if exif:
        packets.add_exif(bytes(exif))
    if resources:
        photoshop.resources(bytes(resources), packets)
    if extended:
        packets.texts["extended-xmp"] = _whole(extended)


def find_in_raf(file: BinaryIO, packets: Packets) -> None:
    """Fujifilm's RAF names the place of its whole JPEG at byte 84."""
    find(file, packets, int.from_bytes(read(file, 84, 4), "big"))


def _extend(parts: dict[bytes, dict[int, bytes]], body: bytes) -> None:
    """32 bytes of digest, the whole's length, this part's place."""
    parts.setdefault(body[:32], {})[int.from_bytes(body[36:40], "big")] = body[40:]


def _whole(parts: dict[bytes, dict[int, bytes]]) -> str:
    longest = max(parts.values(), key=lambda pieces: sum(map(len, pieces.values())))
    return b"".join(longest[place] for place in sorted(longest)).decode("utf-8", errors="replace")
