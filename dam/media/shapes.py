"""Shapes made when somebody asks for them: every one that is wanted of a picture, from one decode.

The decoder is asked for no more pixels than the largest of them needs; colours are converted where the fewest
pixels are; what is asked for twice under two names is made once.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from dam.media import image, prints, resample, subjects
from dam.media.colour import Colour, flatten, is_srgb, resizable, to_srgb
from dam.media.recipes import Recipe
from dam.media.sniff import Sniffed
from dam.media.windows import Box

Answer = dict[str, Any]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
RESERVE = 20_000  # bytes of a ceiling that are left for the caption, which is written in when it leaves
WORST_QUALITY = 35
SHORT = 1.5  # pixels: what rounding may lack


@dataclass(frozen=True)
class Plan:
    """``window`` of the picture as displayed becomes ``size`` pixels."""

    recipe: Recipe
    window: Box
    size: tuple[int, int]

    def scale(self, displayed: tuple[int, int]) -> float:
        return max(
            self.size[0] / ((self.window[2] - self.window[0]) * displayed[0]),
            self.size[1] / ((self.window[3] - self.window[1]) * displayed[1]),
        )


def asked(wanted: Sequence[Recipe]) -> bool:
    """Is there anything among these that the standing way of making does not know?"""
    return any(recipe.options or recipe.format != "jpg" for recipe in wanted)


def plan(recipe: Recipe, displayed: tuple[int, int]) -> Plan | None:
    """None where the pixels that could be read are too few for the shape: nothing is blown up."""
    told = dict(recipe.options)
    if "window" not in told:
        longest = recipe.longest_side or max(displayed)
        return Plan(recipe, WHOLE, image.fit(displayed, longest))
    left, top, right, bottom = (float(side) for side in str(told["window"]).split(","))
    size = (int(told["width"]), int(told["height"]))
    if (right - left) * displayed[0] < size[0] - SHORT or (bottom - top) * displayed[1] < size[1] - SHORT:
        return None
    return Plan(recipe, (left, top, right, bottom), size)


def make(
    file: BinaryIO,
    found: Sniffed,
    picture: Image.Image,
    wanted: dict[Recipe, BinaryIO],
    orientation: int | None,
    colour: Colour,
    warnings: list[str],
    depth: int | None = None,
) -> list[Answer]:
    """Fill the files and tell what was made. What cannot be made without enlarging is not told.

    ``file`` and its ``depth`` in bits are for the printer's copy, which is read by others than Pillow.
    """
    printed: list[Answer] = []
    for recipe, out in wanted.items():
        if recipe.format == "tif":
            told = prints.write(file, found, picture, orientation, colour, depth, out)
            printed.append({"preset": recipe.preset, **told})
        elif recipe.format == "json":
            out.write(json.dumps(subjects.see(picture)).encode())
            out.flush()
            printed.append({"preset": recipe.preset, "width": None, "height": None, "detail": {}})
    rest = {recipe: out for recipe, out in wanted.items() if recipe.format not in ("tif", "json")}
    return printed + _shapes(picture, rest, orientation, colour, warnings)


def _shapes(
    picture: Image.Image,
    wanted: dict[Recipe, BinaryIO],
    orientation: int | None,
    colour: Colour,
    warnings: list[str],
) -> list[Answer]:
    displayed = image.displayed(picture.size, orientation)
    planned = [one for recipe in wanted if (one := plan(recipe, displayed)) is not None]
    if not planned:
        return []
    planned.sort(key=lambda one: -one.size[0] * one.size[1])
    profile = picture.info.get("icc_profile")
    needed = min(1.0, max(one.scale(displayed) for one in planned))
    master = flatten(_loaded(picture, needed))
    spent = sum(one.size[0] * one.size[1] for one in planned)
    foreign = master.mode != "RGB" or not is_srgb(profile)
    if foreign and spent >= master.width * master.height:
        master, warning = to_srgb(master, profile, colour)
        warnings += [warning] if warning else []
        foreign = False
    if orientation in image.TURN:
        master = master.transpose(image.TURN[orientation])
    made: list[Answer] = []
    pieces: dict[tuple[Box, tuple[int, int]], Image.Image] = {}
    written: dict[tuple[Any, ...], tuple[bytes, Answer]] = {}
    for one in planned:
        if (one.window, one.size) not in pieces:
            before = _nearest(pieces, one)
            piece = _cut(master, before, one)
            if foreign and before is None:
                piece, warning = to_srgb(piece, profile, colour)
                warnings += [warning] if warning and warning not in warnings else []
            pieces[one.window, one.size] = piece
        piece = pieces[one.window, one.size]
        told = dict(one.recipe.options)
        how = (one.window, one.size, one.recipe.format, one.recipe.quality, told.get("ceiling"))
        if how not in written:
            written[how] = encode(piece, one.recipe, colour)
        data, detail = written[how]
        wanted[one.recipe].write(data)
        wanted[one.recipe].flush()
        width, height = detail.get("size", piece.size)
        kept = {name: value for name, value in detail.items() if name != "size"}
        made.append({"preset": one.recipe.preset, "width": width, "height": height, "detail": kept})
    return made


def encode(picture: Image.Image, recipe: Recipe, colour: Colour) -> tuple[bytes, Answer]:
    """The file's bytes and what its row keeps. Under a ceiling: the best quality that stays below it; where
    even the worst does not, a picture that may be smaller is made smaller."""
    quality = recipe.quality or 85
    ceiling = recipe.option("ceiling")
    if not ceiling:
        return _save(picture, recipe.format, quality, colour), {}
    most = max(ceiling - RESERVE, ceiling // 2)
    while True:
        data, used = _below(picture, recipe.format, quality, most, colour)
        if len(data) <= most or "window" in dict(recipe.options) or max(picture.size) <= 320:
            return data, {"quality": used, "size": picture.size}
        picture = image.shrink(picture, int(max(picture.size) * 0.85))


def _below(picture: Image.Image, form: str, quality: int, most: int, colour: Colour) -> tuple[bytes, int]:
    data = _save(picture, form, quality, colour)
    if len(data) <= most:
        return data, quality
    low, high, best = WORST_QUALITY, quality, None
    while high - low > 1:
        middle = (low + high) // 2
        data = _save(picture, form, middle, colour)
        if len(data) <= most:
            low, best = middle, (data, middle)
        else:
            high = middle
    return best or (_save(picture, form, WORST_QUALITY, colour), WORST_QUALITY)


def _save(picture: Image.Image, form: str, quality: int, colour: Colour) -> bytes:
    file = io.BytesIO()
    picture.info = {}
    if form == "webp":
        picture.save(file, "WEBP", quality=quality, method=4, icc_profile=colour.embedded)
    elif form == "png":
        picture.save(file, "PNG", icc_profile=colour.embedded)
    else:
        picture.save(file, "JPEG", quality=quality, icc_profile=colour.embedded)
    return file.getvalue()


def _loaded(picture: Image.Image, needed: float) -> Image.Image:
    """The picture's pixels, already halved as often as the decoder, or averaging, can while enough remain."""
    full = picture.size
    picture.draft(None, (math.ceil(full[0] * needed - 0.01), math.ceil(full[1] * needed - 0.01)))
    picture.load()
    current = resizable(picture)
    left = needed * full[0] / current.width  # what is still to be scaled, 1 is nothing
    steps = int(1 / left + 1e-6) if left > 0 else 1
    if steps >= 2 and not current.mode.startswith(("I", "F")):
        current = current.reduce(steps)
    return current


def _nearest(pieces: dict[tuple[Box, tuple[int, int]], Image.Image], one: Plan) -> Image.Image | None:
    """A larger piece of the very same window, so that sizes are chained."""
    fitting = [
        piece
        for (window, size), piece in pieces.items()
        if window == one.window and size[0] >= one.size[0] and size[1] >= one.size[1]
    ]
    return min(fitting, key=lambda piece: piece.width, default=None)


def _cut(master: Image.Image, before: Image.Image | None, one: Plan) -> Image.Image:
    """The window at its size, from the larger piece of it that was made before, else from the whole."""
    if before is not None:
        source, box = before, (0.0, 0.0, float(before.width), float(before.height))
    else:
        across, down = master.size
        left, top, right, bottom = one.window
        source, box = master, (left * across, top * down, right * across, bottom * down)
    if one.size == source.size and box == (0.0, 0.0, *map(float, one.size)):
        return source.copy()
    return resample.resize(source, one.size, box)
