"""Finding at a given size, as a signed-in editor meets it: pages over HTTP, beside the bare engine."""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.cluster import cluster
from bench.result import Result, say
from bench.running import cpu_of, descendants
from bench.search_asking import Browser, serving
from bench.search_bare import bare, bare_build
from bench.search_catalogue import Catalogue, fill
from bench.search_queries import DEEP, Asking, kinds, warming
from dam.archive import Archive
from dam.bootstrap import build, prepare
from dam.models import Asset
from dam.queue import MemoryQueue
from dam.services import indexing
from dam.settings import Settings

ASSETS, QUICK_ASSETS, ROUNDS = 100_000, 20_000, 15
MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20  # MB
# A server as docs/operations.md says: a quarter of the memory, or what a million assets can use.
SERVER = {
    "shared_buffers": f"{min(MEMORY // 4, 4096)}MB",
    "effective_cache_size": f"{MEMORY // 2}MB",
    "max_wal_size": "8GB",
    "autovacuum": "on",
}


def run(*, quick: bool = False, assets: int | None = None, database: str = "sqlite") -> list[Result]:
    """``database`` is ``sqlite`` (Whoosh finds) or ``postgresql`` (its own engine finds)."""
    assets = assets or (QUICK_ASSETS if quick else ASSETS)
    with tempfile.TemporaryDirectory() as folder, _database(database, Path(folder)) as (url, server):
        settings = Settings(data_dir=Path(folder) / "var", database_url=url)
        settings = replace(settings, redis_url=f"unix://{settings.redis_socket}")
        archive = build(settings, queue=MemoryQueue())
        prepare(archive)
        say(f"search: a catalogue of {assets} assets…")
        catalogue = fill(archive, assets)
        say("search: building the index…")
        before = _processor(server)
        seconds = _timed(lambda: indexing.rebuild(archive))
        used = _processor(server) - before
        bounds = BOUNDS[database]
        results = [
            Result("search load of the machine before", os.getloadavg()[0], "processes"),
            Result("search rebuild", assets / seconds, "documents/s", bounds.rebuild),
            Result("search rebuild, CPU", used / assets * 1e6, "µs/document"),
        ]
        if server:
            alone = bare_build(archive)
            results += [
                Result("search rebuild: bare engine", alone, "documents/s"),
                Result("search rebuild / bare engine", assets / seconds / alone, "times"),
            ]
        say("search: asking…")
        with serving(archive, server) as browser:
            results += _measure(archive, browser, catalogue, bounds)
        archive.database.dispose()
    return results


