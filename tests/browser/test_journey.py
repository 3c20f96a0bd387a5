"""The main job from beginning to end, on a running archive: a card goes in, is found by official, by
municipality and by words, and leaves web-ready with its credit.

Elements are found by name, id and data, never by a language's words: the pages are the Spanish ones.
"""

import csv
import io
import json
import re
import shutil
import subprocess
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect, sync_playwright
from sqlalchemy import select, update

from dam.models import Asset, Delivered, IngestBatch, IngestItem, Processing
from dam.services import indexing
from tests import material
from tests.conftest import CORPUS
from tests.faults import invariants
from tests.running import RunningArchive, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
    pytest.mark.timeout(600),
]
BUILT = Path(__file__).resolve().parents[2] / "static" / "built" / "manifest.json"
PASSWORD = "nopales con queso"
EVENT = "Gira por la niñez: agua y camino para Ñuñuwalco"
CAPTION = "Inauguración del pozo en la colonia El Ñandú"
CREDIT = "Comunicación Social Edomex"
BYLINE = "Ana Peña"
WHO, OTHER = "María Núñez Ibáñez", "Óscar González Yáñez"
BROKEN = (
    "elodie__imghdr-error.jpg", "sharp__corrupt-header.jpg", "sharp__giant-image.jpg",
    "pillow__truncated_image.png", "pillow__truncated_jpeg.jpg", "pillow__crash-2020-10-test.tif",
    "photoprism__wrong.heic", "exiftool__ASF.wmv", "androidx__sample_missing_stsd.mp4",
)  # fmt: skip
SECRET = re.compile(r"gps|latitude|longitude|coordinates|serial", re.IGNORECASE)
WEB_NAME = re.compile(r"\d{4}-\d\d-\d\d_[a-z0-9-]+_gira_\d{4}(_sin-aprobar)?_web\.(jpg|mp4)")


class Trouble(list[str]):
    """What went wrong in the browser while nobody looked: scripts, the policy, answers of 500 and more."""

    def watch(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.append(f"script: {error.error}"))
        context.on(
            "console", lambda said: self.append(f"console: {said.text}") if said.type == "error" else None
        )
        context.on(
            "response",
            lambda answer: self.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArchive]:
    archive = RunningArchive(tmp_path_factory.mktemp("journey"))
    try:
        archive.start()
        yield archive
    finally:
        archive.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def page(running: RunningArchive, chromium: Browser, trouble: Trouble) -> Iterator[Page]:
    assert BUILT.exists(), "the front end is not built: run script/build-frontend"
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=running.settings.address, accept_downloads=True
    )
    trouble.watch(context)
    yield context.new_page()
    context.close()


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A camera's card: files of real cameras where the corpus is at hand, some we make, and broken ones."""
    folder = tmp_path / "DCIM"
    folder.mkdir()
    for number in range(4):
        material.photo(folder / f"Ñandú año {number}.jpg", size=(2400, 1600), seed=number, serial="SN-4711",
                       gps=(19.4007, -99.0148), orientation=6 if number == 3 else None)  # fmt: skip
    material.clip(folder / "MVI_0001.MP4")
    (folder / "IMG_9998.JPG").write_bytes(b"")
    material.truncated(folder / "IMG_9999.JPG", folder / "Ñandú año 0.jpg", 0.1)
    if CORPUS.is_dir():
        for kind in ("photos", "video"):
            shutil.copytree(CORPUS / kind, folder / kind)
        (folder / "broken").mkdir()
        for name in BROKEN:
            shutil.copy(CORPUS / "broken" / name, folder / "broken")
    return folder


