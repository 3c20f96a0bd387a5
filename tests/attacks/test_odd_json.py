"""JSON that no page of ours sends: other types, endless numbers, half characters, instants out of time."""

import json

import pytest

from dam.archive import Archive
from dam.models import Role
from dam.services import collections
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import material, taking

FETCH = {"X-Requested-With": "fetch"}
HALF = "\ud800"
ENDLESS = 10**30
OUT_OF_TIME = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"]


@pytest.fixture
def asset_id(archive: Archive, event, send, tmp_path) -> int:
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)


@pytest.fixture
def collection_id(archive: Archive, asset_id) -> int:
    with archive.transaction() as tx:
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Para la prensa")
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, [asset_id])
        collections.share(tx, LOCAL_ADMINISTRATOR, made.id, roles={Role.ADMINISTRATOR: True})
        return made.id


@pytest.fixture
def boss(as_role):
    return as_role(Role.ADMINISTRATOR)


def _odd(asset_id: int, collection_id: int) -> list[tuple[str, dict]]:
    ids, shelf = {"ids": [asset_id]}, f"/colecciones/{collection_id}"
    described = [
        {"municipality_key": HALF}, {"event_id": ENDLESS}, {"appears_add": [ENDLESS]},
        {"appears_remove": [-1]},
        *({"embargo_until": moment} for moment in OUT_OF_TIME),
    ]  # fmt: skip
    crops = f"/material/{asset_id}/recortes"
    return [
        *(("/material/describir", ids | {"description": one}) for one in described),
        ("/cargas", {"event_id": 2**31}),
        ("/cargas/1/mover", {"event_id": 2**31}),
        ("/seleccion/fichas", ids | {"args": HALF}),
        ("/revisar/decidir", ids | {"verdict": "rejected", "reason": f"no {HALF}"}),
        ("/material/retirar", ids | {"reason": "rights", "note": HALF}),
        ("/material/publicaciones", ids | {"network": "web", "on": "2026-05-01", "address": f"a.mx/{HALF}"}),
        ("/material/publicaciones", ids | {"network": "web", "on": "2026-05-01", "note": HALF}),
        (crops, {"focal": [0.1, 10**400]}),
        (crops, {"focal": [0.1, float("nan")]}),
        (crops, {"proposal": True, "shape": ["1x1"]}),
        *((f"{crops}/deshacer", {"change": change}) for change in (ENDLESS, float("inf"), float("nan"), 0.5)),
        ("/colecciones", {"name": "x", "note": HALF}),
        ("/colecciones", {"name": "x", "query": HALF}),
        (f"{shelf}/nota", {"asset_id": ENDLESS, "text": "x"}),
        (f"{shelf}/nota", {"asset_id": asset_id, "text": HALF}),
        (f"{shelf}/portada", {"asset_id": ENDLESS}),
        (f"{shelf}/orden", ids | {"before": ENDLESS}),
    ]


def test_every_page_that_takes_json_refuses_what_nothing_can_hold(boss, asset_id, collection_id) -> None:
    for address, body in _odd(asset_id, collection_id):
        answer = boss.post(address, data=json.dumps(body), content_type="application/json", headers=FETCH)
        assert answer.status_code == 400 and answer.json["error"] == "invalid", (address, str(body)[:80])


@pytest.mark.parametrize("moment", OUT_OF_TIME)
def test_the_interface_for_programs_takes_no_embargo_out_of_time(boss, asset_id, moment: str) -> None:
    body = {"asset_ids": [asset_id], "embargo_until": moment}
    assert boss.post("/api/v1/descriptions", json=body).status_code == 400


def test_places_in_lists_are_numbers_that_a_row_can_have(boss, collection_id, make_user) -> None:
    for after in ("²", "--5", "9" * 30, "2026-01-01T00:00:00_" + "9" * 25, "9999-12-31T23:59:59-14:00_1"):
        for address in ("/colecciones", f"/colecciones/{collection_id}/mas", "/admin/lugares", "/ligas"):
            status = boss.get(address, query_string={"after": after, "q": after}).status_code
            assert status < 500, (address, after)
    liaison = make_user(Role.LIAISON).id
    for value in ("district:²", "district:" + "9" * 30, "state:" + "9" * 5000):
        form = {"name": "x", "role": "liaison", "territory": value}
        assert boss.post(f"/admin/usuarios/{liaison}", data=form).status_code in (400, 404)
    shared = boss.post(f"/colecciones/{collection_id}/compartir", data={"user": "9" * 30})
    assert shared.status_code < 500
