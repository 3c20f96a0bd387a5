"""Raw files: their largest preview upright, developed only where there is none large enough."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dam.media import raw_previews
from dam.media.reasons import Reason
from dam.media.sniff import sniff
from tests.media import raw_material
from tests.media.conftest import Look


def inside(path: Path) -> raw_previews.Inside:
    with path.open("rb") as file:
        descriptor = file.fileno()

        def read(at: int, count: int) -> bytes:
            return os.pread(descriptor, count, at)

        found = sniff(read(0, 4096), read)
        assert found.reader == "RAW"
        return raw_previews.look(read, found.media_type, path.stat().st_size)


def white_corner(path: Path) -> str:
    """Which quarter is white."""
    with Image.open(path) as picture:
        grey = picture.convert("L")
        places = {"upper left": (1, 1), "upper right": (3, 1), "lower left": (1, 3), "lower right": (3, 3)}
        seen = {
            name: grey.getpixel((grey.width * x // 4, grey.height * y // 4))
            for name, (x, y) in places.items()
        }
    return max(seen, key=lambda name: seen[name])


@pytest.mark.parametrize(
    ("make", "media_type"),
    [
        (lambda path: raw_material.camera_tiff(path, [(160, 120), (1920, 1280)]), "image/x-nikon-nef"),
        (lambda path: raw_material.camera_tiff(path, [(1920, 1280)], make=b"SONY\0", packing=32767),
         "image/x-sony-arw"),
        (lambda path: raw_material.camera_tiff(path, [(1920, 1280)], make=b"PENTAX\0", packing=65535),
         "image/x-pentax-pef"),
        (lambda path: raw_material.camera_tiff(path, [(1920, 1280)], make=b"SAMSUNG\0", packing=32770),
         "image/x-samsung-srw"),
        (lambda path: raw_material.dng(path, preview=(1920, 1280)), "image/x-adobe-dng"),
        (lambda path: raw_material.cr2(path, (1920, 1280)), "image/x-canon-cr2"),
        (lambda path: raw_material.raf(path, (1920, 1280)), "image/x-fuji-raf"),
        (lambda path: raw_material.rw2(path, (1920, 1280)), "image/x-panasonic-rw2"),
        (lambda path: raw_material.orf(path, (1920, 1280)), "image/x-olympus-orf"),
        (lambda path: raw_material.cr3(path, [(1920, 1280), (640, 480)]), "image/x-canon-cr3"),
    ],
)  # fmt: skip
def test_the_largest_preview_of_every_makers_file_is_shown(
    look: Look, tmp_path: Path, make: Callable[[Path], Path], media_type: str
) -> None:
    visit = look(make(tmp_path / "picture.tif"))
    assert (visit.facts.kind, visit.facts.media_type) == ("photo", media_type)
    assert visit.facts.readers["picture"] == "embedded preview, 1920×1280"
    assert {one.preset: one.width for one in visit.made} == {"thumb": 320, "preview": 1280, "web-2048": 1920}
    assert white_corner(visit.made[0].path) == "upper left"


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, "upper left"), (3, "lower right"), (6, "upper right"), (8, "lower left")]
)
@pytest.mark.parametrize("kind", ["tiff", "cr3"])
def test_a_preview_is_turned_as_the_raw_file_says(
    look: Look, tmp_path: Path, kind: str, orientation: int, corner: str
) -> None:
    path = tmp_path / "a"
    if kind == "tiff":
        raw_material.camera_tiff(path, [(1920, 1280)], orientation=orientation)
    else:
        raw_material.cr3(path, [(1920, 1280), (640, 480)], orientation=orientation)
    visit = look(path)
    turned = orientation in (6, 8)
    assert (visit.facts.width > visit.facts.height) is not turned
    for made in visit.made:
        assert (made.width > made.height) is not turned
        assert white_corner(made.path) == corner


def test_a_preview_that_the_camera_turned_before_is_not_turned_twice(look: Look, tmp_path: Path) -> None:
    path = raw_material.camera_tiff(tmp_path / "a", [(1280, 1920)], raw=(3000, 2000), orientation=6)
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (2000, 3000)
    assert all(made.height > made.width for made in visit.made)
    assert white_corner(visit.made[0].path) == "upper left"


def test_the_size_is_the_raw_pictures_and_not_the_previews(look: Look, tmp_path: Path) -> None:
    visit = look(raw_material.camera_tiff(tmp_path / "a", [(1920, 1280)], raw=(6000, 4000)))
    assert (visit.facts.width, visit.facts.height) == (6000, 4000)


def test_the_size_is_found_where_each_maker_keeps_it(tmp_path: Path) -> None:
    assert inside(raw_material.raf(tmp_path / "a.raf", (1920, 1280))).size == (6000, 4000)
    assert inside(raw_material.rw2(tmp_path / "a.rw2", (1920, 1280))).size == (4000, 3000)
    assert inside(raw_material.cr3(tmp_path / "a.cr3", [(1920, 1280), (640, 480)])).size == (1920, 1280)
    assert inside(raw_material.dng(tmp_path / "a.dng", preview=(160, 120))).size == (320, 240)


def test_without_a_preview_large_enough_the_raw_data_is_developed(look: Look, tmp_path: Path) -> None:
    visit = look(raw_material.dng(tmp_path / "a.jpg", preview=(160, 120), size=(640, 480), orientation=6))
    assert visit.facts.readers["picture"].startswith("demosaiced")
    assert (visit.facts.width, visit.facts.height) == (480, 640)
    assert white_corner(visit.made[0].path) == "upper right"
    with Image.open(visit.made[0].path) as picture:
        red, green, blue = picture.getpixel((picture.width // 4, picture.height * 3 // 4))
    assert green > red + 40 and green > blue + 40


def test_a_small_preview_stands_in_for_what_cannot_be_developed(look: Look, tmp_path: Path) -> None:
    visit = look(raw_material.camera_tiff(tmp_path / "a", [(640, 426)]))
    assert visit.made[0].width == 640 or {one.width for one in visit.made} == {320, 640}
    assert any("small preview" in warning for warning in visit.warnings)


def test_a_raw_file_without_its_raw_data_is_cut_short(refusal, tmp_path: Path) -> None:
    assert (
        refusal(raw_material.camera_tiff(tmp_path / "a", [(160, 120)], cut=True)).reason == Reason.CUT_SHORT
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda path: raw_material.cr2(path, (1920, 1280)),
        lambda path: raw_material.raf(path, (1920, 1280)),
        lambda path: raw_material.cr3(path, [(1920, 1280), (640, 480)]),
    ],
)
def test_a_copy_that_broke_off_is_cut_short_though_its_preview_is_whole(
    refusal, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path / "a")
    data = path.read_bytes()
    path.write_bytes(data[:-1000])
    assert inside(path).previews[0].width == 1920
    refused = refusal(path)
    assert refused.reason == Reason.CUT_SHORT
    assert refused.facts is not None and refused.facts.media_type.startswith("image/x-")


def test_a_large_preview_does_not_hide_that_the_raw_data_is_missing(refusal, tmp_path: Path) -> None:
    path = raw_material.camera_tiff(tmp_path / "a", [(1920, 1280)], cut=True)
    assert refusal(path).reason == Reason.CUT_SHORT


def test_a_track_that_points_beyond_the_end_of_a_cr3_is_cut_short(refusal, tmp_path: Path) -> None:
    """The box that held the sensor's data is gone altogether, and every box that is left is whole."""
    path = raw_material.cr3(tmp_path / "a", [(1920, 1280), (1620, 1080)])
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") - 4])
    assert refusal(path).reason == Reason.CUT_SHORT


