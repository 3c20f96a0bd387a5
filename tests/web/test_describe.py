"""The JSON behind selecting and describing."""

import pytest

from dam.models import Asset, Official, Review, Role
from dam.services import indexing

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def ana(archive) -> int:
    with archive.transaction() as tx:
        official = Official(name="Ana Peñaloza", folded="ana penaloza")
        tx.add(official)
        tx.flush()
        return official.id


def read(archive, asset_id: int) -> dict:
    with archive.reading() as tx:
        asset = tx.get_one(Asset, asset_id)
        people = [shown.official.name for shown in asset.appearances]
        return {"caption": asset.caption, "rating": asset.rating, "review": asset.review, "people": people}


def test_one_description_reaches_all_that_are_selected_and_is_undone(archive, make_assets, as_role, ana):
    ids = make_assets(3)
    browser = as_role(Role.EDITOR)
    answer = browser.post("/material/describir", json={
        "ids": ids[:2], "description": {"caption": "Saludo", "rating": 5, "appears_add": [ana]},
    }).get_json()  # fmt: skip
    assert answer["changed"] == 2
    assert read(archive, ids[1])["people"] == ["Ana Peñaloza"] and read(archive, ids[2])["people"] == []
    undone = browser.post(f"/cambios/{answer['change_id']}/deshacer", json={}).get_json()
    assert sorted(undone["restored"]) == sorted(ids[:2]) and undone["kept"] == []
    assert read(archive, ids[0])["caption"] is None


def test_what_was_described_is_found_after_the_indexer_s_next_turn(archive, make_assets, as_role):
    ids = make_assets(2)
    browser = as_role(Role.EDITOR)
    browser.post("/material/describir", json={"ids": ids[:1], "description": {"caption": "Inauguración"}})
    while indexing.drain(archive):
        pass
    assert f'data-id="{ids[0]}"' in browser.get("/buscar?q=inauguraciones").text
    assert f'data-id="{ids[1]}"' not in browser.get("/buscar?q=inauguraciones").text


def test_a_search_can_be_described_whole_but_for_some(archive, make_assets, as_role):
    becas, other = make_assets(70, headline="Becas"), make_assets(1)
    browser = as_role(Role.EDITOR)
    answer = browser.post("/material/describir", json={
        "query": "q=becas", "except": becas[:1], "description": {"rating": 3},
    }).get_json()  # fmt: skip
    assert answer["changed"] == 69
    assert [read(archive, i)["rating"] for i in (becas[0], becas[-1], other[0])] == [None, 3, None]


def test_a_selection_says_what_is_shared(make_assets, rally, as_role, archive, ana):
    first = make_assets(1, caption="Uno", byline="Luis", keywords=["agua"])
    second = make_assets(1, caption="Dos", byline="Luis", keywords=["agua", "luz"])
    told = as_role(Role.EDITOR).post("/seleccion", json={"ids": first + second}).get_json()
    assert told["count"] == 2 and told["bytes"] == 2_000_000
    assert told["common"]["byline"] == "Luis" and told["mixed"] == ["caption"]
    assert [(word["name"], word["count"]) for word in told["keywords"]] == [("agua", 2), ("luz", 1)]
    assert [event["id"] for event in told["events"]] == [rally]
    assert told["municipality"] == "Toluca"


def test_cards_come_afresh_with_what_was_said(make_assets, as_role):
    ids = make_assets(2)
    browser = as_role(Role.EDITOR)
    page = browser.post("/seleccion/fichas", json={"ids": ids[:1]}).text
    assert f'data-id="{ids[0]}"' in page and f'data-id="{ids[1]}"' not in page


def test_nobody_describes_or_counts_what_they_may_not(archive, make_assets, make_user, as_user, as_role):
    photographer = make_user(Role.PHOTOGRAPHER)
    own, foreign = make_assets(1, owner=photographer), make_assets(1, review=Review.REJECTED)
    body = {"ids": own + foreign, "description": {"caption": "Mía"}}
    refused = as_user(photographer).post("/material/describir", json=body, headers=FETCH)
    assert refused.status_code == 403 and "1" in refused.get_json()["message"]
    assert read(archive, own[0])["caption"] is None
    viewer = as_role(Role.VIEWER)
    assert viewer.post("/material/describir", json=body).status_code == 403
    for address in ("/seleccion", "/seleccion/fichas"):
        assert viewer.post(address, json={"ids": foreign}).status_code == 404
    assert as_role(Role.EDITOR).post("/material/describir", json={
        "ids": own, "description": {"review": "approved"}}).status_code == 403  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": "1,2"},
        {"ids": [True]},
        {"ids": [1.5]},
        {"ids": [2**40]},
        {"query": "q=nada+de+nada"},
        {"ids": [1]},
        {"ids": [1], "description": []},
        {"ids": [1], "description": {}},
        {"ids": [1], "description": {"owner_id": 1}},
        {"ids": [1], "description": {"processing": "ready"}},
        {"ids": [1], "description": {"deleted_at": None}},
        {"ids": [1], "description": {"rating": "5"}},
        {"ids": [1], "description": {"rating": 9}},
        {"ids": [1], "description": {"review": "published"}},
        {"ids": [1], "description": {"review": ["approved"]}},
        {"ids": [1], "description": {"event_id": None}},
        {"ids": [1], "description": {"appears_add": ["1"]}},
        {"ids": [1], "description": {"add_keywords": "agua"}},
        {"ids": [1], "description": {"caption": 3}},
        {"ids": [1], "description": {"caption": "x" * 9000}},
        ["ids"],
    ],
)
def test_what_cannot_be_meant_is_refused(make_assets, as_role, body):
    make_assets(1)
    answer = as_role(Role.ADMINISTRATOR).post("/material/describir", json=body, headers=FETCH)
    assert answer.status_code == 400 and answer.get_json()["message"]


def test_a_body_that_is_not_json_is_refused(as_role):
    answer = as_role(Role.EDITOR).post("/material/describir", data="caption=x")
    assert answer.status_code == 400


def test_forms_from_elsewhere_are_refused(app, make_assets, as_role, archive):
    ids = make_assets(1)
    app.config["CHECK_FORMS"] = True
    body = {"ids": ids, "description": {"caption": "x"}}
    answer = as_role(Role.EDITOR).post("/material/describir", json=body)
    assert answer.status_code in (400, 403)
    assert read(archive, ids[0])["caption"] is None


def test_one_undoes_only_one_s_own(make_assets, as_role):
    ids = make_assets(1)
    answer = as_role(Role.EDITOR).post("/material/describir", json={"ids": ids, "description": {"rating": 1}})
    change = answer.get_json()["change_id"]
    assert as_role(Role.PHOTOGRAPHER).post(f"/cambios/{change}/deshacer", json={}).status_code == 404
    assert as_role(Role.COORDINATOR).post(f"/cambios/{change}/deshacer", json={}).status_code == 200
