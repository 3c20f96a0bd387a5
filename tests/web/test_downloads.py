"""Taking away through the browser: one file, many files, and every way round the permission."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Delivery, Event, Processing, Rendition, Review, Role
from dam.models.columns import now
from dam.services import access
from dam.services.access import Action, Actor
from dam.web.sending import disposition
from tests import material, taking


@pytest.fixture
def photo_id(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)


@pytest.fixture
def editor(as_role):
    return as_role(Role.EDITOR)


def _count(archive: Archive) -> int:
    with archive.reading() as tx:
        return tx.scalar(select(func.count()).select_from(Delivery))


def _names(answer) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(answer.data)).namelist()


def test_web_is_an_attachment_under_its_readable_name(editor, photo_id):
    answer = editor.get(f"/descargar/{photo_id}/web")
    assert answer.status_code == 200 and answer.data[:3] == b"\xff\xd8\xff"
    assert answer.headers["Content-Type"] == "image/jpeg"
    name = "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg"
    assert (
        answer.headers["Content-Disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer.headers["Cache-Control"] and "no-cache" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_the_original_is_the_camera_s_file(editor, archive, photo_id):
    answer = editor.get(f"/descargar/{photo_id}/original")
    assert hashlib.sha256(answer.data).hexdigest() == taking.sha256_of(archive, photo_id)
    name = 'filename="2026-05-01_toluca_mitin_0001_sin-aprobar_original.jpg"'
    assert name in answer.headers["Content-Disposition"]


def test_a_look_and_a_continuation_count_as_one_delivery(editor, archive, photo_id):
    editor.head(f"/descargar/{photo_id}/web")
    assert _count(archive) == 0
    assert editor.get(f"/descargar/{photo_id}/web", headers={"Range": "bytes=0-"}).status_code == 206
    editor.get(f"/descargar/{photo_id}/web", headers={"Range": "bytes=500-"})
    assert _count(archive) == 1


def test_what_is_being_made_has_a_page_that_asks_again(editor, archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "web-2048")).one())
    page = editor.get(f"/descargar/{photo_id}/web", headers={"Accept": "text/html"})
    assert page.status_code == 202 and page.headers["Refresh"]
    assert "text/html" in page.headers["Content-Type"]
    told = editor.get(f"/descargar/{photo_id}/web", headers={"Accept": "application/json"})
    assert told.status_code == 202 and told.json["error"] == "being_made"


def test_what_is_too_small_for_a_format_is_not_asked_to_try_later(editor, archive, photo_id):
    taking.change(archive, photo_id, minors="no")
    for address in (f"/descargar/{photo_id}/story", f"/api/v1/assets/{photo_id}/files/story"):
        answer = editor.get(address, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["error"]) == (409, "does_not_fit"), address
        assert answer.json["detail"]["width"] == 900 and "Retry-After" not in answer.headers


def test_hostile_names_stay_out_of_the_headers(editor, archive, photo_id):
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, photo_id)
        asset.originals[0].name = 'a"\r\nSet-Cookie: x=1\u202egpj.exe;filename=é.html'
        asset.placements[0].event.name = '"\r\nX-Evil: 1; ../../ñandú 选举'
        asset.municipality = asset.placements[0].event.municipality = None
    for preset in ("web", "original"):
        answer = editor.get(f"/descargar/{photo_id}/{preset}")
        said = answer.headers["Content-Disposition"]
        assert answer.status_code == 200 and "X-Evil" not in answer.headers
        assert said.count('"') == 2 and ".." not in said and "\n" not in said and said.isascii()


@pytest.mark.parametrize("name", ['a"b', "a\r\nb", "é.jpg", "a;b", "a/b", "a\\b", "a%0d"])
def test_a_name_that_is_not_ours_is_never_put_into_a_header(name):
    with pytest.raises(ValueError):
        disposition(name)


def test_a_zip_of_chosen_files(editor, archive, event, send, tmp_path, photo_id):
    other = taking.take_in(archive, send, material.photo(tmp_path / "b.jpg", seed=2), event)
    answer = editor.post("/descargar/zip", data={"ids": f"{photo_id},{other}", "preset": "web"})
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="acervo_')
    assert len(_names(answer)) == 4
    assert _count(archive) == 2
    repeated = editor.post("/descargar/zip", data={"id": [photo_id, other]})
    assert len(_names(repeated)) == 4


def test_a_form_with_chosen_files_and_an_empty_search_takes_the_chosen_ones_only(
    editor, archive, event, send, tmp_path, photo_id
):
    taking.take_in(archive, send, material.photo(tmp_path / "b.jpg", seed=2), event)
    said = {"ids": str(photo_id), "query": "", "preset": ["web", "preview"]}
    names = _names(editor.post("/descargar/zip", data=said))
    assert names == ["2026-05-01_toluca_mitin_0001_sin-aprobar_preview.jpg", "pies-de-foto.csv", "LEEME.txt"]
    assert editor.post("/descargar/zip", data={"ids": "", "query": " "}).status_code == 400


def test_a_zip_of_everything_a_search_finds(editor, archive, event, send, tmp_path, work):
    for seed in (1, 2):
        send(material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
    work()
    answer = editor.post(
        "/descargar/zip", data={"query": f"?event={event.id}&order=oldest", "preset": "preview"}
    )
    assert len([name for name in _names(answer) if name.endswith("_preview.jpg")]) == 2
    assert editor.post("/descargar/zip", data={"query": "q=nadie", "preset": "web"}).status_code == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 400),
        ({"ids": "a,b,-1,99999999999999999999"}, 400),
        ({"ids": "1", "preset": "../x"}, 404),
        ({"ids": ",".join(str(number) for number in range(5002))}, 400),
        ({"query": "&".join("x=1" for _ in range(300))}, 400),
    ],
)
def test_a_zip_of_nothing_or_of_too_much_is_refused(editor, data, status):
    assert editor.post("/descargar/zip", data=data).status_code == status


def test_only_so_many_zips_flow_at_once(editor, app, photo_id):
    slots = app.extensions["zip_slots"]
    held = 0
    while slots.acquire(blocking=False):
        held += 1
    assert editor.post("/descargar/zip", data={"ids": str(photo_id)}).status_code == 503
    for _ in range(held):
        slots.release()
    for _ in range(held + 2):
        assert editor.post("/descargar/zip", data={"ids": str(photo_id)}).status_code == 200
    assert sum(1 for _ in iter(lambda: slots.acquire(blocking=False), False)) == held


def test_a_zip_is_not_asked_for_by_a_foreign_page(app, as_role, photo_id):
    app.config["CHECK_FORMS"] = True
    editor = as_role(Role.EDITOR)
    assert editor.post("/descargar/zip", data={"ids": str(photo_id)}).status_code in (400, 403)
    foreign = {"Origin": "https://evil.example"}
    assert editor.post("/descargar/zip", data={"ids": str(photo_id)}, headers=foreign).status_code == 403
    assert editor.get("/descargar/zip").status_code in (404, 405)


def test_nobody_takes_anything_without_signing_in(client, photo_id):
    for address in (f"/descargar/{photo_id}/web", f"/descargar/{photo_id}/original"):
        assert client.get(address).status_code in (302, 401)
    assert client.post("/descargar/zip", data={"ids": str(photo_id)}).status_code in (302, 401)


STATES = {
    "ready": {},
    "approved": {"review": Review.APPROVED},
    "rejected": {"review": Review.REJECTED},
    "in the bin": {"deleted_at": now()},
    "working": {"processing": Processing.WORKING},
    "quarantined": {"processing": Processing.QUARANTINED},
    "failed": {"processing": Processing.FAILED},
}


@pytest.mark.parametrize("state", STATES)
def test_page_and_zip_give_exactly_what_the_predicate_allows(archive, photo_id, make_user, as_user, state):
    """The second route gives no more than the first: TRUST, fact 9."""
    taking.change(archive, photo_id, **STATES[state])
    for role in Role:
        user = make_user(role, **({"municipalities": ["15054"]} if role == Role.LIAISON else {}))
        actor = Actor(user.id, user.name, role, frozenset({"15054"} if role == Role.LIAISON else ()))
        browser = as_user(user)
        for owner in (None, user.id):
            taking.change(archive, photo_id, owner_id=owner)
            for preset, action in (("web", Action.TAKE_WEB), ("original", Action.TAKE_ORIGINAL)):
                with archive.reading() as tx:
                    allowed = access.can(actor, action, tx.get_one(Asset, photo_id))
                case = (role, "own" if owner else "another's", preset)
                one = browser.get(f"/descargar/{photo_id}/{preset}")
                assert one.status_code == 200 if allowed else one.status_code in (403, 404), case
                many = browser.post("/descargar/zip", data={"ids": str(photo_id), "preset": preset})
                assert (len(_names(many)) == 3) == allowed, case
                if allowed and state == "quarantined":
                    assert one.headers["Content-Type"] == "application/octet-stream"
                    assert one.headers["Content-Disposition"].startswith("attachment")
