"""Is a file cut short? Asked where a decoder failed, so that the reason is one to act on."""

from __future__ import annotations

import os
from typing import BinaryIO

from dam.media import tiffs

TAIL = 65536
ZEROS = 512  # fewer at the end are padding
MOST_BOXES = 10_000


def cut_short(file: BinaryIO, reader: str) -> bool:
    """True when the format's own end mark is missing, or a length points beyond the end of the file."""
    length = os.fstat(file.fileno()).st_size
    file.seek(max(0, length - TAIL))
    tail = file.read(TAIL)
    if reader == "JPEG":
        return b"\xff\xd9" not in tail
    if reader == "PNG":
        return b"IEND" not in tail
    if reader == "GIF":
        return b"\x3b" not in tail[-16:]
    if reader in ("WEBP", "avi", "wav"):
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 > length + 1
    if reader == "TIFF":
        return _tiff_overruns(file, length)
    if reader in ("HEIF", "AVIF", "JPEG2000", "mov"):
        return box_overruns(file, length)
    return False


def _tiff_overruns(file: BinaryIO, length: int) -> bool:
    """Writers may put the directory last: then its own place lies beyond the end (TIFF 6.0, section 2)."""
    file.seek(0)
    head = file.read(8)
    order = tiffs.byte_order(head)
    return order is not None and int.from_bytes(head[4:8], order) >= length  # type: ignore[arg-type]


def zero_filled(file: BinaryIO) -> bool:
    """A JPEG whose end is zeros with no end mark before them: a copy that broke off after the room was taken.

    The decoder takes zeros for picture and says nothing; the lower part would come out flat.
    """
    length = os.fstat(file.fileno()).st_size
    at, tail = length, b""
    while at > 0 and not tail:
        start = max(0, at - TAIL)
        file.seek(start)
        tail = file.read(at - start).rstrip(b"\x00")
        if at == length and len(tail) > (at - start) - ZEROS:
            return False
        at = start
    return not tail.endswith(b"\xff\xd9")


def box_overruns(file: BinaryIO, length: int) -> bool:
    """ISO base media: does a top-level box claim more bytes than there are (ISO/IEC 14496-12, 4.2)?"""
    at = 0
    for _ in range(MOST_BOXES):
        if at + 8 > length:
            return False
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:16], "big")
        if size == 0:
            return False
        if size < 8 or at + size > length:
            return True
        at += size
    return False
