"""From file to searchable with three renditions, beside three ``vipsthumbnail`` and ``convert`` calls."""

import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import photographs
from bench.result import Result, say
from bench.running import Running, descendants, memory_of, running
from dam.archive import Archive
from dam.bootstrap import build
from dam.models import IngestItem, SearchRow
from dam.services import events, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import cards
from dam.settings import from_environment

SIDES = (2048, 1280, 320)
COUNT = 40


def run(quick: bool = False) -> list[Result]:
    """All figures of ingest. ``quick`` takes fewer photographs."""
    count = 10 if quick else COUNT
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        say(f"making {count} photographs of 24 megapixels")
        photos = photographs.make(folder / "24", 24, count)
        results = _workers(folder, photos)
        results += _sets(folder, 4 if quick else COUNT)
    return results


def _workers(folder: Path, photos: Sequence[Path]) -> list[Result]:
    vips = cpu_of(lambda: _vips(photos, folder / "vips")) / len(photos)
    magick = cpu_of(lambda: _convert(photos[:5], folder / "magick")) / min(5, len(photos))
    results = [
        Result("vipsthumbnail x 3, 24 MP", vips * 1000, "ms CPU/photo"),
        Result("convert x 3, 24 MP", magick * 1000, "ms CPU/photo"),
    ]
    for workers in (1, 2):
        say(f"taking in with {workers} worker(s)")
        with running(folder / f"archive-{workers}", workers) as archive:
            alone = _one_alone(archive, folder)
            begun, spent = time.monotonic(), archive.cpu()
            _ingest(archive, photos)
            wall, cpu = time.monotonic() - begun, archive.cpu() - spent
            each = cpu / len(photos)
            peak = _peak_of(archive, folder)
            results += [
                Result(f"ingest, {workers} worker(s)", each * 1000, "ms CPU/photo"),
                Result(f"ingest, {workers} worker(s), against vipsthumbnail", each / vips, "ratio", "<= 0.5"),
                Result(f"convert against ingest, {workers} worker(s)", magick / each, "ratio", ">= 6"),
                Result(
                    f"photos a second, {workers} worker(s)",
                    len(photos) / wall,
                    "1/s",
                    ">= 6" if workers == 2 else None,
                ),
                Result(f"one photo alone, {workers} worker(s)", alone, "s", "<= 1"),
                Result(f"peak memory of a worker, {workers} worker(s)", peak / workers, "MB", "<= 300"),
            ]
    return results


def _sets(folder: Path, count: int) -> list[Result]:
    """Other sizes, and rotated pictures with a wide profile, one worker."""
    results = []
    for label, megapixels, wide in (
        ("2 MP", 2, False),
        ("11 MP", 11, False),
        ("45 MP", 45, False),
        ("24 MP rotated, wide RGB", 24, True),
    ):
        say(f"taking in {label}")
        photos = photographs.make(folder / label.replace(" ", "-"), megapixels, count, adobe=wide)
        vips = cpu_of(
            lambda photos=photos, wide=wide: _vips(photos, folder / f"vips-{len(photos)}", srgb=wide)
        ) / len(photos)
        with running(folder / f"archive-{megapixels}-{wide}", 1) as archive:
            _one_alone(archive, folder)
            spent = archive.cpu()
            _ingest(archive, photos)
            each = (archive.cpu() - spent) / len(photos)
        results.append(Result(f"ingest, {label}", each * 1000, "ms CPU/photo"))
        results.append(Result(f"ingest, {label}, against vipsthumbnail", each / vips, "ratio", "<= 0.6"))
    return results


def _ingest(archive: Running, photos: Sequence[Path]) -> None:
    told = archive.dam("ingest", *map(str, photos), "--event", "Bench", "--create", "--wait", "--json")
    ready = [file for file in told["files"] if file["outcome"] == "ready"]  # type: ignore[attr-defined]
    if len(ready) != len(photos):
        raise RuntimeError(f"only {len(ready)} of {len(photos)} are ready")


def _one_alone(archive: Running, folder: Path) -> float:
    """Seconds from a file at rest until it is searchable, as a program sees it that has already started."""
    warm, measured = photographs.make(folder / f"alone-{id(archive)}", 24, 2)
    warm.write_bytes(warm.read_bytes() + b"warm")  # other bytes than the set's own first two
    measured.write_bytes(measured.read_bytes() + b"alone")
    desk = build(from_environment(archive.environment))
    with desk.transaction() as tx:
        event = events.create_event(tx, LOCAL_ADMINISTRATOR, "Alone")
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    seconds = [_until_searchable(desk, batch.id, photo) for photo in (warm, measured)]
    desk.database.dispose()
    return seconds[-1]


def _until_searchable(desk: Archive, batch_id: int, photo: Path) -> float:
    begun = time.monotonic()
    (found,) = cards.walk([str(photo)])
    item_id, _outcome = cards.bring(desk, batch_id, found)
    while True:
        with desk.reading() as tx:
            asset_id = tx.get_one(IngestItem, item_id).asset_id
            row = tx.get(SearchRow, asset_id)
            if row is not None and not row.gone:
                return time.monotonic() - begun
        time.sleep(0.01)


def _peak_of(archive: Running, folder: Path) -> float:
    """MB at the most while further photographs are taken in: looking costs too much to do it while timing."""
    watch = _Peak(archive)
    more = photographs.make(folder / f"more-{id(archive)}", 24, 6)
    for number, photo in enumerate(more):
        photo.write_bytes(photo.read_bytes() + f"more {number}".encode())
    _ingest(archive, more)
    return watch.stop()


class _Peak:
    """The most memory that the tree of workers held, looked at ten times a second."""

    def __init__(self, archive: Running) -> None:
        self.workers = [process.pid for process in archive.processes if "workers.main" in process.args]
        self.peak = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        while not self.done.wait(0.1):
            pids = [pid for worker in self.workers for pid in (worker, *descendants(worker))]
            self.peak = max(self.peak, memory_of(pids))

    def stop(self) -> float:
        self.done.set()
        self.thread.join()
        return self.peak


def cpu_of(work: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _vips(photos: Sequence[Path], out: Path, *, srgb: bool = False) -> None:
    out.mkdir(parents=True, exist_ok=True)
    profile = ["--eprofile", "srgb"] if srgb else []
    for photo in photos:
        for side in SIDES:
            target = f"{out / photo.stem}-{side}.jpg[Q=82,strip]"
            subprocess.run(
                ["vipsthumbnail", str(photo), "-s", f"{side}x{side}>", *profile, "-o", target], check=True
            )


def _convert(photos: Sequence[Path], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        for side in SIDES:
            size = f"{side}x{side}>"
            command = ["convert", str(photo), "-auto-orient", "-resize", size, "-strip", "-quality", "82"]
            subprocess.run([*command, str(out / f"{photo.stem}-{side}.jpg")], check=True)
