"""The queue, the best twelve, what was withdrawn: pages and what their buttons say."""

import re
from datetime import timedelta

import pytest

from dam.archive import Archive
from dam.models import Asset, Change, Delivery, Minors, Review, Role
from tests import taking
from tests.web.finding import HOSTILE


@pytest.fixture
def boss(as_role):
    return as_role(Role.COORDINATOR)


def _get(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        return tx.get_one(Asset, asset_id)


def test_the_queue_shows_what_waits_and_the_bar_counts_it(boss, make_assets, rally, archive):
    waiting = make_assets(3)
    (approved,) = make_assets(1, review=Review.APPROVED)
    page = boss.get("/revisar").text
    assert all(f'data-id="{asset_id}"' in page for asset_id in waiting)
    assert f'data-id="{approved}"' not in page and "Mitin en la plaza" in page
    assert f"/revisar/evento/{rally}/mejores" in page
    assert 'class="bar-waits"' in page and ">3</span>" in boss.get("/buscar").text


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PHOTOGRAPHER, Role.LIAISON, Role.VIEWER])
def test_the_queue_is_for_those_who_review(as_role, make_assets, role):
    (one,) = make_assets(1)
    somebody = as_role(role)
    for address in ("/revisar", "/retirados", f"/material/{one}/lugares", "/retirados/lugares.csv"):
        assert somebody.get(address).status_code == 403, address
    for address in ("/revisar/decidir", "/material/retirar", "/material/reponer"):
        said = {"ids": [one], "verdict": "approved", "reason": "error"}
        assert somebody.post(address, json=said).status_code == 403, address
    assert "bar-waits" not in somebody.get("/buscar").text


def test_an_empty_queue_says_so(boss):
    assert "/buscar" in boss.get("/revisar").text and 'class="state"' in boss.get("/revisar").text


def test_five_hundred_at_once_are_approved_and_taken_back(boss, make_assets, archive):
    ids = make_assets(500)
    answer = boss.post("/revisar/decidir", json={"ids": ids, "verdict": "approved", "no_minors": True})
    assert answer.status_code == 200 and answer.json["changed"] == 500
    assert (_get(archive, ids[-1]).review, _get(archive, ids[-1]).minors) == (Review.APPROVED, Minors.NO)
    assert boss.post(f"/cambios/{answer.json['change_id']}/deshacer", json={}).status_code == 200
    assert _get(archive, ids[0]).review == Review.RECEIVED
    again = boss.post("/revisar/decidir", json={"ids": ids[:2], "verdict": "received"})
    assert again.json["change_id"] is None  # it said so already


def test_a_whole_search_is_rejected_with_its_reason_and_never_without(boss, make_assets, archive):
    ids = make_assets(2, headline="Borrosa")
    bare = boss.post("/revisar/decidir", json={"query": "q=borrosa", "verdict": "rejected", "reason": " "})
    assert bare.status_code == 400
    said = {"query": "q=borrosa", "verdict": "rejected", "reason": "Fuera de foco"}
    assert boss.post("/revisar/decidir", json=said).json["changed"] == 2
    assert _get(archive, ids[0]).review_reason == "Fuera de foco"
    assert "Fuera de foco" in boss.get(f"/material/{ids[0]}").text


def test_the_best_of_an_event_have_three_buttons_each(boss, make_assets, rally):
    make_assets(20)
    page = boss.get(f"/revisar/evento/{rally}/mejores").text
    assert page.count('class="best-one"') == 12
    for deed in ("approve", "reject", "minors-yes"):
        assert page.count(f'data-release="{deed}"') == 12
    assert boss.get("/revisar/evento/424242/mejores").status_code == 404
    assert boss.get("/revisar/carga/424242").status_code == 404


def test_minors_are_said_by_whoever_describes(as_role, make_assets, archive):
    (one,) = make_assets(1)
    answer = as_role(Role.EDITOR).post("/material/menores", json={"ids": [one], "minors": "yes"})
    assert answer.status_code == 200 and _get(archive, one).minors == Minors.YES
    assert (
        as_role(Role.VIEWER).post("/material/menores", json={"ids": [one], "minors": "no"}).status_code == 403
    )


