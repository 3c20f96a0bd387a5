"""The upload page's own questions, without a browser."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Event, IngestBatch, Outcome, Role, User
from dam.services import events, ingest
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.ingest import uploads
from tests.services.test_uploads import Sends

ENDS = "0" * 64


@pytest.fixture
def photographer(make_user: Callable[..., User]) -> User:
    return make_user(Role.PHOTOGRAPHER, "foto")


@pytest.fixture
def browser(as_user, photographer: User) -> FlaskClient:
    return as_user(photographer)


def begin(browser: FlaskClient, event: Event) -> int:
    answer = browser.post("/cargas", json={"event_id": event.id, "byline": "Ana", "credit": "PT"})
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def put(archive: Archive, user: User, batch: int, path: str, data: bytes, sent: int | None = None) -> None:
    actor = Actor(user.id, user.name, user.role)
    meta = {"batch": str(batch), "path": path, "modified": "5", "ends_sha256": ENDS}
    arriving = uploads.start(archive, actor, len(data), meta)
    uploads.append(archive, actor, arriving.token, 0, Sends(data[:sent]))


def test_the_page_offers_the_latest_events_and_who_sends(browser, event):
    page = browser.get("/subir").text
    assert "Mitin en Toluca" in page
    assert 'value="Persona photographer"' in page


def test_a_batch_is_opened_for_an_event_with_its_credit(archive, browser, event):
    batch_id = begin(browser, event)
    with archive.reading() as tx:
        batch = tx.get_one(IngestBatch, batch_id)
        assert (batch.byline, batch.credit, batch.source) == ("Ana", "PT", "web")
    assert browser.post("/cargas", json={"event_id": 999}, headers=FETCH).status_code == 404


FETCH = {"X-Requested-With": "fetch"}


@pytest.mark.parametrize(
    "body", [None, [], {"event_id": True}, {"event_id": "x"}, {"event_id": -1}, {"event_id": 1e99}]
)
def test_what_is_not_a_question_is_refused(browser, event, body):
    assert browser.post("/cargas", json=body, headers=FETCH).status_code == 400


def test_progress_is_told_once_and_then_not_again(archive, browser, photographer, event):
    batch = begin(browser, event)
    put(archive, photographer, batch, "a.jpg", b"aaa")
    first = browser.get(f"/cargas/{batch}/avance?desde=0")
    assert first.json["counters"] == {"received": 1}
    assert [item["path"] for item in first.json["items"]] == ["a.jpg"]
    since = first.json["change"]
    again = browser.get(f"/cargas/{batch}/avance?desde={since}")
    assert again.json["items"] == []
    tag = {"If-None-Match": again.headers["ETag"]}
    assert browser.get(f"/cargas/{batch}/avance?desde={since}", headers=tag).status_code == 304
    with archive.transaction() as tx:
        ingest.note(tx, first.json["items"][0]["asset"], Outcome.QUARANTINED, "cut_short")
    news = browser.get(f"/cargas/{batch}/avance?desde={since}", headers=tag)
    assert [(item["outcome"], bool(item["reason"])) for item in news.json["items"]] == [("quarantined", True)]


def test_the_number_announced_is_what_every_page_counts_to(browser, event):
    batch = begin(browser, event)
    assert browser.post(f"/cargas/{batch}/esperar", json={"files": 480, "bytes": 10**10}).status_code == 204
    assert browser.get(f"/cargas/{batch}/avance").json["files"] == 480


def test_files_are_recognised_over_http(archive, browser, photographer, event):
    batch = begin(browser, event)
    put(archive, photographer, batch, "a.jpg", b"aaa")
    put(archive, photographer, batch, "b.jpg", b"bbb", sent=1)
    files = [{"path": f"{name}.jpg", "size": 3, "modified": 5, "ends_sha256": ENDS} for name in "abc"]
    known = browser.post(f"/cargas/{batch}/reconocer", json={"files": files}).json["files"]
    assert [one["outcome"] for one in known] == ["received", None, None]
    assert known[1]["upload"].startswith("/tus/")
    assert (known[1]["offset"], known[2]["upload"]) == (1, None)


@pytest.mark.parametrize(
    "files",
    ["x", [1], [{"path": 5, "size": 1}], [{"path": "a"}], [{"path": "a", "size": -1}],
     [{"path": "a", "size": 1, "ends_sha256": "x"}], [{"path": "a", "size": 1, "modified": "now"}],
     [{"path": "a", "size": 1}] * 101],
)  # fmt: skip
def test_fingerprints_that_are_none_are_refused(browser, event, files):
    batch = begin(browser, event)
    answer = browser.post(f"/cargas/{batch}/reconocer", json={"files": files}, headers=FETCH)
    assert answer.status_code == 400


def test_a_batch_is_moved_and_undone_and_both_are_taken_back(archive, browser, photographer, event):
    with archive.transaction() as tx:
        other = events.create_event(tx, LOCAL_ADMINISTRATOR, "Reunión", municipality_key="15054")
    batch = begin(browser, event)
    put(archive, photographer, batch, "a.jpg", b"aaa")
    for address, body in (("mover", {"event_id": other.id}), ("deshacer", {})):
        said = browser.post(f"/cargas/{batch}/{address}", json=body)
        assert said.status_code == 200, said.text
        assert browser.post(f"/cambios/{said.json['change']}/deshacer", json={}).status_code == 200
    with archive.reading() as tx:
        found = tx.scalars(select(IngestBatch)).one()
        assert (found.event_id, found.undone_at) == (event.id, None)


def test_others_of_the_office_watch_and_a_stranger_does_not(browser, as_role, event):
    batch = begin(browser, event)
    assert as_role(Role.EDITOR).get(f"/cargas/{batch}").status_code == 200
    assert as_role(Role.EDITOR).post(f"/cargas/{batch}/deshacer", json={}, headers=FETCH).status_code == 403
    liaison = as_role(Role.LIAISON, municipalities=["15106"])
    assert liaison.get(f"/cargas/{batch}/avance", headers=FETCH).status_code == 404
    assert as_role(Role.VIEWER).get("/subir", headers=FETCH).status_code == 403


def test_a_liaison_opens_batches_in_its_own_territory_only(as_role, event):
    inside = as_role(Role.LIAISON, municipalities=["15106"])
    outside = as_role(Role.LIAISON, municipalities=["15025"])
    assert inside.post("/cargas", json={"event_id": event.id}).status_code == 201
    assert outside.post("/cargas", json={"event_id": event.id}, headers=FETCH).status_code == 403
    assert "Mitin en Toluca" not in outside.get("/subir").text


def test_the_list_shows_ones_own_and_everybodys(archive, browser, photographer, as_role, event):
    batch = begin(browser, event)
    put(archive, photographer, batch, "a.jpg", b"")
    assert f"/cargas/{batch}" in browser.get("/cargas").text
    editor = as_role(Role.EDITOR)
    assert f"/cargas/{batch}" not in editor.get("/cargas").text
    assert f"/cargas/{batch}" in editor.get("/cargas?de=todas").text


def test_names_in_a_batch_cannot_leave_their_json(archive, browser, photographer, event):
    with archive.transaction() as tx:
        event = events.create_event(tx, LOCAL_ADMINISTRATOR, "</script><script>alert(1)</script>")
    batch = begin(browser, event)
    assert "<script>alert(1)" not in browser.get(f"/cargas/{batch}").text
    assert "<script>alert(1)" not in browser.get("/subir").text
