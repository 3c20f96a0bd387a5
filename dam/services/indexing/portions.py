"""Everything goes into a new index: read and normalised by this process, or by several where there is much.

The others are started afresh (``spawn``), not forked: no connection and no lock is carried over to them.
"""

import gc
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from sqlalchemy import func, select

from dam.archive import Archive
from dam.db import Database
from dam.errors import Unavailable
from dam.models import Asset
from dam.queue import MemoryQueue
from dam.search.index import NewIndex, Portion
from dam.services.indexing import documents as reading
from dam.services.indexing import rows

CHUNK = 500  # documents read at once where rows are written as well, which keeps writers waiting
PART = 2000  # documents read at once where they are not
STRETCH = 10_000  # numbers of assets that a process is sent at once
WORTH_IT = 50_000  # assets from which on starting processes takes less than they save
SAMPLE = 2000  # assets, from all over the archive, that show which words are frequent
PROCESSES = 4  # at most: the server has its own work with what they send
SELDOM = (200_000, 20, 100)  # documents hold no circles; looking for some took a sixth of the time
POLITE = 5  # added to their nice value: people who search meanwhile go first
WATCH = 2.0  # seconds between looks at whether the process that started this one still lives


def fill(archive: Archive, fresh: NewIndex) -> Iterator[int]:
    """Put every asset that may be found into ``fresh``; says after each step how many came in with it."""
    with archive.reading() as tx:
        last = tx.scalar(select(func.max(Asset.id))) or 0
        if last >= WORTH_IT:
            fresh.sample(reading.read(tx, range(1, last + 1, max(1, last // SAMPLE))))
    processes = min(PROCESSES, len(os.sched_getaffinity(0)))
    portion = fresh.portion() if last >= WORTH_IT and processes > 1 else None
    if portion is None:
        with _seldom_collecting():
            yield from _alone(archive, fresh)
        return
    yield from _together(archive, fresh, portion, last, processes)
    yield from _alone(archive, fresh, last)  # what has come meanwhile


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _alone(archive: Archive, fresh: NewIndex, last: int = 0) -> Iterator[int]:
    while True:
        with archive.reading() as tx:
            asset_ids = reading.next_ids(tx, last, CHUNK if archive.index.needs_rows else PART)
            documents = reading.read(tx, asset_ids)
        if not asset_ids:
            return
        fresh.put(documents)
        if archive.index.needs_rows:
            with archive.transaction() as tx:
                rows.save(tx, documents, set(asset_ids) - {one.asset_id for one in documents})
        last = asset_ids[-1]
        yield len(documents)


def _together(
    archive: Archive, fresh: NewIndex, portion: Portion, last: int, processes: int
) -> Iterator[int]:
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), _begin, (archive.database.url, portion, os.getpid())
    )
    try:
        sent = [pool.submit(_stretch, after, min(after + STRETCH, last)) for after in range(0, last, STRETCH)]
        for one in sent:
            number, learned = one.result()
            fresh.join(learned)
            yield number
    except BrokenProcessPool as error:
        raise Unavailable("A process that builds the search index was ended from outside.") from error
    finally:
        pool.shutdown(cancel_futures=True)


# in the other processes


class _Mine:
    """What this process works with, once it has begun."""

    database: Database
    portion: Portion


def _begin(url: str, portion: Portion, parent: int) -> None:
    os.nice(POLITE)
    gc.set_threshold(*SELDOM)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _Mine.database, _Mine.portion = Database(url, MemoryQueue()), portion


def _end_with(parent: int) -> None:
    """Nobody is left who would end this process."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _stretch(after: int, last: int) -> tuple[int, object]:
    """Assets numbered above ``after`` up to ``last``: how many there were, and what was learned of them."""
    number = 0
    while after < last:
        with _Mine.database.reading() as tx:
            asset_ids = [one for one in reading.next_ids(tx, after, PART) if one <= last]
            documents = reading.read(tx, asset_ids)
        if not asset_ids:
            break
        _Mine.portion.put(documents)
        number += len(documents)
        after = asset_ids[-1]
    return number, _Mine.portion.learned()
