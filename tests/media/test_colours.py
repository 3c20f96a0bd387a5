"""Colours as another converter of good name gives them: libvips, and ImageMagick for printers' inks."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dam.media.reasons import Unreadable
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.visit import Visit
from tests.media.colour_difference import ciede2000, mean_difference
from tests.media.conftest import CORPUS, Look

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif", ".gif")
EVERY = 9  # of the ordinary pictures; all that are of other colours or depths
ORDINARY = (None, "sRGB IEC61966-2.1", "sRGB")
# Turned by what XMP or a text block says, which the reference does not read; or a profile of another kind of
# colour inside, which the reference drops the picture for
NOT_COMPARED = ("orientation.png", "orientation.avif", "g4_orientation", "buggy_panorama")
NEED_TOOLS = pytest.mark.skipif(
    not (CORPUS.is_dir() and shutil.which("vipsthumbnail") and shutil.which("identify")),
    reason="needs the folder of real camera files, libvips-tools and imagemagick",
)


@pytest.mark.corpus
@NEED_TOOLS
def test_real_pictures_have_the_colours_that_a_reference_gives_them(sandbox: Sandbox, tmp_path: Path) -> None:
    profile = tmp_path / "srgb.icc"
    profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    found, ordinary = {}, 0
    paths = sorted(p for folder in ("photos", "odd") for p in (CORPUS / folder).rglob("*"))
    for number, path in enumerate(paths):
        if path.suffix.lower() not in SUFFIXES or any(name in path.name for name in NOT_COMPARED):
            continue
        into = tmp_path / str(number)
        into.mkdir()
        try:
            facts = sandbox.visit(path, (), into).facts
        except Unreadable:
            continue
        if facts.color_profile in ORDINARY and facts.color_space == "RGB" and facts.bit_depth == 8:
            ordinary += 1
            if ordinary % EVERY:
                continue
        visit = sandbox.visit(path, [r for r in standing("photo") if r.preset == "preview"], into)
        reference = into / "reference.png"
        if _converted(path, visit, reference, profile):
            found[path.name] = mean_difference(visit.made[0].path, reference)
    assert len(found) > 40
    worst = sorted(found.items(), key=lambda line: -line[1])[:5]
    assert float(np.median(list(found.values()))) < 1, worst
    assert worst[0][1] < 3, worst


def _converted(path: Path, visit: Visit, into: Path, profile: Path) -> bool:
    """Nothing stands in the reference's file where it has no opinion."""
    size = f"{visit.made[0].width}x{visit.made[0].height}!"
    if visit.facts.color_space == "CMYK":
        command = [
            "convert",
            str(path),
            "-auto-orient",
            "-black-point-compensation",
            "-profile",
            str(profile),
        ]
        command += ["-resize", size, str(into)]
    else:
        command = [
            "vipsthumbnail",
            str(path),
            "--size",
            size,
            "--import-profile",
            "srgb",
            "--export-profile",
            "srgb",
        ]
        command += ["-o", f"{into}[strip]"]
    ran = subprocess.run(command, capture_output=True)
    return ran.returncode == 0 and into.exists() and b"incompatible" not in ran.stderr


def test_the_measure_is_that_of_the_standard() -> None:
    """Pairs 1, 7, 17 and 31 of Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005."""
    one = np.array([[50, 2.6772, -79.7751], [50, 0, 0], [50, 2.5, 0], [22.7233, 20.0904, -46.694]])
    other = np.array([[50, 0, -82.7485], [50, -1, 2], [73, 25, -18], [23.0331, 14.973, -42.5619]])
    expected = [2.0425, 2.3669, 27.1492, 2.0373]
    assert ciede2000(one, other) == pytest.approx(expected, abs=1e-4)


def colour(path: Path) -> tuple[int, int, int]:
    with Image.open(path) as picture:
        return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


@pytest.mark.parametrize("suffix", [".jp2", ".tif"])
def test_other_codings_of_the_same_colour_look_the_same(look: Look, tmp_path: Path, suffix: str) -> None:
    """JPEG 2000, and CIELAB in a TIFF."""
    picture = Image.new("RGB", (400, 300), (60, 160, 90))
    if suffix == ".tif":
        flat = ImageCms.createProfile("LAB")
        lab = ImageCms.profileToProfile(picture, ImageCms.createProfile("sRGB"), flat, outputMode="LAB")
        assert lab is not None
        picture = lab
    path = tmp_path / f"a{suffix}"
    picture.save(path)
    visit = look(path)
    assert visit.facts.color_space == {".jp2": "RGB", ".tif": "Lab"}[suffix]
    for made in visit.made:
        assert all(abs(a - b) <= 3 for a, b in zip(colour(made.path), (60, 160, 90), strict=True))


def test_a_large_jpeg_2000_is_decoded_no_larger_than_needed(look: Look, alone: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    Image.new("RGB", (4200, 3000), (60, 160, 90)).save(path)
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (4200, 3000)
    assert {one.preset: one.width for one in visit.made} == {"thumb": 320, "preview": 1280, "web-2048": 2048}
    assert visit.usage.peak_bytes - alone < 80 * 1024 * 1024


@pytest.mark.parametrize(("mode", "depth"), [("I;16", 16), ("L", 8), ("1", 1)])
def test_depth_is_told(look: Look, tmp_path: Path, mode: str, depth: int) -> None:
    Image.new(mode, (64, 48)).save(tmp_path / "a.tif")
    assert look(tmp_path / "a.tif").facts.bit_depth == depth


def test_sixteen_bits_of_a_png_are_told(look: Look, tmp_path: Path) -> None:
    """Pillow opens 16-bit RGB as 8-bit without a word."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=red:size=64x48:duration=0.04:rate=25",
         "-pix_fmt", "rgb48be", "-frames:v", "1", str(tmp_path / "a.png")], check=True,
    )  # fmt: skip
    visit = look(tmp_path / "a.png")
    assert visit.facts.bit_depth == 16 and colour(visit.made[0].path)[0] > 245


def test_small_pictures_are_sharper_than_a_bare_reduction_and_not_by_much(look: Look, tmp_path: Path) -> None:
    """A soft edge: how steep it is, against plain Lanczos."""
    path = tmp_path / "a.png"
    picture = Image.new("L", (1600, 1200), 60)
    picture.paste(190, (0, 0, 807, 1200))
    picture.convert("RGB").save(path)
    made = next(one for one in look(path).made if one.preset == "thumb")
    plain = np.asarray(picture.resize((made.width, made.height), Image.Resampling.LANCZOS), float)
    with Image.open(made.path) as thumb:
        seen = np.asarray(thumb.convert("L"), float)
    steepness = [float(np.abs(np.diff(rows, axis=1)).max(1).mean()) for rows in (seen, plain)]
    assert 1.03 < steepness[0] / steepness[1] < 1.4
    assert seen.max() <= 215 and seen.min() >= 40


def test_a_tiff_that_begins_with_a_small_picture_of_itself_shows_the_large_one(
    look: Look, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    small, large = Image.new("RGB", (160, 120), "red"), Image.new("RGB", (1600, 1200), (60, 160, 90))
    small.save(path, save_all=True, append_images=[large], tiffinfo={254: 1})
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (1600, 1200)
