"""The search page in a real browser, on a real server, with photographs the worker made ready."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Appearance, Asset, Event, Kind, Official, Original, Processing, Rendition, Role
from dam.services import accounts, events, indexing, officials
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords
from dam.services.describing import placing
from tests import material
from tests.browser.accessible import grave
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
BUILT = Path(__file__).resolve().parents[2] / "static" / "built" / "manifest.json"
PASSWORD = "nopales con queso"
SHAPES = [(640, 480), (480, 640), (800, 450), (600, 600)]
MANY = 84


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def people(archive: Archive, event: Event) -> list[int]:
    """Two officials who were at the event."""
    with archive.transaction() as tx:
        ids = [officials.create_official(tx, LOCAL_ADMINISTRATOR, name).id
               for name in ("Óscar González", "María Núñez")]  # fmt: skip
        events.set_attendance(tx, LOCAL_ADMINISTRATOR, event.id, ids)
        return ids


@pytest.fixture
def filled(
    archive: Archive, event: Event, people: list[int], send: Callable, work: Callable, tmp_path: Path
) -> list[int]:
    """84 photos, the newest first: four that the worker made ready, and others that share their pictures."""
    for number, size in enumerate(SHAPES):
        send(material.photo(tmp_path / f"DSC_{number}.JPG", size=size, seed=number, taken=None), event)
    work()
    with archive.transaction() as tx:
        ready = list(tx.scalars(select(Asset).order_by(Asset.id)))
        copies = []
        for number in range(MANY - len(ready)):
            model = ready[number % len(ready)]
            copy = Asset(kind=Kind.PHOTO, processing=Processing.READY, width=model.width, height=model.height,
                         placeholder=model.placeholder, keywords=[], persons=[])  # fmt: skip
            tx.add(copy)
            tx.flush()
            tx.add(Original(asset_id=copy.id, sha256=f"{number:064x}", bytes=1000, name=f"copy{number}.jpg"))
            for made in tx.scalars(select(Rendition).where(Rendition.asset_id == model.id)).all():
                told = {name: getattr(made, name) for name in
                        ("preset", "recipe", "key", "media_type", "width", "height", "bytes")}  # fmt: skip
                tx.add(Rendition(asset_id=copy.id, **told))
            copies.append(copy)
        everything = [*ready, *copies]
        for number, asset in enumerate(everything):
            asset.taken_at = datetime(2026, 5, 1, 18) - timedelta(hours=11 * number)
        placing.move(tx, [copy.id for copy in copies], event.id)
        ids = [asset.id for asset in everything]
        indexing.touch(tx, ids)
    work()
    return ids


@pytest.fixture
def open_page(archive: Archive, filled: list[int], chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``open_page("/buscar", width=…)``: a coordinator's browser; it fails the test when a script fails."""
    assert BUILT.exists(), "the front end is not built: run script/build-frontend"
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "coord", "Ana", Role.COORDINATOR, language="en")
        user.password_hash = passwords.make(PASSWORD)
    errors: list[str] = []
    contexts = []
    with serving(archive) as server:

        def _open(path: str = "/buscar", width: int = 1440, height: int = 900, **more: object) -> Page:
            context = chromium.new_context(viewport={"width": width, "height": height}, **more)
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on(
                "console", lambda said: errors.append(said.text) if "Content Security" in said.text else None
            )
            page.goto(f"{server.address}/entrar")
            page.fill("[name=login]", "coord")
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda address: "entrar" not in address)
            page.goto(f"{server.address}{path}")
            return page

        yield _open
        for context in contexts:
            context.close()
    assert errors == []


def chosen(page: Page) -> list[int]:
    return [
        int(card) for card in page.eval_on_selector_all(".card.chosen", "all => all.map(c => c.dataset.id)")
    ]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def read(archive: Archive, asset_id: int) -> SimpleNamespace:
    with archive.reading() as tx:
        asset = tx.get_one(Asset, asset_id)
        people = tx.scalars(select(Appearance.official_id).where(Appearance.asset_id == asset_id)).all()
        return SimpleNamespace(caption=asset.caption, people=list(people), deleted=asset.deleted_at)


