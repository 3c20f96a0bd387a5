"""What a picture is about: boxes, each with how much it is believed. Nobody is recognised; boxes are all that
is kept.

Three that know nothing of each other are asked: for faces, for things, and for what stands out. A window is
then cut where most of the belief finds its box whole (dam.media.windows). All of it on small pictures.
"""

from __future__ import annotations

import math
from typing import Any

from PIL import Image

from dam.media import faces, salience, things
from dam.media.salience import Outstanding
from dam.media.things import Thing
from dam.media.windows import Box, Region, held

LOOKED_AT = 400  # pixels of the longest side, for what stands out
KEPT = 24  # regions
# How much a box is believed: the exponential of a sum of these, fitted on photographs whose subjects were
# marked by hand before (docs/decisions/0066).
SURENESS = 0.4  # of the logarithm of how sure the network is
AGREEMENT = 5.0  # of the box with what stands out, as intersection over union
OFF_CENTRE = -0.55  # of the square of the distance from the middle, 1 at the middle of a side
STANDS_OUT = -0.2  # for a box that is only what stands out
AS_SURE = 0.05  # which is taken for as sure as this
PERSONS = 1.9  # of how sure the network is that it is a person
# Faces weigh this against all else, which is 1 together: all heads, the largest head, the body below.
HEADS, LARGEST, BODY = 1.5, 0.7, 0.6
ITS_PERSON = 3.0  # times as much is believed of a person whose face was found
COUNTS = 0.45  # of the largest face's height: smaller ones are passers-by
HEADROOM, NECK, BESIDE = 0.35, 0.3, 0.25  # of a face's height, above, below and of its width at its sides


def warm() -> None:
    """Read the networks and import the rest, in the parent that is forked: a child may open no file."""
    faces.warm()
    things.warm()
    rehearsal = Image.radial_gradient("L").convert("RGB").resize((LOOKED_AT, LOOKED_AT))
    rehearsal.paste((200, 40, 30), (90, 90, 160, 170))
    see(rehearsal)


def see(picture: Image.Image) -> dict[str, list[Any]]:
    """``faces``, and ``regions`` with their weights as the fifth number, the most believed first; all in
    parts of the picture."""
    whole = picture.convert("RGB")
    small = whole.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    outstanding = salience.stands_out(small)
    if outstanding is None:
        return {"faces": [], "regions": []}
    seen = faces.find(whole)
    regions = believed(things.find(whole), outstanding, seen)
    if seen:
        regions += around(seen)
    regions.sort(key=lambda region: -region[4])
    return {"faces": seen, "regions": regions[:KEPT]}


def believed(found: list[Thing], outstanding: Outstanding, seen: list[Box]) -> list[Region]:
    """Things and what stands out, weighed against each other; 1 in all."""
    alone = [(Thing(box, AS_SURE, person=False), STANDS_OUT) for box in outstanding.boxes]
    both = [*((thing, 0.0) for thing in found), *alone]
    weights = []
    for thing, start in both:
        box = thing.box
        off = (box[0] + box[2] - 1) ** 2 + (box[1] + box[3] - 1) ** 2
        weight = start + SURENESS * math.log(thing.sure) + OFF_CENTRE * off
        weight += AGREEMENT * _agreement(outstanding.field, box) + PERSONS * thing.sure * thing.person
        weight += math.log(ITS_PERSON) * (thing.person and bool(seen) and held(box, seen[0]) > 0.9)
        weights.append(math.exp(weight))
    whole = sum(weights)
    return [(*thing.box, weight / whole) for (thing, _), weight in zip(both, weights, strict=True)]


def around(seen: list[Box]) -> list[Region]:
    """The heads of all that are not passers-by, the largest alone, and the bodies below them."""
    tallest = seen[0][3] - seen[0][1]
    heads = [_head(face) for face in seen if face[3] - face[1] >= COUNTS * tallest]
    left, top, right, bottom = (
        min(head[0] for head in heads), min(head[1] for head in heads),
        max(head[2] for head in heads), max(head[3] for head in heads),
    )  # fmt: skip
    middle, half = (left + right) / 2, (right - left) * 0.75
    return [
        (left, top, right, bottom, HEADS),
        (*heads[0], LARGEST),
        (max(0.0, middle - half), top, min(1.0, middle + half), min(1.0, bottom + 2 * tallest), BODY),
    ]


def _agreement(field: Any, box: Box) -> float:
    """Intersection over union of a box and a field of 0 to 1."""
    down, across = field.shape
    left, top = round(box[0] * across), round(box[1] * down)
    right, bottom = max(left + 1, round(box[2] * across)), max(top + 1, round(box[3] * down))
    inside = float(field[top:bottom, left:right].sum())
    return inside / ((right - left) * (bottom - top) + float(field.sum()) - inside)


def _head(face: Box) -> Box:
    height, width = face[3] - face[1], face[2] - face[0]
    return (
        max(0.0, face[0] - BESIDE * width), max(0.0, face[1] - HEADROOM * height),
        min(1.0, face[2] + BESIDE * width), min(1.0, face[3] + NECK * height),
    )  # fmt: skip