def test_withdrawing_stops_it_lists_who_has_it_and_can_be_taken_back(boss, as_role, make_assets, archive):
    (one,) = make_assets(1, review=Review.APPROVED, headline=HOSTILE)
    editor = as_role(Role.EDITOR)
    with archive.transaction() as tx:
        tx.add(Delivery(asset_id=one, preset="ig-1x1", route="page", use="=Campaña"))
    noted = editor.post("/material/publicaciones", json={
        "ids": [one], "network": "facebook", "address": "facebook.com/pt/1", "on": "2026-05-03",
        "note": HOSTILE,
    })  # fmt: skip
    assert noted.status_code == 200
    publication = noted.json["publications"][0]
    said = {"ids": [one], "reason": "authority", "note": "Oficio 7"}
    answer = boss.post("/material/retirar", json=said)
    assert answer.json["changed"] == 1
    refused = editor.get(f"/material/{one}")
    assert refused.status_code == 403 and "Oficio 7" not in refused.text
    assert (
        "Oficio 7" in boss.get(f"/material/{one}").text and HOSTILE not in boss.get(f"/material/{one}").text
    )
    page = boss.get("/retirados").text
    assert f'data-id="{one}"' in page
    assert re.search(r'class="binned-picture" [^>]*aria-label="[^"]+"', page), "a link has a name"
    page = boss.get(f"/material/{one}/lugares").text
    assert "https://facebook.com/pt/1" in page and HOSTILE not in page
    for address in (f"/material/{one}/lugares.csv", "/retirados/lugares.csv"):
        table = boss.get(address)
        assert table.headers["Content-Type"].startswith("text/csv") and "'=Campaña" in table.text, address
        assert ",descargado," in table.text and ",fecha," not in table.text
    assert boss.post(f"/publicaciones/{publication}/limpia", json={"cleaned": True}).status_code == 200
    assert "checked" in boss.get(f"/material/{one}/lugares").text
    boss.post(f"/cambios/{answer.json['change_id']}/deshacer", json={})
    assert editor.get(f"/material/{one}").status_code == 200
    assert editor.post(f"/publicaciones/{publication}/quitar").status_code == 200


def test_embargo_rights_and_minors_are_shown_and_described(boss, as_role, make_assets, archive):
    (one,) = make_assets(1, review=Review.APPROVED)
    said = {"embargo_until": "2031-05-02T08:00", "rights_expire_on": "2032-01-31", "minors": "no"}
    assert boss.post("/material/describir", json={"ids": [one], "description": said}).status_code == 200
    asset = _get(archive, one)
    assert asset.embargo_until.isoformat() == "2031-05-02T14:00:00+00:00"  # the office's clock
    common = boss.post("/seleccion", json={"ids": [one]}).json["common"]
    assert {name: common[name] for name in said} == said
    page = as_role(Role.EDITOR).get(f"/material/{one}").text
    assert "2031" in page and "2032" in page and f"/descargar/{one}/web" not in page
    for wrong in ({"embargo_until": "mañana"}, {"rights_expire_on": 5}, {"minors": "perhaps"}):
        answer = boss.post("/material/describir", json={"ids": [one], "description": wrong})
        assert answer.status_code == 400, wrong
    barred = as_role(Role.EDITOR).post("/material/describir", json={"ids": [one], "description": said})
    assert barred.status_code == 403


def test_a_refusal_says_why_in_a_sentence_and_names_its_rule(as_role, make_assets, archive):
    (one,) = make_assets(1, review=Review.APPROVED)
    taking.change(archive, one, embargo_until=archive.clock() + timedelta(days=1))
    answer = as_role(Role.EDITOR).get(f"/descargar/{one}/web", headers={"Accept": "application/json"})
    assert answer.status_code == 403 and answer.json["error"] == "not_released"
    assert answer.json["detail"] == {"rule": "embargoed"}


def test_publications_need_a_day_and_a_network(as_role, make_assets):
    (one,) = make_assets(1)
    editor = as_role(Role.EDITOR)
    for wrong in ({"network": "myspace", "on": "2026-05-03"}, {"network": "web", "on": "ayer"},
                  {"network": "web", "on": "2026-05-03", "address": "javascript:alert(1)//"}):  # fmt: skip
        assert editor.post("/material/publicaciones", json={"ids": [one]} | wrong).status_code == 400, wrong


def test_every_change_of_release_is_one_that_can_be_undone(boss, make_assets, archive):
    (one,) = make_assets(1)
    boss.post("/revisar/decidir", json={"ids": [one], "verdict": "approved"})
    boss.post("/material/retirar", json={"ids": [one], "reason": "error"})
    boss.post("/material/reponer", json={"ids": [one]})
    with archive.reading() as tx:
        assert [row.kind for row in tx.query(Change).order_by(Change.id)] == [
            "review",
            "withdraw",
            "reinstate",
        ]
