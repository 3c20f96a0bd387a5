"""Working tickets off, and rebuilding: what the one indexer does."""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import delete, select

from dam.archive import Archive
from dam.errors import Conflict
from dam.models import IndexTicket
from dam.search.index import IndexDamaged, SearchDocument
from dam.services.indexing import documents as reading
from dam.services.indexing import portions, rows, tickets
from dam.settings import Settings

log = logging.getLogger(__name__)

CHUNK = 500  # documents read, and tickets taken, at once


@contextmanager
def sole_indexer(settings: Settings) -> Iterator[None]:
    """Hold the right to write the index. Raises Conflict while another process holds it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.data_dir / "indexer.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("Another indexer is at work on this archive.") from error
        yield


def drain(archive: Archive, limit: int = CHUNK) -> int:
    """Index what up to ``limit`` tickets name, in one commit; returns the number of tickets worked off.

    The index comes first and the tickets go last, only those that were seen: stopped anywhere, it is done
    again. A missing or damaged index is rebuilt. Only the indexer process (and tests) may call this.
    """
    heal(archive)
    taken = _take(archive, limit)
    if taken is None:
        return 0
    try:
        archive.index.put(taken.documents, without=taken.gone)
    except IndexDamaged as damage:
        if _is_elsewhere(damage):
            raise
        log.warning("The index cannot be written to and is rebuilt: %s", damage)
        rebuild(archive)
        archive.index.put(taken.documents, without=taken.gone)
    _finish(archive, taken, archive.index.stamp())
    return len(taken.ticket_ids)


def _is_elsewhere(damage: IndexDamaged) -> bool:
    """A full disk and the like: building anew would not help."""
    return isinstance(damage.__cause__, OSError) and not isinstance(damage.__cause__, FileNotFoundError)


def begin(archive: Archive) -> None:
    """An empty index for an archive without assets: for an engine that answers nothing without one."""
    try:
        archive.index.stamp()
    except IndexDamaged:
        with archive.reading() as tx:
            if reading.next_ids(tx, 0, 1):
                return  # the indexer builds it
        rebuild(archive)


def heal(archive: Archive) -> None:
    """Rebuild the index when it is missing, damaged or older than the rows."""
    with archive.reading() as tx:
        state = rows.DatabaseRows(tx).state()
    try:
        archive.index.check(state)
    except IndexDamaged as damage:
        log.warning("The index is rebuilt: %s", damage)
        rebuild(archive)


def freshen(archive: Archive) -> None:
    """Rebuild an index that many edits have worn, or keep it warm. For quiet moments."""
    if archive.index.worn():
        log.info("The index is worn and is built anew")
        rebuild(archive)
    else:
        warm(archive)


def ask_rebuild(archive: Archive) -> None:
    """The running indexer is to rebuild the index as soon as it looks."""
    with archive.transaction() as tx:
        rows.mark(tx, rows.REBUILD_ASKED)


def rebuild_asked(archive: Archive) -> bool:
    """Was a rebuild asked for that is not done yet?"""
    with archive.reading() as tx:
        return rows.rebuild_asked(tx)


def rebuild(archive: Archive, progress: Callable[[int], None] | None = None) -> int:
    """Build a new index beside the old one from the database, then swap; returns the number of assets.

    Finding goes on meanwhile with what there is, and what is edited meanwhile is found there as soon as
    ever; before the swap it gets a ticket once more, for the new index. Where the engine allows it, several
    processes read and normalise a large archive at once.
    """
    done = 0
    late: set[int] = set()
    with archive.index.rebuilding() as fresh:
        for number in portions.fill(archive, fresh):
            done += number
            late.update(_keep_up(archive))
            if progress is not None:
                progress(done)
        with archive.transaction() as tx:
            tickets.touch(tx, sorted(late))
    with archive.transaction() as tx:
        rows.mark(tx, archive.index.stamp())
    warm(archive)
    return done


def warm(archive: Archive) -> None:
    """Let processes that start from now on begin quickly."""
    with archive.reading() as tx:
        archive.index.warm(rows.DatabaseRows(tx))


def _keep_up(archive: Archive) -> list[int]:
    """While another index is being built: work tickets off as usual where the old one still serves."""
    taken = _take(archive, CHUNK)
    if taken is None:
        return []
    try:
        archive.index.put(taken.documents, without=taken.gone)
    except IndexDamaged:
        log.debug("There is no index to keep up; the rows are")
    _finish(archive, taken, stamp=None)
    return taken.asset_ids


@dataclass(frozen=True)
class _Taken:
    """Tickets, and what became of the assets they name."""

    ticket_ids: list[int]
    asset_ids: list[int]
    documents: list[SearchDocument]
    gone: set[int]


def _take(archive: Archive, limit: int) -> _Taken | None:
    """The oldest tickets, with their assets read as they are now. None when there are none."""
    with archive.reading() as tx:
        found = tx.execute(
            select(IndexTicket.id, IndexTicket.asset_id).order_by(IndexTicket.id).limit(limit)
        ).all()
        if not found:
            return None
        asset_ids = sorted({ticket.asset_id for ticket in found})
        documents = reading.read(tx, asset_ids)
    gone = set(asset_ids) - {document.asset_id for document in documents}
    return _Taken([ticket.id for ticket in found], asset_ids, documents, gone)


def _finish(archive: Archive, taken: _Taken, stamp: str | None) -> None:
    with archive.transaction() as tx:
        kept = (taken.documents, taken.gone) if archive.index.needs_rows else ((), ())
        rows.save(tx, *kept, stamp)
        tx.execute(delete(IndexTicket).where(IndexTicket.id.in_(taken.ticket_ids)))
