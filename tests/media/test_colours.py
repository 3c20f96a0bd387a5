"""Colours as another converter of good name gives them: libvips, and ImageMagick for grey and for inks."""

import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.visit import Visit
from tests.media.colour_difference import ciede2000, mean_difference
from tests.media.conftest import CORPUS, Look

SUFFIXES = (
    ".jpg", ".jpeg", ".mpo", ".png", ".tif", ".tiff", ".webp", ".avif",
    ".heic", ".heif", ".gif", ".bmp", ".jp2", ".psd",
)  # fmt: skip
# libvips has another curve than sRGB's for grey, and refuses a grey picture that carries an RGB profile
BY_IMAGEMAGICK = ("Grey", "CMYK")
TURNED_ALREADY = ("image/heic", "image/heif")  # by libheif; what EXIF says beside that does not count (HEIF)
TURNS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
    6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip
NEED_TOOLS = pytest.mark.skipif(
    not (CORPUS.is_dir() and shutil.which("vipsthumbnail") and shutil.which("identify")),
    reason="needs the folder of real camera files, libvips-tools and imagemagick",
)


@pytest.mark.corpus
@NEED_TOOLS
@pytest.mark.parametrize(("folder", "at_least"), [("photos", 60), ("odd", 150)])
def test_every_real_picture_has_the_colours_that_a_reference_gives_it(
    sandbox: Sandbox, tmp_path: Path, folder: str, at_least: int
) -> None:
    profile = tmp_path / "srgb.icc"
    profile.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    preview = [recipe for recipe in standing("photo") if recipe.preset == "preview"]
    orientations, found = _orientations(CORPUS / folder), {}
    for number, path in enumerate(sorted((CORPUS / folder).rglob("*"))):
        if path.suffix.lower() not in SUFFIXES:
            continue
        into = tmp_path / str(number)
        into.mkdir()
        visit = sandbox.visit(path, preview, into)
        reference = into / "reference.png"
        _convert(path, visit, orientations.get(str(path), 1), reference, profile)
        found[path.name] = mean_difference(visit.made[0].path, reference)
    worst = sorted(found.items(), key=lambda line: -line[1])[:5]
    assert len(found) >= at_least
    assert float(np.median(list(found.values()))) < 1, worst
    assert worst[0][1] < 3, worst


def _orientations(folder: Path) -> dict[str, int]:
    """As ExifTool reads them, in EXIF, XMP or a text block: no reference reads all of these."""
    ran = subprocess.run(["exiftool", "-j", "-n", "-r", "-q", "-Orientation", folder], capture_output=True)
    return {line["SourceFile"]: line.get("Orientation", 1) for line in json.loads(ran.stdout)}


def _convert(path: Path, visit: Visit, orientation: int, into: Path, profile: Path) -> None:
    """Converted as it is stored, to the size of our own, and then turned."""
    made = visit.made[0]
    turn = None if visit.facts.media_type in TURNED_ALREADY else TURNS.get(orientation)
    lies = turn is not None and orientation >= 5
    size = f"{made.height}x{made.width}!" if lies else f"{made.width}x{made.height}!"
    if visit.facts.color_space in BY_IMAGEMAGICK:
        command = ["convert", f"{path}[0]", "-black-point-compensation", "-profile", str(profile)]
        command += ["-resize", size, str(into)]
    else:
        command = ["vipsthumbnail", str(path), "--no-rotate", "--size", size]
        command += ["--import-profile", "srgb", "--export-profile", "srgb", "-o", f"{into}[strip]"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0 and into.exists(), (path.name, ran.stderr)
    if turn:
        with Image.open(into) as picture:
            turned = picture.transpose(Image.Transpose[turn])
        turned.save(into)


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


@pytest.mark.parametrize("channels", [3, 4])
def test_white_of_a_deep_jpeg_2000_stays_white(look: Look, tmp_path: Path, channels: int) -> None:
    """Pillow shows it black, and a picture whose mask is whole not at all."""
    pixels = np.full((240, 320, channels), 65535, np.uint16)
    pixels[:, :160, :3] = (30000, 20000, 50000)  # blue, green, red
    path = tmp_path / "a.jp2"
    path.write_bytes(cv2.imencode(".jp2", pixels)[1].tobytes())
    visit = look(path)
    assert visit.facts.bit_depth == 16
    with Image.open(visit.made[0].path) as picture:
        left, right = picture.getpixel((80, 120)), picture.getpixel((240, 120))
    assert min(right) > 252
    assert all(abs(a - b) < 5 for a, b in zip(left, (50000 >> 8, 20000 >> 8, 30000 >> 8), strict=True))


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
