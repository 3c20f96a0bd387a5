"""Which reader opens what: the one decoder that the content asked for, and no other."""

from __future__ import annotations

import os
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from dam.media import documents, image, jpeg2000, psd, rare_tiffs, raw
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.sniff import Sniffed

# Imported by the child itself, when one of these asks for them.
NEED_LIBRARIES = ("RAW", "PDF", "JPEG2000", "TIFF")
SPACES = {
    "1": "Grey", "L": "Grey", "LA": "Grey", "I": "Grey", "F": "Grey", "P": "RGB", "PA": "RGB", "RGB": "RGB",
    "RGBA": "RGB", "RGBX": "RGB", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "RGB", "HSV": "RGB",
}  # fmt: skip
BITS_PER_SAMPLE, NEW_SUBFILE_TYPE, REDUCED = 0x0102, 0x00FE, 1
SAMPLES_PER_PIXEL, PLANAR_CONFIGURATION, SEPARATE = 0x0115, 0x011C, 2
COMPRESSION, PHOTOMETRIC, FROM_WHITE = 0x0103, 0x0106, 0
MOST_PAGES = 8  # looked at; some files claim ten thousand


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
    try:
        picture = image.open_picture(file, found.reader, limits.photo_pixels)
    except UnidentifiedImageError:
        if found.reader != "TIFF":
            raise
        return rare_tiffs.open_tiff(file, limits)
    if picture.format == "TIFF" and _is_misread(picture):
        return rare_tiffs.open_tiff(file, limits)
    if picture.format == "TIFF":
        _turn_to_the_largest(picture)
    bits = _depth(picture, file)
    if picture.format == "JPEG2000" and bits and bits > 8 and not picture.mode.startswith("I"):
        picture = _with_its_words(jpeg2000.upper_bits(file, bits), picture)
    facts = {"bit_depth": bits, "color_space": SPACES.get(picture.mode.partition(";")[0])}
    return Opened(picture, size=picture.size, facts=facts)


def _is_misread(picture: Image.Image) -> bool:
    """Of 16 bits Pillow shows unpacked channels that lie one after the other as a jumble, and grey that is
    counted from white as a negative."""
    said = getattr(picture, "tag_v2", {})
    bits = said.get(BITS_PER_SAMPLE, 1)
    apart = said.get(SAMPLES_PER_PIXEL, 1) > 1 and said.get(PLANAR_CONFIGURATION) == SEPARATE
    deep = (bits[0] if isinstance(bits, tuple) else bits) > 8
    return deep and ((apart and said.get(COMPRESSION, 1) == 1) or said.get(PHOTOMETRIC) == FROM_WHITE)


def _with_its_words(picture: Image.Image, opened: Image.Image) -> Image.Image:
    """The profile and what else the header said."""
    picture.info = opened.info
    return picture


def _turn_to_the_largest(picture: Image.Image) -> None:
    """Several pages show the first; one that calls itself a smaller copy gives way to the largest."""
    pages = {}
    for page in range(MOST_PAGES):
        try:
            picture.seek(page)
        except EOFError:
            break
        pages[page] = picture.width * picture.height
        if page == 0 and not _number(picture, NEW_SUBFILE_TYPE) & REDUCED:
            return
    picture.seek(max(pages, key=lambda page: (pages[page], -page)))


def _number(picture: Image.Image, tag: int) -> int:
    value = getattr(picture, "tag_v2", {}).get(tag, 0)
    return value if isinstance(value, int) else 0


def _depth(picture: Image.Image, file: BinaryIO) -> int | None:
    """Bits of one channel as stored. Pillow reads 16-bit RGB as 8-bit and says nothing of it."""
    if picture.format == "PNG":
        return int.from_bytes(os.pread(file.fileno(), 1, 24)) or None  # IHDR; Pillow stands elsewhere
    if picture.format == "TIFF":
        bits = getattr(picture, "tag_v2", {}).get(BITS_PER_SAMPLE, 1)
        return int(bits[0] if isinstance(bits, tuple) else bits)
    if picture.format == "JPEG2000":
        return jpeg2000.depth(file)
    if "bit_depth" in picture.info:
        return int(picture.info["bit_depth"])
    return 16 if picture.mode.startswith("I;16") else 8
