"""The upload page in a real browser, on a real server, with real drops of real folders."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Event, IngestBatch, IngestItem, Original, Outcome, Role, Upload
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords
from tests.browser.accessible import grave
from tests.web.serving import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
BUILT = Path(__file__).resolve().parents[2] / "static" / "built" / "manifest.json"
PASSWORD = "nopales con queso"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def desk(archive: Archive, event: Event, chromium: Browser) -> Iterator[SimpleNamespace]:
    """A photographer signed in, before the upload page of the event."""
    assert BUILT.exists(), "the front end is not built: run script/build-frontend"
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "foto", "Ana", Role.PHOTOGRAPHER, language="en")
        user.password_hash = passwords.make(PASSWORD)
    with serving(archive) as server:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        sign_in(page, server.address)
        page.goto(f"{server.address}/subir?evento={event.id}")
        yield SimpleNamespace(archive=archive, page=page, server=server, event=event, errors=errors)
        context.close()
        assert errors == []


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Twenty photos, one of them empty and one broken, with what a file manager leaves behind."""
    folder = tmp_path / "DCIM" / "100CANON"
    folder.mkdir(parents=True)
    for number in range(18):
        picture = Image.effect_noise((400, 300), 20 + number)
        picture.save(folder / f"IMG_{number:04}.JPG", quality=90)
    (folder / "IMG_9998.JPG").write_bytes(b"")
    (folder / "IMG_9999.JPG").write_bytes(b"this was a photo once")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "._IMG_0001.JPG").write_bytes(b"x")
    (tmp_path / "DCIM" / "Thumbs.db").write_bytes(b"x")
    return tmp_path / "DCIM"


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/entrar")
    page.fill("[name=login]", "foto")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda where: "entrar" not in where)


def drop(page: Page, *paths: Path) -> None:
    """As the desktop does it: folders and files, anywhere in the window."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 200, "y": 500, "data": data})
    session.detach()


def outcomes(archive: Archive) -> dict[str, Outcome]:
    with archive.reading() as tx:
        return {path: outcome for path, outcome in tx.execute(select(IngestItem.path, IngestItem.outcome))}


def test_a_card_dropped_anywhere_is_sent_and_found_ready(desk, card: Path, work: Callable[[], None]):
    page = desk.page
    drop(page, card)
    expect(page.locator("#chosen-count")).to_contain_text("20 files")
    expect(page.locator("#chosen-skipped")).to_contain_text("3 left aside")
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)
    assert "/cargas/" in page.url
    expect(page.locator("#safety")).to_contain_text("can be closed")
    for asset in _assets(desk.archive):
        desk.archive.queue.sent.append(asset)
    work()
    over = "18 are in and can be found · 2 with a problem"
    expect(page.locator("#progress-says")).to_contain_text(over, timeout=30_000)
    page.click("#only-problems")
    expect(page.locator(".file")).to_have_count(2)
    expect(page.locator("#file-list")).to_contain_text("The file is empty.")
    found = outcomes(desk.archive)
    assert found["DCIM/100CANON/IMG_0000.JPG"] == Outcome.READY
    assert found["DCIM/100CANON/IMG_9998.JPG"] == Outcome.QUARANTINED
    assert not any("DS_Store" in path or "._" in path or "Thumbs" in path for path in found)


def _assets(archive: Archive) -> list[tuple]:
    from dam.models import Asset
    from dam.queue import Job, Lane

    with archive.reading() as tx:
        return [(Job.PROCESS_ASSET, asset_id, Lane.PHOTOS) for asset_id in tx.scalars(select(Asset.id))]


def test_after_a_reload_in_the_middle_the_same_folder_goes_on_and_nothing_is_sent_twice(desk, card: Path):
    page = desk.page
    sent = []

    def seven_and_no_more(route) -> None:
        sent.extend([route] if route.request.method == "PATCH" else [])
        route.continue_() if len(sent) <= 7 else route.abort()

    page.route("**/tus/*", seven_and_no_more)
    drop(page, card)
    expect(page.locator("#chosen-count")).to_contain_text("20 files")
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("7 of 20 received", timeout=30_000)
    expect(page.locator("#safety")).to_contain_text("13 files are still only on this machine")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()  # the road is still cut: what is tried again must not arrive before the page is gone
    expect(page.locator("#resume-says")).to_contain_text("13 files did not arrive yet", timeout=30_000)
    page.unroute("**/tus/*")
    with desk.archive.reading() as tx:
        before = set(tx.scalars(select(Upload.token).where(Upload.finished_at.is_not(None))))
    drop(page, card)
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)
    with desk.archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(IngestItem)) == 20
        finished = select(Upload.token, Upload.item_id).where(Upload.finished_at.is_not(None))
        tokens = dict(tx.execute(finished).all())
        assert before <= set(tokens)
        assert len(set(tokens.values())) == len(tokens) == 20
        assert tx.scalar(select(func.count()).select_from(Original)) == 19


FOLDER = """async () => {
  const disk = await navigator.storage.getDirectory();
  const folder = await disk.getDirectoryHandle("DCIM", {create: true});
  for (let n = 0; n < 6; n += 1) {
    const file = await (await folder.getFileHandle(`IMG_${n}.JPG`, {create: true})).createWritable();
    await file.write(crypto.getRandomValues(new Uint8Array(2000)));
    await file.close();
  }
  window.showDirectoryPicker = async () => folder;
}"""


def test_a_folder_that_the_browser_remembers_goes_on_with_one_press(desk):
    """The folder lies in the browser's own file system: there nobody has to press Allow."""
    page = desk.page
    page.evaluate(FOLDER)
    page.click("#pick-folder")
    expect(page.locator("#begin")).to_have_text("Upload 6 files")
    sent = []

    def three_and_no_more(route) -> None:
        sent.extend([route] if route.request.method == "PATCH" else [])
        route.continue_() if len(sent) <= 3 else route.abort()

    page.route("**/tus/*", three_and_no_more)
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("3 of 6 received", timeout=30_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#resume-says")).to_contain_text("The folder is remembered", timeout=30_000)
    page.unroute("**/tus/*")
    page.click("#resume-go")
    expect(page.locator("#progress-says")).to_contain_text("6 of 6 received", timeout=30_000)
    with desk.archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Upload)) == 6


