"""A camera's raw file: its largest embedded preview; demosaiced only where there is none large enough.

LibRaw (rawpy) is imported in the child, after its lockdown, and only by those files that need it.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from dam.media import raw_previews
from dam.media.image import displayed, open_picture
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.raw_previews import Inside, Preview
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import Sniffed

LARGE_ENOUGH = 1600  # pixels of the longest side: older Sony write 1616, Nikon and Canon their full size
BETTER_THAN_NOTHING = 320
LEAST_BYTES_A_PIXEL = 1 / 64  # a raw picture cannot be packed tighter; less means that it was cut out
SAME = 0.02  # a preview this near to the raw picture's size is the whole of it, and tells the camera's crop


def open_raw(file: BinaryIO, found: Sniffed, limits: Limits) -> Opened:
    """Raises Unreadable: CUT_SHORT where the raw data is not all there, whatever can be shown of it; BOMB…"""
    descriptor = file.fileno()
    length = os.fstat(descriptor).st_size
    inside = raw_previews.look(lambda at, count: os.pread(descriptor, count, at), found.media_type, length)
    if inside.size and inside.size[0] * inside.size[1] > limits.photo_pixels:
        raise Unreadable(Reason.BOMB, f"{inside.size[0]}×{inside.size[1]}")
    if not inside.whole:  # the preview stands near the beginning, and outlives a copy that broke off
        raise Unreadable(Reason.CUT_SHORT, "the raw data is not all there")
    best = inside.previews[0] if inside.previews else None
    if best and (best.longest >= LARGE_ENOUGH or (inside.size and best.longest >= max(inside.size))):
        return _shown(file, best, inside, limits)
    try:
        return _developed(file, inside, best, length, limits)
    except Unreadable:
        if best is None or best.longest < BETTER_THAN_NOTHING:
            raise
        small = _shown(file, best, inside, limits)
        small.warnings.append(f"only a small preview of {best.width}×{best.height} could be read")
        return small


def _shown(file: BinaryIO, preview: Preview, inside: Inside, limits: Limits) -> Opened:
    file.seek(preview.at)
    picture = open_picture(io.BytesIO(file.read(preview.bytes)), "JPEG", limits.photo_pixels)
    stored = inside.size or picture.size
    if picture.width * picture.height > stored[0] * stored[1]:  # sensors that lie askew tell half their rows
        stored = picture.size
    sides = zip(sorted(picture.size), sorted(stored), strict=True)
    if all(abs(mine - whole) <= SAME * whole for mine, whole in sides):
        stored = picture.size if _tall(picture.size) == _tall(stored) else picture.size[::-1]
    return _upright(picture, stored, inside, f"embedded preview, {preview.width}×{preview.height}")


def _upright(picture: Image.Image, stored: tuple[int, int], inside: Inside, how: str) -> Opened:
    """Previews lie as the sensor does, and the raw file says how to turn them; a few cameras turn them."""
    orientation = inside.orientation or picture.getexif().get(0x0112)
    turned_before = orientation in (5, 6, 7, 8) and _tall(picture.size) != _tall(stored)
    shown = displayed(stored, orientation)
    return Opened(picture, size=shown, orientation=None if turned_before else orientation, how=how)


def _tall(size: tuple[int, int]) -> bool:
    return size[1] > size[0]


@dataclass(frozen=True)
class _Thumb:
    picture: Image.Image
    how: str


def _developed(file: BinaryIO, inside: Inside, best: Preview | None, length: int, limits: Limits) -> Opened:
    """LibRaw's own look: a preview in a place only it knows, else the raw data made into a picture."""
    if inside.size and length < inside.size[0] * inside.size[1] * LEAST_BYTES_A_PIXEL:
        raise Unreadable(Reason.CUT_SHORT, "the raw data is not all there")
    rawpy = _library()
    file.seek(0)
    try:
        with rawpy.imread(file) as raw:
            sizes = raw.sizes
            stored = (sizes.iwidth, sizes.iheight)
            if stored[0] * stored[1] > limits.photo_pixels:
                raise Unreadable(Reason.BOMB, f"{stored[0]}×{stored[1]}")
            if length < stored[0] * stored[1] * LEAST_BYTES_A_PIXEL:
                raise Unreadable(Reason.CUT_SHORT, "the raw data is not all there")
            thumb = _thumb(rawpy, raw, limits)
            if thumb and max(thumb.picture.size) >= min(LARGE_ENOUGH, max(stored)):
                return _upright(thumb.picture, inside.size or stored, inside, thumb.how)
            half = min(stored) >= 2 * LARGE_ENOUGH * 3 // 4
            pixels = raw.postprocess(use_camera_wb=True, half_size=half, output_bps=8)
    except rawpy.LibRawError as error:
        raise _refused(error, best) from error
    picture = Image.fromarray(pixels)
    shown = inside.size and displayed(inside.size, inside.orientation)
    size = shown or (picture.width * (1 + half), picture.height * (1 + half))
    return Opened(picture, size=size, orientation=None, how="demosaiced by LibRaw" + " at half size" * half)


def _thumb(rawpy: Any, raw: Any, limits: Limits) -> _Thumb | None:
    try:
        thumb = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if thumb.format == rawpy.ThumbFormat.BITMAP:
        return _Thumb(Image.fromarray(thumb.data), "embedded bitmap")
    try:
        picture = open_picture(io.BytesIO(thumb.data), "JPEG", limits.photo_pixels)
        return _Thumb(picture, "embedded preview, by LibRaw")
    except OSError:
        return None


def _library() -> Any:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads would each take address space
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    import rawpy

    return rawpy


def _refused(error: Exception, best: Preview | None) -> Unreadable:
    said = f"{type(error).__name__}: {error}"[:300]
    name = type(error).__name__
    if name == "LibRawOutOfMemoryError" or "Memory" in name:
        return Unreadable(Reason.TOO_MUCH_MEMORY, said)
    if "IOError" in name or "end of file" in said.lower():
        return Unreadable(Reason.CUT_SHORT, said)
    return Unreadable(Reason.DECODER_FAILED, said + (" (and only a tiny preview)" if best else ""))
