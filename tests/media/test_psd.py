"""Photoshop's files, written here by ImageMagick: the merged picture, in every way it is stored."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from bench.photographs import wide_profile
from dam.media import psd
from dam.media.reasons import Reason
from tests.media.conftest import Look
from tests.media.raw_material import jpeg

pytestmark = pytest.mark.skipif(not shutil.which("identify"), reason="needs imagemagick")


def made_by_imagemagick(path: Path, *options: str, size: str = "700x500") -> Path:
    draw = ["-size", size, "xc:rgb(60,160,90)", "-fill", "white", "-draw", "rectangle 0,0 349,249"]
    subprocess.run(["convert", *draw, *options, str(path)], check=True)
    return path


def colours(path: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of the upper left, and of the lower right."""
    with Image.open(path) as picture:
        seen = picture.convert("RGB")
        return seen.getpixel((10, 10)), seen.getpixel((seen.width - 10, seen.height - 10))


def near(one: tuple[int, ...], other: tuple[int, ...], within: int = 6) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("prefix", "options", "space", "depth"),
    [
        ("psd:", ["-depth", "8"], "RGB", 8),
        ("psb:", ["-depth", "8"], "RGB", 8),
        ("psd:", ["-depth", "16"], "RGB", 16),
        ("psd:", ["-depth", "8", "-compress", "RLE"], "RGB", 8),
        ("psd:", ["-depth", "8", "-compress", "None"], "RGB", 8),
        ("psb:", ["-depth", "8", "-compress", "RLE"], "RGB", 8),
        ("psd:", ["-depth", "8", "-colorspace", "CMYK"], "CMYK", 8),
    ],
)
def test_the_merged_picture_is_shown(
    look: Look, tmp_path: Path, prefix: str, options: list[str], space: str, depth: int
) -> None:
    path = tmp_path / "a"
    made_by_imagemagick(Path(f"{prefix}{path}"), *options)
    visit = look(path)
    facts = visit.facts
    assert (facts.media_type, facts.width, facts.height) == ("image/vnd.adobe.photoshop", 700, 500)
    assert (facts.color_space, facts.bit_depth) == (space, depth)
    for made in visit.made:
        white, green = colours(made.path)
        assert near(white, (255, 255, 255)) and near(green, (60, 160, 90))


def test_grey_is_grey(look: Look, tmp_path: Path) -> None:
    made_by_imagemagick(Path(f"psd:{tmp_path / 'a'}"), "-colorspace", "Gray", "-depth", "8")
    visit = look(tmp_path / "a")
    assert visit.facts.color_space == "Grey"
    white, grey = colours(visit.made[0].path)
    assert near(white, (255, 255, 255)) and max(grey) - min(grey) <= 2


def test_its_profile_is_converted_from(look: Look, tmp_path: Path) -> None:
    """Numbers of a wide space are stronger colours than the same numbers in sRGB."""
    (tmp_path / "wide.icc").write_bytes(wide_profile())
    made_by_imagemagick(Path(f"psd:{tmp_path / 'a'}"), "-depth", "8", "-profile", str(tmp_path / "wide.icc"))
    _, green = colours(look(tmp_path / "a").made[0].path)
    assert green[0] < 45 and green[1] >= 158


def test_a_poster_is_averaged_down_band_by_band(look: Look, alone: int, tmp_path: Path) -> None:
    made_by_imagemagick(Path(f"psb:{tmp_path / 'a'}"), "-depth", "8", "-compress", "RLE", size="9000x6000")
    visit = look(tmp_path / "a")
    assert (visit.facts.width, visit.facts.height) == (9000, 6000)
    assert visit.usage.peak_bytes - alone < 140 * 1024 * 1024
    assert {one.preset: one.width for one in visit.made} == {"thumb": 320, "preview": 1280, "web-2048": 2048}
    assert near(colours(visit.made[0].path)[1], (60, 160, 90))


def header(
    width: int = 64, height: int = 48, depth: int = 8, mode: int = psd.RGB, channels: int = 3
) -> bytes:
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, channels, height, width, 8, mode)


def resource(number: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def test_saved_without_its_merged_picture_the_thumbnail_stands_in(look: Look, tmp_path: Path) -> None:
    told = resource(psd.VERSION_INFO, struct.pack(">IB", 1, 0))
    told += resource(psd.THUMBNAIL, bytes(28) + jpeg((160, 120)))
    empty = struct.pack(">H", 0) + b"\xff" * (64 * 48 * 3)
    path = tmp_path / "a.psd"
    path.write_bytes(header() + bytes(4) + struct.pack(">I", len(told)) + told + bytes(4) + empty)
    visit = look(path)
    assert {one.width for one in visit.made} == {160}
    assert any("thumbnail" in warning for warning in visit.warnings)
    assert visit.facts.readers["picture"] == "embedded thumbnail, 160×120"


def test_a_picture_that_was_turned_without_being_written_anew_is_shown_turned(
    look: Look, tmp_path: Path
) -> None:
    """Bridge and Lightroom turn a PSD by its EXIF block alone."""
    exif = Image.Exif()
    exif[0x0112] = 6
    told = resource(psd.EXIF, exif.tobytes().removeprefix(b"Exif\0\0"))
    plane = (b"\xff" * 32 + b"\x40" * 32) * 24 + b"\x40" * (64 * 24)  # its upper left quarter is white
    path = tmp_path / "a.psd"
    path.write_bytes(
        header()
        + bytes(4)
        + struct.pack(">I", len(told))
        + told
        + bytes(4)
        + struct.pack(">H", 0)
        + plane * 3
    )
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (48, 64)
    with Image.open(visit.made[0].path) as picture:
        assert picture.size == (48, 64)
        assert picture.getpixel((36, 16))[0] > 240 and picture.getpixel((12, 16))[0] < 80


def test_an_index_of_colours_is_shown_in_colour(look: Look, tmp_path: Path) -> None:
    palette = bytes([60] * 256 + [160] * 256 + [90] * 256)
    path = tmp_path / "a.psd"
    body = struct.pack(">I", len(palette)) + palette + bytes(8) + struct.pack(">H", 0) + bytes(64 * 48)
    path.write_bytes(header(mode=psd.INDEXED, channels=1) + body)
    assert near(colours(look(path).made[0].path)[0], (60, 160, 90))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (header()[:20], Reason.CUT_SHORT),
        (header(), Reason.CUT_SHORT),
        (header() + bytes(12) + b"\0\0" + bytes(100), Reason.CUT_SHORT),
        (header() + bytes(12) + b"\0\1" + bytes(100), Reason.CUT_SHORT),
        (header(width=60_000, height=60_000) + bytes(14), Reason.BOMB),
        (header(mode=55) + bytes(14), Reason.DECODER_FAILED),
        (header() + struct.pack(">I", 1 << 30), Reason.BOMB),
    ],
)
def test_what_is_damaged_is_refused_with_its_reason(
    refusal, tmp_path: Path, data: bytes, reason: Reason
) -> None:
    path = tmp_path / "a.psd"
    path.write_bytes(data)
    assert refusal(path).reason == reason
