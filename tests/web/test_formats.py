"""/formatos, an asset's menu of formats, and the crop desk: what they show, to whom, and what they do."""

import pytest

from dam.models import AuditEntry, Kind, Role
from dam.services import presets
from dam.services.framing import looking
from tests.web.test_assets import make_preview


def test_the_coordinator_sees_every_format_and_changes_one(archive, as_role):
    browser = as_role(Role.COORDINATOR)
    page = browser.get("/formatos")
    assert page.status_code == 200
    with archive.reading() as tx:
        assert all(one.key in page.text for one in presets.listed(tx))
    assert browser.get("/formatos/ig-4x5").status_code == 200
    saved = browser.post("/formatos/ig-4x5", data={"quality": "77"})
    assert saved.status_code == 302
    with archive.reading() as tx:
        assert presets.get(tx, "ig-4x5").quality == 77
        assert tx.query(AuditEntry).filter(AuditEntry.action == "preset.change").count() == 1
    refused = browser.post("/formatos/ig-4x5", data={"quality": "1000"})
    assert refused.status_code == 400 and 'role="alert"' in refused.text


def test_a_format_of_ones_own_and_a_pack_by_their_forms(archive, as_role):
    browser = as_role(Role.ADMINISTRATOR)
    given = {"name": "Boletín", "key": "boletin", "kind": "photo", "width": "900", "height": "600"}
    assert browser.post("/formatos", data=given).status_code == 302
    assert browser.post("/formatos", data=given).status_code == 409
    assert browser.post("/formatos", data=given | {"key": "otro", "width": "x"}).status_code == 400
    assert browser.post("/formatos/boletin/uso", data={"active": "no"}).status_code == 302
    pack = {"name": "Prensa", "preset": ["press", "original"]}
    assert browser.post("/formatos/paquetes/prensa", data=pack).status_code == 302
    with archive.reading() as tx:
        assert "boletin" not in [one.key for one in presets.listed(tx)]
        assert next(one for one in presets.packs(tx) if one.key == "prensa").presets == ("press", "original")


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PHOTOGRAPHER, Role.LIAISON, Role.VIEWER])
def test_nobody_else_sees_or_changes_formats(as_role, role):
    browser = as_role(role)
    assert browser.get("/formatos").status_code == 403
    assert browser.post("/formatos/ig-4x5", data={"quality": "1"}).status_code == 403


def test_the_menu_groups_formats_by_network_and_says_why_one_is_not_to_be_had(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, width=1200, height=1500)
    page = as_role(Role.EDITOR).get(f"/material/{asset_id}").text
    menu = page[page.index("menu-formats") : page.index("</details>", page.index("menu-formats"))]
    assert f"/descargar/{asset_id}/ig-4x5" in menu and "1080 × 1350" in menu
    assert f"/descargar/{asset_id}/story" not in menu, "too small for it"
    assert menu.count("menu-refused") == 1, "one sentence for all that it is too small for"
    assert menu.count("Muy chica para") == 1 and "(837 × 1488)" in menu, "the largest 9:16 that it holds"
    assert menu.index("Instagram 4:5") < menu.index("WhatsApp, foto") < menu.index("X 16:9")


def test_the_crop_desk_moves_all_shapes_and_undoes(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, width=6000, height=4000)
    make_preview(archive, asset_id)
    browser = as_role(Role.EDITOR)
    page = browser.get(f"/material/{asset_id}/recortes")
    assert page.status_code == 200 and "data-movable" in page.text
    moved = browser.post(f"/material/{asset_id}/recortes", json={"focal": [0.9, 0.5]})
    assert moved.status_code == 200
    shapes = {one["name"]: one for one in moved.json["shapes"]}
    assert shapes["9:16"]["window"][2] == pytest.approx(1.0, abs=1e-3)
    alone = browser.post(
        f"/material/{asset_id}/recortes", json={"shape": "1:1", "window": [0.1, 0.2, 0.5, 0.8]}
    )
    assert next(one for one in alone.json["shapes"] if one["name"] == "1:1")["drawn"]
    undone = browser.post(f"/material/{asset_id}/recortes/deshacer", json={"change": alone.json["change"]})
    assert not next(one for one in undone.json["shapes"] if one["name"] == "1:1")["drawn"]
    again = browser.post(f"/material/{asset_id}/recortes/deshacer", json={"change": alone.json["change"]})
    assert again.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [[], {"focal": [1]}, {"focal": ["a", 2]}, {"shape": "1:1", "window": [0, 0, 2, 2]}, {"window": None},
     {"shape": "7:1", "window": [0, 0, 1, 1]}],
)  # fmt: skip
def test_what_makes_no_sense_moves_nothing(make_assets, as_role, wrong):
    (asset_id,) = make_assets(1, width=6000, height=4000)
    answer = as_role(Role.EDITOR).post(f"/material/{asset_id}/recortes", json=wrong)
    assert answer.status_code == 400


def test_who_only_looks_sees_crops_and_moves_none(make_assets, as_role):
    (asset_id,) = make_assets(1, width=6000, height=4000)
    browser = as_role(Role.VIEWER)
    assert "data-movable" not in browser.get(f"/material/{asset_id}/recortes").text
    assert browser.post(f"/material/{asset_id}/recortes", json={"focal": [0.5, 0.5]}).status_code == 403


def test_a_clip_can_be_cut_on_the_same_page(make_assets, as_role):
    (asset_id,) = make_assets(1, kind=Kind.VIDEO, width=1920, height=1080, duration=12.5)
    page = as_role(Role.EDITOR).get(f"/material/{asset_id}/recortes").text
    assert 'data-format="video-9x16"' in page and 'data-seconds="12.5"' in page
    assert 'data-format="ig-4x5"' not in page


def test_a_face_under_a_networks_buttons_is_told_in_words(archive, make_assets, as_role):
    (asset_id,) = make_assets(1, width=6000, height=4000)
    with archive.transaction() as tx:
        looking.keep(
            tx, asset_id, {"faces": [[0.46, 0.01, 0.54, 0.13]], "regions": [[0.46, 0.01, 0.54, 0.13, 1.0]]}
        )
    state = as_role(Role.EDITOR).get(f"/material/{asset_id}/recortes.json").json
    assert any(one["minds"] for one in state["shapes"])
