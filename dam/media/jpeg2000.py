"""JPEG 2000 in colour with more than 8 bits: Pillow rounds its whites up and over the edge, to black.

OpenCV reads these; it is imported in the child, for them only. Source: ISO/IEC 15444-1, A.5.1 and I.4.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from PIL import Image

from dam.media.reasons import Reason, Unreadable

START = b"\xff\x4f\xff\x51"  # start of codestream, and its SIZ segment
PRECISION = 42  # bytes from there to the first component's: its bits less one, the highest bit its sign
MOST_BOXES = 100
EIGHT = 8


def depth(file: BinaryIO) -> int:
    """Bits of the first component; 8 where the file does not say."""
    at = 0
    for _ in range(MOST_BOXES):
        head = os.pread(file.fileno(), 16, at)
        if head.startswith(START) or head[4:8] == b"jp2c":
            head = os.pread(file.fileno(), 80, at)
            start = head.find(START)
            return (head[start + PRECISION] & 0x7F) + 1 if 0 <= start < 80 - PRECISION else EIGHT
        size, more = int.from_bytes(head[:4], "big"), int.from_bytes(head[8:16], "big")
        if len(head) < 16 or size == 0:
            break
        at += more if size == 1 else size
    return EIGHT


def upper_bits(file: BinaryIO, bits: int) -> Image.Image:
    """The whole picture, the upper 8 of its ``bits``. Raises Unreadable: NOT_RENDERED for what OpenCV cannot
    read, which is inks, and grey with a mask."""
    import cv2
    import numpy

    cv2.setNumThreads(1)
    data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    pixels = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or str(pixels.dtype) != "uint16":
        raise Unreadable(Reason.NOT_RENDERED, f"JPEG 2000 of {bits} bits in colours that nobody here reads")
    order = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return Image.fromarray(cv2.cvtColor((pixels >> (bits - EIGHT)).astype(numpy.uint8), order))