def test_an_event_is_made_in_place_and_the_card_goes_into_it(desk, card: Path):
    page = desk.page
    page.goto(f"{desk.server.address}/subir")
    drop(page, card)
    expect(page.locator("#begin-needs")).to_be_visible()
    page.fill("#f-event", "Gira por el norte")
    page.click("#new-event > summary")
    expect(page.locator("#f-name")).to_have_value("Gira por el norte")
    page.fill("#f-municipality", "metepec")
    page.locator("#f-municipality-list [role=option]").first.click()
    expect(page.locator("#event-choice")).to_be_hidden()
    page.fill("#f-officials", "Óscar Núñez Peña")
    expect(page.locator("#f-officials-list")).to_contain_text("Nobody is called so")
    page.click("#new-event-form .button")
    expect(page.locator("#event-choice .chip")).to_contain_text("Gira por el norte")
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)
    with desk.archive.reading() as tx:
        made = tx.scalars(select(Event).where(Event.name == "Gira por el norte")).one()
        assert made.municipality_key == "15054"
        assert tx.scalars(select(IngestBatch)).one().event_id == made.id


def test_leaving_by_a_link_says_what_is_safe_and_what_is_only_here(desk, card: Path):
    page = desk.page
    page.route("**/tus/*", lambda route: route.abort())
    drop(page, card)
    page.click("#begin")
    expect(page.locator("#trouble")).to_contain_text("network is away", timeout=30_000)
    page.click(".bar-name")
    expect(page.locator("#leave-safe")).to_contain_text("Nothing has arrived yet")
    expect(page.locator("#leave-here")).to_contain_text("still only on this machine")
    page.click("#leave-stay")
    assert "/cargas/" in page.url


def test_a_batch_in_the_wrong_event_is_undone_with_one_press_and_comes_back(desk, card: Path):
    page = desk.page
    drop(page, card)
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)
    page.click("#undo-batch")
    expect(page.locator(".toast")).to_contain_text("in the bin")
    expect(page.locator("#progress-says")).to_contain_text("in the bin")
    expect(page.locator("#sending")).to_be_hidden()
    page.click(".toast button")
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received")


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_serious(desk, card: Path, light: str, width: int):
    page = desk.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=light, reduced_motion="reduce")
    page.goto(f"{desk.server.address}/subir")
    page.click("#new-event > summary")
    found = grave(page)
    page.goto(f"{desk.server.address}/subir?evento={desk.event.id}")
    drop(page, card)
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)
    found += grave(page)
    page.click("[data-opens=move]")
    found += grave(page)
    page.goto(f"{desk.server.address}/cargas")
    found += grave(page)
    assert found == []


