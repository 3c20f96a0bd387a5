"""A camera's own raw file, whole: the one in Debian 12's package rawtran-doc (Canon EOS 30D)."""

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dam.media.reasons import Reason
from tests.media.colour_difference import mean_difference
from tests.media.conftest import Look

REAL = Path("/usr/share/doc/rawtran/IMG_5952.CR2")
pytestmark = pytest.mark.skipif(not REAL.is_file(), reason="needs Debian's package rawtran-doc")


def exiftool(*arguments: str) -> bytes:
    return subprocess.run(["exiftool", *arguments, str(REAL)], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What ExifTool reads, numbers as they are stored."""
    return dict(json.loads(exiftool("-j", "-n", "-fast"))[0])


def test_a_real_cr2_shows_its_largest_preview_in_its_own_colours(look: Look, tmp_path: Path) -> None:
    visit = look(REAL)
    assert visit.facts.readers["picture"] == "embedded preview, 1728×1152"
    for made in visit.made:
        with Image.open(io.BytesIO(exiftool("-b", "-PreviewImage"))) as preview:
            preview.convert("RGB").resize((made.width, made.height)).save(tmp_path / "reference.png")
        assert mean_difference(made.path, tmp_path / "reference.png") < 1


def test_the_facts_of_a_real_cr2_are_those_that_exiftool_reads(look: Look, told: dict[str, Any]) -> None:
    facts = look(REAL).facts
    date, time = told["DateTimeOriginal"].split()
    assert facts.captured_at == f"{date.replace(':', '-')}T{time}"
    assert (facts.camera_make, facts.camera_model) == (told["Make"], told["Model"])
    assert (facts.width, facts.height) == (told["ExifImageWidth"], told["ExifImageHeight"])
    assert (facts.iso, facts.aperture) == (told["ISO"], told["FNumber"])
    assert facts.exposure_seconds == pytest.approx(told["ExposureTime"])
    assert facts.orientation == told["Orientation"]


def test_a_real_cr2_whose_preview_is_spoilt_is_developed(
    look: Look, told: dict[str, Any], tmp_path: Path
) -> None:
    data = bytearray(REAL.read_bytes())
    at, count = told["PreviewImageStart"], told["PreviewImageLength"]
    data[at : at + count] = bytes(count)
    (tmp_path / "a.CR2").write_bytes(data)
    visit = look(tmp_path / "a.CR2")
    assert visit.facts.readers["picture"] == "demosaiced by LibRaw"
    assert (visit.facts.width, visit.facts.height) == (3504, 2336)
    made = next(made for made in visit.made if made.preset == "preview")
    with Image.open(io.BytesIO(exiftool("-b", "-PreviewImage"))) as preview:
        preview.convert("RGB").resize((made.width, made.height)).save(tmp_path / "reference.png")
    assert mean_difference(made.path, tmp_path / "reference.png") < 15  # brighter than the camera made it
    with Image.open(made.path) as picture:  # sky above, bricks below
        sky, bricks = picture.getpixel((1000, 180)), picture.getpixel((640, 840))
    assert sky[2] > sky[0] and bricks[0] > bricks[2] + 50


@pytest.mark.parametrize("part", [0.0001, 0.01, 0.04, 0.08, 0.1, 0.5, 0.99])
def test_a_real_cr2_that_arrived_in_part_is_cut_short(refusal, tmp_path: Path, part: float) -> None:
    data = REAL.read_bytes()
    (tmp_path / "a.CR2").write_bytes(data[: int(len(data) * part)])
    assert refusal(tmp_path / "a.CR2").reason == Reason.CUT_SHORT
