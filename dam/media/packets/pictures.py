"""Chunks of PNG (third edition), WebP (RFC 9649) and GIF89a."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from dam.media.packets import photoshop
from dam.media.packets.found import MOST_BLOCK, Packets

XMP_KEYWORD = "XML:com.adobe.xmp"
MOST_CHUNKS = 20_000
MOST_TEXT = 4 * 1024 * 1024
WANTED_PNG = (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"zxIf")


def find_png(file: BinaryIO, packets: Packets) -> None:
    at = 8
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            break
        length = int.from_bytes(head[:4], "big")
        if head[4:] in WANTED_PNG and length <= MOST_BLOCK:
            body = file.read(length)
            if head[4:] == b"eXIf":
                packets.add_exif(body)
            else:
                _png_text(head[4:], body, packets)
        at += 12 + length


def _png_text(kind: bytes, body: bytes, packets: Packets) -> None:
    keyword, _, rest = body.partition(b"\x00")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        text = _text(rest)
    elif kind == b"zTXt":
        text = _text(_inflated(rest[1:]))
    else:
        packed, rest = rest[:1] == b"\x01", rest[2:]
        rest = rest.partition(b"\x00")[2].partition(b"\x00")[2]  # language, translated keyword
        text = (_inflated(rest) if packed else rest).decode("utf-8", errors="replace")
    if name == XMP_KEYWORD:
        packets.xmp = packets.xmp or text.encode("utf-8", errors="replace")
    elif name.startswith("Raw profile type "):
        _raw_profile(name.rpartition(" ")[2].lower(), text, packets)
    elif len(packets.texts) < 100:
        packets.texts.setdefault(name, text[:8000])


def _text(data: bytes) -> str:
    """Latin-1 by the standard, UTF-8 in practice."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _inflated(data: bytes) -> bytes:
    """Raises ValueError for what is no zlib stream or unpacks to more than metadata has."""
    try:
        return zlib.decompressobj().decompress(data, MOST_TEXT)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _raw_profile(name: str, text: str, packets: Packets) -> None:
    """ImageMagick's and ExifTool's way: a name, a length, and hexadecimal."""
    data = bytes.fromhex("".join(text.split("\n")[3:]))
    if name in ("exif", "app1") and data.startswith(b"http"):
        packets.xmp = packets.xmp or data.partition(b"\x00")[2]
    elif name in ("exif", "app1"):
        packets.add_exif(data)
    elif name in ("iptc", "8bim"):
        if data.startswith(b"8BIM"):
            photoshop.resources(data, packets)
        elif data[:1] == b"\x1c":
            packets.iptc = packets.iptc or data
    elif name == "xmp":
        packets.xmp = packets.xmp or data


def find_webp(file: BinaryIO, packets: Packets) -> None:
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:], "little")
        if head[:4] in (b"EXIF", b"XMP ") and length <= MOST_BLOCK:
            body = file.read(length)
            if head[:4] == b"EXIF":
                packets.add_exif(body)
            else:
                packets.xmp = body
        at += 8 + length + length % 2


def find_gif(file: BinaryIO, packets: Packets) -> None:
    """XMP stands as it is in an application extension, with a tail that leads a reader out (XMP part 3)."""
    file.seek(0)
    data = file.read(MOST_BLOCK)
    start = data.find(b"\x21\xff\x0bXMP DataXMP")
    if start >= 0:
        start += 14
        end = data.find(b"\x01\xff\xfe", start)
        packets.xmp = data[start:end] if end > start else None
    comment = data.find(b"\x21\xfe")
    if 0 <= comment < 4096:
        text, at = bytearray(), comment + 2
        while at < len(data) and data[at] and len(text) < 8000:
            text += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]
        packets.texts["Comment"] = _text(bytes(text))
