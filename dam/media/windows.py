"""Where a picture is cut for a shape: pure geometry, in parts of the picture as displayed (0 to 1).

A box or window is (left, top, right, bottom). A shape is width over height in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
Region = tuple[float, float, float, float, float]  # a box, and how much it is believed to be the subject

NAMED = {
    "9:16": 9 / 16, "3:4": 3 / 4, "4:5": 4 / 5, "1:1": 1.0, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9,
    "1.91:1": 1.91,
}  # fmt: skip
ALIKE = 0.006  # shapes this close share a window: 1200×630, 1200×627 and 1920×1005
PLACES = 100  # tried from one end of the picture to the other
BITTEN = 0.03  # of a region that a window may cut and still hold it
SOFT = 0.02  # of the picture's side: how gradually a region counts as cut; boxes are no surer than this
AS_GOOD = 0.003  # of all belief: places that differ by less are equals
ELBOWROOM = 0.05  # of the picture's side, between the window and where it would begin to cut


@dataclass(frozen=True)
class Subject:
    """What a picture shows: ``regions`` that may be its subject, ``faces`` apart, or a person's ``focal``."""

    regions: tuple[Region, ...] = ()
    faces: tuple[Box, ...] = ()
    focal: tuple[float, float] | None = None


def shape_name(shape: float) -> str:
    """ "4:5" for 0.8; a shape that has no name is called by its figure, "2.35:1"."""
    for name, value in NAMED.items():
        if abs(value - shape) <= ALIKE * value:
            return name
    return f"{shape:.2f}:1"


def largest(size: tuple[int, int], shape: float) -> tuple[float, float]:
    """Width and height, in parts of the picture, of the largest window of this shape."""
    own = size[0] / size[1]
    return (1.0, own / shape) if shape >= own else (shape / own, 1.0)


def pixels(size: tuple[int, int], window: Box) -> tuple[int, int]:
    """How many pixels of a picture of ``size`` a window holds."""
    return round((window[2] - window[0]) * size[0]), round((window[3] - window[1]) * size[1])


def largest_size(size: tuple[int, int], shape: float) -> tuple[int, int]:
    """The largest picture of this shape that can be cut without enlarging."""
    width, height = largest(size, shape)
    return max(1, int(width * size[0] + 1e-6)), max(1, int(height * size[1] + 1e-6))


def propose(size: tuple[int, int], shape: float, subject: Subject) -> Box:
    """The largest window of this shape, where the subject stands best in it.

    A person's focal point is the window's middle as far as the borders allow. Else the window stands where
    most of the belief finds its region whole, or, of regions larger than the window, nothing but them inside.
    """
    width, height = largest(size, shape)
    if subject.focal is not None:
        x, y = subject.focal
        return _at(_clamp(x - width / 2, 1 - width), _clamp(y - height / 2, 1 - height), width, height)
    left = _best(width, [(left, right, weight) for left, _, right, _, weight in subject.regions])
    top = _best(height, [(top, bottom, weight) for _, top, _, bottom, weight in subject.regions])
    return _at(left, top, width, height)


def exactly(size: tuple[int, int], shape: float, window: Box) -> Box:
    """A window that a person drew, trimmed about its middle to the exact shape, and kept inside."""
    width, height = window[2] - window[0], window[3] - window[1]
    own = size[0] / size[1]
    wanted = shape / own  # width over height, in parts
    if width / height > wanted:
        width = height * wanted
    else:
        height = width / wanted
    x, y = (window[0] + window[2]) / 2, (window[1] + window[3]) / 2
    return _at(_clamp(x - width / 2, 1 - width), _clamp(y - height / 2, 1 - height), width, height)


def cut_off(window: Box, boxes: Sequence[Box], margin: float = 0.0) -> list[Box]:
    """The boxes that a window cuts, or that come nearer to its border than ``margin`` parts of its height."""
    near = margin * (window[3] - window[1])
    seen = [box for box in boxes if _overlaps(box, window)]
    return [
        box
        for box in seen
        if box[0] < window[0] + near
        or box[1] < window[1] + near
        or box[2] > window[2] - near
        or box[3] > window[3] - near
    ]


def held(window: Box, box: Box) -> float:
    """How much of ``box`` a window holds, 0 to 1."""
    width = max(0.0, min(window[2], box[2]) - max(window[0], box[0]))
    height = max(0.0, min(window[3], box[3]) - max(window[1], box[1]))
    whole = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / whole if whole > 0 else 0.0


def alike(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    both = held(one, other) * (other[2] - other[0]) * (other[3] - other[1])
    whole = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - both
    return both / whole if whole > 0 else 0.0


def mirrored(box: Box) -> Box:
    """Where a box is when left and right are exchanged."""
    return (1 - box[2], box[1], 1 - box[0], box[3])


def _best(length: float, spans: list[tuple[float, float, float]]) -> float:
    """Where a window of ``length`` begins, on an axis of length 1. Of places that hold as much, the one where
    what it holds stands nearest to its middle, but not at the brink of being cut."""
    room = max(0.0, 1.0 - length)
    if not spans or not room:
        return room / 2
    places = [room * place / PLACES for place in range(PLACES + 1)]
    held = [sum(_holds(place, length, *span) for span in spans) for place in places]
    best = max(range(PLACES + 1), key=held.__getitem__)
    enough = held[best] - AS_GOOD * sum(weight for _, _, weight in spans)
    first = last = best
    while first > 0 and held[first - 1] >= enough:
        first -= 1
    while last < PLACES and held[last + 1] >= enough:
        last += 1
    parts = [_holds(places[best], length, *span) for span in spans]
    middle = sum(part * (span[0] + span[1]) / 2 for part, span in zip(parts, spans, strict=True)) / sum(parts)
    brink = min(ELBOWROOM, (places[last] - places[first]) / 2)
    return min(max(middle - length / 2, places[first] + brink), places[last] - brink)


def _holds(at: float, length: float, begin: float, end: float, weight: float) -> float:
    """``weight`` where a window that begins ``at`` holds a span, falling to 0 where it cuts it."""
    away = abs(at + length / 2 - (begin + end) / 2)
    spare = abs(end - begin - length) / 2 + BITTEN * min(end - begin, length)
    return weight / (1 + math.exp((away - spare) / SOFT))


def _clamp(value: float, most: float) -> float:
    return min(max(value, 0.0), max(0.0, most))


def _at(left: float, top: float, width: float, height: float) -> Box:
    return (round(left, 5), round(top, 5), round(min(1.0, left + width), 5), round(min(1.0, top + height), 5))


def _overlaps(box: Box, window: Box) -> bool:
    return box[0] < window[2] and box[2] > window[0] and box[1] < window[3] and box[3] > window[1]