def test_a_plain_file_picker_serves_phones(desk, card: Path):
    page = desk.page
    page.set_input_files("#files-input", [card / "100CANON" / f"IMG_000{number}.JPG" for number in range(2)])
    expect(page.locator("#begin")).to_have_text("Upload 2 files")
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("2 of 2 received", timeout=30_000)
    assert set(outcomes(desk.archive)) == {"IMG_0000.JPG", "IMG_0001.JPG"}


def test_a_folder_chosen_where_the_browser_has_no_handles_is_walked_whole(desk, card: Path):
    page = desk.page
    page.set_input_files("#folder-input", card)
    expect(page.locator("#chosen-count")).to_contain_text("20 files")
    expect(page.locator("#chosen-skipped")).to_contain_text("3 left aside")


def test_sending_goes_on_after_the_session_ended_and_somebody_signed_in_again(desk, card: Path):
    page = desk.page
    drop(page, card)
    expect(page.locator("#begin")).to_be_visible()
    kept = page.context.cookies()
    session = next(cookie for cookie in kept if cookie["name"].endswith("acervo"))
    page.route("**/tus/", lambda route: (page.context.clear_cookies(name=session["name"]), route.continue_()))
    page.click("#begin")
    expect(page.locator("#trouble")).to_contain_text("session ended", timeout=30_000)
    page.unroute("**/tus/")
    other = page.context.new_page()
    sign_in(other, desk.server.address)
    other.close()
    page.click("#pause")
    expect(page.locator("#progress-says")).to_contain_text("20 of 20 received", timeout=30_000)


def test_names_written_to_deceive_are_shown_as_text(desk, tmp_path: Path):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in ("<img src=x onerror=alert(1)>.jpg", "a\u202egpj.exe", "cafe\u0301.jpg", "-rf.jpg"):
        (folder / name).write_bytes(os.urandom(50))
    page = desk.page
    drop(page, folder)
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text("4 of 4 received", timeout=30_000)
    page.reload()
    expect(page.locator("#file-list")).to_contain_text("<img src=x onerror=alert(1)>.jpg")
    assert page.locator("#file-list img[src=x]").count() == 0
    assert "odd/cafe\u0301.jpg" in outcomes(desk.archive)


def test_five_thousand_files_of_250_gigabytes_do_not_fill_the_tab(desk, tmp_path: Path):
    """Sparse files: their sizes are real to the browser, their bytes are not on the disk. All are listed and
    their sending begins; a handful is really sent, then the page is paused and measured."""
    few, many = tmp_path / "few", tmp_path / "many"
    for folder, count in ((few, 500), (many, 4500)):
        folder.mkdir()
        for number in range(count):
            with (folder / f"IMG_{number:05}.JPG").open("wb") as handle:
                handle.truncate(50_000_000)
    page = desk.page
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def heap() -> int:
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(int(metric["value"]) for metric in metrics if metric["name"] == "JSHeapUsedSize")

    drop(page, few)
    expect(page.locator("#chosen-count")).to_contain_text("500 files, 25 GB", timeout=60_000)
    with_few = heap()
    drop(page, many)
    expect(page.locator("#chosen-count")).to_contain_text("5,000 files, 250 GB", timeout=120_000)
    with_many = heap()
    page.click("#begin")
    expect(page.locator("#progress-says")).to_contain_text(" of 5,000 received", timeout=60_000)
    expect(page.locator("#progress-says")).to_contain_text(re.compile(r"^([4-9]|\d\d) of"), timeout=120_000)
    while_sending = heap()
    page.click("#pause")
    rows = page.locator(".file").count()
    print(f"heap: 500 files {with_few:,} B, 5,000 files {with_many:,} B, sending {while_sending:,} B")
    assert rows < 60
    assert with_many - with_few < 4500 * 2000  # a small record each, never the file
    assert while_sending < with_many + 30_000_000  # pieces of the few on their way, whatever their number