ROWS = """() => [...document.querySelectorAll(".row")].map((row) => ({
  width: row.clientWidth,
  cards: [...row.querySelectorAll(".card")].map((card) => {
    const box = card.getBoundingClientRect();
    return { left: box.left, right: box.right, height: box.height, shape: box.width / box.height,
             wanted: card.dataset.w / card.dataset.h };
  }),
}))"""


def test_rows_are_full_four_pixels_apart_and_nothing_is_cropped(open_page):
    for width in (1440, 390):
        page = open_page(width=width)
        page.wait_for_selector(".grid.laid")
        rows = page.evaluate(ROWS)
        full = [row for row in rows if row["cards"][-1]["right"] - row["cards"][0]["left"] > row["width"] - 2]
        assert len(full) > 3
        for row in full:
            cards = row["cards"]
            assert abs(cards[-1]["right"] - cards[0]["left"] - row["width"]) < 0.5
            assert all(after["left"] - before["right"] == 4 for before, after in pairwise(cards))
            if width == 1440:
                assert all(180 <= card["height"] <= 262 for card in cards)
            assert all(abs(card["shape"] / card["wanted"] - 1) < 0.05 for card in cards)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_more_comes_as_one_scrolls_and_what_was_seen_stays_where_it_is(open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    assert page.locator(".card").count() == 60
    tenth = page.locator(".card").nth(9).bounding_box()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".card")).to_have_count(MANY)
    ids = page.eval_on_selector_all(".card", "all => all.map(c => Number(c.dataset.id))")
    assert ids == filled
    page.evaluate("scrollTo(0, 0)")
    assert page.locator(".card").nth(9).bounding_box() == tenth


def test_counts_never_delay_the_pictures(open_page):
    page = open_page("/papelera")
    order: list[str] = []
    page.on("requestfinished", lambda asked: order.append(asked.url))
    page.on("request", lambda asked: order.append(asked.url) if "/filtros" in asked.url else None)
    page.goto(page.url.replace("/papelera", "/buscar"))
    page.wait_for_selector("#rail .choice")
    first = next(place for place, url in enumerate(order) if "/filtros" in url)
    assert sum("/archivo/" in url for url in order[:first]) >= 3


