"""Crops: proposed once, moved by one point, drawn for one shape, undone; what is stale is never served."""

import pytest

from dam.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from dam.media import subjects, windows
from dam.models import AuditEntry, Framing
from dam.queue import Job, Lane
from dam.services import delivery
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.framing import looking, placing
from dam.services.renditions import BeingMade, making
from tests import material, taking
from tests.conftest import CORPUS


@pytest.fixture
def photo_id(archive, event, send, tmp_path) -> int:
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)


def read(archive, asset_id, actor=LOCAL_ADMINISTRATOR):
    with archive.reading() as tx:
        return placing.read(tx, actor, asset_id)


def test_the_machine_looks_once_and_keeps_only_boxes(archive, photo_id):
    assert looking.look(archive, photo_id)
    assert not looking.look(archive, photo_id), "it looked before"
    with archive.reading() as tx:
        row = tx.get_one(Framing, photo_id)
        assert row.looked_by == looking.LOOKED_BY
        assert row.regions and all(len(region) == 5 for region in row.regions)
        assert all(len(face) == 4 for face in row.faces)


@pytest.mark.corpus
def test_faces_and_things_are_found_by_a_child_that_may_open_no_file(archive, event, send):
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    photo_id = taking.take_in(archive, send, CORPUS / "odd" / "immich__portrait.jpg", event)
    assert looking.look(archive, photo_id)
    with archive.reading() as tx:
        row = tx.get_one(Framing, photo_id)
        assert len(row.faces) == 2
        assert len(row.regions) == subjects.KEPT, "things too: what stands out has six boxes"
    stories = {shape.name: shape.window for shape in read(archive, photo_id).shapes}
    assert all(windows.held(stories["1:1"], tuple(face)) > 0.95 for face in row.faces)


def test_what_an_earlier_look_kept_is_cut_by_until_it_is_looked_again(archive, photo_id):
    with archive.transaction() as tx:
        looking.keep(tx, photo_id, {"faces": [], "regions": []})
        row = tx.get_one(Framing, photo_id)
        row.regions, row.looked_by = [[0.7, 0.2, 0.8, 0.6], [0.65, 0.1, 0.9, 0.9]], 1
    (story,) = [one for one in read(archive, photo_id).shapes if one.name == "9:16"]
    assert windows.held(story.window, (0.65, 0.1, 0.9, 0.9)) == 1.0
    assert looking.look(archive, photo_id), "it is looked at anew"


def test_those_nobody_looked_at_are_sent_while_nobody_waits(archive, photo_id):
    assert looking.send_the_rest(archive) == 0
    assert archive.queue.sent == [(Job.LOOK_FOR_SUBJECT, photo_id, Lane.PHOTOS)]
    assert looking.send_the_rest(archive) == 0, "not while something waits"
    assert len(archive.queue.sent) == 1


def test_one_point_moves_every_shape_and_a_drawn_one_stays(archive, photo_id):
    with archive.transaction() as tx:
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1", (0.0, 0.0, 0.6, 0.9))
        placing.point_at(tx, LOCAL_ADMINISTRATOR, photo_id, 0.9, 0.5)
    shapes = {shape.name: shape for shape in read(archive, photo_id).shapes}
    assert shapes["1:1"].drawn and shapes["1:1"].window[0] < 0.1
    assert shapes["4:5"].window[2] == pytest.approx(1.0, abs=1e-3)
    assert shapes["9:16"].window[2] == pytest.approx(1.0, abs=1e-3)


def test_a_moved_crop_is_never_served_as_it_was(archive, photo_id, tmp_path):
    with pytest.raises(BeingMade):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "ig-1x1")
    making.make_missing(archive, photo_id)
    before = delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "ig-1x1")
    whole = delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "web")
    (square,) = [one for one in read(archive, photo_id).shapes if one.name == "1:1"]
    with archive.transaction() as tx:
        away = 0.95 if square.window[0] < 0.16 else 0.05
        placing.point_at(tx, LOCAL_ADMINISTRATOR, photo_id, away, 0.5)
    with pytest.raises(BeingMade):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "ig-1x1")
    making.make_missing(archive, photo_id)
    after = delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "ig-1x1")
    assert after.key != before.key
    assert delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "web").key == whole.key, "no crop in it"