def test_a_card_goes_in_is_found_and_leaves_web_ready(running, page, card, trouble, tmp_path):
    before = invariants.picture_of(card)
    enter_by_the_link(running, page)
    add_people(running, page)
    add_another_event(running, tmp_path)
    event = create_the_event(page)
    batch = send_the_card(page, card)
    wait_for_the_batch(running, page, batch, len(before))
    assert invariants.picture_of(card) == before, "the card was only read"

    official = find_by_official(page)
    assert tiers(page) == ["attended"], "present is not depicted: nobody said yet who is to be seen"
    ready = ready_ones(running, batch)
    open_stacks(running)  # what a burst hides is shown when it is asked for: here every frame is wanted
    ids = described(ready, card)
    describe(page, event, ids)
    wait_until_shown(page, official, ids)
    find_by_municipality(page, ids)
    find_by_words(page, "inauguracion nandu", ids)
    a_mistake_is_undone(page, ids)

    folder = tmp_path / "taken"
    folder.mkdir()
    one = take_one(page, ids[0], folder)
    check_metadata([one])
    kept = copies(running)
    again = take_one(page, ids[0], folder)
    assert again.read_bytes() == one.read_bytes() and copies(running) == kept, "the second time is a read"
    check_metadata(take_zip(page, ids, folder / "few"))
    every = take_everything(page, event, len(set(ready.values())), folder / "all")
    assert secrets_of(every) == {}, "no place and no serial number leaves"
    assert secrets_of(sorted(card.glob("*.jpg"))), "or this test could not fail"
    invariants.check(running.archive)
    assert trouble == []


# -- the door -------------------------------------------------------------------------------------------


def enter_by_the_link(running: RunningArchive, page: Page) -> None:
    """The one-use link that the first start printed; out; and in again with the password."""
    link = eventually(lambda: re.search(r"https?://\S+/liga/\S+", running.log.read_text()), 30)[0]
    page.goto(link)
    login = page.locator("[name=username]").input_value()
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.press("[name=again]", "Enter")
    page.wait_for_url("**/buscar")
    page.click(".bar-person summary")
    page.click("form[action='/salir'] button")
    page.wait_for_url(re.compile("/entrar"))
    page.goto("/cargas")
    page.wait_for_url(re.compile("/entrar"))
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/cargas")


def add_people(running: RunningArchive, page: Page) -> None:
    """One by the command line, one in the catalogue's page."""
    running.dam("officials", "add", WHO, "--office", "Diputada local")
    page.goto("/personas")
    page.locator("a[href='/personas/nueva']").first.click()
    page.fill("[name=name]", OTHER)
    page.press("[name=name]", "Enter")
    expect(page.locator("h1")).to_contain_text(OTHER)


def add_another_event(running: RunningArchive, tmp_path: Path) -> None:
    """What was there before, of another place."""
    older = tmp_path / "older"
    older.mkdir()
    for number in (7, 8):
        material.photo(older / f"DSC_{number}.JPG", seed=number)
    running.dam("ingest", str(older), "--event", "Mitin", "--municipality", "Toluca", "--create", "--wait")


def choose(page: Page, name: str, letters: str, text: str, inside: str = "") -> None:
    """Typing ahead: some letters, Enter on the first that is offered."""
    box = page.locator(f"{inside} [data-typeahead][data-name={name}]")
    box.locator("[role=combobox]").press_sequentially(letters)
    expect(box.locator("[role=option]").first).to_contain_text(text)
    page.keyboard.press("Enter")


# -- the card goes in -----------------------------------------------------------------------------------


def create_the_event(page: Page) -> int:
    page.goto("/subir")
    page.click("#new-event summary")
    form = page.locator("#new-event-form")
    form.locator("[name=name]").fill(EVENT)
    form.locator("[name=starts_on]").fill("2026-05-01")
    form.locator("[name=kind]").select_option("tour")
    choose(page, "municipality", "nezahual", "Nezahualcóyotl", "#new-event-form")
    choose(page, "officials", "nu", WHO, "#new-event-form")
    choose(page, "officials", "os", OTHER, "#new-event-form")
    expect(form.locator("[data-name=officials] .chip")).to_have_count(2)
    form.locator("button:not([type=button])").click()
    chip = page.locator("#event-choice .chip")
    expect(chip).to_contain_text(EVENT)
    return int(chip.locator("input").input_value())


def send_the_card(page: Page, card: Path) -> int:
    page.fill("#f-byline", BYLINE)
    page.fill("#f-credit", CREDIT)
    drop(page, card)
    page.click("#begin")
    page.wait_for_url(re.compile(r"/cargas/\d+$"))
    return int(page.url.rpartition("/")[2])


