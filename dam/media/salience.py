"""What stands out in a picture: what colour parts from the border (minimum barrier distance, Zhang 2015),
what is unlike it, and the unexpected in the spectrum (Hou and Zhang 2007), preferring the middle a little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFilter

from dam.media.windows import Box, mirrored

GRID = 96
LEVELS = (0.15, 0.3, 0.5, 0.7, 0.85, 0.95)  # parts of all that stands out, each in the smallest box for it
# What counts how much, found by trying on photographs whose subjects were marked by hand before.
WALLED_OFF, APART, UNEXPECTED = 1.0, 0.3, 0.3
FLOOR = 0.5  # of the mean: below it nothing stands out
POWER, CENTRE = 2.2, 3.5
PAD = 0.02
LEAST_CONTRAST = 1.5  # of 255: below it there is only noise


@dataclass(frozen=True)
class Outstanding:
    """``field``: how much each place of a small picture is walled off from the border, 0 to 1; ``boxes``
    nested, from the core outward, once for each way of looking."""

    field: Any
    boxes: tuple[Box, ...]


def stands_out(picture: Image.Image) -> Outstanding | None:
    """None for a picture without any contrast."""
    import numpy

    across, down = picture.size
    scale = GRID / max(across, down)
    size = (max(8, round(across * scale)), max(8, round(down * scale)))
    small = picture.resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.8))
    colours = _opponents(numpy, numpy.asarray(small, numpy.float32))
    if float(colours.std(axis=(0, 1)).max()) < LEAST_CONTRAST:
        return None
    field = _unit(numpy, _walled_off(numpy, colours))
    weight = WALLED_OFF * field
    weight += APART * _unit(numpy, _apart(numpy, colours))
    weight += UNEXPECTED * _unit(numpy, _unexpected(numpy, colours[:, :, 0]))
    weight = _blurred(numpy, weight)
    weight -= weight.min()
    rows = numpy.linspace(-1, 1, size[1], dtype=numpy.float32)[:, None]
    columns = numpy.linspace(-1, 1, size[0], dtype=numpy.float32)[None, :]
    weight = numpy.clip(weight - FLOOR * float(weight.mean()), 0, None)
    weight = (weight / max(float(weight.max()), 1e-6)) ** POWER * numpy.exp(-(rows**2 + columns**2) / CENTRE)
    return Outstanding(field, tuple(_padded(box, size) for box in _boxes(weight)))


def both_ways(picture: Image.Image) -> Outstanding | None:
    """The same, of a picture and its mirror together, since no way of looking is quite even-handed."""
    one = stands_out(picture)
    other = stands_out(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    if one is None or other is None:
        return one
    return Outstanding(
        (one.field + other.field[:, ::-1]) / 2, (*one.boxes, *(mirrored(box) for box in other.boxes))
    )


def _padded(box: tuple[int, int, int, int], size: tuple[int, int]) -> Box:
    """In parts of the picture, with a little room: what was trimmed at its edge belongs to it."""
    across, down = PAD * (box[2] - box[0]) + 1, PAD * (box[3] - box[1]) + 1
    return (
        max(0.0, (box[0] - across) / size[0]), max(0.0, (box[1] - down) / size[1]),
        min(1.0, (box[2] + across) / size[0]), min(1.0, (box[3] + down) / size[1]),
    )  # fmt: skip


def _walled_off(numpy: Any, colours: Any) -> Any:
    """Minimum barrier distance: how much colours change at least on any way from the border to a place."""
    down, across, _ = colours.shape
    high, low = colours.copy(), colours.copy()
    far = numpy.full(colours.shape, 1e6, numpy.float32)
    far[0], far[-1], far[:, 0], far[:, -1] = 0, 0, 0, 0
    steps = [(place, place - 1, 0) for place in range(1, down)]
    steps += [(place, place - 1, 1) for place in range(1, across)]
    steps += [(place, place + 1, 0) for place in range(down - 2, -1, -1)]
    steps += [(place, place + 1, 1) for place in range(across - 2, -1, -1)]
    for _ in range(2):
        for place, before, axis in steps:
            at = (place,) if axis == 0 else (slice(None), place)
            by = (before,) if axis == 0 else (slice(None), before)
            top = numpy.maximum(high[by], colours[at])
            bottom = numpy.minimum(low[by], colours[at])
            cost = top - bottom
            better = cost < far[at]
            far[at] = numpy.where(better, cost, far[at])
            high[at] = numpy.where(better, top, high[at])
            low[at] = numpy.where(better, bottom, low[at])
    return far.sum(axis=2)


def _opponents(numpy: Any, rgb: Any) -> Any:
    """Lightness, red against green, yellow against blue: the eye's own axes."""
    red, green, blue = rgb[:, :, 0], rgb[:, :, 1], rgb[:, :, 2]
    return numpy.stack(
        [(red + green + blue) / 3, (red - green) * 1.0, ((red + green) / 2 - blue) * 0.8], axis=2
    )


