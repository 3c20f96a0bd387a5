"""Pixels: decode once, then 2048 → colour and rotation → 1280 → 320, each from the one before.

Measured reasons for each choice stand in docs/decisions (photo renditions).
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageFile, ImageFilter

from dam.media import resample
from dam.media.colour import Colour, flatten, resizable, to_srgb
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe

# The reader that content asks for, and the plugins Pillow may try for it; nothing else is ever tried.
# A JPEG of several pictures (MPO) comes by way of the plugin for JPEG, and shows its first.
PLUGINS = {
    "JPEG": ("JPEG",), "PNG": ("PNG",), "GIF": ("GIF",), "WEBP": ("WEBP",), "TIFF": ("TIFF",),
    "BMP": ("BMP",), "HEIF": ("HEIF",), "AVIF": ("AVIF",), "JPEG2000": ("JPEG2000",),
}  # fmt: skip
TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
TURNED_BY_READER = ("TIFF", "HEIF")
META = 65536  # bytes in which the items of an AVIF are listed
EXIF_ITEM = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)
SMALL = 640
CRISP = ImageFilter.Kernel((3, 3), (0, -1, 0, -1, 20, -1, 0, -1, 0), 16)  # about a millisecond at 320


def open_picture(file: BinaryIO, reader: str, most_pixels: int) -> Image.Image:
    """The picture's header. Raises what Pillow raises; a picture beyond ``most_pixels`` is BOMB."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = most_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    file.seek(0)
    try:
        picture = Image.open(file, formats=PLUGINS[reader])
    except ValueError:
        if reader != "AVIF":
            raise
        picture = Image.open(_without_exif(file), formats=PLUGINS[reader])
    width, height = picture.size
    if width < 1 or height < 1:
        raise Unreadable(Reason.NO_PICTURE, f"{width}×{height}")
    if width * height > most_pixels:
        raise Unreadable(Reason.BOMB, f"{width}×{height}")
    return picture


def _without_exif(file: BinaryIO) -> BinaryIO:
    """libavif refuses a picture for a damaged EXIF block: the item is called something else, and passed over.
    Source: ISO/IEC 14496-12, 8.11.6 (ItemInfoEntry)."""
    file.seek(0)
    head, rest = file.read(META), file.read()
    return io.BytesIO(EXIF_ITEM.sub(rb"\1none", head) + rest)


def fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size with its longest side at most ``longest``; never larger than it was, never below one pixel."""
    width, height = size
    side = max(width, height)
    if side <= longest:
        return size
    return max(1, round(width * longest / side)), max(1, round(height * longest / side))


def displayed(size: tuple[int, int], orientation: int | None) -> tuple[int, int]:
    return (size[1], size[0]) if orientation in (5, 6, 7, 8) else size


def shrink(picture: Image.Image, longest: int) -> Image.Image:
    """The picture with its longest side at most ``longest`` pixels; itself where it is no larger."""
    size = fit(picture.size, longest)
    return picture if size == picture.size else resample.resize(picture, size)


def renditions(
    picture: Image.Image, wanted: list[Recipe], orientation: int | None, colour: Colour
) -> Iterator[tuple[Recipe, Image.Image, str | None]]:
    """(recipe, upright sRGB picture, warning or None) from the largest to the smallest."""
    wanted = sorted(wanted, key=lambda recipe: -(recipe.longest_side or 0))
    largest = wanted[0].longest_side or max(picture.size)
    profile = picture.info.get("icc_profile")
    # draft() halves in the decoder, and only when the size asked for has the picture's own proportions
    picture.draft(None, fit(picture.size, largest if largest > SMALL else 2 * largest))
    if picture.format == "JPEG2000":  # its own way of halving: resolutions that need not be decoded
        picture.reduce = max(0, (max(picture.size) // largest).bit_length() - 1)  # type: ignore[method-assign]
    picture.load()
    # glass and depth are dealt with at the small size; only what cannot be resized is converted before
    current = flatten(shrink(resizable(picture), largest))
    current, warning = to_srgb(current, profile, colour)
    if orientation in TURN:
        current = current.transpose(TURN[orientation])
    for recipe in wanted:
        before, current = current, shrink(current, recipe.longest_side or largest)
        small = current is not before and max(current.size) <= SMALL
        yield recipe, current.filter(CRISP) if small else current, warning
        warning = None


def save_jpeg(picture: Image.Image, file: BinaryIO, recipe: Recipe, colour: Colour) -> None:
    """Baseline JPEG with a small sRGB profile and nothing of what the original carried."""
    picture.info = {}
    picture.save(file, "JPEG", quality=recipe.quality, icc_profile=colour.embedded)
    file.flush()


def difference_hash(picture: Image.Image) -> int:
    """64 bits: is each of 8×8 places brighter than its right neighbour; as a signed integer."""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            place = row * 9 + column
            bits = bits << 1 | (grey[place] > grey[place + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def average_color(picture: Image.Image) -> str:
    red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"


def placeholder(picture: Image.Image) -> str | None:
    """A picture of 16 pixels as a data: URI of at most 400 bytes."""
    small = picture.convert("RGB").resize(fit(picture.size, 16), Image.Resampling.BOX)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=30, method=4)
    uri = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
    return uri if len(uri) <= 400 else None
