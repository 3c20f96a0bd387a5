"""From a format and an asset to the recipe that makes its file: size, window, cut, ceiling."""

from dataclasses import dataclass, replace
from fractions import Fraction

from dam.errors import DoesNotFit, Invalid, NotFound
from dam.media import windows
from dam.media.recipes import Recipe
from dam.media.windows import Box, Region, Subject
from dam.models import Asset, Fit, Framing, Kind
from dam.services.presets.listing import PresetInfo, Word, kinds_for

PROXY = "mp4-720"  # the player's copy is a format too: whole, and made at ingest
LEAST_CLIP = 0.1  # seconds
NOBODY = Subject()


@dataclass(frozen=True)
class Framed:
    """What the recipe needs to know of an asset. ``size`` in pixels as displayed, ``duration`` in seconds."""

    kind: Kind
    size: tuple[int, int] | None
    duration: float | None
    subject: Subject = NOBODY
    drawn: tuple[tuple[str, Box], ...] = ()  # windows that a person drew, by the shape's name


def framed(asset: Asset, framing: Framing | None) -> Framed:
    size = (asset.width, asset.height) if asset.width and asset.height else None
    return Framed(asset.kind, size, asset.duration, *read_framing(framing))


def read_framing(framing: Framing | None) -> tuple[Subject, tuple[tuple[str, Box], ...]]:
    if framing is None:
        return Subject(), ()
    focal = None
    if framing.focal_x is not None and framing.focal_y is not None:
        focal = (framing.focal_x, framing.focal_y)
    subject = Subject(_regions(framing.regions), boxes(framing.faces), focal)
    return subject, tuple((shape, _box(box)) for shape, box in (framing.windows or {}).items())


def boxes(rows: list[list[float]] | None) -> tuple[Box, ...]:
    return tuple(_box(row) for row in rows or ())


def _regions(rows: list[list[float]] | None) -> tuple[Region, ...]:
    """Those of an earlier look have no fifth number; they are believed alike until it is looked again."""
    return tuple((*_box(row[:4]), float(row[4]) if len(row) > 4 else 1.0) for row in rows or ())


def _box(row: list[float]) -> Box:
    left, top, right, bottom = (float(value) for value in row)
    return left, top, right, bottom


def recipe_for(preset: PresetInfo, word: Word, framed: Framed) -> Recipe:
    """The recipe of ``preset`` for this asset. Two assets, two windows, two moments: two fingerprints.

    Raises NotFound when material of this kind does not come in the format, DoesNotFit when the picture is
    too small for the shape (``width`` and ``height`` in the detail are the largest that is possible) or the
    clip too long, Invalid for a cut outside the clip.
    """
    if not preset.active or preset.kind not in kinds_for(str(framed.kind)):
        raise NotFound("This material does not come in that format.", preset=preset.key)
    name = (
        word.key
        if word.start is None
        else f"{word.key}@{_plain(word.start)}" + ("" if word.end is None else f"-{_plain(word.end)}")
    )
    base = Recipe(
        name, str(framed.kind), preset.format,
        longest_side=preset.longest, shortest_side=preset.shortest, quality=preset.quality,
    )  # fmt: skip
    if preset.kind == "photo":
        if word.start is not None:
            raise NotFound("A photograph has no moments.", preset=name)
        return replace(base, options=_sorted(_photo_options(preset, framed)))
    return replace(base, options=_sorted(_clip_options(preset, word, framed)))


def standing_recipe(preset: PresetInfo, kind: str) -> Recipe:
    """The recipe of a format that is made at ingest, before the size is known: whole, within a side."""
    options = dict(preset.options)
    if preset.ceiling:
        options["ceiling"] = preset.ceiling
    if preset.loudness is not None:
        options["loudness"] = preset.loudness
    return Recipe(
        preset.key, kind, preset.format, longest_side=preset.longest,
        shortest_side=preset.shortest, quality=preset.quality, options=_sorted(options),
    )  # fmt: skip


def window_of(preset: PresetInfo, framed: Framed) -> Box | None:
    """Where this format cuts this picture; None when it is left whole or has no size."""
    shape = preset.shape
    if shape is None or framed.size is None or not preset.width or not preset.height:
        return None
    exact = preset.width / preset.height
    drawn = dict(framed.drawn).get(shape)
    if drawn is not None:
        return windows.exactly(framed.size, exact, drawn)
    return windows.propose(framed.size, exact, framed.subject)


