"""/colecciones and /paquetes: making, ordering, sharing, taking; each role gets what it may."""

import io
import zipfile

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Collection, Role
from dam.services import collections
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import material, taking
from tests.running import eventually

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def editor(as_role):
    return as_role("editor")


@pytest.fixture
def photos(archive: Archive, event, send, tmp_path, work) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2, 3)
    ]
    work()
    return ids


def _make(browser, name: str = "Campaña", **more: str) -> int:
    made = browser.post("/colecciones", json={"name": name, **more}, headers={"Accept": "application/json"})
    assert made.status_code == 201, made.text
    return made.json["value"]


def _put(browser, made: int, ids: list[int]) -> dict:
    answer = browser.post(f"/colecciones/{made}/agregar", json={"ids": ids})
    assert answer.status_code == 200, answer.text
    return answer.json


def _ready(browser, answer) -> str:
    """Where the zip is, once everything in it is there: a slow machine looks more than once."""
    address = answer.location
    while not address.endswith("/zip"):
        address = browser.post(f"{address}/avance").location
    return address


def test_from_an_empty_list_to_a_page_with_pictures(editor, photos):
    assert "Campaña" not in editor.get("/colecciones").text
    made = _make(editor, HOSTILE)
    assert _put(editor, made, photos)["added"] == 3
    again = _put(editor, made, photos[:1])
    assert again["added"] == 0 and again["change_id"] is None
    page = editor.get(f"/colecciones/{made}").text
    assert page.index(f'data-id="{photos[0]}"') < page.index(f'data-id="{photos[2]}"')
    assert HOSTILE not in page and "&lt;script&gt;" in page
    assert HOSTILE not in editor.get("/colecciones").text
    assert [one["value"] for one in editor.get("/colecciones/mias?q=script").json] == [made]


def test_order_notes_cover_and_undo(editor, photos, archive):
    made = _make(editor)
    _put(editor, made, photos)
    moved = editor.post(f"/colecciones/{made}/orden", json={"ids": [photos[2]], "before": photos[0]})
    page = editor.get(f"/colecciones/{made}/orden").text
    assert page.index(f'data-id="{photos[2]}"') < page.index(f'data-id="{photos[0]}"')
    undone = editor.post(f"/colecciones/cambios/{moved.json['change_id']}/deshacer", json={})
    assert undone.status_code == 200
    said = editor.post(f"/colecciones/{made}/nota", json={"asset_id": photos[1], "text": HOSTILE})
    assert said.status_code == 200 and HOSTILE not in editor.get(f"/colecciones/{made}/orden").text
    assert editor.post(f"/colecciones/{made}/portada", json={"asset_id": photos[1]}).status_code == 200
    with archive.reading() as tx:
        assert tx.get_one(Collection, made).cover_id == photos[1]
    out = editor.post(f"/colecciones/{made}/quitar", json={"ids": photos[:1]})
    assert f'data-id="{photos[0]}"' not in editor.get(f"/colecciones/{made}").text
    editor.post(f"/colecciones/cambios/{out.json['change_id']}/deshacer", json={})
    assert f'data-id="{photos[0]}"' in editor.get(f"/colecciones/{made}").text


def test_a_deleted_collection_comes_back_from_the_list(editor, photos):
    made = _make(editor)
    gone = editor.post(f"/colecciones/{made}/borrar")
    assert editor.get(f"/colecciones/{made}").status_code == 404
    assert "/deshacer" in editor.get(gone.location).text
    change = gone.location.rpartition("=")[2]
    assert editor.post(f"/colecciones/cambios/{change}/deshacer").status_code == 302
    assert editor.get(f"/colecciones/{made}").status_code == 200


def test_nobody_else_sees_it_until_it_is_shared(editor, as_role, photos):
    made = _make(editor)
    _put(editor, made, photos)
    for role in Role:
        other = as_role(role)
        assert other.get(f"/colecciones/{made}").status_code == 404
        assert other.post(f"/colecciones/{made}/agregar", json={"ids": photos}).status_code == 404
        assert other.post("/paquetes", data={"collection": str(made)}).status_code == 404
    editor.post(f"/colecciones/{made}/compartir", data={"role": "viewer"})
    viewer = as_role("viewer")
    assert viewer.get(f"/colecciones/{made}").status_code == 200
    assert viewer.post(f"/colecciones/{made}/quitar", json={"ids": photos}).status_code == 403
    assert viewer.post(f"/colecciones/{made}/compartir", data={}).status_code == 403


def test_a_search_inside_somebody_elses_collection_finds_nothing(editor, as_role, photos):
    made = _make(editor)
    _put(editor, made, photos[:2])
    inside = editor.post("/seleccion/ids", json={"query": f"collection={made}"})
    assert sorted(inside.json["ids"]) == sorted(photos[:2])
    other = as_role("photographer").post("/seleccion/ids", json={"query": f"collection={made}"})
    assert other.status_code == 400


