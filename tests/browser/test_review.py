"""Approving in a real browser: the queue by keyboard, the best twelve with a thumb, withdrawing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Event, Minors, Review, Role, Withdrawal
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords
from tests import material, taking
from tests.browser.accessible import grave
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
PASSWORD = "nopales con queso"
COUNT = 6


@pytest.fixture
def photos(archive: Archive, event: Event, send: Callable, work: Callable, tmp_path: Path) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{n}.jpg", seed=n, size=(600, 400)), event)
        for n in range(COUNT)
    ]
    work()
    return ids


@pytest.fixture
def open_page(archive: Archive, photos: list[int]) -> Iterator[Callable[..., Page]]:
    """``open_page("/revisar", width=390)``: a coordinator's browser; a script that fails fails the test."""
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "coord", "Ana", Role.COORDINATOR, language="en")
        user.password_hash = passwords.make(PASSWORD)
    errors: list[str] = []
    with serving(archive) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])

        def _open(path: str, width: int = 1440, height: int = 900, **more: object) -> Page:
            page = chromium.new_context(viewport={"width": width, "height": height}, **more).new_page()
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
        chromium.close()
    assert errors == []


def _reviews(archive: Archive) -> list[Review]:
    with archive.reading() as tx:
        return list(tx.scalars(select(Asset.review)))


def _get(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        return tx.get_one(Asset, asset_id)


def test_the_queue_is_worked_off_by_keyboard_and_taken_back(open_page, archive, photos) -> None:
    page = open_page("/revisar")
    shots = page.locator(".shot:not([hidden])")
    expect(shots).to_have_count(COUNT)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("1")
    expect(shots).to_have_count(COUNT - 1)
    assert _reviews(archive).count(Review.APPROVED) == 1
    page.keyboard.press("z")
    expect(shots).to_have_count(COUNT)
    assert _reviews(archive).count(Review.APPROVED) == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    expect(page.locator('.shot[data-minors="yes"]')).to_have_count(1)
    page.keyboard.press("2")
    page.get_by_role("button", name="Out of focus").click()
    expect(shots).to_have_count(COUNT - 1)
    page.keyboard.press("a")
    expect(page.locator(".shot.chosen")).to_have_count(COUNT - 1)
    page.keyboard.press("1")
    expect(page.get_by_text("Nothing waits for approval.")).to_be_visible(timeout=15_000)
    assert sorted(set(_reviews(archive))) == [Review.APPROVED, Review.REJECTED]


def test_the_best_are_decided_with_a_thumb(open_page, archive, photos, event) -> None:
    page = open_page(f"/revisar/evento/{event.id}/mejores", width=390, height=844, has_touch=True)
    ones = page.locator(".best-one")
    expect(ones).to_have_count(COUNT)
    first, second = ones.nth(0), ones.nth(1)
    for button in first.locator("button").all():
        assert button.bounding_box()["height"] >= 44
    first.get_by_role("button", name="Approve").tap()
    expect(first).to_have_attribute("data-review", "approved")
    second.get_by_role("button", name="There are minors").tap()
    expect(second).to_have_attribute("data-minors", "yes")
    approved = _get(archive, int(first.get_attribute("data-id")))
    assert (approved.review, approved.minors) == (Review.APPROVED, Minors.NO)
    page.get_by_role("button", name="Undo").last.tap()
    expect(second).to_have_attribute("data-minors", "not_looked_at")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_withdrawing_from_its_page_asks_why_and_lists_the_places(open_page, archive, photos) -> None:
    page = open_page(f"/material/{photos[0]}")
    page.get_by_text("Where it went").click()
    page.locator('.asset [data-release="withdraw"]').click()
    page.locator("#withdraw-reason").select_option("authority")
    page.locator("#withdraw-note").fill("Oficio 7")
    page.locator("#release-withdraw .primary").click()
    expect(page.get_by_role("link", name="Places to clean")).to_be_visible()
    assert _get(archive, photos[0]).withdrawn_reason == Withdrawal.AUTHORITY
    page.get_by_role("link", name="Places to clean").click()
    expect(page.get_by_text("Oficio 7")).to_be_visible()


def test_nothing_that_axe_calls_serious(open_page, photos, event) -> None:
    page = open_page("/revisar")
    best, places = f"/revisar/evento/{event.id}/mejores", f"/material/{photos[0]}/lugares"
    for address in ("/revisar", best, "/retirados", places):
        page.goto(page.evaluate("location.origin") + address)
        assert grave(page) == []
