"""TIFFs that Pillow does not know: CIELAB, grey with a mask and inks with spot colours of 16 bits, numbers of
32 bits. tifffile reads them; it is imported in the child, for them only.

Source: TIFF 6.0 (PhotometricInterpretation, ExtraSamples), Adobe's TIFF Technical Notes for ICCLab.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from PIL import Image

from dam.media.image import TURN
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.reasons import Reason, Unreadable

MODES = {  # by what the colours are: Pillow's mode, how many channels, and the mode with glass
    "MINISWHITE": ("L", 1, "LA"), "MINISBLACK": ("L", 1, "LA"), "RGB": ("RGB", 3, "RGBA"),
    "SEPARATED": ("CMYK", 4, None), "CIELAB": ("LAB", 3, None), "ICCLAB": ("LAB", 3, None),
}  # fmt: skip
SPACES = {"L": "Grey", "LA": "Grey", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
GLASS = 2  # ExtraSamples: a mask that colours were not multiplied by
ORIENTATION, PROFILE = 274, 34675
ORIGIN = 128  # a and b of ICCLab are counted from the darkest; of CIELab from the middle, with a sign


def open_tiff(file: BinaryIO, limits: Limits) -> Opened:
    """The first page, the upper 8 bits of each channel, upright. Raises Unreadable for what is of another
    kind, and what tifffile raises."""
    import tifffile

    data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    page = tifffile.TiffFile(io.BytesIO(data)).pages[0]
    name = getattr(page.photometric, "name", "")
    size = (page.imagewidth, page.imagelength)
    if size[0] * size[1] > limits.photo_pixels:
        raise Unreadable(Reason.BOMB, f"{size[0]}×{size[1]}")
    if name not in MODES or page.samplesperpixel < MODES[name][1]:
        raise Unreadable(Reason.DECODER_FAILED, f"a TIFF of {name or 'unknown'} colours")
    mode, count, with_glass = MODES[name]
    if with_glass and GLASS in tuple(page.extrasamples)[:1]:
        mode, count = with_glass, count + 1
    pixels = page.asarray()
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and page.samplesperpixel > 1:
        pixels = pixels.transpose(1, 2, 0)
    pixels = _upper_bits(pixels.reshape(size[1], size[0], -1)[:, :, :count])
    if name == "MINISWHITE":
        pixels[:, :, 0] = 255 - pixels[:, :, 0]
    if name == "ICCLAB":
        pixels[:, :, 1:] ^= ORIGIN
    picture = Image.frombytes(mode, size, pixels.tobytes())
    turn = TURN.get(_value(page, ORIENTATION))
    picture = picture.transpose(turn) if turn is not None else picture
    if isinstance(profile := _value(page, PROFILE), bytes) and mode != "LAB":
        picture.info["icc_profile"] = profile
    facts = {"bit_depth": int(page.bitspersample), "color_space": SPACES[mode]}
    return Opened(picture, size=picture.size, facts=facts)


def _value(page: Any, tag: int) -> Any:
    return page.tags[tag].value if tag in page.tags else None


def _upper_bits(pixels: Any) -> Any:
    """Whole numbers of any width by their highest 8 bits; what is between 0 and 1 by its share of 255."""
    import numpy

    if pixels.dtype.kind == "f":
        return (numpy.nan_to_num(pixels).clip(0, 1) * 255 + 0.5).astype(numpy.uint8)
    if pixels.dtype.kind not in "ui":
        raise Unreadable(Reason.DECODER_FAILED, f"a TIFF of {pixels.dtype} numbers")
    return (pixels >> 8 * (pixels.dtype.itemsize - 1)).astype(numpy.uint8)
