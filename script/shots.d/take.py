"""Takes the pictures. See script/shots."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from pages import addresses
from playwright.sync_api import BrowserContext, Page, Playwright, Response, sync_playwright
from playwright.sync_api import Error as BrowserError
from stage import PASSWORD, fill, first_link

from dam.settings import ROOT
from dam.web import make_app
from tests.running import RunningArchive

WIDTHS = {390: 844, 1440: 900, 2560: 1440}  # pixels: width and height of the window
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
INTO = ROOT / "screenshots"


def main() -> int:
    words = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="dam-shots-") as folder:
        running = RunningArchive(Path(folder))
        try:
            print("· starting an archive", flush=True)
            running.start()
            with sync_playwright() as playwright:
                take_all(playwright, running, Path(folder), words)
        finally:
            running.close()
    return 0


def take_all(playwright: Playwright, running: RunningArchive, folder: Path, words: list[str]) -> None:
    browser = playwright.chromium.launch(
        executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
        args=["--no-sandbox"] if os.getuid() == 0 else [],
    )
    visitor = browser.new_context(base_url=running.settings.address, ignore_https_errors=True)
    shoot(visitor, [("entrar", "/entrar")] if not words else [], INTO / "1440-light", "light")
    cookies = sign_in(visitor, first_link(running))
    shoot(visitor, [("buscar-vacio", "/buscar")] if not words else [], INTO / "1440-light", "light")
    print("· filling it", flush=True)
    token = fill(running, folder)
    wanted = [
        page
        for page in addresses(make_app(running.archive), running, token)
        if not words or any(word in page[1] for word in words)
    ]
    for width, height in WIDTHS.items():
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=running.settings.address,
                viewport={"width": width, "height": height},
                color_scheme=theme,
                locale="es-MX",
                has_touch=width < 800,
            )
            context.add_cookies(cookies)
            shoot(context, wanted, INTO / f"{width}-{theme}", theme)
            context.close()
    browser.close()


def sign_in(context: BrowserContext, link: str) -> list[dict[str, object]]:
    """Use the first administrator's link, and answer the cookies that are signed in."""
    page = context.new_page()
    page.goto(link)
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.press("input[name=again]", "Enter")
    page.wait_for_url(lambda address: "/liga/" not in address)
    page.close()
    return context.cookies()  # type: ignore[return-value]


def shoot(context: BrowserContext, pages: list[tuple[str, str]], into: Path, theme: str) -> None:
    """One picture a page; files, parts of pages and pages that are not there are passed over."""
    into.mkdir(parents=True, exist_ok=True)
    page = context.new_page()
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    taken = 0
    for name, address in pages:
        answer = _visit(page, address)
        if answer is None or not answer.text().lstrip().lower().startswith("<!doctype html"):
            continue
        if not answer.ok:
            print(f"  {address} answers {answer.status}", flush=True)
            continue
        page.wait_for_timeout(400)  # pictures come, the grid settles
        page.screenshot(path=str(into / f"{name}.png"))
        taken += 1
    page.close()
    print(f"· {into.relative_to(ROOT)}: {taken} pictures", flush=True)


def _visit(page: Page, address: str) -> Response | None:
    """None of what the browser takes for a file to keep."""
    try:
        return page.goto(address)
    except BrowserError as error:
        if "Download is starting" in error.message:
            return None
        raise


if __name__ == "__main__":
    sys.exit(main())
