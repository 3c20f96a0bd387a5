"""The frame in a real browser: keys, dialogs, typing ahead, looks; and nothing that axe calls serious."""

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from dam.archive import Archive
from dam.models import Role
from dam.services import accounts, audit
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import links, passwords
from dam.web import make_app
from tests.browser.accessible import grave

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
PASSWORD = "nopales con queso"
SIZES = {"phone": (390, 844), "desk": (1440, 900)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def server(archive: Archive) -> Iterator[str]:
    """The address of the application, served by a thread of this process."""
    with archive.transaction() as tx:
        boss = accounts.add_user(
            tx, LOCAL_ADMINISTRATOR, "jefa", "Ana Peña", Role.ADMINISTRATOR, language="en"
        )
        boss.password_hash = passwords.make(PASSWORD)
        liaison = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "enlace", "Xóchitl Nava", Role.LIAISON)
        accounts.set_territory(tx, LOCAL_ADMINISTRATOR, liaison, municipalities=["15106"])
        audit.record(tx, accounts.actor_of(tx, boss), "user.sign_in", ("user", boss.id))
    running = make_server("127.0.0.1", 0, make_app(archive), threaded=True)
    serving = Thread(target=running.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{running.port}"
    running.shutdown()
    serving.join()
    running.server_close()


@pytest.fixture
def browser(chromium: Browser, server: str) -> Iterator[BrowserContext]:
    width, height = SIZES["desk"]
    context = chromium.new_context(viewport={"width": width, "height": height}, base_url=server)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """The administrator's own page, signed in by the form."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
    page.goto("/entrar?next=/cuenta")
    page.get_by_label("Cuenta" if page.get_by_label("Cuenta").count() else "Account").fill("jefa")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("//[^/]+/cuenta$"))  # not /entrar?next=/cuenta
    page.wait_for_load_state()
    yield page
    assert errors == []


def test_slash_goes_to_the_search_box_and_g_leads_elsewhere(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.locator("#q")).to_have_value("ge")  # typing is typing
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("/eventos"))


def test_a_question_mark_shows_the_keys_and_escape_takes_them_away(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.mouse.click(5, 5)  # outside
    expect(page.locator("#keys")).to_be_hidden()


def test_the_menu_closes_by_escape_and_by_a_click_elsewhere(page: Page) -> None:
    opener, inside = page.locator(".bar-person summary"), page.get_by_role("link", name="Bin")
    opener.click()
    expect(inside).to_be_visible()
    page.keyboard.press("Escape")
    expect(inside).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.mouse.click(300, 700)
    expect(inside).to_be_hidden()


def test_typing_ahead_is_done_with_the_keyboard_alone(page: Page, archive: Archive) -> None:
    page.goto("/admin/usuarios")
    page.get_by_role("link", name="Xóchitl Nava").click()
    box = page.get_by_role("combobox", name="Territory")
    box.press_sequentially("nezahualcoyotl")
    option = page.get_by_role("option", name="Nezahualcóyotl")
    expect(option).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    box.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    box.press_sequentially("zzzz")
    expect(page.locator(".typeahead-none")).to_have_text("Nothing found")
    box.press("Escape")
    box.fill("")
    box.press("Backspace")  # takes the last one away
    expect(page.locator(".chip")).to_have_count(1)
    box.press_sequentially("nezahualcoyotl")
    page.get_by_role("option", name="Nezahualcóyotl").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with archive.reading() as tx:
        assert accounts.actor_of(tx, accounts.find_user(tx, "enlace")).territory == {"15106", "15058"}


def test_another_role_hides_the_territory(page: Page) -> None:
    page.goto("/admin/usuarios")
    page.get_by_role("link", name="Xóchitl Nava").click()
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_role("combobox", name="Territory")).to_be_hidden()
    page.get_by_label("Role").select_option("liaison")
    expect(page.get_by_role("combobox", name="Territory")).to_be_visible()


def test_a_link_is_shown_once_and_copied(page: Page) -> None:
    page.goto("/admin/usuarios")
    page.get_by_role("button", name="New account").click()
    form = page.locator("#new-user")
    form.get_by_label("Name").fill("Eva Luna")
    form.get_by_label("Account").fill("eva")
    form.get_by_role("button", name="Make the account").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"https?://.+/liga/[\w-]{43}", copied)
    page.goto("/admin/usuarios")
    page.get_by_role("link", name="Eva Luna").click()
    expect(page.locator("#fresh-link")).to_have_count(0)


def test_a_refused_form_in_a_dialog_comes_back_open(page: Page) -> None:
    page.goto("/admin/usuarios")
    page.get_by_role("button", name="New account").click()
    form = page.locator("#new-user")
    form.get_by_label("Name").fill("Ana")
    form.get_by_label("Account").fill("jefa")
    form.get_by_role("button", name="Make the account").click()
    expect(form).to_be_visible()
    expect(form.get_by_role("alert")).to_contain_text("taken")


def test_the_chosen_look_holds_against_the_system(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.get_by_label("Look on this screen").select_option("dark")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 20, 20)"


def test_a_one_use_link_sets_the_password_and_lets_in(browser: BrowserContext, archive: Archive) -> None:
    with archive.transaction() as tx:
        token = links.one_time_link(tx, LOCAL_ADMINISTRATOR, accounts.find_user(tx, "enlace"))
    page = browser.new_page()
    page.goto(f"/liga/{token}")
    page.locator("[name=password]").fill("una frase muy larga")
    page.locator("[name=again]").fill("una frase muy larga")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/buscar"))
    page.locator(".bar-person summary").click()
    page.locator("form[action='/salir'] button").click()
    expect(page).to_have_url(re.compile("/entrar"))


def test_inline_code_does_not_run_even_when_it_gets_into_a_page(browser: BrowserContext) -> None:
    page = browser.new_page()
    page.goto("/entrar")
    smuggled = '<img src="x" onerror="window.hacked = 1">'
    page.evaluate("(code) => document.body.insertAdjacentHTML('beforeend', code)", smuggled)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None


PAGES = [
    "/cuenta", "/admin/usuarios", "/admin/usuarios/2", "/admin/registro", "/admin/estado", "/nothing",
    "/buscar", "/subir", "/cargas", "/eventos", "/personas", "/municipios", "/distritos", "/papelera",
]  # fmt: skip


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("light", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, size: str, light: str) -> None:
    page.emulate_media(color_scheme=light)
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    found = []
    for address in PAGES:
        page.goto(address)
        found += _serious(page, address)
    page.context.clear_cookies()
    page.goto("/entrar")
    found += _serious(page, "/entrar")
    assert found == []


def _serious(page: Page, address: str) -> list[str]:
    said = grave(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said.append(f"{address}: wider than the window")
    return said