@contextmanager
def _database(name: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """Its address, and the process of its server."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'var' / 'archive.sqlite3'}", None
        return
    with cluster(SERVER) as started:
        started.execute("CREATE DATABASE archive")
        yield started.url("archive"), started.pid


class Bounds:
    """What is promised at the sizes of the plan: 100,000 assets embedded, 1,000,000 on PostgreSQL."""

    def __init__(self, warm: float, warm_95: float, cold: float, cold_95: float, counts: float,
                 edit: float, rebuild: float, memory: float) -> None:  # fmt: skip
        self.warm, self.warm_95, self.cold, self.cold_95 = (
            f"<= {bound}" for bound in (warm, warm_95, cold, cold_95)
        )
        self.counts, self.edit, self.memory = (f"<= {bound}" for bound in (counts, edit, memory))
        self.rebuild = f">= {rebuild}"


BOUNDS = {
    "sqlite": Bounds(40, 150, 120, 300, 30, 60, 1400, 200),
    "postgresql": Bounds(30, 100, 60, 200, 300, 5, 10_000, 300),
}


def _measure(archive: Archive, browser: Browser, catalogue: Catalogue, bounds: Bounds) -> list[Result]:
    asked = kinds(catalogue)
    for query in warming(catalogue):
        browser.page(query)
    results: list[Result] = []
    cold_all: list[float] = []
    warm_all: list[float] = []
    for kind in asked:
        cold, cold_cpu = _asked(browser, browser.page, kind.fresh)
        warm, warm_cpu = _asked(browser, browser.page, [kind.warm] * ROUNDS)
        counts, counts_cpu = _asked(browser, browser.counts, [kind.warm] * ROUNDS)
        cold_all += cold
        warm_all += warm
        engine = bare(archive, kind)
        results += [
            Result(f"search {kind.name}: page", statistics.median(warm), "ms", bounds.warm),
            Result(f"search {kind.name}: page p95", _p95(warm), "ms", bounds.warm_95),
            Result(f"search {kind.name}: never asked", statistics.median(cold), "ms", bounds.cold),
            Result(f"search {kind.name}: never asked p95", _p95(cold), "ms", bounds.cold_95),
            Result(f"search {kind.name}: counts", statistics.median(counts), "ms", bounds.counts),
            Result(f"search {kind.name}: bare engine", engine, "ms"),
            Result(f"search {kind.name}: page / bare engine", statistics.median(warm) / engine, "times"),
            Result(f"search {kind.name}: page, CPU", warm_cpu, "ms"),
            Result(f"search {kind.name}: never asked, CPU", cold_cpu, "ms"),
            Result(f"search {kind.name}: counts, CPU", counts_cpu, "ms"),
        ]
    results += [
        Result("search all pages, median", statistics.median(warm_all), "ms", bounds.warm),
        Result("search all pages, p95", _p95(warm_all), "ms", bounds.warm_95),
        Result("search all never asked, median", statistics.median(cold_all), "ms", bounds.cold),
        Result("search all never asked, p95", _p95(cold_all), "ms", bounds.cold_95),
        _deep(browser),
        Result("search suggestions", _median(lambda: browser.suggest("gon")), "ms", "<= 30"),
        *_edits(archive, browser, asked[0], bounds),
        Result("search memory of a web process", browser.memory(), "MB", bounds.memory),
        Result("search load of the machine after", os.getloadavg()[0], "processes"),
    ]
    return results


def _asked(
    browser: Browser, ask: Callable[[str], object], queries: Sequence[str]
) -> tuple[list[float], float]:
    """Milliseconds of each, and the processor's of one: what a busy machine does not lengthen."""
    before = browser.cpu()
    times = [_ms(lambda one=one: ask(one)) for one in queries]
    return times, (browser.cpu() - before) / len(queries)


def _deep(browser: Browser) -> Result:
    """Page 200 against page 1 of a common word, both as the list goes on."""
    after = ""
    for _ in range(199):
        after = browser.more(DEEP, after)
    first = _median(lambda: browser.more(DEEP, ""))
    return Result(
        "search page 200 against page 1",
        _median(lambda: browser.more(DEEP, after)) / first,
        "times",
        "<= 1.5",
    )


def _edits(archive: Archive, browser: Browser, asking: Asking, bounds: Bounds) -> list[Result]:
    """Twenty captions are changed and committed, the running indexer follows; then the first search."""
    seen, after, usual = [], [], _median(lambda: browser.page(asking.warm))
    for one in range(9):
        with archive.transaction() as tx:
            ids = range(1 + one * 20, 21 + one * 20)
            for asset_id in ids:
                tx.get_one(Asset, asset_id).headline = f"Cambio vuelta{one}"
            indexing.touch(tx, ids)
        seen.append(_ms(lambda one=one: _until_found(browser, f"vuelta{one}")))
        after.append(_ms(lambda: browser.page(asking.warm)))
    return [
        Result("search an edit until it is found", statistics.median(seen), "ms", "<= 2000"),
        Result("search first page after an edit", statistics.median(after) - usual, "ms more", bounds.edit),
    ]


def _until_found(browser: Browser, word: str) -> None:
    end = time.monotonic() + 60
    while not browser.finds(word):
        if time.monotonic() > end:
            raise TimeoutError(f"{word} was not found")
        time.sleep(0.02)


def _processor(server: int | None) -> float:
    """CPU seconds so far of this process, of those it started, and of the database's server."""
    finished = resource.getrusage(resource.RUSAGE_CHILDREN)
    pids = [server, *descendants(server)] if server else []
    return time.process_time() + finished.ru_utime + finished.ru_stime + sum(map(cpu_of, pids))


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _ms(action: Callable[[], object]) -> float:
    return _timed(action) * 1000


def _median(action: Callable[[], object]) -> float:
    return statistics.median(_ms(action) for _ in range(ROUNDS))


def _p95(times: list[float]) -> float:
    return sorted(times)[round(0.95 * (len(times) - 1))]
