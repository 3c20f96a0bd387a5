"""In a real browser: drag a crop, move one shape by the keys, undo, and take the network's file away."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Event, Role
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords
from dam.services.framing import looking, placing
from dam.services.renditions import making, wishing
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
def photo_id(archive: Archive, event: Event, send: Callable, work: Callable, tmp_path: Path) -> int:
    send(material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)
    work()
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "redes", "Redes", Role.EDITOR)
        user.password_hash = passwords.make(PASSWORD)
        asset = tx.scalars(select(Asset)).one()
        asset.review, asset.minors, asset.credit = "approved", "no", "Foto: Ñ"
    looking.look(archive, asset.id)
    return asset.id


@pytest.fixture
def desk(archive: Archive, chromium: Browser, photo_id: int) -> Iterator[Page]:
    if not BUILT.exists():
        pytest.skip("the front end is not built: script/build-frontend")
    with serving(archive) as server:
        page = chromium.new_page(locale="es-MX", viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        page.goto(f"{server.address}/entrar?next=/material/{photo_id}/recortes")
        page.fill("input[name=login]", "redes")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        expect(page.locator(".framing-frame").first).to_be_visible()
        yield page
        page.close()


def windows(archive: Archive, asset_id: int) -> dict[str, tuple[float, ...]]:
    with archive.reading() as tx:
        return {one.name: one.window for one in placing.read(tx, LOCAL_ADMINISTRATOR, asset_id).shapes}


def test_one_drag_moves_every_shape_the_keys_move_one_and_z_undoes(archive, desk, photo_id):
    whole = desk.locator("[data-whole] img").bounding_box()
    assert whole
    middle = whole["y"] + whole["height"] / 2
    with desk.expect_response(lambda answer: answer.request.method == "POST"):
        desk.mouse.move(whole["x"] + whole["width"] / 2, middle)
        desk.mouse.down()
        desk.mouse.move(whole["x"] + whole["width"] * 0.98, middle, steps=5)
        desk.mouse.up()
    moved = windows(archive, photo_id)
    assert moved["9:16"][2] == moved["4:5"][2] == moved["1:1"][2] == pytest.approx(1.0, abs=1e-3)
    desk.locator('.framing-card:has(h2:text-is("1:1")) .framing-frame').click()
    expect(desk.locator(".framing-card.alone h2")).to_contain_text("1:1")
    with desk.expect_response(lambda answer: answer.request.method == "POST"):
        for _ in range(4):
            desk.keyboard.press("Shift+ArrowLeft")
    alone = windows(archive, photo_id)
    assert alone["1:1"][0] < moved["1:1"][0] - 0.1
    assert {name: one for name, one in alone.items() if name != "1:1"} == {
        name: one for name, one in moved.items() if name != "1:1"
    }
    with desk.expect_response(lambda answer: answer.url.endswith("/deshacer")):
        desk.keyboard.press("z")
    assert windows(archive, photo_id) == moved
    assert grave(desk) == []


def test_the_shape_that_was_dragged_is_the_one_that_is_taken(archive, desk, photo_id):
    wishing.wish(archive, [photo_id], ["ig-1x1"])
    making.make_missing(archive, photo_id)
    with desk.expect_download() as taking:
        desk.locator(f'a[href="/descargar/{photo_id}/ig-1x1"]').click()
    picture = Image.open(BytesIO(Path(taking.value.path()).read_bytes()))
    assert picture.size == (1080, 1080)
    assert taking.value.suggested_filename.endswith("_ig-1x1.jpg")


def test_on_a_phone_nothing_is_wider_than_the_screen(desk):
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.locator(".framing-frame").nth(1).click()
    expect(desk.locator(".framing-card.alone")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