def _apart(numpy: Any, colours: Any) -> Any:
    """How unlike each place is to what stands along the four borders."""
    band = 3
    sides = [colours[:band], colours[-band:], colours[:, :band], colours[:, -band:]]
    apart = []
    for side in sides:
        flat = side.reshape(-1, 3)
        middle, spread = flat.mean(axis=0), flat.std(axis=0) + 14.0
        apart.append(numpy.sqrt((((colours - middle) / spread) ** 2).sum(axis=2)))
    apart.sort(key=lambda one: float(one.mean()))
    return sum(_unit(numpy, one) for one in apart) / len(apart)


def _unexpected(numpy: Any, light: Any) -> Any:
    """Spectral residual: what the logarithm of the spectrum has beyond its own average."""
    spectrum = numpy.fft.fft2(light)
    size = numpy.log(numpy.abs(spectrum) + 1e-6)
    average = (
        sum(numpy.roll(numpy.roll(size, down, 0), across, 1) for down in (-1, 0, 1) for across in (-1, 0, 1))
        / 9
    )
    back = numpy.fft.ifft2(numpy.exp(size - average + 1j * numpy.angle(spectrum)))
    return _blurred(numpy, (numpy.abs(back) ** 2).astype(numpy.float32))


def _blurred(numpy: Any, field: Any) -> Any:
    for axis in (0, 1):
        for _ in range(2):
            padded = numpy.concatenate([field.take([0, 0], axis), field, field.take([-1, -1], axis)], axis)
            length = field.shape[axis]
            field = sum(padded.take(range(at, at + length), axis) for at in range(5)) / 5
    return field


def _unit(numpy: Any, field: Any) -> Any:
    """From 0 to 1, and a single bright spot does not make all else dark."""
    low, high = numpy.percentile(field, (5, 99.7))
    return numpy.clip((field - low) / max(float(high - low), 1e-6), 0, 1)


def _boxes(weight: Any) -> list[tuple[int, int, int, int]]:
    """Trim, again and again, the side whose outermost line holds least for its length; note the box each
    time one of LEVELS is reached. From the innermost outward."""
    down, across = weight.shape
    left, top, right, bottom = 0, 0, across, down
    whole = float(weight.sum())
    kept, noted = whole, []
    levels = list(LEVELS)
    while levels and right - left > 2 and bottom - top > 2:
        inner = weight[top:bottom, left:right]
        lines = {
            "left": float(inner[:, 0].sum()) / (bottom - top),
            "right": float(inner[:, -1].sum()) / (bottom - top),
            "top": float(inner[0].sum()) / (right - left), "bottom": float(inner[-1].sum()) / (right - left),
        }  # fmt: skip
        side = min(lines, key=lambda name: lines[name])
        loss = lines[side] * ((bottom - top) if side in ("left", "right") else (right - left))
        while levels and kept - loss < levels[-1] * whole:
            noted.append((left, top, right, bottom))
            levels.pop()
        kept -= loss
        left += side == "left"
        right -= side == "right"
        top += side == "top"
        bottom -= side == "bottom"
    return noted[::-1]
