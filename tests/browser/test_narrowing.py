"""Box, chips, chart, saved searches, keyboard, back button and a phone, in a real browser.

The pictures are the rows that ``tests.browser.test_search_page`` makes; here only words and filters matter.
"""

from playwright.sync_api import expect

from dam.models import Asset, AssetEvent, Processing
from dam.services import events
from dam.services.access import LOCAL_ADMINISTRATOR
from tests.browser.accessible import grave
from tests.browser.test_search_page import MANY, chromium, filled, open_page, people, press, pytestmark

__all__ = ["chromium", "filled", "open_page", "people", "pytestmark"]


def search(page, text: str) -> None:
    press(page, "/")
    page.fill("#q", text)
    press(page, "Enter")


def results(page, number: int) -> None:
    expect(page.locator(".results-count")).to_have_text(f"{number} result{'' if number == 1 else 's'}")


def test_names_become_chips_and_back_gives_each_step_again(open_page, people):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    search(page, "oscar toluca")
    expect(page.locator(".results-chips .chip")).to_have_count(2)
    expect(page.locator(".results-chips .chip").first).to_contain_text("Óscar González")
    results(page, MANY)
    page.locator(".chip-off").first.click()
    expect(page.locator(".results-chips .chip")).to_have_count(1)
    expect(page.locator("#q")).to_have_value('"oscar" toluca')
    page.go_back()
    expect(page.locator(".results-chips .chip")).to_have_count(2)
    expect(page.locator("#q")).to_have_value("oscar toluca")
    page.locator(".chip-open").first.click()
    page.wait_for_url(f"**/buscar?q=toluca&official={people[0]}")
    expect(page.locator("#q")).to_have_value("toluca")
    page.locator("#rail .choice", has_text="Square").click()
    expect(page.locator(".results-chips .chip", has_text="Square")).to_be_visible()
    page.wait_for_url("**orientation=square**")  # the browser hears of it a moment after the page
    page.reload()
    expect(page.locator(".results-chips .chip")).to_have_count(3)
    page.go_back()
    expect(page.locator("#q")).to_have_value("toluca")
    page.go_back()
    expect(page.locator("#q")).to_have_value("oscar toluca")


SLOW_FIRST = """() => {
    const real = window.fetch;
    window.fetch = async (...asked) => {
        const answer = await real(...asked);
        if (String(asked[0]).endsWith("?q=toluca")) await new Promise((late) => setTimeout(late, 1500));
        return answer;
    };
}"""


def test_an_answer_that_comes_late_never_takes_the_place_of_a_newer_search(open_page):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    page.evaluate(SLOW_FIRST)
    search(page, "toluca")
    search(page, "mitin")
    page.wait_for_url("**/buscar?q=mitin")
    page.wait_for_timeout(2000)
    expect(page.locator("#q")).to_have_value("mitin")
    assert page.url.endswith("/buscar?q=mitin")
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")


def test_the_box_offers_the_last_searches_and_the_name_that_is_being_typed(open_page, people):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    with page.expect_response("**/buscar/recordar"):
        search(page, "mitin")
    press(page, "/")
    page.fill("#q", "")
    expect(page.locator("#q-list [role=option]").first).to_contain_text("mitin")
    page.keyboard.type("mitin nun")
    expect(page.locator("#q-list [role=option]").first).to_contain_text("María Núñez")
    press(page, "ArrowDown", "Enter")
    page.wait_for_url(f"**/buscar?q=mitin&official={people[1]}")
    expect(page.locator("#q")).to_have_value("mitin")


def test_a_misspelled_word_is_one_click_from_what_was_meant(open_page):
    page = open_page()
    search(page, "oscar gonsales")
    results(page, 0)
    page.locator(".results-better a").click()
    results(page, MANY)
    expect(page.locator("#q")).to_have_value("oscar gonzález")


def test_a_span_is_dragged_on_the_chart(open_page):
    page = open_page()
    page.wait_for_selector("[data-chart] [data-from]")
    bars = page.locator("[data-chart] [data-from]")
    assert bars.count() == 3
    first, last = bars.nth(0).bounding_box(), bars.nth(2).bounding_box()
    page.mouse.move(first["x"] + 2, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 3, last["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url("**/buscar?from=2026-03&to=2026-05")
    page.wait_for_selector("[data-chart] .chosen")
    bars.nth(2).focus()
    press(page, "Enter")
    page.wait_for_url("**/buscar?from=2026-05&to=2026-05")
    page.locator(".chip-off").click()
    results(page, MANY)


def test_a_search_is_saved_from_the_page_and_found_in_the_rail(open_page):
    page = open_page("/buscar?q=mitin&orientation=square")
    page.locator(".results-head [data-saves-search]").click()
    expect(page.locator("#save-name")).to_have_value("mitin")
    page.fill("#save-name", "Mítines cuadrados")
    press(page, "Enter")
    expect(page.locator("#saved .choice", has_text="Mítines cuadrados")).to_be_visible()
    page.goto(page.url.split("?")[0])
    page.locator("#saved .choice", has_text="Mítines cuadrados").click()
    page.wait_for_url("**/buscar?q=mitin&orientation=square")
    page.goto(page.url.split("?")[0] + "/guardadas")
    page.locator(".saved-edit summary").click()
    page.locator("[data-removes-search] button").click()
    expect(page.locator(".toast")).to_be_visible()
    assert page.locator("tr", has_text="Mítines").count() == 0
    press(page, "z")
    expect(page.locator("tr", has_text="Mítines cuadrados")).to_be_visible()


def test_all_of_a_search_reaches_what_there_was_when_it_was_shown(open_page):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "a")
    expect(page.locator(".selection-count")).to_contain_text(f"{MANY} selected")
    with page.expect_request("**/seleccion") as asked:
        press(page, "ArrowRight", "x")
    assert "until=" in asked.value.post_data_json["query"]
    expect(page.locator(".selection-count")).to_contain_text(f"{MANY - 1} selected")


def test_on_a_phone_chips_and_filters_fit_the_width(open_page):
    page = open_page("/buscar?q=oscar+toluca", width=390, height=844, has_touch=True, is_mobile=True)
    page.wait_for_selector(".grid.laid")
    expect(page.locator(".results-chips .chip")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".chip-off").first.bounding_box()
    assert box["width"] >= 24 and box["height"] >= 24, "as large as WCAG 2.2 asks"
    assert grave(page) == []
    page.locator("[data-opens-sheet=filters]").tap()
    page.locator("#filters .chart-box summary").tap()
    page.fill(".chart-form [name=from]", "2026-05-01")
    page.locator(".chart-form button").tap()
    page.wait_for_url("**/buscar?q=oscar+toluca&from=2026-05-01")
    expect(page.locator("#filters")).not_to_have_class("sheet open")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_becomes_ready_appears_on_its_events_page(archive, open_page, filled):
    with archive.transaction() as tx:
        event = events.create_event(tx, LOCAL_ADMINISTRATOR, "Rueda de prensa")
        tx.add(AssetEvent(asset_id=filled[0], event_id=event.id, number=1, position=1))
        tx.get_one(Asset, filled[0]).processing = Processing.WORKING
    page = open_page(f"/eventos/{event.id}")
    expect(page.locator("[data-arriving]")).to_contain_text("1 file")
    with archive.transaction() as tx:
        tx.get_one(Asset, filled[0]).processing = Processing.READY
    expect(page.locator("[data-arriving]")).to_have_count(0, timeout=15_000)
