"""Finding at 100,000 assets, as the page asks for it: a first page and all counts, asked first and again."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.result import Result, say
from bench.search_catalogue import fill
from dam.archive import Archive
from dam.bootstrap import build, prepare
from dam.models import Asset
from dam.queue import MemoryQueue
from dam.services import finding, indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.finding import Filters, Query
from dam.settings import Settings

ASSETS, QUICK_ASSETS, ROUNDS = 100_000, 20_000, 9

QUERIES = {
    "two words": Query("educacion vecinos"),
    "a very common word": Query("vecindad"),
    "an official": Query(filters=Filters(official_ids=(17,))),
    "an official by name": Query("persona:17"),
    "municipality and word": Query("trabajo", Filters(municipality_keys=("15106",))),
    "official and year": Query(filters=Filters(official_ids=(33,), dates=("2022",))),
    "prefix educ*": Query("educ*"),
    "prefix c*": Query("c*"),
    "phrase": Query('"obra salud"'),
    "by relevance": replace(Query("gobierno plaza"), order=finding.Order.RELEVANCE),
    "nothing typed": Query(),
}


def run(*, quick: bool = False) -> list[Result]:
    assets = int(os.environ.get("BENCH_ASSETS") or (QUICK_ASSETS if quick else ASSETS))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "var"
        settings = Settings(data_dir=data, database_url=f"sqlite:///{data / 'archive.sqlite3'}")
        archive = build(settings, queue=MemoryQueue())
        prepare(archive)
        say(f"search: a catalogue of {assets} assets…")
        fill(archive, assets)
        say("search: building the index…")
        seconds = _timed(lambda: indexing.rebuild(archive))
        results = [Result("search rebuild", assets / seconds, "documents/s", ">= 1400")]
        results += _measure(settings, assets)
        archive.database.dispose()
    return results


def _measure(settings: Settings, assets: int) -> list[Result]:
    reader = build(settings, queue=MemoryQueue())
    results = [Result("search first question of a process", _ms(lambda: _page(reader, Query("a"))), "ms")]
    for name, query in QUERIES.items():
        results.append(
            Result(f"search {name}, never asked: page + counts", _ms(lambda q=query: _both(reader, q)), "ms")
        )
        results.append(
            Result(f"search {name}: page", _median(lambda q=query: _page(reader, q)), "ms", "<= 40")
        )
        results.append(
            Result(f"search {name}: counts", _median(lambda q=query: _counts(reader, q)), "ms", "<= 30")
        )
    results.append(_deep(reader))
    results.append(Result("search suggestions", _median(lambda: _suggest(reader)), "ms", "<= 30"))
    results += _edits(reader, settings, assets)
    reader.database.dispose()
    return results


def _deep(archive: Archive) -> Result:
    """Page 200 against page 1 of the common word."""
    query, after = QUERIES["a very common word"], None
    for _ in range(199):
        after = finding.find(archive, LOCAL_ADMINISTRATOR, query, after=after).next
    first = _median(lambda: _page(archive, query))
    late = _median(lambda: finding.find(archive, LOCAL_ADMINISTRATOR, query, after=after))
    return Result("search page 200 against page 1", late / first, "times", "<= 1.5")


def _edits(reader: Archive, settings: Settings, assets: int) -> list[Result]:
    writer = build(settings, queue=MemoryQueue())
    commits, after = [], []
    query = QUERIES["two words"]
    for one in range(ROUNDS):
        with writer.transaction() as tx:
            ids = range(1 + one * 20, 21 + one * 20)
            for asset_id in ids:
                tx.get(Asset, asset_id).headline = f"Cambio {one}"
            indexing.touch(tx, ids)
        commits.append(_ms(lambda: indexing.drain(writer)))
        after.append(_ms(lambda: _both(reader, query)))
    usual = _median(lambda: _both(reader, query))
    writer.database.dispose()
    return [
        Result("search commit of 20 edits", statistics.median(commits), "ms"),
        Result("search first question after a commit", statistics.median(after) - usual, "ms more", "<= 60"),
    ]


def _page(archive: Archive, query: Query) -> None:
    finding.find(archive, LOCAL_ADMINISTRATOR, query)


def _counts(archive: Archive, query: Query) -> None:
    finding.counts(archive, LOCAL_ADMINISTRATOR, query)


def _both(archive: Archive, query: Query) -> None:
    _page(archive, query)
    _counts(archive, query)


def _suggest(archive: Archive) -> None:
    finding.suggest(archive, LOCAL_ADMINISTRATOR, "gon")


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _ms(action: Callable[[], object]) -> float:
    return _timed(action) * 1000


def _median(action: Callable[[], object]) -> float:
    return statistics.median(_ms(action) for _ in range(ROUNDS))
