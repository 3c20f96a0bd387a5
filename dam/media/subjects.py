"""What a picture is about: boxes, each with how much it is believed. Nobody is recognised; boxes are all that
is kept.

Three that know nothing of each other are asked: for faces, for things, and for what stands out. A window is
then cut where most of the belief finds its box whole (dam.media.windows). All of it on small pictures.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from PIL import Image

from dam.media import faces, salience, things
from dam.media.salience import Outstanding
from dam.media.things import Thing
from dam.media.windows import Box, Region, held, mirrored

LOOKED_AT = 400  # pixels of the longest side, for what stands out
KEPT = 32  # regions
RECOGNISED = 0.15  # how sure the network is of the surest thing, where a second look is worth its time
# How much a box is believed: the exponential of a sum of these, fitted on photographs whose subjects were
# marked by hand before (docs/decisions/0066).
SURENESS = 0.4  # of the logarithm of how sure the network is
AGREEMENT = 10.0  # of the box with what stands out, as intersection over union
BEYOND = 2.5  # of how much more stands out inside it than in the picture
OFF_CENTRE = -1.05  # of the square of the distance from the middle, 1 at the middle of a side
STANDS_OUT = -1.5  # for a box that is only what stands out
AS_SURE = 0.05  # which is taken for as sure as this
PERSONS = 2.0  # of how sure the network is that it is a person
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
    parts of the picture.

    Where no face is certain, things and what stands out are looked for in the mirror too, and things larger
    there: what is found by chance, by a pixel more or less, is seldom found twice. Where nothing at all was
    recognised, things are not.
    """
    whole = picture.convert("RGB")
    small = whole.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR, reducing_gap=2.0)
    found = faces.find(whole)
    again = not any(face.sure >= faces.CERTAIN for face in found)
    outstanding = salience.both_ways(small) if again else salience.stands_out(small)
    if outstanding is None:
        return {"faces": [], "regions": []}
    present = things.find(whole)
    if again and present and present[0].sure >= RECOGNISED:
        flipped = things.find(whole.transpose(Image.Transpose.FLIP_LEFT_RIGHT), things.CLOSER)
        present += [replace(thing, box=mirrored(thing.box)) for thing in flipped]
    seen = [face.box for face in found]
    regions = believed(present, outstanding, seen)
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
        agreement, beyond = _agreement(outstanding.field, box)
        weight = start + SURENESS * math.log(thing.sure) + OFF_CENTRE * off
        weight += AGREEMENT * agreement + BEYOND * beyond + PERSONS * thing.sure * thing.person
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


def _agreement(field: Any, box: Box) -> tuple[float, float]:
    """Intersection over union of a box and a field of 0 to 1; how far the field in it is beyond its mean."""
    down, across = field.shape
    left, top = round(box[0] * across), round(box[1] * down)
    right, bottom = max(left + 1, round(box[2] * across)), max(top + 1, round(box[3] * down))
    inside, area = float(field[top:bottom, left:right].sum()), (right - left) * (bottom - top)
    return inside / (area + float(field.sum()) - inside), inside / area - float(field.mean())


def _head(face: Box) -> Box:
    height, width = face[3] - face[1], face[2] - face[0]
    return (
        max(0.0, face[0] - BESIDE * width), max(0.0, face[1] - HEADROOM * height),
        min(1.0, face[2] + BESIDE * width), min(1.0, face[3] + NECK * height),
    )  # fmt: skip
