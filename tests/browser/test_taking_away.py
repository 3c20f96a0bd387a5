"""In a real browser: select, collect, order, pack and download; a link on a phone, and once it is closed."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Collection, Event, Role, ShareLink, User
from dam.services import accounts, collections, indexing, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords
from tests import material
from tests.browser.accessible import grave
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
PASSWORD = "nopales con queso"
BUILT = Path(__file__).resolve().parents[2] / "static" / "built" / "manifest.json"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def photos(archive: Archive, event: Event, send: Callable, work: Callable, tmp_path: Path) -> list[int]:
    for seed in range(4):
        send(material.photo(tmp_path / f"{seed}.jpg", size=(640, 480), seed=seed), event)
    work()
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "redes", "Redes", Role.EDITOR)
        user.password_hash = passwords.make(PASSWORD)
        assets = list(tx.scalars(select(Asset).order_by(Asset.id)))
        for asset in assets:
            asset.review, asset.minors = "approved", "no"
            asset.headline, asset.credit = f"Foto {asset.id}", "Foto: Ñ"
        ids = [asset.id for asset in assets]
        indexing.touch(tx, ids)
    work()
    return ids


@pytest.fixture
def address(archive: Archive, photos: list[int]) -> Iterator[str]:
    if not BUILT.exists():
        pytest.skip("the front end is not built: script/build-frontend")
    with serving(archive) as server:
        yield server.address


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Page]:
    """The page of somebody signed in; nothing may go wrong on it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="es-MX")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/entrar")
    page.fill("[name=login]", "redes")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/buscar*")
    yield page
    assert wrong == []
    context.close()


def test_select_collect_order_pack_and_download(desk: Page, address: str, archive: Archive, photos, tmp_path):
    expect(desk.locator(".card")).to_have_count(4)
    desk.keyboard.press("a")
    desk.keyboard.press("c")
    box = desk.locator("#collecting-q")
    expect(box).to_be_focused()
    box.fill("Cierre de campaña")
    desk.locator(".collecting-list .button").first.click()
    expect(desk.locator(".toast")).to_be_visible()
    with archive.reading() as tx:
        made = tx.scalar(select(Collection.id))
    desk.goto(f"{address}/colecciones/{made}/orden")
    items = desk.locator(".arrange-item")
    expect(items).to_have_count(4)
    first = [items.nth(n).get_attribute("data-id") for n in range(4)]
    items.nth(3).focus()
    with desk.expect_response("**/orden"):
        desk.keyboard.press("Alt+Home")  # by the keyboard
    with desk.expect_response("**/orden"):
        items.nth(3).drag_to(items.nth(1), target_position={"x": 5, "y": 20})  # and by dragging
    assert grave(desk) == []
    desk.goto(f"{address}/colecciones/{made}")
    order = [desk.locator(".card").nth(n).get_attribute("data-id") for n in range(4)]
    assert order == [first[3], first[2], first[0], first[1]]

    desk.locator(".thing-does [data-takes]").click()
    said = desk.locator(".taking-foot [data-said]")
    expect(said).to_contain_text("4")
    with desk.expect_download() as taken:
        desk.locator(".taking-foot .button").click()
    path = tmp_path / "taken.zip"
    taken.value.save_as(path)
    with zipfile.ZipFile(path) as whole:
        assert whole.testzip() is None and len(whole.namelist()) == 6
    assert grave(desk) == []


def test_a_link_on_a_phone_without_an_account_and_once_it_is_closed(chromium, address, archive, photos):
    with archive.transaction() as tx:
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Para la prensa")
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, photos)
        made_id = made.id
    link, token = sharing.make(
        archive, LOCAL_ADMINISTRATOR, recipient="El Sol", presets=["web-2048"], collection_id=made_id
    )
    phone = chromium.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, locale="es-MX"
    )
    page = phone.new_page()
    page.goto(f"{address}/l/{token}")
    expect(page.locator("h1")).to_have_text("Para la prensa")
    expect(page.locator(".outside-item")).to_have_count(4)
    expect(page.locator(".outside-item figcaption").first).to_contain_text("Foto: Ñ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture = page.locator("img.outside-picture").first
    assert picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
    assert grave(page) == []
    with page.expect_download() as one:
        page.locator(".outside-does .button.primary").first.tap()
    assert one.value.suggested_filename.endswith("_web-2048.jpg")
    with page.expect_download() as everything:
        page.locator(".outside-all .button").tap()
    assert everything.value.suggested_filename.endswith("_para-la-prensa.zip")
    with archive.transaction() as tx:
        sharing.revoke(tx, LOCAL_ADMINISTRATOR, link.id)
        assert tx.get_one(ShareLink, link.id).taken == 5
    page.reload()
    expect(page.locator(".state-says")).to_be_visible()
    expect(page.locator(".outside-item")).to_have_count(0)
    assert page.request.get(f"{address}/l/{token}/bajar/{photos[0]}/web-2048").status == 404
    phone.close()


def test_a_collections_links_and_menu_have_room_at_every_width(
    desk: Page, address: str, archive: Archive, photos
):
    with archive.transaction() as tx:
        owner = accounts.actor_of(tx, tx.scalars(select(User).where(User.login == "redes")).one())
        made = collections.create(tx, owner, "Para la prensa")
        collections.add(tx, owner, made.id, photos)
        made_id = made.id
    sharing.make(archive, owner, recipient="El Sol", presets=["web-2048"], collection_id=made_id)
    desk.goto(f"{address}/colecciones/{made_id}")
    desk.locator("details.thing-notice > summary").click()
    head, first = (desk.locator(f".link-rows {one}").first.bounding_box() for one in ("thead th", "tbody td"))
    assert head and first and head["x"] == first["x"] and head["y"] < first["y"], "a heading over its column"

    desk.set_viewport_size({"width": 390, "height": 844})
    desk.reload()
    desk.locator("details.thing-notice > summary").click()
    desk.locator(".thing-does .menu > summary").click()
    for opened in (".thing-does .menu-list", ".link-rows"):
        box = desk.locator(opened).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390, opened
    hint = desk.locator(".bar-hint > :visible")
    assert hint.evaluate("one => one.scrollWidth <= one.clientWidth"), "what the search box says is not cut"
