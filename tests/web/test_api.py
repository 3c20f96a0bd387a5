"""The interface for programs: keys, shapes, refusals, and the same permissions as everywhere."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Delivery, Event, IngestBatch, Official, Processing, Review, Role, User
from dam.services import access, accounts, showing
from dam.services.access import Action
from dam.services.accounts import tokens
from dam.web import make_app
from dam.web.api.shapes import AssetFacts
from tests import material, taking


class Program:
    """A program with a key."""

    def __init__(self, browser: FlaskClient, key: str) -> None:
        self.browser, self.headers = browser, {"Authorization": f"Bearer {key}"}

    def get(self, address: str, **more):
        return self.browser.get(address, headers=self.headers | more.pop("headers", {}), **more)

    def post(self, address: str, body: object):
        return self.browser.post(address, json=body, headers=self.headers)


@pytest.fixture
def program(app: Flask, archive: Archive, make_user: Callable[..., User]) -> Callable[..., Program]:
    """``program(Role.EDITOR, "read", "download")``: forms are checked, for a key needs no form."""
    app.config["CHECK_FORMS"] = True

    def _make(role: Role = Role.EDITOR, *scopes: str, user: User | None = None, **territory: list) -> Program:
        user = user or make_user(role, **territory)
        with archive.transaction() as tx:
            actor = accounts.actor_of(tx, tx.get_one(User, user.id))
            wanted = scopes or [str(one) for one in tokens.scopes_for(actor) if one != tokens.Scope.MOUNT]
            _row, key = tokens.issue_token(tx, actor, "test", wanted)
        return Program(app.test_client(), key)

    return _make


@pytest.fixture
def photo_id(archive: Archive, event: Event, send, work, tmp_path: Path) -> int:
    asset_id = taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)
    work()
    return asset_id


def test_the_document_describes_every_address_and_names_nothing_else(client, app):
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.")
    told = {(path, verb.upper()) for path, verbs in document["paths"].items() for verb in verbs}
    there = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi":
            path = str(rule).replace("<int:", "{").replace("<", "{").replace(">", "}")
            there |= {(path, verb) for verb in rule.methods - {"HEAD", "OPTIONS"}}
    assert told == there and len(there) >= 11
    operations = [one for verbs in document["paths"].values() for one in verbs.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all(one["summary"] and one["security"] for one in operations)
    text = json.dumps(document)
    names = set(document["components"]["schemas"])
    assert {ref.rsplit("/", 1)[1] for ref in _references(document)} <= names
    assert "http://" not in text.replace("http://json-schema", "") and "cdn" not in text.lower()


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for part in value.values() for ref in _references(part)]
    if isinstance(value, list):
        return [ref for part in value for ref in _references(part)]
    return []


def test_without_a_key_and_with_a_wrong_one_nothing_opens(client, app):
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("api.") or rule.endpoint == "api.openapi":
            continue
        address = re.sub(r"<int:\w+>", "1", str(rule)).replace("<preset>", "web")
        for headers in ({}, {"Authorization": "Bearer acervo_wrong"}, {"Authorization": "Basic eDp5"}):
            verb = next(one for one in ("POST", "GET", "PATCH", "PUT", "DELETE") if one in rule.methods)
            answer = client.open(address, method=verb, json=None if verb == "GET" else {}, headers=headers)
            assert answer.status_code in (400, 401, 403) and answer.json["error"], (address, headers)
            assert verb != "GET" or answer.status_code == 401


def test_a_key_says_whom_it_stands_for(program):
    told = program(Role.PHOTOGRAPHER, "read").get("/api/v1/me").json
    assert told["role"] == "photographer" and set(told["actions"]) == {"see", "look", "use_api"}


def test_search_takes_the_filters_of_the_page(program, photo_id, event):
    editor = program()
    whole = editor.get("/api/v1/assets").json
    assert whole["total"] == 1 and whole["next"] is None
    one = whole["assets"][0]
    assert (one["asset_id"], one["kind"], one["event"]) == (photo_id, "photo", "Mitin en Toluca")
    assert editor.get(one["links"]["thumb"]).status_code == 200
    assert editor.get(f"/api/v1/assets?event={event.id}&municipality=15106&q=toluca").json["total"] == 1
    assert editor.get("/api/v1/assets?event=999").json["total"] == 0
    counted = editor.get("/api/v1/assets?counts=1&limit=1").json["counts"]
    assert counted["kind"] == [{"value": "photo", "label": "photo", "count": 1}]


def test_pages_follow_each_other_by_key(program, archive, event, send, work, tmp_path):
    for seed in range(5):
        send(material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
    work()
    editor, seen, after = program(), [], ""
    for _ in range(3):
        page = editor.get(f"/api/v1/assets?limit=2{after}").json
        seen += [one["asset_id"] for one in page["assets"]]
        after = f"&after={page['next']}"
    assert page["next"] is None and len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize(
    "wrong",
    ["limit=0", "limit=1e9", "kind=holiday", "municipio=15106", "event=abc", "after=zzz", "order=price"],
)
def test_a_search_that_does_not_fit_is_refused_and_says_where(program, wrong):
    answer = program().get(f"/api/v1/assets?{wrong}")
    assert answer.status_code == 400 and answer.json["error"] == "invalid"
    assert wrong.startswith("after") or answer.json["detail"]["fields"][0]["field"].startswith(
        wrong.split("=")[0]
    )


def test_one_asset_is_what_the_command_line_shows(program, archive, photo_id):
    told = program().get(f"/api/v1/assets/{photo_id}").json
    with archive.reading() as tx:
        shown = showing.show(tx, access.LOCAL_ADMINISTRATOR, photo_id)
    assert told == json.loads(json.dumps(shown, default=str))
    assert set(AssetFacts.model_fields) <= set(shown), "the document promises what show gives"


def test_links_lead_to_files_that_need_the_key(program, client, archive, photo_id):
    editor = program()
    links = editor.get(f"/api/v1/assets/{photo_id}/renditions").json["renditions"]
    assert {one["preset"] for one in links} == {"thumb", "preview", "web-2048", "original"}
    for one in links:
        assert client.get(one["download"]).status_code == 401
        answer = editor.get(one["download"])
        assert answer.status_code == 200 and answer.headers["Content-Type"] == one["media_type"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        if one["show"]:
            assert client.get(one["show"]).status_code == 401
            assert len(editor.get(one["show"]).data) == one["bytes"]
        if one["preset"] == "original":
            assert hashlib.sha256(answer.data).hexdigest() == taking.sha256_of(archive, photo_id)
    with archive.reading() as tx:
        assert set(tx.scalars(select(Delivery.route))) == {"api"}


def test_a_key_to_read_takes_no_file_and_a_key_to_download_sends_none(program, photo_id, event):
    reader = program(Role.EDITOR, "read")
    assert reader.get(f"/api/v1/assets/{photo_id}").status_code == 200
    assert reader.get(f"/api/v1/assets/{photo_id}/files/web").status_code == 403
    assert reader.post("/api/v1/descriptions", {"asset_ids": [photo_id], "headline": "x"}).status_code == 403
    taker = program(Role.EDITOR, "download")
    assert taker.get(f"/api/v1/assets/{photo_id}/files/web").status_code == 200
    assert taker.post("/api/v1/batches", {"event": event.id}).status_code == 403
    assert taker.post("/api/v1/events", {"name": "x"}).status_code == 403


def test_a_key_does_not_open_the_pages_of_its_owner(program, photo_id):
    editor = program()
    for address in ("/buscar", f"/descargar/{photo_id}/original", "/cuenta"):
        assert editor.get(address).status_code in (302, 401, 404)
    assert editor.post("/descargar/zip", {"ids": str(photo_id)}).status_code in (400, 401, 403)


def test_a_revoked_key_and_a_closed_account_open_nothing(program, archive, make_user, photo_id):
    user = make_user(Role.EDITOR)
    editor = program(user=user)
    assert editor.get("/api/v1/me").status_code == 200
    with archive.transaction() as tx:
        tx.get_one(User, user.id).active = False
    assert editor.get("/api/v1/me").status_code == 401


STATES = {
    "approved": {"review": Review.APPROVED},
    "rejected": {"review": Review.REJECTED},
    "in the bin": {"deleted_at": User.__table__.c.created_at.default.arg(None)},
    "quarantined": {"processing": Processing.QUARANTINED},
    "received": {"processing": Processing.RECEIVED},
}


@pytest.mark.parametrize("state", STATES)
def test_programs_get_exactly_what_the_predicate_allows(program, archive, photo_id, make_user, state):
    taking.change(archive, photo_id, **STATES[state])
    for role in Role:
        user = make_user(role, **({"municipalities": ["15054"]} if role == Role.LIAISON else {}))
        key = program(user=user)
        with archive.reading() as tx:
            actor = accounts.actor_of(tx, tx.get_one(User, user.id))
            asset = tx.get_one(Asset, photo_id)
            sees, takes, originals = (
                access.can(actor, action, asset)
                for action in (Action.SEE, Action.TAKE_WEB, Action.TAKE_ORIGINAL)
            )
        base = f"/api/v1/assets/{photo_id}"
        assert (key.get(base).status_code == 200) == sees, role
        assert (key.get(f"{base}/renditions").status_code == 200) == sees, role
        assert (key.get(f"{base}/files/web").status_code == 200) == takes, role
        assert (key.get(f"{base}/files/original").status_code == 200) == originals, role
        if sees:
            listed = {one["preset"] for one in key.get(f"{base}/renditions").json["renditions"]}
            assert ("original" in listed) == originals, role


def test_a_batch_is_opened_for_an_event_by_number_or_name_and_watched(
    program, archive, event, send, work, tmp_path
):
    sender = program(Role.PHOTOGRAPHER)
    opened = sender.post("/api/v1/batches", {"event": "mitin en toluca", "byline": " Ana ", "credit": "C"})
    assert opened.status_code == 201, opened.json
    batch_id = opened.json["batch_id"]
    assert opened.json["event"]["id"] == event.id and opened.json["upload"] == "/tus/"
    with archive.reading() as tx:
        batch = tx.get_one(IngestBatch, batch_id)
        assert (batch.byline, batch.source) == ("Ana", "api")
    send(material.photo(tmp_path / "a.jpg"), event, batch)
    (tmp_path / "bad.jpg").write_bytes(b"not a picture")
    send(tmp_path / "bad.jpg", event, batch)
    taking.work_off(archive)
    told = sender.get(opened.json["progress"]).json
    assert told["counters"] == {"ready": 1, "quarantined": 1} and (told["over"], told["files"]) == (2, 2)
    bad = next(one for one in told["items"] if one["path"] == "bad.jpg")
    assert bad["reason_code"] and bad["reason"]
    later = sender.get(f"{opened.json['progress']}?since={told['change']}").json
    assert later["items"] == [] and later["change"] == told["change"]
    assert sender.post("/api/v1/batches", {"event": event.id}).status_code == 201


def test_a_file_travels_by_tus_with_the_same_key(program, archive, event, tmp_path):
    import base64

    sender = program(Role.PHOTOGRAPHER)
    opened = sender.post("/api/v1/batches", {"event": event.id}).json
    content = material.photo(tmp_path / "a.jpg").read_bytes()
    said = {"batch": str(opened["batch_id"]), "filename": "DSC_1.JPG"}
    meta = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    tus = sender.headers | {"Tus-Resumable": "1.0.0"}
    made = sender.browser.post(
        opened["upload"], headers=tus | {"Upload-Length": str(len(content)), "Upload-Metadata": meta}
    )
    assert made.status_code == 201, made.data
    sent = sender.browser.patch(
        made.headers["Location"],
        data=content,
        headers=tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
    )
    assert sent.status_code == 204, sent.data
    items = sender.get(opened["progress"]).json["items"]
    assert [(one["path"], one["outcome"]) for one in items] == [("DSC_1.JPG", "received")]


def test_other_people_s_batches_are_not_there_for_a_liaison(program, archive, event, make_user):
    opened = program(Role.EDITOR).post("/api/v1/batches", {"event": event.id}).json
    liaison = program(Role.LIAISON, municipalities=["15054"])
    assert liaison.get(opened["progress"]).status_code == 404
    assert liaison.post("/api/v1/batches", {"event": event.id}).status_code == 403
    assert program(Role.VIEWER).post("/api/v1/batches", {"event": event.id}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"event": 0},
        {"event": 2**40},
        {"event": True},
        {"event": ""},
        {"event": "x" * 300},
        {"event": 1, "user_id": 1},
        {"event": 1, "source": "cli"},
        {"event": 1, "byline": ["x"]},
        {"event": 1, "credit": "x" * 201},
        {"event": 1, "files": -1, "bytes": 1},
    ],
)
def test_a_batch_that_does_not_fit_is_refused_and_nothing_is_kept(program, archive, body):
    answer = program().post("/api/v1/batches", body)
    assert answer.status_code == 400 and answer.json["error"] == "invalid", answer.json
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(IngestBatch)) == 0


def test_an_ambiguous_event_and_municipality_name_their_candidates(program):
    editor = program()
    for day in ("2026-05-01", "2026-06-01"):
        made = editor.post("/api/v1/events", {"name": "Asamblea", "starts_on": day, "municipality": "15106"})
        assert made.status_code == 201, made.json
    answer = editor.post("/api/v1/batches", {"event": "Asamblea"})
    assert answer.status_code == 409 and len(answer.json["detail"]["candidates"]) == 2
    unknown = editor.post("/api/v1/events", {"name": "Otra", "municipality": "Nowhere at all"})
    assert unknown.status_code in (404, 409)
    assert editor.post("/api/v1/events", {"name": "Otra", "starts_on": "2026-02-31"}).status_code == 400
    assert editor.post("/api/v1/events", {"name": "Otra", "created_by": 1}).status_code == 400
    found = editor.get("/api/v1/events?q=asamb").json["events"]
    assert len(found) == 2


def test_describing_is_applied_and_taken_back(program, archive, photo_id):
    with archive.transaction() as tx:
        official = Official(name="Óscar González", folded="oscar gonzalez")
        tx.add(official)
        tx.flush()
        official_id = official.id
    editor = program()
    said = {
        "asset_ids": [photo_id],
        "headline": "Mitin",
        "appears_add": [official_id],
        "add_keywords": ["plaza"],
    }
    done = editor.post("/api/v1/descriptions", said)
    assert done.status_code == 201, done.json
    told = editor.get(f"/api/v1/assets/{photo_id}").json
    assert told["headline"] == "Mitin" and told["officials"][0]["name"] == "Óscar González"
    assert editor.post("/api/v1/descriptions", {"asset_ids": [photo_id], "headline": None}).status_code == 201
    assert editor.get(f"/api/v1/assets/{photo_id}").json["headline"] is None
    assert editor.post(f"/api/v1/changes/{done.json['change_id']}/undo", {}).status_code == 200
    assert editor.get(f"/api/v1/assets/{photo_id}").json["officials"] == []


@pytest.mark.parametrize(
    "more",
    [{"owner_id": 1}, {"processing": "ready"}, {"rating": 9}, {"review": "final"}, {"municipality_key": "1"}],
)
def test_a_description_sets_nothing_but_what_may_be_described(program, photo_id, more):
    answer = program().post("/api/v1/descriptions", {"asset_ids": [photo_id], **more})
    assert answer.status_code == 400 and answer.json["detail"]["fields"]


def test_a_photographer_describes_only_their_own(program, archive, photo_id):
    answer = program(Role.PHOTOGRAPHER).post(
        "/api/v1/descriptions", {"asset_ids": [photo_id], "headline": "x"}
    )
    assert answer.status_code == 403


def test_a_zip_by_numbers_or_by_a_search_gives_what_one_file_would(program, archive, photo_id):
    editor = program()
    for body in ({"asset_ids": [photo_id]}, {"query": "q=toluca", "preset": "original"}):
        answer = editor.post("/api/v1/zip", body)
        names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
        assert len(names) == 3 and names[0].startswith("2026-05-01_toluca_mitin_0001_")
    with archive.reading() as tx:
        assert list(tx.scalars(select(Delivery.route))) == ["api", "api"]
    assert editor.post("/api/v1/zip", {"asset_ids": []}).status_code == 400
    assert editor.post("/api/v1/zip", {"asset_ids": [photo_id], "query": ""}).status_code == 400
    assert editor.post("/api/v1/zip", {"asset_ids": [True]}).json["detail"]["fields"]
    assert editor.post("/api/v1/zip", {"asset_ids": [photo_id], "as": 1}).status_code == 400
    assert editor.post("/api/v1/zip", {"asset_ids": [photo_id], "preset": "nonsense"}).status_code == 404
    assert program(Role.EDITOR, "read").post("/api/v1/zip", {"asset_ids": [photo_id]}).status_code == 403
    kept = zipfile.ZipFile(
        io.BytesIO(
            program(Role.VIEWER).post("/api/v1/zip", {"asset_ids": [photo_id], "preset": "original"}).data
        )
    )
    assert len(kept.namelist()) == 2


def test_bodies_that_are_no_json_or_too_large_are_refused(program, app):
    editor = program()
    send = lambda data, kind: editor.browser.post(  # noqa: E731
        "/api/v1/batches", data=data, content_type=kind, headers=editor.headers
    )
    assert send(b"event=1", "application/x-www-form-urlencoded").status_code == 415
    assert send(b"{", "application/json").status_code == 400
    assert send(b'{"event": "' + b"x" * 2_000_000 + b'"}', "application/json").status_code in (400, 413)
    assert send(b"[" * 100_000, "application/json").status_code in (400, 413)


def test_a_program_that_runs_wild_is_slowed_down_and_nobody_else(program, archive, monkeypatch):
    monkeypatch.setattr("dam.web.api.limits.READS", "5 per minute")
    browser = make_app(archive).test_client()
    wild, calm = program(), program()
    wild.browser = calm.browser = browser
    assert [wild.get("/api/v1/me").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert calm.get("/api/v1/me").status_code == 200
    assert wild.get("/api/v1/assets").json["error"] == "too_many"
