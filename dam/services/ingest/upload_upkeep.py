"""What the reconciler does for uploads: takes in the whole ones, forgets those that nobody continues."""

import logging
from datetime import timedelta
from itertools import chain

from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import IngestBatch, IngestItem, Outcome, Upload
from dam.services.ingest import receiving, uploads
from dam.services.ingest.partials import Busy, held
from dam.services.ingest.reasons import IngestReason
from storage import StoreError

log = logging.getLogger(__name__)

PAGE = 200
CUT_AFTER = timedelta(days=1)
LOOK_BACK = timedelta(days=30)  # batches older than this were settled long ago
RECOVERABLE = timedelta(days=7)  # a file that no row names is kept for so long (TRUST, I3)


def finish_stranded(archive: Archive) -> int:
    """Take in the uploads that are whole but did not reach the archive, as after a power cut between the last
    byte and the row. How many are in now. What cannot be stored waits for the next round."""
    with archive.reading() as tx:
        tokens = tx.scalars(
            select(Upload.token)
            .where(Upload.finished_at.is_(None), Upload.offset >= Upload.length)
            .limit(PAGE)
        ).all()
    finished = 0
    for token in tokens:
        try:
            finished += uploads.finish(archive, token).finished
        except Busy:
            continue  # its sender's own request is at it
        except (Unavailable, StoreError) as error:
            log.warning("An upload waits for the store: %s", error)
            break
    return finished


def expire(archive: Archive) -> int:
    """Forget uploads whose time is over, file and row; their items fail. How many were unfinished."""
    forgotten = 0
    with archive.reading() as tx:
        over = tx.execute(
            select(Upload.token, Upload.finished_at)
            .where(Upload.expires_at < archive.clock())
            .order_by(Upload.expires_at)
            .limit(PAGE)
        ).all()
    for token, finished_at in over:
        if finished_at is None:
            forgotten += _expire(archive, token)
            continue
        with archive.transaction() as tx:
            if upload := tx.scalars(select(Upload).where(Upload.token == token)).one_or_none():
                tx.delete(upload)
    return forgotten


def abandon(archive: Archive) -> int:
    """Items that were announced and whose sender was cut before there was anything to continue (a terminal
    that was closed in the middle of a card) fail after a day, with a reason. How many."""
    now = archive.clock()
    with archive.transaction() as tx:
        ids = tx.scalars(
            select(IngestItem.id)
            .join(IngestBatch, IngestBatch.id == IngestItem.batch_id)
            .outerjoin(Upload, Upload.item_id == IngestItem.id)
            .where(
                IngestBatch.created_at > now - LOOK_BACK,
                IngestItem.outcome == Outcome.SENDING,
                IngestItem.created_at < now - CUT_AFTER,
                Upload.id.is_(None),
            )
            .limit(PAGE)
        ).all()
        for item_id in ids:
            receiving.refuse_item(tx, item_id, IngestReason.UPLOAD_EXPIRED)
    return len(ids)


def sweep(archive: Archive) -> int:
    """Remove partial files and cut copies of cards that no row names and nobody touched for a week."""
    with archive.reading() as tx:
        named = set(tx.scalars(select(Upload.token)))
    oldest = (archive.clock() - RECOVERABLE).timestamp()
    removed = 0
    folder = archive.settings.uploads_dir
    for path in chain(folder.glob("*.part"), folder.glob("card-*")):
        if path.stem not in named and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _expire(archive: Archive, token: str) -> bool:
    """False when its sender came back just now."""
    try:
        with held(uploads.file_of(archive, token)) as partial, archive.transaction() as tx:
            upload = tx.scalars(select(Upload).where(Upload.token == token)).one_or_none()
            if upload is None or upload.finished_at or upload.expires_at >= archive.clock():
                return False
            uploads.forget(tx, upload, IngestReason.UPLOAD_EXPIRED)
            tx.afterwards(lambda: partial.path.unlink(missing_ok=True))
    except Busy:
        return False
    return True