def test_panasonics_newer_cameras_write_a_preview_of_full_size(look: Look, tmp_path: Path) -> None:
    visit = look(raw_material.rw2(tmp_path / "a.rw2", (1920, 1440), large=(4000, 3000)))
    assert visit.facts.readers["picture"] == "embedded preview, 4000×3000"


def test_panasonics_strip_may_stand_nowhere_and_be_as_long_as_unpacked(look: Look, tmp_path: Path) -> None:
    path = raw_material.rw2(tmp_path / "a.rw2", (1920, 1280))
    assert inside(path).whole
    path.write_bytes(path.read_bytes().replace((4000 * 3000 * 2).to_bytes(4, "little"), bytes(4)))
    assert inside(path).whole


def test_a_raw_file_cut_before_the_directory_at_its_end_is_cut_short(refusal, tmp_path: Path) -> None:
    """Phones write the directory last: without it nothing tells a raw file from a TIFF."""
    path = raw_material.dng(tmp_path / "a.dng", preview=(1920, 1280))
    path.write_bytes(path.read_bytes()[:100_000])
    assert refusal(path).reason == Reason.CUT_SHORT


def test_a_raw_picture_too_large_is_a_bomb(refusal, tmp_path: Path) -> None:
    path = raw_material.camera_tiff(tmp_path / "a", [(160, 120)], raw=(640, 400))
    data = path.read_bytes().replace((640).to_bytes(4, "little"), (4_000_000).to_bytes(4, "little"))
    path.write_bytes(data)
    assert refusal(path).reason == Reason.BOMB


def test_lossless_jpeg_is_raw_data_and_no_preview(tmp_path: Path) -> None:
    path = raw_material.camera_tiff(tmp_path / "a", [(160, 120), (1920, 1280)])
    data = path.read_bytes()
    assert len(inside(path).previews) == 2
    at = data.rindex(b"\xff\xc0")
    path.write_bytes(data[:at] + b"\xff\xc3" + data[at + 2 :])
    assert len(inside(path).previews) == 1


def test_places_that_point_nowhere_find_nothing(tmp_path: Path) -> None:
    path = raw_material.camera_tiff(tmp_path / "a", [(160, 120), (320, 240)])
    whole = path.read_bytes()
    for cut in range(8, len(whole), max(1, len(whole) // 60)):
        part = whole[:cut]
        raw_previews.look(lambda at, count, part=part: part[at : at + count], "image/x-nikon-nef", cut)


def test_a_tiff_from_an_editor_stays_a_tiff(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    exif = Image.Exif()
    exif[0x010F] = "NIKON CORPORATION"
    Image.new("RGB", (64, 48)).save(path, exif=exif)
    with path.open("rb") as file:
        descriptor = file.fileno()
        found = sniff(os.pread(descriptor, 4096, 0), lambda at, count: os.pread(descriptor, count, at))
    assert (found.media_type, found.reader) == ("image/tiff", "TIFF")
