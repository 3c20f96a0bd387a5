"""What narrows a search on the page: chips, suggested spelling, saved and recent searches, the chart."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from dam.models import Official, Review, Role
from dam.search.folding import fold
from dam.services import indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.describing import Description, describe
from tests.web.finding import HOSTILE
from tests.web.test_search import FETCH, shown


@pytest.fixture
def ana(archive, make_assets) -> tuple[int, int]:
    """An official and the picture that shows her, one of two in Toluca."""
    first, _second = make_assets(2)
    with archive.transaction() as tx:
        official = Official(name="Ana Peñaloza", folded=fold("Ana Peñaloza"))
        tx.add(official)
        tx.flush()
        describe(tx, LOCAL_ADMINISTRATOR, [first], Description(appears_add=(official.id,)))
        indexing.touch(tx, [first])
        official_id = official.id
    while indexing.drain(archive):
        pass
    return official_id, first


def chips(page: str) -> list[tuple[str, str | None, str]]:
    """(what it says, the search that takes it for a filter, the search without it)"""
    made = []
    for chip in re.findall(r'<li class="chip">(.*?)</li>', page, re.S):
        said = " ".join(re.sub(r"<[^>]*>", " ", chip.split('<a class="chip-off"')[0]).split())
        exact = re.search(r'class="chip-open" href="([^"]*)"', chip)
        without = re.search(r'class="chip-off" href="([^"]*)"', chip)[1]
        made.append((unescape(said), unescape(exact[1]) if exact else None, unescape(without)))
    return made


def args(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_names_in_the_words_become_chips_that_can_be_taken_away_or_made_filters(ana, as_role):
    official_id, picture = ana
    browser = as_role(Role.EDITOR)
    (person, place) = chips(browser.get("/buscar?q=penaloza+toluca").text)
    assert person[0].endswith("Ana Peñaloza") and place[0].endswith("Toluca")
    assert args(person[1]) == {"q": ["toluca"], "official": [str(official_id)]}
    assert args(person[2]) == {"q": ['"penaloza" toluca']}
    assert shown(browser.get(person[1]).text)[:1] == [picture]
    (left,) = chips(browser.get(person[2]).text)
    assert left[0].endswith("Toluca"), "a word in quotes names nobody"
    (titled, _) = chips(browser.get("/buscar?q=Lic.+penaloza+toluca").text)
    assert args(titled[2]) == {"q": ['"penaloza" toluca']}, "no caption has to say how one is addressed"
    assert args(place[1]) == {"q": ["penaloza"], "municipality": ["15106"]}


def test_a_name_that_leads_nowhere_for_the_asker_is_no_chip(ana, as_role):
    away = as_role(Role.LIAISON, municipalities=["15054"])
    for text in ("penaloza", "toluca"):
        assert chips(away.get(f"/buscar?q={text}").text) == []


def test_every_filter_in_force_is_a_chip(ana, rally, as_role):
    browser = as_role(Role.EDITOR)
    page = browser.get(
        f"/buscar?event={rally}&kind=photo&municipality=15106&from=2026-05&appears=1&batch=7"
    ).text
    says = " / ".join(chip[0] for chip in chips(page))
    for part in ("Mitin en la plaza", "Foto", "Toluca", "Mayo 2026"):
        assert part in says
    for _, exact, without in chips(page):
        assert exact is None and len(args(without)) == 5


def test_a_misspelled_word_is_offered_as_the_archive_writes_it(make_assets, as_role):
    make_assets(1, caption="Inauguración del pozo", review=Review.REJECTED)
    editor, viewer = as_role(Role.EDITOR), as_role(Role.VIEWER)
    page = unescape(editor.get("/buscar?q=inaguracion+pozo").text)
    assert 'href="/buscar?q=inauguraci%C3%B3n+pozo"' in page and "results-better" in page
    assert "results-better" not in editor.get("/buscar?q=pozo").text
    assert "results-better" not in viewer.get("/buscar?q=inaguracion+pozo").text, "it is hidden from them"


def test_a_search_is_saved_followed_shared_and_deleted(make_assets, as_role):
    make_assets(2)
    browser, other = as_role(Role.EDITOR), as_role(Role.PHOTOGRAPHER)
    saved = browser.post(
        "/buscar/guardadas", data={"name": HOSTILE, "query": "q=mitin", "shared": "1"}, headers=FETCH
    )
    address = f"/buscar/guardadas/{saved.get_json()['id']}"
    rail = browser.get("/buscar/guardadas", headers=FETCH).text
    assert address in rail and "<script>alert" not in rail and "<html" not in rail
    assert browser.get(address).headers["Location"] == "/buscar?q=mitin"
    assert address in other.get("/buscar/guardadas").text
    assert other.post(f"{address}/borrar").status_code == 403
    make_assets(1)
    deleted = browser.post(f"{address}/borrar", headers=FETCH).get_json()
    assert deleted["again"] == {"name": " ".join(HOSTILE.split()), "query": "q=mitin", "shared": "1"}
    assert browser.get(address).status_code == 404


def test_what_is_new_since_one_last_looked_is_counted(archive, make_assets, as_role):
    browser = as_role(Role.EDITOR)
    saved = browser.post("/buscar/guardadas", data={"name": "Mítines", "query": "q=mitin"}, headers=FETCH)
    later = datetime.now().astimezone() + timedelta(minutes=1)
    fresh = make_assets(3, created_at=later)
    assert "+3" in browser.get("/buscar/guardadas", headers=FETCH).text
    there = browser.get(f"/buscar/guardadas/{saved.get_json()['id']}?new=1").headers["Location"]
    assert shown(browser.get(there).text) == fresh


def test_the_empty_box_offers_what_was_searched_last(make_assets, as_role):
    make_assets(1)
    browser, other = as_role(Role.EDITOR), as_role(Role.PHOTOGRAPHER)
    assert browser.post("/buscar/recordar", data={"query": "q=mitin&kind=photo"}).get_json() == {"total": 1}
    assert browser.post("/buscar/recordar", data={"query": ""}).get_json() == {"total": None}
    (line,) = browser.get("/sugerir/busqueda?q=").get_json()
    assert (line["value"], line["text"], line["count"]) == ("/buscar?q=mitin&kind=photo", "mitin", "1")
    assert other.get("/sugerir/busqueda?q=").get_json() == []


def test_suggestions_keep_what_was_typed_before(ana, as_role):
    (first, *_) = as_role(Role.EDITOR).get("/sugerir/busqueda?q=becas+penal").get_json()
    assert args(first["value"]) == {"q": ["becas"], "official": [str(ana[0])]}


def test_the_chart_has_a_bar_for_each_month_and_keeps_the_rest_of_the_search(make_assets, as_role):
    make_assets(3)
    make_assets(1, taken_at=datetime(2026, 1, 9))
    browser = as_role(Role.EDITOR)
    rail = unescape(browser.get("/buscar/filtros?q=mitin&from=2026-05&to=2026-05", headers=FETCH).text)
    assert re.findall(r'data-from="([^"]*)"', rail) == [f"2026-0{month}" for month in range(1, 6)]
    assert re.findall(r'data-height="([^"]*)"', rail) == ["4", "0", "0", "0", "10"]
    assert 'data-chart="/buscar?q=mitin"' in rail
    assert '<input type="hidden" name="q" value="mitin">' in rail
    assert 'value="2026-05-01"' in rail and 'value="2026-05-31"' in rail
    for odd in ("from=9999-99&to=x", "date=abcdefg", "from=2026-13", "to=" + "9" * 40, "date=2026&date=nada"):
        assert browser.get(f"/buscar/filtros?{odd}", headers=FETCH).status_code == 200
        assert browser.get(f"/buscar?{odd}").status_code == 200


def test_synonyms_are_edited_on_their_page_by_heads_only(make_assets, as_role):
    (shed,) = make_assets(1, caption="La bodega")
    chief, editor = as_role(Role.COORDINATOR), as_role(Role.EDITOR)
    assert editor.get("/admin/sinonimos").status_code == 403
    assert chief.post("/admin/sinonimos", data={"terms": "bodega"}).status_code == 400
    assert chief.post("/admin/sinonimos", data={"terms": "bodega, galpón"}).status_code == 302
    assert shown(editor.get("/buscar?q=galpones").text) == [shed]
    page = chief.get("/admin/sinonimos").text
    number = re.search(r'action="/admin/sinonimos/(\d+)">(?:(?!</form>).)*bodega, galpón', page, re.S)[1]
    after = chief.post(f"/admin/sinonimos/{number}/borrar").text
    assert '<input type="hidden" name="terms" value="bodega, galpón">' in after, "the way back"
    assert shown(editor.get("/buscar?q=galpones").text) == []


def test_the_report_lists_what_was_searched_in_vain(as_role):
    editor, chief = as_role(Role.EDITOR), as_role(Role.COORDINATOR)
    editor.post("/buscar/recordar", data={"query": "q=unicornios"})
    page = chief.get("/admin/busquedas").text
    assert 'href="/buscar?q=unicornios"' in page and "expresiones=unicornios" in page
    assert editor.get("/admin/busquedas").status_code == 403