def test_the_keyboard_does_it_all(open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x", "ArrowRight", "x")
    assert chosen(page) == filled[:2]
    expect(page.locator(".selection-count")).to_contain_text("2 selected")
    press(page, "ArrowRight", "Shift+ArrowRight")
    assert chosen(page) == filled[:4]
    press(page, "Escape")
    assert chosen(page) == [] and page.locator("#selection").is_hidden()
    press(page, "a")
    expect(page.locator(".selection-count")).to_contain_text(f"{MANY} selected")
    press(page, "Escape", "Home", " ")
    expect(page.locator("#peek")).to_be_visible()
    press(page, "ArrowRight", " ")
    expect(page.locator("#peek")).to_be_hidden()
    press(page, "Enter")
    page.wait_for_url(f"**/material/{filled[1]}*")


def test_the_pointer_selects_as_in_a_file_manager(open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    card = page.locator(".card")
    card.nth(1).hover()
    card.nth(1).locator(".card-check").click()
    card.nth(4).click(modifiers=["Shift"])
    assert chosen(page) == filled[1:5]
    card.nth(2).click(modifiers=["ControlOrMeta"])
    assert chosen(page) == [filled[1], *filled[3:5]]
    press(page, "Escape")
    first, last = card.nth(0).bounding_box(), card.nth(1).bounding_box()
    page.mouse.move(first["x"] + 90, first["y"] + 90)
    page.mouse.down()
    page.mouse.move(last["x"] + 60, last["y"] + 120, steps=5)
    page.mouse.up()
    assert chosen(page) == filled[:2]
    assert "/material/" not in page.url, "letting go of a frame opens nothing"
    page.locator("[data-clear]").click()
    card.nth(3).locator(".card-open").click()
    page.wait_for_url(f"**/material/{filled[3]}*")


def test_somebody_new_is_added_while_describing_and_never_by_a_mere_enter(archive, open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x", "e")
    expect(page.locator("#describe .attendee")).to_have_count(2)
    page.fill("#f-appears", "Itzel Ávila Luna")
    offer = page.locator("#f-appears-list [role=option]")
    expect(offer).to_contain_text("Itzel Ávila Luna")
    press(page, "Enter")
    expect(page.locator("#f-appears-list")).to_contain_text("Nothing found")
    expect(page.locator(".toast")).to_have_count(0)
    page.locator("#f-appears").press("ArrowDown")
    page.locator("#f-appears").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Itzel Ávila Luna is in the catalogue")
    press(page, "Control+Enter")
    expect(page.locator(".toast").last).to_contain_text("1 described")
    with archive.reading() as tx:
        official = tx.scalars(select(Official).where(Official.name == "Itzel Ávila Luna")).one()
        shown = tx.scalars(select(Appearance.asset_id).where(Appearance.official_id == official.id)).all()
    assert shown == filled[:1]


def test_escape_closes_a_menu_of_the_bar_and_keeps_what_is_selected(open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x")
    page.locator(".selection-more > summary").click()
    press(page, "Escape")
    expect(page.locator(".selection-more[open]")).to_have_count(0)
    assert chosen(page) == filled[:1]
    press(page, "Escape")
    assert chosen(page) == []


def test_describing_many_is_saved_searchable_and_undone(archive, open_page, filled, people, work):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x", "ArrowRight", "x", "e")
    expect(page.locator(".attendee")).to_have_count(2)
    press(page, "1")
    page.fill("[data-name=appears] [role=combobox]", "nu")
    page.wait_for_selector("[data-name=appears] [role=option]")
    press(page, "Enter")
    expect(page.locator(".attendee").nth(1)).to_have_attribute("aria-pressed", "true")
    page.fill("#d-caption", "Inauguración <b>del</b> pozo")
    press(page, "Control+Enter")
    expect(page.locator(".toast")).to_contain_text("2 described")
    assert [read(archive, one).caption for one in filled[:3]] == ["Inauguración <b>del</b> pozo"] * 2 + [None]
    assert read(archive, filled[0]).people == people
    work()
    page.fill("#q", "inauguracion pozos")
    press(page, "Enter")
    expect(page.locator(".results-count")).to_contain_text("2 results")
    assert page.url.endswith("/buscar?q=inauguracion+pozos")
    press(page, "z")
    expect(page.locator(".toast")).to_contain_text("Undone")
    assert read(archive, filled[0]).caption is None and read(archive, filled[0]).people == []
    page.go_back()
    expect(page.locator(".results-count")).to_contain_text(f"{MANY} results")


# Where the focus is when the panel goes, before the browser has drawn that it went.
FOCUS = """() => new MutationObserver((_, watch) => {
  watch.disconnect();
  document.body.dataset.focus = document.activeElement.closest("#describe") ? "gone with it" : "outside";
}).observe(document.querySelector("#describe"), { attributeFilter: ["hidden"] })"""


@pytest.mark.parametrize("key", ["Control+Enter", "Escape"])
def test_the_keys_are_the_pages_again_as_soon_as_the_panel_goes(open_page, filled, key):
    """A quick "z" was typed into a field that nobody saw any more."""
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x")
    page.evaluate("document.activeElement.blur()")
    press(page, "e")
    expect(page.locator("#describe .attendee")).to_have_count(2)
    page.fill("#d-caption", "Inauguración del pozo")
    page.evaluate(FOCUS)
    press(page, key)
    expect(page.locator("body[data-focus]")).to_have_attribute("data-focus", "outside")


def test_a_picture_opens_over_the_grid_and_back_finds_it_as_it_was(open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    page.evaluate("scrollTo(0, 700)")
    page.locator(f".card[data-id='{filled[30]}'] .card-open").click()
    page.wait_for_url(f"**/material/{filled[30]}*")
    before = page.evaluate("scrollY")
    press(page, "ArrowRight")
    page.wait_for_url(f"**/material/{filled[31]}*")
    press(page, "ArrowLeft")
    page.wait_for_url(f"**/material/{filled[30]}*")
    opened = page.locator(".asset").get_attribute("class")
    press(page, "i")
    assert page.locator(".asset").get_attribute("class") != opened
    press(page, "Escape")
    page.wait_for_url("**/buscar")
    assert page.locator(".asset").count() == 0
    assert abs(page.evaluate("scrollY") - before) < 300
    assert page.evaluate("document.activeElement.closest('.card')?.dataset.id") == str(filled[30])
    page.go_forward()
    page.wait_for_selector(".asset")
    page.reload()
    expect(page.locator(".asset-picture")).to_be_visible()
    press(page, "ArrowRight")
    page.wait_for_url(f"**/material/{filled[31]}*")


def test_filters_change_the_address_and_back_works(open_page):
    page = open_page()
    page.locator("#rail .choice", has_text="Vertical").click()
    page.wait_for_url("**/buscar?orientation=portrait")
    expect(page.locator(".results-count")).to_contain_text("21 results")
    page.locator("#rail .choice.chosen").click()
    page.wait_for_url("**/buscar")
    page.go_back()
    expect(page.locator(".results-count")).to_contain_text("21 results")


def test_the_box_offers_whom_one_may_mean(open_page, people):
    page = open_page("/papelera")
    press(page, "/")
    page.keyboard.type("oscar")
    expect(page.locator("#q-list [role=option]").first).to_contain_text("Óscar González")
    press(page, "ArrowDown", "Enter")
    page.wait_for_url(f"**/buscar?official={people[0]}")
    expect(page.locator(".tier-name")).to_contain_text(f"{MANY}")


def test_the_bin_takes_and_undo_gives_back(archive, open_page, filled):
    page = open_page()
    page.wait_for_selector(".grid.laid")
    press(page, "ArrowRight", "x")
    page.locator(".selection-more > summary").click()
    page.locator("[data-bin]").click()
    expect(page.locator(".toast")).to_contain_text("in the bin")
    assert page.locator(f".card[data-id='{filled[0]}']").count() == 0
    assert read(archive, filled[0]).deleted is not None
    with page.expect_navigation():
        press(page, "z")
    assert read(archive, filled[0]).deleted is None
    page.locator(f".card[data-id='{filled[1]}'] .card-open").click()
    page.locator(".asset-bin button").click()
    page.wait_for_url("**/buscar")
    expect(page.locator(f".card[data-id='{filled[1]}']")).to_have_count(0)
    assert read(archive, filled[1]).deleted is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focused_picture_has_a_ring_that_lies_above_it(open_page, scheme):
    page = open_page(color_scheme=scheme)
    page.wait_for_selector(".grid.laid")
    page.keyboard.press("ArrowRight")
    card = page.locator(".card:has(.card-open:focus-visible)")
    ink = {"light": (26, 26, 26), "dark": (237, 237, 237)}[scheme]
    with Image.open(BytesIO(card.screenshot(animations="disabled"))) as shot:
        assert shot.convert("RGB").getpixel((1, shot.height // 2)) == ink


def test_a_phone_has_its_filters_in_a_sheet_from_below(open_page):
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    page.wait_for_selector(".grid.laid")
    assert page.locator("#rail").is_hidden() or not page.locator("#filters").evaluate(
        "e => e.classList.contains('open')"
    )
    page.locator("[data-opens-sheet=filters]").tap()
    page.locator("#rail .choice", has_text="Vertical").tap()
    page.wait_for_url("**/buscar?orientation=portrait")
    expect(page.locator("#filters")).not_to_have_class("sheet open")


def test_without_script_there_are_pictures_links_and_filters(open_page):
    page = open_page()
    address = page.url
    plain = page.context.browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    try:
        bare = plain.new_page()
        bare.goto(address)
        assert bare.locator(".card").count() == 60
        assert bare.locator(".card-picture").first.bounding_box()["height"] > 100
        bare.locator(".card-open").first.click()
        assert (
            bare.locator(".asset-picture").is_visible()
            and bare.locator(".asset-take [data-take]").is_visible()
        )
    finally:
        plain.close()


def test_axe_finds_nothing_serious(open_page, filled):
    page = open_page()
    page.wait_for_selector("#rail .choice")
    press(page, "ArrowRight", "x", "e")
    page.wait_for_selector(".attendee")
    found = grave(page)
    press(page, "Escape", "Escape")
    page.emulate_media(color_scheme="dark")
    found += grave(page)
    page.goto(f"{page.url.split('/buscar')[0]}/material/{filled[0]}")
    page.wait_for_selector(".asset-picture")
    found += grave(page)
    assert found == []
