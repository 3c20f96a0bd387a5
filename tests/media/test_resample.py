import numpy as np
import pytest
from PIL import Image

from bench.photographs import texture
from dam.media import resample

FILTERS = (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC)


def decibels(one: Image.Image, other: Image.Image) -> float:
    apart = (np.asarray(one, float) - np.asarray(other, float)) ** 2
    return 10 * np.log10(255**2 / max(apart.mean(), 1e-9))


def photograph(mode: str) -> Image.Image:
    return Image.fromarray(texture(1500, 1000, 3)).convert("RGB").convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(1024, 683), (640, 427), (200, 133), (1499, 70)])
def test_it_is_the_lanczos_filter_that_pillow_has(mode, size):
    picture = photograph(mode)
    small = resample.resize(picture, size)
    assert (small.size, small.mode) == (size, mode)
    lanczos, bicubic = (picture.resize(size, method) for method in FILTERS)
    assert decibels(small, lanczos) > max(46, 1 + decibels(small, bicubic))


@pytest.mark.parametrize("box", [(300.0, 100.0, 1200.0, 1000.0), (0.4, 0.4, 1499.6, 999.7)])
def test_a_part_of_a_picture_is_taken_where_it_lies(box):
    picture = photograph("RGB")
    piece = resample.resize(picture, (450, 450), box)
    careful = picture.resize((450, 450), Image.Resampling.LANCZOS, box=box)
    assert piece.size == (450, 450)
    assert decibels(piece, careful) > 30


@pytest.mark.parametrize("mode", ["RGBA", "LA", "F", "I;16"])
def test_deep_and_transparent_pictures_keep_their_mode(mode):
    grey = Image.radial_gradient("L")
    picture = grey.convert("I").convert("I;16") if mode == "I;16" else grey.convert(mode)
    assert resample.resize(picture, (100, 100)).mode == mode


def test_nothing_is_lost_on_a_narrow_strip():
    strip = photograph("RGB").crop((0, 0, 1500, 3))
    assert resample.resize(strip, (750, 2)).size == (750, 2)