def drop(page: Page, *paths: Path) -> None:
    """As the desktop does it: folders and files, anywhere in the window."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 200, "y": 500, "data": data})
    session.detach()


def wait_for_the_batch(running: RunningArchive, page: Page, batch: int, files: int) -> None:
    """Each file ends ready, or with a reason said in words; the page says so without being asked."""
    began = time.monotonic()

    def over() -> bool:
        return sum(
            invariants.outcomes(running.archive, batch).values()
        ) == files and not invariants.unfinished(running.archive, batch)

    eventually(over, 400, 0.3)
    ended = invariants.outcomes(running.archive, batch)
    print(f"{files} files sent and ended in {time.monotonic() - began:.0f} s: {ended}")
    expect(page.locator("#safety")).to_be_hidden(timeout=30_000)
    shown = rows(page)
    assert len(shown) == files
    assert {state for state, _ in shown.values()} <= {
        "ready",
        "duplicate",
        "attached",
        "quarantined",
        "failed",
        "waits",  # sidecars whose picture is not among the files
    }
    for path in ("DCIM/Ñandú año 0.jpg", "DCIM/MVI_0001.MP4"):
        assert shown[path][0] == "ready", shown[path]
    troubled = {path: said for path, (state, said) in shown.items() if state in ("quarantined", "failed")}
    assert {"DCIM/IMG_9998.JPG", "DCIM/IMG_9999.JPG"} <= set(troubled)
    for path, said in troubled.items():
        assert re.search(r": \S+ \S+ .*\.$", said) and "_" not in said, f"{path}: {said!r} is no sentence"
    page.click("#only-problems")
    assert set(rows(page)) == set(troubled)


def rows(page: Page) -> dict[str, tuple[str, str]]:
    """Every line of the list: path → (state, what is said of it). Only those in sight exist, so we scroll."""
    told: dict[str, tuple[str, str]] = {}
    box = page.locator("#file-list")
    top = 0
    while True:
        seen, height, tall = box.evaluate(
            """async (box, top) => {
                box.scrollTop = top;
                await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                const lines = [...box.querySelectorAll(".file")].map((line) => [
                    line.querySelector(".file-name").title, line.dataset.state,
                    line.querySelector(".file-said").textContent]);
                return [lines, box.clientHeight, box.scrollHeight];
            }""",
            top,
        )
        told |= {unicodedata.normalize("NFC", path): (state, said) for path, state, said in seen}
        top += height
        if top >= tall:
            return told


# -- it is found and described --------------------------------------------------------------------------


def find_by_official(page: Page) -> int:
    page.goto("/buscar")
    page.keyboard.press("/")
    page.keyboard.type("nunez")
    expect(page.locator("#q-list [role=option]").first).to_contain_text(WHO)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/buscar\?official=\d+$"))
    page.wait_for_selector(".grid.laid")
    return int(page.url.rpartition("=")[2])


def tiers(page: Page) -> list[str]:
    """How what is shown is connected with the official, each once, in the order of the page."""
    return list(
        dict.fromkeys(page.eval_on_selector_all(".month", "all => all.map((one) => one.dataset.tier)"))
    )


def ready_ones(running: RunningArchive, batch: int) -> dict[Path, int]:
    """Where on the card → number of the asset."""
    named = select(IngestItem.path, Asset.id).join(Asset, IngestItem.asset_id == Asset.id)
    mine = named.where(IngestItem.batch_id == batch, Asset.processing == Processing.READY)
    with running.archive.reading() as tx:
        return {Path(path).relative_to("DCIM"): one for path, one in tx.execute(mine)}


def open_stacks(running: RunningArchive) -> None:
    def gathered() -> bool:  # else what is opened here would be stacked again
        with running.archive.reading() as tx:
            waiting = select(IngestBatch.id).where(IngestBatch.gathered < IngestBatch.last_change)
            return tx.scalars(waiting).first() is None

    eventually(gathered, 60, 0.2)
    with running.archive.transaction() as tx:
        piled = list(tx.scalars(select(Asset.id).where(Asset.stack_id.is_not(None))))
        tx.execute(update(Asset).values(stack_id=None, stack_cover=False))
        indexing.touch(tx, piled)

    def indexed() -> bool:
        with running.archive.reading() as tx:
            return not indexing.waiting(tx)

    eventually(indexed, 30, 0.2)


def described(ready: dict[Path, int], card: Path) -> list[int]:
    """Three photos and a clip of ours and, of real cameras, one that tells its place and one its number."""
    chosen = [
        ready[Path(name)]
        for name in ("Ñandú año 0.jpg", "Ñandú año 1.jpg", "Ñandú año 3.jpg", "MVI_0001.MP4")
    ]
    if (card / "photos").is_dir():
        told = exiftool([card / path for path in ready if path.parts[0] == "photos"])
        for what in ("GPSLatitude", "SerialNumber"):
            with_it = (
                Path(one["SourceFile"]).relative_to(card)
                for one in told
                if any(key.endswith(f":{what}") for key in one)
            )
            chosen.append(next(ready[path] for path in with_it if ready[path] not in chosen))
    return chosen


def select_cards(page: Page, ids: list[int]) -> None:
    page.wait_for_selector(".grid.laid")
    for one in ids:
        picture = page.locator(f".card[data-id='{one}']")
        while not picture.count():  # further down
            known = page.locator(".card").count()
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            expect(page.locator(".card")).not_to_have_count(known)
        picture.scroll_into_view_if_needed()
        picture.hover()
        picture.locator(".card-check").click()
    assert page.locator(".card.chosen").count() == len(ids)


def describe(page: Page, event: int, ids: list[int]) -> None:
    page.goto(f"/buscar?event={event}")
    select_cards(page, ids)
    page.keyboard.press("e")
    expect(page.locator("#describe .attendee")).to_have_count(2)
    choose(page, "appears", "nu", WHO, "#describe")
    expect(page.locator("#describe .attendee[aria-pressed=true]")).to_contain_text(WHO)
    page.fill("#d-caption", CAPTION)
    save(page)


def save(page: Page) -> None:
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "descri" in answer.url
    ) as saved:
        page.keyboard.press("Control+Enter")
    assert saved.value.ok, saved.value.text()
    expect(page.locator("#describe")).to_be_hidden()


def results(page: Page, address: str, wanted: Callable[[], bool], what: str) -> None:
    """Ask again until the search answers so; how long that took is printed."""
    began = time.monotonic()

    def answered() -> bool:
        page.goto(address)
        return wanted()

    eventually(answered, 30, 0.2)
    print(f"{what} after {time.monotonic() - began:.1f} s")


def cards(page: Page, tier: str = "") -> list[int]:
    where = f".month[data-tier={tier}] .card" if tier else ".card"
    return page.eval_on_selector_all(where, "all => all.map((card) => Number(card.dataset.id))")


def wait_until_shown(page: Page, official: int, ids: list[int]) -> None:
    results(
        page, f"/buscar?official={official}", lambda: set(cards(page, "appears")) == set(ids), "shown first"
    )
    assert tiers(page) == ["appears", "attended"]
    assert set(cards(page)[: len(ids)]) == set(ids)


def find_by_municipality(page: Page, ids: list[int]) -> None:
    """The filter narrows to what was taken there; the address keeps it."""
    page.goto("/buscar")
    choice = page.locator("[aria-labelledby=g-municipality] .choice", has_text="Nezahualcóyotl")
    count = int(re.sub(r"\D", "", choice.locator(".choice-count").inner_text()))
    choice.click()
    page.wait_for_url(re.compile(r"/buscar\?municipality=15058$"))
    expect(page.locator("[data-grid]")).to_have_attribute("data-total", str(count))
    page.goto(f"{page.url}&q=inauguracion")
    assert set(cards(page)) & set(ids)


def find_by_words(page: Page, words: str, ids: list[int]) -> None:
    page.goto("/buscar")
    page.fill("#q", words)
    page.press("#q", "Enter")
    page.wait_for_url("**/buscar?q=*")
    expect(page.locator("[data-grid]")).to_have_attribute("data-total", str(len(ids)))
    page.wait_for_selector(".grid.laid")
    assert set(cards(page)) == set(ids)


def a_mistake_is_undone(page: Page, ids: list[int]) -> None:
    """The wrong caption on all of them, and one key takes it back."""
    page.keyboard.press("a")
    page.keyboard.press("e")
    expect(page.locator("#d-caption")).to_have_value(CAPTION)
    page.fill("#d-caption", "Equivocado")
    save(page)
    with page.expect_response(re.compile("/deshacer")) as undone:
        page.keyboard.press("z")
    assert undone.value.ok
    results(page, "/buscar?q=inauguracion+nandu", lambda: set(cards(page)) == set(ids), "undone")
    results(page, "/buscar?q=equivocado", lambda: cards(page) == [], "and the mistake gone")


# -- it leaves ------------------------------------------------------------------------------------------


def take_one(page: Page, asset_id: int, folder: Path) -> Path:
    """Opened from the grid, taken with the one large button."""
    page.goto("/buscar?q=inauguracion+nandu")
    page.locator(f".card[data-id='{asset_id}'] .card-open").click()
    page.wait_for_url(f"**/material/{asset_id}*")
    with page.expect_download() as taking:
        page.click(".asset-take [data-take]")
    name = taking.value.suggested_filename
    assert WEB_NAME.fullmatch(name) and "_nezahualcoyotl_" in name
    target = folder / f"{len(list(folder.iterdir()))}-{name}"
    taking.value.save_as(target)
    return target


def take_zip(page: Page, ids: list[int], folder: Path) -> list[Path]:
    page.goto("/buscar?q=inauguracion+nandu")
    select_cards(page, ids)
    return unpack(download(page), folder, len(ids))


def take_everything(page: Page, event: int, files: int, folder: Path) -> list[Path]:
    """All of the event, also what the page has not loaded yet."""
    page.goto(f"/buscar?event={event}")
    page.wait_for_selector(".grid.laid")
    page.keyboard.press("a")
    return unpack(download(page), folder, files)


def download(page: Page) -> Download:
    with page.expect_download(timeout=240_000) as taking:
        page.click("#selection [data-take]")
    return taking.value


def unpack(taken: Download, folder: Path, files: int) -> list[Path]:
    assert re.fullmatch(r"[a-z0-9-]+_\d{4}-\d\d-\d\d_\d{4}_web\.zip", taken.suggested_filename)
    with zipfile.ZipFile(taken.path()) as package:
        assert package.testzip() is None
        package.extractall(folder)
        names = package.namelist()
    [table] = [name for name in names if name.endswith(".csv")]
    [note] = [name for name in names if name.endswith(".txt")]
    pictures = [name for name in names if name not in (table, note)]
    assert len(pictures) == files, (folder / note).read_text()
    assert all(WEB_NAME.fullmatch(name) for name in pictures), pictures
    lines = list(csv.reader(io.StringIO((folder / table).read_text("utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == pictures
    return [folder / name for name in pictures]


def copies(running: RunningArchive) -> list[tuple]:
    with running.archive.reading() as tx:
        return [tuple(row) for row in tx.execute(select(Delivered.id, Delivered.key, Delivered.made_at))]


def exiftool(paths: list[Path]) -> list[dict]:
    """What another program than ours reads in them."""
    said = subprocess.run(
        ["exiftool", "-j", "-G1", *map(str, paths)], capture_output=True, check=False, timeout=120
    )
    return json.loads(said.stdout)


def secrets_of(paths: list[Path]) -> dict[str, list[str]]:
    """Names of files that tell where they were taken or with which camera, and by which tags."""
    found = {one["SourceFile"]: [key for key in one if SECRET.search(key)] for one in exiftool(paths)}
    return {name: keys for name, keys in found.items() if keys}


def check_metadata(paths: list[Path]) -> None:
    for told in exiftool(paths):
        assert told["XMP-dc:Description"] == CAPTION
        assert told["XMP-photoshop:Credit"] == CREDIT
        assert told["XMP-iptcExt:PersonInImage"] == WHO, "only who is to be seen"
        assert told["XMP-dc:Creator"] == BYLINE
        if told["File:MIMEType"] == "image/jpeg":
            assert told["IPTC:Caption-Abstract"] == told["IFD0:ImageDescription"] == CAPTION
            assert told["IPTC:Credit"] == CREDIT
            assert told["IFD0:Artist"] == BYLINE
    assert secrets_of(paths) == {}
