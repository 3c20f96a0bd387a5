"""Fewer pixels: Lanczos with three lobes, once, from what was decoded.

libvips does it: the very filter of Pillow (they agree to 50 dB and more) at a third of its cost, so that
nobody need choose between a good filter and a quick ingest (docs/decisions/0012). Pillow decodes, converts
and encodes: nobody's file is ever handed to libvips, only pixels.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from PIL import Image

BANDS = {"L": 1, "RGB": 3, "CMYK": 4}  # of 8 bits each; what is between them is no colour to mix with
REDUCING_GAP = 3.0  # Pillow averages down in whole steps first, to three times the size
TINY = 64  # pixels of the shortest side: below, calling another library costs more than the work

Box = tuple[float, float, float, float]


def resize(picture: Image.Image, size: tuple[int, int], box: Box | None = None) -> Image.Image:
    """``picture``, or the part in ``box`` (pixels; left, top, right, bottom), at ``size`` in pixels."""
    if picture.mode not in BANDS or min(*size, *picture.size) < TINY:
        return _by_pillow(picture, size, box)
    source = picture if box is None else picture.crop(_whole(box, picture.size))
    if source.size == size:
        return source
    return _by_vips(source, size)


def _by_pillow(picture: Image.Image, size: tuple[int, int], box: Box | None) -> Image.Image:
    """Deep, transparent and very small pictures. 16-bit modes cannot be averaged down first."""
    gap = None if picture.mode.startswith(("I", "F")) else REDUCING_GAP
    return picture.resize(size, Image.Resampling.LANCZOS, box=box, reducing_gap=gap)


def _by_vips(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    width, height = picture.size
    pixels = _vips().Image.new_from_memory(picture.tobytes(), width, height, BANDS[picture.mode], "uchar")
    small = pixels.resize(size[0] / width, vscale=size[1] / height, kernel="lanczos3")
    return Image.frombytes(picture.mode, size, small.write_to_memory())


def _whole(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top = min(round(box[0]), size[0] - 1), min(round(box[1]), size[1] - 1)
    return left, top, max(left + 1, min(round(box[2]), size[0])), max(top + 1, min(round(box[3]), size[1]))


def warm() -> None:
    """Load the library in the parent that is forked: a child may open no file. No pixel is touched: libvips
    works in threads of its own, which do not survive a fork."""
    from pyvips.voperation import Introspect

    _vips()
    Introspect.get("resize")


@cache
def _vips() -> Any:
    import pyvips  # starts the library, so only where pixels are handled

    pyvips.cache_set_max(0)  # nothing is asked for twice
    return pyvips
