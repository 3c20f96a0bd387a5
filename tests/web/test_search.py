"""/buscar: results, filters, more, and what a hostile caption does not do."""

import re
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from dam.models import Appearance, Attendance, Kind, Official, Processing, Review, Role
from dam.services import indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.describing import Description, describe
from tests.services.finding_material import add_official, drain
from tests.web.finding import HOSTILE

FETCH = {"X-Requested-With": "fetch"}


def shown(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<article class="card" data-id="(\d+)"', page)]


def test_the_page_shows_the_newest_first_and_says_how_many(make_assets, as_role):
    ids = make_assets(3)
    page = as_role(Role.VIEWER).get("/buscar").text
    assert shown(page) == ids
    assert "3 results" in page or "3 resultados" in page


def test_more_comes_by_cursor_and_nothing_comes_twice(make_assets, as_role, monkeypatch):
    monkeypatch.setattr("dam.web.search.FIRST", 4)
    ids = make_assets(10)
    browser = as_role(Role.EDITOR)
    page = browser.get("/buscar").text
    seen, after = shown(page), re.search(r'data-next="([^"]*)"', page)[1]
    while after:
        answer = browser.get("/buscar/mas", query_string={"after": after})
        seen += shown(answer.text)
        after = answer.headers["X-Next"]
    assert seen == ids


def test_a_cursor_that_is_not_ours_is_refused(as_role):
    assert as_role(Role.EDITOR).get("/buscar/mas?after=hola", headers=FETCH).status_code == 400


def test_the_address_bar_is_the_search(make_assets, as_role):
    plain, told = make_assets(1), make_assets(1, headline="Entrega de becas")
    browser = as_role(Role.EDITOR)
    page = browser.get("/buscar?q=BECAS").text
    assert shown(page) == told
    assert f'href="/material/{told[0]}?q=BECAS"' in page
    assert shown(browser.get("/buscar?kind=video").text) == []
    assert sorted(shown(browser.get("/buscar?date=2026-05").text)) == sorted(plain + told)


def test_a_fetch_gets_the_results_without_the_page_around_them(make_assets, as_role):
    make_assets(1)
    browser = as_role(Role.EDITOR)
    assert "<html" in browser.get("/buscar").text
    part = browser.get("/buscar", headers=FETCH).text
    assert "<html" not in part and shown(part)


def test_counts_come_by_themselves_and_each_value_is_a_link_that_toggles(make_assets, rally, as_role):
    make_assets(2)
    make_assets(1, review=Review.APPROVED)
    browser = as_role(Role.EDITOR)
    rail = unescape(browser.get("/buscar/filtros", headers=FETCH).text)
    assert "/buscar?review=approved" in rail
    chosen = unescape(browser.get("/buscar/filtros?review=approved&order=oldest", headers=FETCH).text)
    assert re.search(r'class="choice chosen" href="/buscar\?order=oldest"', chosen)
    assert f"/buscar?event={rally}" in rail, "what people search by is always offered"
    assert "/buscar?kind=photo" not in rail, "another filter with one value tells nothing"


def test_filters_without_script_are_a_page(make_assets, as_role):
    make_assets(1)
    assert "<html" in as_role(Role.EDITOR).get("/buscar/filtros").text


def test_an_official_s_pictures_come_first_and_those_beside_them_apart(archive, make_assets, rally, as_role):
    first, second = make_assets(2)
    with archive.transaction() as tx:
        official = Official(name="Ana Peñaloza", folded="ana penaloza")
        tx.add(official)
        tx.flush()
        tx.add(Attendance(event_id=rally, official_id=official.id))
        describe(tx, LOCAL_ADMINISTRATOR, [second], Description(appears_add=(official.id,)))
        indexing.touch(tx, [first, second])
        official_id = official.id
    while indexing.drain(archive):
        pass
    page = as_role(Role.EDITOR).get(f"/buscar?official={official_id}").text
    assert shown(page) == [second, first]
    assert re.findall(r'data-tier="(\w+)"', page) == ["appears", "attended"]


@pytest.mark.parametrize("address", ["/buscar", "/buscar?q=alert", "/buscar/mas"])
def test_what_people_wrote_is_text_and_never_markup(make_assets, as_role, address):
    make_assets(
        1, headline=HOSTILE, caption=HOSTILE, byline=HOSTILE, name=HOSTILE + ".jpg", keywords=[HOSTILE]
    )
    page = as_role(Role.EDITOR).get(address).text
    assert shown(page)
    assert "<script>alert" not in page and "<img src=x" not in page


def test_what_is_typed_is_text_and_never_markup(as_role):
    page = as_role(Role.EDITOR).get("/buscar", query_string={"q": f"inventado:{HOSTILE}"}).text
    assert "<script>alert" not in page and "<img src=x" not in page


def test_a_placeholder_that_is_no_picture_is_not_shown(make_assets, as_role):
    make_assets(1, placeholder="https://example.org/spy.gif")
    assert "example.org" not in as_role(Role.EDITOR).get("/buscar").text


def test_one_finds_only_what_one_may_see(make_assets, as_role):
    hidden = make_assets(1, review=Review.REJECTED)
    seen = make_assets(1)
    make_assets(1, processing=Processing.QUARANTINED)
    assert shown(as_role(Role.VIEWER).get("/buscar").text) == seen
    assert sorted(shown(as_role(Role.EDITOR).get("/buscar").text)) == sorted(hidden + seen)
    away = as_role(Role.LIAISON, municipalities=["15054"])
    assert shown(away.get("/buscar").text) == []
    assert "Mitin" not in away.get("/buscar/filtros", headers=FETCH).text
    assert set(seen) <= set(shown(as_role(Role.LIAISON, municipalities=["15106"]).get("/buscar").text))


def test_the_page_of_sixty_costs_few_queries(archive, make_assets, as_role):
    from sqlalchemy import event as sa_event

    def statements() -> int:
        seen = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        sa_event.listen(archive.database.engine, "before_cursor_execute", listen)
        browser.get("/buscar")
        sa_event.remove(archive.database.engine, "before_cursor_execute", listen)
        return len(seen)

    browser = as_role(Role.EDITOR)
    make_assets(2)
    browser.get("/buscar")
    few = statements()
    make_assets(40)
    browser.get("/buscar")
    assert statements() <= few + 2


def test_an_empty_archive_invites(as_role):
    assert 'href="/subir"' in as_role(Role.PHOTOGRAPHER).get("/buscar").text
    assert "state" in as_role(Role.VIEWER).get("/buscar").text


def test_suggestions_lead_to_searches(archive, make_assets, as_role):
    make_assets(1)
    found = as_role(Role.EDITOR).get("/sugerir/busqueda?q=mitin").get_json()
    assert found[0]["text"] == "Mitin en la plaza" and found[0]["value"].startswith("/buscar?event=")


def test_days_and_kinds_among_the_words_are_chips_that_can_be_taken_away(make_assets, as_role):
    today = datetime.now(ZoneInfo("America/Mexico_City")).replace(tzinfo=None)
    clip = make_assets(1, kind=Kind.VIDEO, taken_at=today)
    make_assets(1, taken_at=today)
    make_assets(1, kind=Kind.VIDEO, taken_at=today - timedelta(days=3))
    browser = as_role(Role.EDITOR)
    page = browser.get("/buscar?q=videos+de+hoy").text
    assert shown(page) == clip
    chips = [unescape(one) for one in re.findall(r'<a class="chip-open" href="([^"]*)"', page)]
    assert f"/buscar?q=videos&from={today.date()}&to={today.date()}" in [
        one.replace("+de", "") for one in chips
    ]
    for one in chips:
        assert shown(browser.get(one).text) == clip
    for one in re.findall(r'<a class="chip-off" href="([^"]*)"', page):
        assert not shown(browser.get(unescape(one)).text)  # no text has the word


def test_two_names_with_an_or_between_them_are_one_chip_and_one_sentence(archive, make_assets, as_role):
    delfina, oscar = add_official(archive, "Delfina Gómez"), add_official(archive, "Óscar González")
    hers, his, _ = make_assets(1), make_assets(1), make_assets(1)
    with archive.transaction() as tx:
        tx.add(Appearance(asset_id=hers[0], official_id=delfina))
        tx.add(Appearance(asset_id=his[0], official_id=oscar))
        indexing.touch(tx, [*hers, *his])
    drain(archive)
    browser = as_role(Role.EDITOR)
    page = browser.get("/buscar?q=delfina+o+óscar").text
    assert set(shown(page)) == {*hers, *his}
    assert "Se buscó uno u otro: delfina / óscar." in page
    (chip,) = re.findall(r'<a class="chip-open" href="([^"]*)"', page)
    assert unescape(chip) == f"/buscar?official={delfina}&official={oscar}"
    assert set(shown(browser.get(unescape(chip)).text)) == {*hers, *his}
    (words,) = re.findall(r'<a class="chip-off" href="([^"]*)"', page)
    assert set(shown(browser.get(unescape(words)).text)) == {*hers, *his}


def test_what_was_not_understood_among_several_values_and_what_goes_with_a_person_is_said(
    archive, make_assets, as_role
):
    add_official(archive, "Delfina Gómez")
    make_assets(1)
    browser = as_role(Role.EDITOR)
    page = browser.get("/buscar?q=municipio:toluca,atlantis").text
    assert "Nada ni nadie se llama «atlantis»; quedó fuera." in page
    page = browser.get("/buscar?q=-delfina").text
    assert "«-aparece:delfina» deja fuera solo aquello donde aparece." in page
