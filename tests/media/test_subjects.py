"""What the machine takes for the subject, against boxes that people drew before they saw its crops."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageDraw, ImageOps

from bench.photographs import texture
from dam.media import faces, image, salience, subjects, things, windows
from dam.media.colour import Colour
from dam.media.faces import Face
from dam.media.recipes import Recipe
from dam.media.windows import Box, Subject
from tests.conftest import CORPUS

MARKS = Path(__file__).parent / "subjects"  # others.json is rougher, so less is asked of it (decision 0066)
SHAPES = ("9:16", "3:4", "4:5", "1:1", "16:9", "1.91:1")
ENOUGH = 0.95  # of what the best window of that shape could hold of the box
REACHED = 0.95  # 235 of 246 are; other processors may count a little differently


def _subject(seen: dict[str, list[Any]]) -> Subject:
    return Subject(tuple(seen["regions"]), tuple(seen["faces"]))


def _marked(marks: str) -> Iterator[tuple[Image.Image, Box]]:
    boxes = json.loads((MARKS / marks).read_text())
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and path.stat().st_size < 40_000_000:
            box = boxes.pop(hashlib.sha256(path.read_bytes()).hexdigest(), None)
            if box is not None:
                picture = ImageOps.exif_transpose(Image.open(path))
                yield picture, (box[0], box[1], box[2], box[3])


def _kept(picture: Image.Image, longest: int) -> Image.Image:
    """The picture as the archive keeps it, which is what the machine looks at."""
    recipe = Recipe("kept", "photo", "jpg", longest_side=longest, quality=82)
    colour, file = Colour(), io.BytesIO()
    for _, smaller, _ in image.renditions(picture, [recipe], None, colour):
        image.save_jpeg(smaller, file, recipe, colour)
    return Image.open(file).convert("RGB")


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("marks", "longest", "flipped", "reached"),
    [
        ("boxes.json", 1280, False, REACHED),
        ("boxes.json", 2048, False, REACHED),
        ("boxes.json", 1280, True, 0.94),
        ("others.json", 1280, False, 0.88),
    ],
)
def test_the_window_of_every_shape_holds_the_subject_that_people_marked(marks, longest, flipped, reached):
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    pillow_heif.register_heif_opener()
    subjects.warm()
    held = pairs = photos = 0
    for original, marked in _marked(marks):
        picture, box = _kept(original, longest), marked
        if flipped:
            picture, box = ImageOps.mirror(picture), windows.mirrored(marked)
        photos += 1
        subject = _subject(subjects.see(picture))
        for name in SHAPES:
            shape = windows.NAMED[name]
            window = windows.propose(picture.size, shape, subject)
            width, height = windows.largest(picture.size, shape)
            possible = min(1, width / (box[2] - box[0])) * min(1, height / (box[3] - box[1]))
            held += windows.held(window, box) >= ENOUGH * possible
            pairs += 1
    assert photos >= (25 if marks == "boxes.json" else 20)
    assert held / pairs >= reached, f"{held} of {pairs}"


@pytest.mark.parametrize("place", [(150, 200), (1150, 500), (650, 350)])
def test_one_bright_thing_on_cloth_is_found(place):
    picture = Image.fromarray((texture(1300, 866, 5) // 3) + 60)
    x, y = place
    ImageDraw.Draw(picture).ellipse((x - 90, y - 90, x + 90, y + 90), fill=(230, 40, 30))
    seen = subjects.see(picture)
    box = ((x - 90) / 1300, (y - 90) / 866, (x + 90) / 1300, (y + 90) / 866)
    for shape in windows.NAMED.values():
        window = windows.propose(picture.size, shape, _subject(seen))
        assert windows.held(window, box) > 0.95


def test_what_stands_out_is_the_same_in_the_mirror():
    picture = Image.fromarray(texture(400, 266, 7))
    ImageDraw.Draw(picture).ellipse((60, 50, 150, 140), fill=(230, 40, 30))
    seen, flipped = salience.both_ways(picture), salience.both_ways(ImageOps.mirror(picture))
    assert seen is not None and flipped is not None
    assert seen.field == pytest.approx(flipped.field[:, ::-1], abs=1e-3)
    again = sorted(windows.mirrored(box) for box in flipped.boxes)
    assert [pytest.approx(box) for box in sorted(seen.boxes)] == again


@pytest.mark.parametrize(
    ("sure", "thing", "looks"), [(0.9, 0.5, [384]), (0.8, 0.5, [384, 512]), (0.8, 0.1, [384])]
)
def test_only_a_thing_without_a_certain_face_is_looked_at_twice(monkeypatch, sure, thing, looks):
    picture = Image.fromarray(texture(600, 400, 5))
    asked = []

    def find(_picture, longest=things.LOOKED_AT):
        asked.append(longest)
        return [things.Thing((0.3, 0.3, 0.6, 0.6), thing, person=False)]

    monkeypatch.setattr(things, "find", find)
    monkeypatch.setattr(faces, "find", lambda _picture: [Face((0.4, 0.3, 0.5, 0.5), sure)])
    assert subjects.see(picture)["faces"] == [(0.4, 0.3, 0.5, 0.5)]
    assert asked == looks


def test_what_is_seen_only_in_the_mirror_stands_where_it_is(monkeypatch):
    def find(_picture, longest=things.LOOKED_AT):
        there = (0.6, 0.2, 0.9, 0.8) if longest == things.CLOSER else (0.7, 0.1, 0.9, 0.3)
        return [things.Thing(there, 0.9, person=False)]

    monkeypatch.setattr(things, "find", find)
    regions = subjects.see(Image.fromarray(texture(600, 400, 5)))["regions"]
    assert any(region[:4] == pytest.approx((0.1, 0.2, 0.4, 0.8)) for region in regions)


def test_a_picture_of_nothing_has_no_subject_and_is_cut_in_the_middle():
    seen = subjects.see(Image.new("RGB", (900, 600), (90, 90, 90)))
    assert seen == {"faces": [], "regions": []}
    left, _top, right, _bottom = windows.propose((900, 600), 1.0, Subject())
    assert (left + right) / 2 == pytest.approx(0.5)


def test_groups_are_framed_together_and_passers_by_are_not():
    near, beside, far = (0.40, 0.30, 0.50, 0.45), (0.60, 0.28, 0.70, 0.42), (0.05, 0.40, 0.08, 0.44)
    group, largest, body = (region[:4] for region in subjects.around([near, beside, far]))
    assert all(windows.held(group, face) == 1.0 for face in (near, beside))
    assert windows.held(group, far) == windows.held(body, far) == 0.0
    assert windows.held(largest, near) == 1.0 and windows.held(largest, beside) == 0.0
    assert group[1] < near[1], "a head has room above its face"
    assert body[3] > group[3]


def test_a_face_is_worth_more_than_all_else():
    face = (0.10, 0.20, 0.20, 0.40)
    rival = (0.60, 0.05, 0.95, 0.95, 1.0)  # all that things and what stands out can have together
    window = windows.propose((1500, 1000), 9 / 16, Subject((rival, *subjects.around([face])), (face,)))
    assert windows.held(window, face) == 1.0


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "count"), [("odd/immich__portrait.jpg", 2), ("photos/ianare__DSCN0012.jpg", 0)]
)
def test_faces_are_found_in_profile_too_and_none_in_leaves(name, count):
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    faces.warm()
    assert len(faces.find(Image.open(CORPUS / name).convert("RGB"))) == count


@pytest.mark.corpus
def test_a_person_from_behind_is_a_person():
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    pillow_heif.register_heif_opener()
    found = things.find(Image.open(CORPUS / "odd" / "exifr__heic-collection.heic").convert("RGB"))
    person = max((thing for thing in found if thing.person), key=lambda thing: thing.sure)
    assert windows.held(person.box, (0.32, 0.35, 0.68, 0.98)) > 0.95


def test_without_its_network_the_rest_is_still_seen(monkeypatch, tmp_path):
    monkeypatch.setattr(things, "GRAPH", tmp_path / "centernet.json")
    things._network.cache_clear()
    try:
        picture = Image.new("RGB", (600, 400), (90, 90, 90))
        ImageDraw.Draw(picture).ellipse((400, 100, 500, 200), fill=(230, 40, 30))
        assert things.find(picture) == []
        assert subjects.see(picture)["regions"]
    finally:
        things._network.cache_clear()
