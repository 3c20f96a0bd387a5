"""TIFFs as Photoshop and scanners write them that Pillow refuses or shows in false colours."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from dam.media.visit import Visit
from tests.media.conftest import Look

RED, GREEN, BLUE, GLASS = 0.8, 0.4, 0.2, 0.5
SEEN = (204, 102, 51)


def write(path: Path, channels: list[float], **how: object) -> Path:
    """A plain colour of 16 bits, 64 by 48."""
    pixels = np.empty((48, 64, len(channels)), "uint16")
    pixels[:] = [round(value * 65535) for value in channels]
    if how.get("planarconfig") == "separate":
        pixels = np.moveaxis(pixels, -1, 0)
    tifffile.imwrite(path, np.squeeze(pixels), **how)
    return path


def middle(visit: Visit) -> tuple[int, int, int]:
    path = next(one.path for one in visit.made if one.preset == "preview")
    with Image.open(path) as picture:
        return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


@pytest.mark.parametrize(
    ("channels", "how", "seen", "space"),
    [
        ([RED, GREEN, BLUE], {"photometric": "rgb", "planarconfig": "separate"}, SEEN, "RGB"),
        ([RED, GREEN, BLUE, GLASS, 0], {"photometric": "rgb", "extrasamples": ["unassalpha", 0]},
         (230, 179, 153), "RGB"),
        ([1 - RED, 1 - GREEN, 1 - BLUE, 0, 0.3], {"photometric": "separated", "extrasamples": [0]},
         SEEN, "CMYK"),
        ([GREEN], {"photometric": "miniswhite"}, (153, 153, 153), "Grey"),
        ([GREEN, GLASS], {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
         (179, 179, 179), "Grey"),
        ([0.5, 0, 0], {"photometric": "cielab"}, (119, 119, 119), "Lab"),
        ([0.5, 0, 0], {"photometric": "cielab", "compression": "zlib"}, (119, 119, 119), "Lab"),
    ],
)  # fmt: skip
def test_tiffs_of_sixteen_bits_show_their_colours(
    look: Look, tmp_path: Path, channels: list[float], how: dict, seen: tuple[int, ...], space: str
) -> None:
    visit = look(write(tmp_path / "a.tif", channels, **how))
    assert (visit.facts.bit_depth, visit.facts.color_space) == (16, space)
    assert all(abs(a - b) <= 3 for a, b in zip(middle(visit), seen, strict=True)), middle(visit)


@pytest.mark.parametrize("kind", ["float32", "uint32"])
def test_tiffs_of_thirty_two_bits_are_shown(look: Look, tmp_path: Path, kind: str) -> None:
    most = 1 if kind == "float32" else 2**32 - 1
    pixels = (np.full((48, 64, 3), (RED, GREEN, BLUE)) * most).astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb")
    assert all(abs(a - b) <= 3 for a, b in zip(middle(look(tmp_path / "a.tif")), SEEN, strict=True))


def test_a_rare_tiff_lies_as_it_says(look: Look, tmp_path: Path) -> None:
    turned = {"extratags": [(274, "H", 1, 6, True)], "photometric": "cielab"}
    facts = look(write(tmp_path / "a.tif", [0.5, 0, 0], **turned)).facts
    assert (facts.width, facts.height) == (48, 64)
