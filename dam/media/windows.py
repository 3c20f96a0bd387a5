"""Where a picture is cut for a shape: pure geometry, in parts of the picture as displayed (0 to 1).

A box or window is (left, top, right, bottom). A shape is width over height in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]

NAMED = {
    "9:16": 9 / 16, "3:4": 3 / 4, "4:5": 4 / 5, "1:1": 1.0, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9,
    "1.91:1": 1.91,
}  # fmt: skip
ALIKE = 0.006  # shapes this close share a window: 1200×630, 1200×627 and 1920×1005


@dataclass(frozen=True)
class Subject:
    """What a picture shows: ``regions`` from the core outward, ``faces`` apart, or a person's ``focal``."""

    regions: tuple[Box, ...] = ()
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

    A person's focal point is the window's middle as far as the borders allow. Else the window holds as much
    of the subject as it can: every region that fits is kept whole, the innermost first, and it is centred on
    the widest of them.
    """
    width, height = largest(size, shape)
    if subject.focal is not None:
        x, y = subject.focal
        return _at(_clamp(x - width / 2, 1 - width), _clamp(y - height / 2, 1 - height), width, height)
    left = _slide(width, [(box[0], box[2]) for box in subject.regions])
    top = _slide(height, [(box[1], box[3]) for box in subject.regions])
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


def _slide(length: float, spans: list[tuple[float, float]]) -> float:
    """Where a window of ``length`` begins, on an axis of length 1: every span that fits is kept whole, and
    within what that leaves the window leans towards the middle of the first that does not."""
    low, high = 0.0, max(0.0, 1.0 - length)
    middle = 0.5
    for begin, end in spans:
        least, most = max(low, end - length), min(high, begin)
        if least > most:
            middle = (begin + end) / 2
            if end - begin > length:  # larger than the window: stay inside it where that can be
                inside = max(low, begin), min(high, end - length)
                low, high = inside if inside[0] <= inside[1] else (low, high)
            break
        low, high, middle = least, most, (begin + end) / 2
    return min(max(middle - length / 2, low), high)


def _clamp(value: float, most: float) -> float:
    return min(max(value, 0.0), max(0.0, most))


def _at(left: float, top: float, width: float, height: float) -> Box:
    return (round(left, 5), round(top, 5), round(min(1.0, left + width), 5), round(min(1.0, top + height), 5))


def _overlaps(box: Box, window: Box) -> bool:
    return box[0] < window[2] and box[2] > window[0] and box[1] < window[3] and box[3] > window[1]
