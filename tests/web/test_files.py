"""Renditions to look at: permission, ranges, entity tags, headers."""

from pathlib import Path

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Event, Processing, Rendition, Review, Role
from dam.models.columns import now
from dam.queue import Job
from dam.services import access
from dam.services.access import Action
from dam.web.files import file_url
from tests import material, taking


@pytest.fixture
def photo_id(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(1600, 1200)), event)


@pytest.fixture
def clip_id(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    return taking.take_in(archive, send, material.clip(tmp_path / "clip.mp4", seconds=1), event)


@pytest.fixture
def editor(as_role):
    return as_role(Role.EDITOR)


def _recipe(archive: Archive, preset: str) -> str:
    with archive.reading() as tx:
        return tx.scalars(select(Rendition.recipe).where(Rendition.preset == preset)).one()


def test_a_thumbnail_is_shown_inline_under_headers_that_let_it_do_nothing(editor, photo_id):
    editor.get(f"/archivo/{photo_id}/thumb")  # the first of a day prolongs the session
    answer = editor.get(f"/archivo/{photo_id}/thumb")
    assert answer.status_code == 200 and answer.data[:3] == b"\xff\xd8\xff"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in answer.headers
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_an_address_that_names_the_recipe_may_be_kept_by_the_browser_alone(editor, archive, photo_id):
    recipe = _recipe(archive, "thumb")
    kept = editor.get(f"/archivo/{photo_id}/thumb?v={recipe}").headers["Cache-Control"]
    assert "private" in kept and "immutable" in kept and "public" not in kept
    other = editor.get(f"/archivo/{photo_id}/thumb?v=0000000000000000").headers["Cache-Control"]
    assert "immutable" not in other


def test_the_template_helper_names_the_recipe(app, archive, photo_id):
    with app.test_request_context(), archive.reading() as tx:
        asset = tx.get_one(Asset, photo_id)
        address = file_url(asset, "thumb")
        assert address == f"/archivo/{photo_id}/thumb?v={_recipe(archive, 'thumb')}"
        assert file_url(asset, "storyboard") == ""


def test_what_the_browser_has_is_not_sent_again(editor, photo_id):
    tag = editor.get(f"/archivo/{photo_id}/preview").headers["ETag"]
    again = editor.get(f"/archivo/{photo_id}/preview", headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.data == b""


def test_a_head_request_says_the_length_and_sends_nothing(editor, photo_id):
    answer = editor.head(f"/archivo/{photo_id}/preview")
    assert answer.status_code == 200 and answer.data == b""
    assert int(answer.headers["Content-Length"]) > 1000


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_a_player_seeks_with_one_range(editor, clip_id, asked, start, end):
    whole = editor.get(f"/archivo/{clip_id}/mp4-720").data
    part = editor.get(f"/archivo/{clip_id}/mp4-720", headers={"Range": asked})
    assert part.status_code == 206 and part.data == whole[start:end]
    first = len(whole) + start if start < 0 else start
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.data) - 1}/{len(whole)}"
    assert part.headers["Accept-Ranges"] == "bytes"
    assert part.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=0-1,5-6", "bytes=" + "0-1," * 2000 + "5-6"])
def test_several_ranges_and_ranges_outside_are_refused(editor, clip_id, asked):
    answer = editor.get(f"/archivo/{clip_id}/mp4-720", headers={"Range": asked})
    assert answer.status_code == 416
    assert len(answer.data) < 5000


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes=5-1", "lines=1-2", "bytes=--5", "bytes="])
def test_a_range_that_makes_no_sense_sends_the_whole_or_nothing(editor, clip_id, asked):
    answer = editor.get(f"/archivo/{clip_id}/mp4-720", headers={"Range": asked})
    assert answer.status_code in (200, 416)


def test_if_range_with_another_tag_sends_the_whole(editor, clip_id):
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert editor.get(f"/archivo/{clip_id}/mp4-720", headers=headers).status_code == 200


def test_web_is_the_clip_of_a_clip_and_the_picture_of_a_photo(editor, clip_id, photo_id):
    assert editor.get(f"/archivo/{clip_id}/web").headers["Content-Type"] == "video/mp4"
    assert editor.get(f"/archivo/{photo_id}/web").headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    "word", ["original", "nothing", "mp4-720", "..", "%2e%2e%2foriginal", "thumb%00", "x" * 500]
)
def test_no_other_word_opens_anything(editor, photo_id, word):
    assert editor.get(f"/archivo/{photo_id}/{word}").status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999", "-1", "1e3"])
def test_numbers_that_name_nothing_are_not_found(editor, number):
    assert editor.get(f"/archivo/{number}/thumb").status_code == 404


def test_nobody_sees_anything_without_signing_in(client, photo_id):
    assert client.get(f"/archivo/{photo_id}/thumb").status_code == 401


def test_what_is_missing_is_being_made(editor, archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "thumb")).one())
    answer = editor.get(f"/archivo/{photo_id}/thumb")
    assert answer.status_code == 202 and answer.headers["Retry-After"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert archive.queue.sent[0][0] == Job.MAKE_RENDITION


def test_a_file_that_is_gone_is_being_made_again(editor, archive, photo_id):
    with archive.reading() as tx:
        archive.renditions.delete(tx.scalars(select(Rendition.key).where(Rendition.preset == "thumb")).one())
    assert editor.get(f"/archivo/{photo_id}/thumb").status_code == 202
    assert archive.queue.sent[0][0] == Job.MAKE_RENDITION


STATES = {
    "ready": {},
    "approved": {"review": Review.APPROVED},
    "rejected": {"review": Review.REJECTED},
    "in the bin": {"deleted_at": now()},
    "working": {"processing": Processing.WORKING},
    "quarantined": {"processing": Processing.QUARANTINED},
}


@pytest.mark.parametrize("state", STATES)
def test_each_role_sees_of_each_state_what_the_predicate_says(archive, photo_id, make_user, as_user, state):
    taking.change(archive, photo_id, **STATES[state])
    for role in Role:
        user = make_user(role, **({"municipalities": ["15054"]} if role == Role.LIAISON else {}))
        for owner in (None, user.id):
            taking.change(archive, photo_id, owner_id=owner)
            with archive.reading() as tx:
                actor = access.Actor(user.id, user.name, role, frozenset({"15054"}))
                allowed = (
                    access.can(actor, Action.SEE, tx.get_one(Asset, photo_id)) and state != "quarantined"
                )
            answer = as_user(user).get(f"/archivo/{photo_id}/thumb")
            assert answer.status_code == (200 if allowed else 404), (role, owner)


@pytest.mark.sqlite
def test_fifty_thumbnails_cost_one_query_each_beside_who_asks(archive, editor, photo_id):
    editor.get(f"/archivo/{photo_id}/thumb")
    asked: list[str] = []
    sa_event.listen(archive.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for _ in range(50):
        assert editor.get(f"/archivo/{photo_id}/thumb").status_code == 200
    about_files = [query for query in asked if "renditions" in query or "assets" in query]
    assert len(about_files) == 50
    with archive.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN " + about_files[0], (photo_id, "thumb")[::-1]
        ).all()
    assert not [step for step in plan if str(step[-1]).startswith("SCAN")], plan
