"""Photoshop's image resources, alone (PSD, PSB), in JPEG's APP13 and in TIFF's tag 34377."""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets.found import Packets, read

IPTC, EXIF, XMP, DIGEST = 0x0404, 0x0422, 0x0424, 0x0425
MOST_RESOURCES = 4000


def find(file: BinaryIO, packets: Packets) -> None:
    """PSD: 26 bytes of header, the colour mode data, then the resources."""
    colours = int.from_bytes(read(file, 26, 4), "big")
    length = int.from_bytes(read(file, 30 + colours, 4), "big")
    resources(read(file, 34 + colours, length), packets)


def resources(data: bytes, packets: Packets) -> None:
    """Each is "8BIM", a number, a name padded to even length, a length, and as many bytes, padded too."""
    at = 0
    for _ in range(MOST_RESOURCES):
        if data[at : at + 4] not in (b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"):
            break
        number = int.from_bytes(data[at + 4 : at + 6], "big")
        at += 6
        named = 1 + data[at]
        at += named + named % 2
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
        if number == IPTC and packets.iptc is None:
            packets.iptc = body
        elif number == DIGEST and len(body) == 16:
            packets.iptc_digest = body
        elif number == EXIF:
            packets.add_exif(body)
        elif number == XMP and packets.xmp is None:
            packets.xmp = body
