"""/papelera and the ways in and out of it."""

import re
from html import unescape

from dam.models import Role
from dam.services import bin as the_bin
from dam.services.access import LOCAL_ADMINISTRATOR
from tests.web.finding import HOSTILE


def test_what_is_put_in_is_listed_with_the_days_left_and_comes_back(make_assets, as_role):
    ids = make_assets(2)
    browser = as_role(Role.COORDINATOR)
    answer = browser.post("/material/papelera", json={"ids": ids}).get_json()
    assert answer["changed"] == 2
    page = browser.get("/papelera").text
    assert all(f'data-id="{asset_id}"' in page for asset_id in ids) and ("30 day" in page or "30 día" in page)
    assert len(re.findall(r'class="binned-picture" [^>]*aria-label="[^"]+"', page)) == 2, "a link has a name"
    browser.post("/material/restaurar", json={"ids": ids[:1]})
    page = browser.get("/papelera").text
    assert f'data-id="{ids[0]}"' not in page and f'data-id="{ids[1]}"' in page


def test_binning_is_undone(make_assets, as_role):
    ids = make_assets(1)
    browser = as_role(Role.COORDINATOR)
    change = browser.post("/material/papelera", json={"ids": ids}).get_json()["change_id"]
    assert browser.post(f"/cambios/{change}/deshacer", json={}).status_code == 200
    assert f'data-id="{ids[0]}"' not in browser.get("/papelera").text


def test_editors_bin_their_own_and_see_only_that(archive, make_assets, make_user, as_user):
    editor = make_user(Role.EDITOR)
    own, foreign = make_assets(1, owner=editor), make_assets(1)
    browser = as_user(editor)
    assert browser.post("/material/papelera", json={"ids": foreign}).status_code == 403
    assert browser.post("/material/papelera", json={"ids": own}).status_code == 200
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, foreign)
    page = browser.get("/papelera").text
    assert f'data-id="{own[0]}"' in page and f'data-id="{foreign[0]}"' not in page


def test_viewers_have_no_bin(as_role):
    assert as_role(Role.VIEWER).get("/papelera").status_code == 403


def test_the_list_goes_on_by_key(archive, make_assets, as_role, monkeypatch):
    monkeypatch.setattr("dam.web.bin.AT_ONCE", 2)
    ids = make_assets(5)
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, ids)
    browser, address, seen = as_role(Role.ADMINISTRATOR), "/papelera", []
    while address:
        page = browser.get(address).text
        seen += [int(found) for found in re.findall(r'data-id="(\d+)"', page)]
        link = re.search(r'href="(/papelera\?after=[^"]+)"', page)
        address = unescape(link[1]) if link else None
    assert sorted(seen) == sorted(ids) and len(seen) == 5


def test_a_place_in_the_list_that_is_not_ours_is_refused(as_role):
    browser = as_role(Role.ADMINISTRATOR)
    for after in ("x", "2026-05-01_1", "2026-05-01T10:00:00+00:00_x", "_", "²_²"):
        assert browser.get("/papelera", query_string={"after": after}).status_code == 400


def test_names_are_text_and_never_markup(archive, make_assets, as_role):
    ids = make_assets(1, name=HOSTILE, headline=HOSTILE)
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, ids)
    page = as_role(Role.ADMINISTRATOR).get("/papelera").text
    assert "<script>alert" not in page and "<img src=x" not in page
