"""Where a picture is cut: inside it, around its subject, in the exact shape."""

import pytest

from dam.media import windows
from dam.media.windows import NAMED, Subject

LYING, STANDING, WIDE = (6000, 4000), (3000, 4500), (8000, 2000)


@pytest.mark.parametrize("size", [LYING, STANDING, WIDE, (400, 400)])
@pytest.mark.parametrize("shape", NAMED.values())
def test_a_window_is_inside_the_picture_and_has_its_shape(size, shape):
    for focal in ((0.5, 0.5), (0.0, 1.0), (0.97, 0.1)):
        left, top, right, bottom = windows.propose(size, shape, Subject(focal=focal))
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        assert (right - left) * size[0] / ((bottom - top) * size[1]) == pytest.approx(shape, rel=1e-3)
        assert right - left == pytest.approx(1, abs=1e-4) or bottom - top == pytest.approx(1, abs=1e-4)


def test_a_subject_at_the_side_is_kept_whole():
    core, whole = (0.80, 0.3, 0.92, 0.6), (0.72, 0.1, 0.97, 0.9)
    window = windows.propose(LYING, 9 / 16, Subject(regions=((*core, 0.6), (*whole, 0.4))))
    assert windows.held(window, whole) == 1.0


def test_of_what_does_not_fit_the_core_is_kept_and_the_window_leans_towards_the_rest():
    core, rest = (0.45, 0.3, 0.55, 0.6), (0.40, 0.2, 0.95, 0.9)
    window = windows.propose(LYING, 9 / 16, Subject(regions=((*core, 0.6), (*rest, 0.4))))
    assert windows.held(window, core) > 0.97
    assert (window[0] + window[2]) / 2 > 0.55


def test_the_window_stands_where_most_is_believed_and_not_between_two_that_it_would_cut():
    here, there = (0.05, 0.2, 0.30, 0.9), (0.60, 0.2, 0.90, 0.9)
    window = windows.propose(LYING, 9 / 16, Subject(regions=((*here, 0.55), (*there, 0.45))))
    assert windows.held(window, here) == 1.0
    window = windows.propose(LYING, 9 / 16, Subject(regions=((*here, 0.45), (*there, 0.55))))
    assert windows.held(window, there) == 1.0


def test_a_subject_with_room_to_spare_stands_in_the_middle():
    left, _top, right, _bottom = windows.propose(LYING, 1.0, Subject(((0.5, 0.4, 0.6, 0.6, 1.0),)))
    assert (left + right) / 2 == pytest.approx(0.55, abs=0.01)
    _left, top, _right, bottom = windows.propose(STANDING, 16 / 9, Subject(((0.0, 0.5, 1.0, 0.7, 1.0),)))
    assert (top + bottom) / 2 == pytest.approx(0.6, abs=0.01)


def test_a_window_smaller_than_the_subject_lies_inside_it():
    window = windows.propose(LYING, 9 / 16, Subject(regions=((0.30, 0.0, 0.95, 1.0, 1.0),)))
    assert window[0] >= 0.30 and window[2] <= 0.95


def test_a_persons_point_is_the_middle_as_far_as_the_borders_allow():
    left, _top, right, _bottom = windows.propose(LYING, 9 / 16, Subject(focal=(0.4, 0.5)))
    assert (left + right) / 2 == pytest.approx(0.4, abs=1e-4)
    assert windows.propose(LYING, 9 / 16, Subject(focal=(0.0, 0.5)))[0] == 0


def test_shapes_that_networks_write_differently_share_a_window():
    assert windows.shape_name(1200 / 630) == windows.shape_name(1200 / 627) == windows.shape_name(1920 / 1005)
    assert windows.shape_name(1080 / 1350) == "4:5"
    assert windows.shape_name(2.35) == "2.35:1"


def test_the_largest_possible_size_is_never_more_than_the_picture_has():
    assert windows.largest_size((800, 1200), 4 / 5) == (800, 1000)
    assert windows.largest_size((1000, 400), 4 / 5) == (320, 400)


def test_a_face_that_is_cut_is_found():
    window = (0.2, 0.0, 0.6, 1.0)
    cut, whole, away = (0.15, 0.2, 0.3, 0.4), (0.3, 0.2, 0.4, 0.4), (0.7, 0.2, 0.8, 0.4)
    assert windows.cut_off(window, [cut, whole, away]) == [cut]