def test_undo_puts_a_crop_back_unless_it_was_moved_again(archive, photo_id):
    with archive.transaction() as tx:
        first = placing.point_at(tx, LOCAL_ADMINISTRATOR, photo_id, 0.2, 0.5).id
    with archive.transaction() as tx:
        second = placing.point_at(tx, LOCAL_ADMINISTRATOR, photo_id, 0.8, 0.5).id
    with pytest.raises(Conflict), archive.transaction() as tx:
        placing.undo(tx, LOCAL_ADMINISTRATOR, first)
    with archive.transaction() as tx:
        placing.undo(tx, LOCAL_ADMINISTRATOR, second)
    assert read(archive, photo_id).focal == (0.2, 0.5)
    with archive.transaction() as tx:
        placing.undo(tx, LOCAL_ADMINISTRATOR, first)
        assert tx.query(AuditEntry).filter(AuditEntry.action == "asset.frame").count() == 4
    assert not read(archive, photo_id).placed


def test_back_to_the_proposal_of_one_shape_or_of_all(archive, photo_id):
    with archive.transaction() as tx:
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1", (0.0, 0.0, 0.6, 0.9))
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "4:5", (0.0, 0.0, 0.5, 0.9))
        placing.let_go(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1")
    assert [one.name for one in read(archive, photo_id).shapes if one.drawn] == ["4:5"]
    with archive.transaction() as tx:
        placing.let_go(tx, LOCAL_ADMINISTRATOR, photo_id)
    assert not [one for one in read(archive, photo_id).shapes if one.drawn]


def test_a_window_drawn_too_small_is_refused_and_never_blown_up(archive, photo_id):
    with archive.transaction() as tx:
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1", (0.4, 0.4, 0.6, 0.7))
    with pytest.raises(Unavailable) as small:
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, photo_id, "ig-1x1")
    assert small.value.detail["too_small"]
    (shape,) = [one for one in read(archive, photo_id).shapes if one.name == "1:1"]
    assert {use.possible for use in shape.uses} == {(480, 480)}
    assert 0 < shape.least < 1


def test_who_may_not_describe_may_not_move(archive, photo_id):
    viewer = taking.people(archive)["viewer"]
    assert read(archive, photo_id, viewer).shapes
    with pytest.raises(Forbidden), archive.transaction() as tx:
        placing.point_at(tx, viewer, photo_id, 0.5, 0.5)


@pytest.mark.parametrize("wrong", [(-0.1, 0.5), (0.5, 1.2)])
def test_a_point_outside_the_picture_is_refused(archive, photo_id, wrong):
    with pytest.raises(Invalid), archive.transaction() as tx:
        placing.point_at(tx, LOCAL_ADMINISTRATOR, photo_id, *wrong)
    with pytest.raises(Invalid), archive.transaction() as tx:
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1", (0.5, 0.5, 0.4, 0.9))
    with pytest.raises(NotFound):
        read(archive, 4711)


def test_faces_at_the_border_and_heads_without_room_are_warned_about(archive, photo_id):
    with archive.transaction() as tx:
        looking.keep(
            tx, photo_id, {"faces": [[0.46, 0.01, 0.54, 0.13]], "regions": [[0.46, 0.01, 0.54, 0.13, 1.0]]}
        )
        placing.draw(tx, LOCAL_ADMINISTRATOR, photo_id, "1:1", (0.5, 0.0, 1.0, 0.75))
    minds = {one.name: one.minds for one in read(archive, photo_id).shapes}
    assert "headroom" in minds["4:5"]
    assert "face_cut" in minds["1:1"]
    assert "face_covered" in minds["9:16"], "a story's own name stands over it"


def test_what_a_child_says_of_boxes_is_not_believed(archive, photo_id):
    with archive.transaction() as tx:
        looking.keep(
            tx, photo_id, {"faces": [["x", 0, 1, 1], [0.9, 0, 0.1, 1], [-3, -3, 9, 9]], "regions": 7}
        )
    assert read(archive, photo_id).faces == ((0.0, 0.0, 1.0, 1.0),)
    good, told = [0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.3, 0.4]
    wrong = [told, [*told, "x"], [*told, -1], [*told, float("nan")], [*told, 1e9], [9, 9, 9, 9, 1]]
    with archive.transaction() as tx:
        looking.keep(tx, photo_id, {"faces": [], "regions": [*wrong, good]})
    with archive.reading() as tx:
        assert tx.get_one(Framing, photo_id).regions == [good]
    assert windows.held((0, 0, 1, 1), (0.2, 0.2, 0.3, 0.3)) == 1.0
