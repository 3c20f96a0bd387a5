"""Which reader opens what: the one decoder that the content asked for, and no other."""

from __future__ import annotations

import os
from typing import BinaryIO

from PIL import Image

from dam.media import documents, image, psd, raw
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.sniff import Sniffed

NEED_LIBRARIES = ("RAW", "PDF")  # imported by the child itself, when one of these asks for them
SPACES = {
    "1": "Grey", "L": "Grey", "LA": "Grey", "I": "Grey", "F": "Grey", "P": "RGB", "PA": "RGB", "RGB": "RGB",
    "RGBA": "RGB", "RGBX": "RGB", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "RGB", "HSV": "RGB",
}  # fmt: skip
BITS_PER_SAMPLE = 0x0102


def open_original(file: BinaryIO, found: Sniffed, limits: Limits) -> Opened:
    """The picture that stands for the original. Raises Unreadable, and what Pillow raises."""
    if found.reader == "RAW":
        return raw.open_raw(file, found, limits)
    if found.reader == "PSD":
        return psd.open_psd(file, limits)
    if found.reader == "PDF":
        return documents.open_pdf(file, limits)
    if found.reader == "INDD":
        return documents.open_indesign(file, limits)
    picture = image.open_picture(file, found.reader, limits.photo_pixels)
    facts = {"bit_depth": _depth(picture, file), "color_space": SPACES.get(picture.mode.partition(";")[0])}
    return Opened(picture, size=picture.size, facts=facts)


def _depth(picture: Image.Image, file: BinaryIO) -> int | None:
    """Bits of one channel as stored. Pillow reads 16-bit RGB as 8-bit and says nothing of it."""
    if picture.format == "PNG":
        return int.from_bytes(os.pread(file.fileno(), 1, 24)) or None  # IHDR; Pillow stands elsewhere
    if picture.format == "TIFF":
        bits = getattr(picture, "tag_v2", {}).get(BITS_PER_SAMPLE, 1)
        return int(bits[0] if isinstance(bits, tuple) else bits)
    if "bit_depth" in picture.info:
        return int(picture.info["bit_depth"])
    return 16 if picture.mode.startswith("I;16") else 8
