"""One visit of a photo: what it says, then its pixels once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from dam.media import image, metadata, opening, shapes, sidecar, sniff_xmp
from dam.media.colour import Colour, profile_name
from dam.media.endings import cut_short, zero_filled
from dam.media.limits import Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

Answer = dict[str, Any]


def visit(
    file: BinaryIO,
    found: Sniffed,
    wanted: dict[Recipe, BinaryIO],
    colour: Colour,
    limits: Limits,
    tell: Callable[[Facts], None],
) -> Answer:
    """Facts are told before any pixel is decoded, so that they survive a failure. Raises Unreadable."""
    if found.reader == sniff_xmp.READER:
        return sidecar.visit(file, found, tell)
    told = metadata.Told()
    seen: Answer = {}
    try:
        try:
            opened = opening.open_original(file, found, limits)
        except Exception:
            told = metadata.read(file, found)  # what can be read without the picture
            raise
        picture = opened.picture
        told = metadata.read(file, found, picture)
        told.warnings += opened.warnings
        told.raw |= opened.raw
        if opened.how:
            told.readers["picture"] = opened.how
        if opened.how and found.reader != "PSD":  # a stand-in: who opened it knows how it lies
            orientation = opened.orientation
            seen["width"], seen["height"] = opened.size
        else:
            orientation = None if found.reader in image.TURNED_BY_READER else told.said.get("orientation")
            seen["width"], seen["height"] = image.displayed(opened.size, orientation)
        seen["color_profile"] = profile_name(picture.info.get("icc_profile"))
        seen |= opened.facts
        tell(told.facts(found, **seen))
        if found.reader == "JPEG" and zero_filled(file):
            raise Unreadable(Reason.CUT_SHORT, "the end of the file is zeros")
        if shapes.asked(list(wanted)):  # somebody's wishes, not what is made of every photo
            depth = opened.facts.get("bit_depth")
            made = shapes.make(file, found, picture, wanted, orientation, colour, told.warnings, depth)
            return {"made": made, "warnings": told.warnings}
        return {**_pixels(picture, wanted, orientation, colour, told.warnings), "warnings": told.warnings}
    except Unreadable:
        tell(told.facts(found, **seen))
        raise
    except Exception as error:
        tell(told.facts(found, **seen))
        raise _unreadable(error, file, found) from error


def _pixels(
    picture: Image.Image,
    wanted: dict[Recipe, BinaryIO],
    orientation: int | None,
    colour: Colour,
    warnings: list[str],
) -> Answer:
    if not wanted:
        return {"made": []}
    made, last = [], picture
    for recipe, rendition, warning in image.renditions(picture, list(wanted), orientation, colour):
        image.save_jpeg(rendition, wanted[recipe], recipe, colour)
        made.append(
            {"preset": recipe.preset, "width": rendition.width, "height": rendition.height, "detail": {}}
        )
        if warning:
            warnings.append(warning)
        last = rendition
    return {"made": made, **looks(last)}


def looks(picture: Image.Image) -> Answer:
    """What a small rendition tells about the whole: hash, placeholder, colour."""
    small = image.shrink(picture, 64)
    return {
        "perceptual_hash": image.difference_hash(picture),
        "placeholder": image.placeholder(small),
        "average_color": image.average_color(small),
    }


def _unreadable(error: Exception, file: BinaryIO, found: Sniffed) -> Unreadable:
    said = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return Unreadable(Reason.BOMB, said)
    if "Decompressed data too large" in said:  # a PNG's text that unpacks without end
        return Unreadable(Reason.BOMB, said)
    if isinstance(error, MemoryError):
        return Unreadable(Reason.TOO_MUCH_MEMORY, said)
    if "truncated" in said.lower() or isinstance(error, EOFError) or cut_short(file, found.reader):
        return Unreadable(Reason.CUT_SHORT, said)
    if isinstance(error, UnidentifiedImageError):
        return Unreadable(Reason.DECODER_FAILED, f"not a readable {found.reader} picture")
    return Unreadable(Reason.DECODER_FAILED, said)
