"""Making edits searchable: whoever changes something leaves a ticket, one indexer works them off."""

import logging
from collections.abc import Callable, Iterable

from sqlalchemy import Select, delete, insert, literal, select, union

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Attendance, IndexTicket
from dam.models.columns import now
from dam.search.index import IndexDamaged
from dam.services import indexing_documents, indexing_rows

log = logging.getLogger(__name__)

CHUNK = 500  # documents read, and tickets taken, at once


def touch(tx: Transaction, asset_ids: Iterable[int]) -> None:
    """These assets are to be indexed afresh (or forgotten) once ``tx`` is committed."""
    at = now()
    tickets = [{"asset_id": asset_id, "at": at} for asset_id in dict.fromkeys(asset_ids)]
    if tickets:
        tx.execute(insert(IndexTicket), tickets)


def touch_event(tx: Transaction, event_id: int) -> None:
    """The event's name, place, date or attendance changed."""
    _touch_all(tx, select(AssetEvent.asset_id).where(AssetEvent.event_id == event_id))


def touch_official(tx: Transaction, official_id: int) -> None:
    """The official's name, aliases or offices changed."""
    attended = (
        select(AssetEvent.asset_id)
        .join(Attendance, Attendance.event_id == AssetEvent.event_id)
        .where(Attendance.official_id == official_id)
    )
    appears = select(Appearance.asset_id).where(Appearance.official_id == official_id)
    _touch_all(tx, select(union(attended, appears).subquery().c.asset_id))


def touch_municipality(tx: Transaction, key: str) -> None:
    """The municipality's names or districts changed."""
    _touch_all(tx, select(Asset.id).where(Asset.municipality_key == key))


def _touch_all(tx: Transaction, assets: Select[tuple[int]]) -> None:
    chosen = assets.subquery()
    tx.execute(
        insert(IndexTicket).from_select(["asset_id", "at"], select(chosen.c[0], literal(now(), IndexTicket.at.type)))
    )


def waiting(tx: Transaction) -> bool:
    """Is there any ticket? Costs one look at the end of an index."""
    return tx.scalar(select(IndexTicket.id).limit(1)) is not None


def drain(archive: Archive, limit: int = CHUNK) -> int:
    """Index what up to ``limit`` tickets name, in one commit; returns the number of tickets worked off.

    The index comes first and the tickets go last, only those that were seen: stopped anywhere, it is done
    again. A missing or damaged index is rebuilt. Only the indexer process (and tests) may call this.
    """
    heal(archive)
    with archive.reading() as tx:
        tickets = tx.execute(select(IndexTicket.id, IndexTicket.asset_id).order_by(IndexTicket.id).limit(limit)).all()
        if not tickets:
            return 0
        asset_ids = sorted({ticket.asset_id for ticket in tickets})
        documents = indexing_documents.read(tx, asset_ids)
    gone = set(asset_ids) - {document.asset_id for document in documents}
    archive.index.put(documents, without=gone)
    with archive.transaction() as tx:
        indexing_rows.save(tx, documents, gone, archive.index.stamp())
        tx.execute(delete(IndexTicket).where(IndexTicket.id.in_([ticket.id for ticket in tickets])))
    return len(tickets)


def heal(archive: Archive) -> None:
    """Rebuild the index when it is missing, damaged or older than the rows."""
    with archive.reading() as tx:
        state = indexing_rows.DatabaseRows(tx).state()
    try:
        archive.index.check(state)
    except IndexDamaged as damage:
        log.warning("The index is rebuilt: %s", damage)
        rebuild(archive)


def rebuild(archive: Archive, progress: Callable[[int], None] | None = None) -> int:
    """Build a new index beside the old one from the database, then swap; returns the number of assets.

    Finding goes on meanwhile with what there is. What is edited meanwhile has its ticket.
    """
    done, last = 0, 0
    with archive.index.rebuilding() as fresh:
        while True:
            with archive.reading() as tx:
                asset_ids = indexing_documents.next_ids(tx, last, CHUNK)
                documents = indexing_documents.read(tx, asset_ids)
            if not asset_ids:
                break
            fresh.put(documents)
            with archive.transaction() as tx:
                indexing_rows.save(tx, documents, set(asset_ids) - {one.asset_id for one in documents})
            done += len(documents)
            last = asset_ids[-1]
            if progress is not None:
                progress(done)
    with archive.transaction() as tx:
        indexing_rows.mark(tx, archive.index.stamp())
    return done