def largest_possible(preset: PresetInfo, size: tuple[int, int]) -> tuple[int, int]:
    """The largest whole multiple of the format's proportions that the picture holds: 1080×1350 is 4:5, so
    800×1000 and never 799×999; for odd proportions the nearest below."""
    assert preset.width and preset.height
    width, _ = windows.largest_size(size, preset.width / preset.height)
    unit = Fraction(preset.width, preset.height)
    if unit.numerator <= 16:
        steps = width // unit.numerator
        if steps:
            return steps * unit.numerator, steps * unit.denominator
    return width, max(1, int(width / (preset.width / preset.height)))


def _photo_options(preset: PresetInfo, framed: Framed) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = dict(preset.options)
    if preset.ceiling:
        told["ceiling"] = preset.ceiling
    if preset.colour != "srgb":
        told["colour"] = preset.colour
    window = window_of(preset, framed)
    if window is None and preset.fit == Fit.CROP:
        raise DoesNotFit("The size of this material is not known, so it cannot be cropped.")
    if window is not None:
        assert framed.size and preset.width and preset.height
        _demand_pixels(preset, framed, window)
        told |= {"width": preset.width, "height": preset.height, "window": _words(window)}
    return told


def _demand_pixels(preset: PresetInfo, framed: Framed, window: Box) -> None:
    """Nothing is ever blown up."""
    assert framed.size and preset.width and preset.height
    have = windows.pixels(framed.size, window)
    if have[0] >= preset.width - 1 and have[1] >= preset.height - 1:
        return
    best = largest_possible(preset, framed.size)
    told = {"preset": preset.key, "width": best[0], "height": best[1]}
    if best[0] >= preset.width and best[1] >= preset.height:  # a person drew the window too small
        raise DoesNotFit(
            "The crop drawn for this format is too small: it holds %(have_width)d × %(have_height)d pixels. "
            "Draw it larger.",
            have_width=have[0], have_height=have[1], too_small=True, **told,
        )  # fmt: skip
    raise DoesNotFit(
        "Too small for %(need_width)d × %(need_height)d: the largest that this picture gives in that shape "
        "is %(width)d × %(height)d pixels.",
        need_width=preset.width, need_height=preset.height, too_small=True, **told,
    )  # fmt: skip


def _clip_options(preset: PresetInfo, word: Word, framed: Framed) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = dict(preset.options)
    if preset.ceiling:
        told["ceiling"] = preset.ceiling
    if preset.loudness is not None:
        told["loudness"] = preset.loudness
    told |= _cut(preset, word, framed.duration)
    if preset.kind == "video" and preset.fit == Fit.CROP:
        window = window_of(preset, framed)
        if window is None:
            raise DoesNotFit("The size of this material is not known, so it cannot be cropped.")
        assert preset.width and preset.height
        told |= {"width": preset.width, "height": preset.height, "window": _words(window)}
    return told


def _cut(preset: PresetInfo, word: Word, duration: float | None) -> dict[str, float]:
    """Where it begins and ends. Raises Invalid, DoesNotFit."""
    start = word.start or 0.0
    if duration is not None and start >= duration:
        raise Invalid("The clip is only %(seconds)s seconds long.", seconds=round(duration, 1))
    if preset.format in ("jpg", "png"):
        if word.end is not None:
            raise Invalid("A still is one moment, not a span.")
        return {} if word.start is None else {"at": word.start}
    end = word.end if word.end is not None else duration
    if end is not None and duration is not None:
        end = min(end, duration)
    if end is not None and end - start < LEAST_CLIP:
        raise Invalid("The cut must end after it begins.")
    most = preset.seconds
    if most is not None and end is not None and end - start > most + 0.05:
        if preset.format in ("gif", "webp") and word.end is None:
            end = start + most  # a loop without a span is the first seconds
        else:
            raise DoesNotFit(
                "At most %(most)d seconds are allowed in this format, and these are %(seconds)d. "
                "Choose where the clip begins and ends.",
                preset=preset.key, most=int(most), seconds=round(end - start), too_long=True,
            )  # fmt: skip
    told: dict[str, float] = {}
    if word.start is not None:
        told["start"] = start
    if end is not None and (word.end is not None or (duration is not None and end < duration - 0.05)):
        told["end"] = round(end, 3)
    return told


def _words(window: Box) -> str:
    return ",".join(f"{side:.5f}" for side in window)


def _sorted(told: dict[str, str | int | float]) -> tuple[tuple[str, str | int | float], ...]:
    return tuple(sorted(told.items()))


def _plain(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