def test_a_smart_collection_keeps_a_search(editor, photos):
    made = _make(editor, "Mitin", query="q=mitin")
    page = editor.get(f"/colecciones/{made}").text
    assert all(f'data-id="{one}"' in page for one in photos)
    assert editor.post(f"/colecciones/{made}/agregar", json={"ids": photos}).status_code == 400


def test_a_collection_leaves_in_its_order_under_its_name(editor, photos):
    made = _make(editor, "Ñandú 2026")
    _put(editor, made, photos[::-1])
    answer = editor.post("/paquetes", data={"collection": str(made), "preset": ["web", "preview"]})
    assert answer.status_code == 303
    address = _ready(editor, answer)
    got = editor.get(address)
    assert "_nandu-2026.zip" in got.headers["Content-Disposition"]
    names = zipfile.ZipFile(io.BytesIO(got.data)).namelist()
    assert [name[-40:] for name in names if name.startswith("web/")] == [
        name[-40:] for name in sorted((n for n in names if n.startswith("web/")), reverse=True)
    ]
    assert int(got.headers["Content-Length"]) == len(got.data)
    part = editor.get(address, headers={"Range": "bytes=1000-1999", "If-Range": got.headers["ETag"]})
    assert part.status_code == 206 and part.data == got.data[1000:2000]
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(got.data)}"
    whole = editor.get(address, headers={"Range": "bytes=1000-1999", "If-Range": '"another"'})
    assert whole.status_code == 200
    assert editor.get(address, headers={"Range": "bytes=999999999-"}).status_code == 416
    head = editor.head(address)
    assert head.status_code == 200 and int(head.headers["Content-Length"]) == len(got.data)


def test_a_package_waits_with_progress_for_what_is_being_made(editor, photos, archive):
    from dam.models import Rendition
    from dam.services.renditions import making

    with archive.transaction() as tx:
        wanted = select(Rendition).where(Rendition.asset_id == photos[0], Rendition.preset == "preview")
        tx.delete(tx.scalars(wanted).one())
    form = {"ids": ",".join(str(one) for one in photos), "preset": "preview"}
    waits = editor.post("/paquetes", data=form)
    assert waits.status_code == 303 and not waits.location.endswith("/zip")

    def progress() -> dict:  # each asking goes on for two seconds at most: a busy machine needs several
        return editor.post(f"{waits.location}/avance", headers={"Accept": "application/json"}).json

    eventually(lambda: progress()["there"] == 2, 60)
    page = editor.get(waits.location).text
    assert 'value="2"' in page and "data-go-on" in page
    assert editor.get(f"{waits.location}/zip").status_code == 303  # back to the page that tells
    making.make_missing(archive, photos[0])
    state = eventually(lambda: (told := progress())["ready"] and told, 60)
    assert state["there"] == 3
    assert len(zipfile.ZipFile(io.BytesIO(editor.get(state["zip"]).data)).namelist()) == 5


def test_the_count_and_the_size_are_told_before_anything_is_made(editor, photos):
    form = {"ids": ",".join(str(one) for one in photos)}
    exact = editor.post("/paquetes/calculo", data=form | {"preset": ["web", "original"]}).json
    assert exact["files"] == 6 and exact["exact"] and exact["bytes"] > 1000
    guessed = editor.post("/paquetes/calculo", data=form | {"preset": ["ig-4x5", "video-9x16"]}).json
    assert guessed["files"] == 3 and not guessed["exact"]  # photos do not come as clips
    assert editor.post("/paquetes/calculo", data={"preset": "../x"}).status_code == 404
    none = editor.post("/paquetes/calculo", data=form | {"preset": ["audio-wav"]})
    assert none.status_code == 200 and none.json["files"] == 0, none.json
    assert f"{len(photos)} no existen en estos formatos" in none.json["said"]


def test_a_package_is_nobody_elses(editor, as_role, photos):
    made = _ready(editor, editor.post("/paquetes", data={"ids": str(photos[0]), "preset": "web"}))
    other = as_role("coordinator")
    assert other.get(made).status_code == 404
    assert other.get(made.removesuffix("/zip")).status_code == 404
    assert other.post(made.removesuffix("zip") + "avance").status_code == 404


def test_the_dialogs_stand_on_every_page_with_a_grid(editor, photos):
    page = editor.get("/buscar").text
    assert 'id="taking"' in page and 'id="collecting"' in page and "ig-4x5" in page
    with_pack = editor.get("/buscar").text
    assert "Paquete redes" in with_pack


def test_somebody_who_left_leaves_collections_to_the_coordination(archive, as_role, make_user, photos):
    user = make_user("photographer")
    with archive.transaction() as tx:
        from dam.services import accounts

        made = collections.create(tx, accounts.actor_of(tx, user), "Lo que quedó").id
    coordinator = as_role("coordinator")
    assert coordinator.get(f"/colecciones/{made}").status_code == 404
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, user.id), active=False)
    assert coordinator.get(f"/colecciones/{made}").status_code == 200
