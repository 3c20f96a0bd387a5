"""Boxes of things in a picture: persons, animals, vehicles and what else looks like one whole thing.

The network is a CenterNet (Zhou 2019, "Objects as Points") on MobileNetV3, trained on the eighty kinds of
COCO; OpenCV runs it. It names kinds, never persons, and of the kinds only "a person or not" is used. It is
asked for much that it is not sure of: a box it doubts is often right, and only its name is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from dam.media import tfjs
from dam.media.windows import Box

# script/setup puts it there.
GRAPH = Path(__file__).resolve().parents[2] / "models" / "built" / "centernet.json"
TAKES, SIZES, PEAKS = "tower_0/images", "tower_0/wh", "tower_0/keypoints"
LOOKED_AT, CLOSER = 384, 512  # pixels of the longest side; the network itself halves five times
HALVED, PER_PLACE = 32, 4  # sides are multiples of the first; an answer stands for so many pixels a side
SURE = 0.04  # deliberately little
MOST = 40
LEAST = 0.01  # of the picture's side
PERSON = 0


@dataclass(frozen=True)
class Thing:
    """``sure`` from 0 to 1."""

    box: Box
    sure: float
    person: bool


def installed() -> bool:
    return GRAPH.is_file()


def warm() -> None:
    """Read the network, in the parent that is forked."""
    _network()


def find(picture: Image.Image, longest: int = LOOKED_AT) -> list[Thing]:
    """What is in a picture of ``longest`` pixels, the surest first; none where OpenCV or the network is not
    installed."""
    network = _network()
    if network is None:
        return []
    import cv2
    import numpy

    scale = longest / max(picture.size)
    size = tuple(max(2 * HALVED, round(side * scale / HALVED) * HALVED) for side in picture.size)
    pixels = numpy.asarray(picture.resize(size, Image.Resampling.BILINEAR), numpy.float32)
    network.setInput(numpy.ascontiguousarray(pixels.transpose(2, 0, 1)[None]))
    sizes, peaks = (answer[0] for answer in network.forward([SIZES, PEAKS]))
    surest, kinds = peaks.max(axis=0), peaks.argmax(axis=0)
    tops = (cv2.dilate(surest, numpy.ones((3, 3), numpy.uint8)) == surest) & (surest > SURE)
    rows, columns = numpy.nonzero(tops)
    found = []
    for place in numpy.argsort(-surest[rows, columns], kind="stable")[:MOST]:
        row, column = int(rows[place]), int(columns[place])
        box = _box(column, row, sizes[:, row, column], size)
        if box[2] - box[0] > LEAST and box[3] - box[1] > LEAST:
            found.append(Thing(box, float(surest[row, column]), int(kinds[row, column]) == PERSON))
    return found


def _box(column: int, row: int, reach: Any, size: tuple[int, ...]) -> Box:
    """``reach``: pixels from the place to the left, top, right and bottom."""
    left, top, right, bottom = (float(side) for side in reach)
    x, y = column * PER_PLACE, row * PER_PLACE
    return (
        max(0.0, (x - left) / size[0]), max(0.0, (y - top) / size[1]),
        min(1.0, (x + right) / size[0]), min(1.0, (y + bottom) / size[1]),
    )  # fmt: skip


@cache
def _network() -> Any:
    if not installed():
        return None
    try:
        import cv2
    except ImportError:
        return None
    import numpy

    cv2.setNumThreads(1)
    stored = tfjs.as_onnx(GRAPH, (LOOKED_AT, LOOKED_AT), TAKES, [SIZES, PEAKS])
    return cv2.dnn.readNetFromONNX(numpy.frombuffer(stored, numpy.uint8))
