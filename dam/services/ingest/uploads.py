"""Uploads that can be cut and go on: the offset in the database never promises more than the disk holds.

A piece is written, synced and only then counted. When the last byte is in, the file enters the archive
before the sender hears of it. Whatever dies in between, the next question about the upload, or the
reconciler, takes it up where the rows say it is.
"""

import hashlib
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Conflict, Invalid, NotFound, StoreFull, Unavailable
from dam.models import IngestItem, Outcome, Role, Upload
from dam.services.access import Action, Actor, demand
from dam.services.ingest import batches, receiving
from dam.services.ingest.partials import Partial, held
from dam.services.ingest.reasons import IngestReason
from dam.services.ingest.upload_meta import announced_file

PIECE = 64 * 1024  # bytes asked of the sender at a time
COUNT_EVERY = 16 * 1024**2  # bytes after which what came is synced and counted
COUNT_AFTER = 2.0  # seconds after which it is
ROOM = 64 * 1024**2  # bytes that stay free on the disk for everything else
MOST_OPEN = 20_000  # unfinished uploads of one account; a large card has 1,500 files
REMEMBERED = timedelta(days=1)  # a finished upload answers that it is finished for so long


class OffsetMismatch(Conflict):
    """``detail["offset"]`` says where the upload stands."""

    code = "offset_mismatch"


class ChecksumMismatch(Invalid):
    """The bytes are not what the sender meant to send; they were thrown away."""

    code = "checksum_mismatch"


class TooLarge(Invalid):
    code = "too_large"


class Gone(NotFound):
    code = "gone"


class Cut(Exception):
    """The sender went away in the middle. What came before it counts."""


class Sender(Protocol):
    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end. Raises Cut when the connection ends before."""


@dataclass(frozen=True)
class Arriving:
    """Where an upload stands. Sizes in bytes; ``finished`` means that the file is in the archive."""

    token: str
    item_id: int
    batch_id: int
    length: int
    offset: int
    expires_at: datetime
    finished: bool
    meta: Mapping[str, str]


def start(archive: Archive, actor: Actor, length: int, meta: Mapping[str, str]) -> Arriving:
    """Announce one file of a batch; an empty file is in at once.

    ``meta`` is read by upload_meta.announced_file. Raises Invalid, TooLarge, NotFound, Forbidden,
    Conflict (batch undone), StoreFull, Unavailable (too many are open).
    """
    demand(actor, Action.UPLOAD)
    file = announced_file(meta)
    if length > archive.settings.upload_limit:
        raise TooLarge("This file is larger than the archive takes.", limit=archive.settings.upload_limit)
    with archive.transaction() as tx:
        _check_free(tx, archive, length)
        batch = batches.to_send_into(tx, actor, file.batch_id)
        _check_open(tx, actor)
        item = receiving.expect_item(
            tx, batch.id, file.path, bytes=length, modified_ms=file.modified_ms, ends_sha256=file.ends_sha256
        )
        if item.outcome == Outcome.FAILED and item.asset_id is None:
            receiving.settle(tx, item, Outcome.SENDING)
        upload = Upload(
            token=secrets.token_urlsafe(24),
            item_id=item.id,
            user_id=actor.user_id,
            length=length,
            meta=dict(meta),
            expires_at=_expiry(archive),
        )
        tx.add(upload)
        tx.flush()
        arriving = _arriving(upload, item)
    return finish(archive, arriving.token) if length == 0 else arriving


def _check_free(tx: Transaction, archive: Archive, length: int) -> None:
    """What others announced and have still to send needs its room too, until it expires."""
    coming = select(func.sum(Upload.length - Upload.offset)).where(
        Upload.finished_at.is_(None), Upload.expires_at > archive.clock()
    )
    free = shutil.disk_usage(archive.settings.uploads_dir).free
    if free < int(tx.scalar(coming) or 0) + length + ROOM:
        raise StoreFull("There is no room for this file on the archive's disk.")


def _check_open(tx: Transaction, actor: Actor) -> None:
    mine = select(Upload.id).where(Upload.user_id == actor.user_id, Upload.finished_at.is_(None))
    if tx.scalar(select(func.count()).select_from(mine.limit(MOST_OPEN).subquery())) == MOST_OPEN:
        raise Unavailable("Many files are coming in at this moment; this one goes on shortly.")


def find(archive: Archive, actor: Actor, token: str) -> Arriving:
    """Where the upload stands. One whose last byte is in, but which is not in the archive, is taken in first.

    Raises NotFound (also for other people's), Gone when it expired, Busy.
    """
    arriving = _look(archive, actor, token)
    if arriving.finished or arriving.offset < arriving.length:
        return arriving
    return finish(archive, token)


def append(
    archive: Archive,
    actor: Actor,
    token: str,
    offset: int,
    sender: Sender,
    *,
    announced: int | None = None,
    checksum: tuple[str, bytes] | None = None,
) -> Arriving:
    """Take bytes from ``offset`` on; ``announced`` is how many the sender means to send, where it said so.

    With a ``checksum`` (algorithm, digest) all of them count or none does. Raises OffsetMismatch,
    ChecksumMismatch, TooLarge, Busy, NotFound, Gone, StoreFull: what had been counted stays counted.
    Raises Cut, after counting what came, when the sender went away.
    """
    arriving = _look(archive, actor, token)
    if arriving.finished:
        _check_room(arriving, offset, announced)
        return arriving
    with held(file_of(archive, token)) as partial:
        arriving = _look(archive, actor, token)  # as the last writer left it
        if arriving.finished:
            _drop_empty(partial)
            _check_room(arriving, offset, announced)
            return arriving
        if partial.size() < arriving.offset:  # the file was removed: what is left is the truth
            _count(archive, token, partial.size())
            arriving = _look(archive, actor, token)
        _check_room(arriving, offset, announced)
        partial.go_to(offset)
        came = _take(archive, arriving, partial, sender, checksum)
        if came == arriving.length:
            return _finish(archive, token, partial)
    return _look(archive, actor, token)


def finish(archive: Archive, token: str) -> Arriving:
    """Take the whole file into the archive; harmless when that was done already.

    Raises Busy when somebody is doing it now, StoreFull or a StoreError: then the bytes wait.
    """
    with held(file_of(archive, token)) as partial:
        return _finish(archive, token, partial)


def cancel(archive: Archive, actor: Actor, token: str) -> None:
    """Forget an upload. What is in the archive already stays there. Raises NotFound, Busy."""
    if _look(archive, actor, token).finished:
        with archive.transaction() as tx:
            tx.delete(_row(tx, token))
        return
    with held(file_of(archive, token)) as partial, archive.transaction() as tx:
        forget(tx, _row(tx, token), IngestReason.UPLOAD_CANCELLED)
        tx.afterwards(lambda: partial.path.unlink(missing_ok=True))


def _finish(archive: Archive, token: str, partial: Partial) -> Arriving:
    partial.sync()
    with archive.transaction() as tx:
        upload = _row(tx, token)
        if upload.finished_at is not None:
            _drop_empty(partial)
            return _arriving(upload, upload.item)
        item_id = _claim(tx, upload)
        already_in = _is_in(upload.item)
        if partial.size() < upload.length and not already_in:
            upload.offset = partial.size()  # the file was removed: what is left is the truth
            return _arriving(upload, upload.item)
        upload.offset = upload.length
    if not already_in:
        partial.go_to(upload.length)
        receiving.archive_item(archive, item_id, partial.path)
    with archive.transaction() as tx:
        upload = _row(tx, token)
        upload.finished_at = archive.clock()
        upload.expires_at = archive.clock() + REMEMBERED
        tx.afterwards(lambda: partial.path.unlink(missing_ok=True))
        return _arriving(upload, upload.item)


# -- one step each ---------------------------------------------------------------------------------------


def _take(
    archive: Archive, arriving: Arriving, partial: Partial, sender: Sender, checksum: tuple[str, bytes] | None
) -> int:
    """Write what comes, counting it as it becomes durable. Answers the offset reached."""
    reached = counted = arriving.offset
    digest = hashlib.new(checksum[0]) if checksum else None
    since = time.monotonic()
    stopped: Exception | None = None
    try:
        while reached < arriving.length:
            piece = sender.read(min(PIECE, arriving.length - reached))
            if not piece:
                break
            partial.write(piece)
            reached += len(piece)
            if digest:
                digest.update(piece)
            elif reached - counted >= COUNT_EVERY or time.monotonic() - since >= COUNT_AFTER:
                partial.sync()
                _count(archive, arriving.token, reached)
                counted, since = reached, time.monotonic()
        if reached == arriving.length and sender.read(1):
            partial.go_to(counted)  # whichever of the two is wrong: these bytes are not the file
            raise TooLarge("More bytes came than the file was said to have.", length=arriving.length)
    except (Cut, StoreFull) as error:
        stopped = error
    if checksum and digest and (stopped or digest.digest() != checksum[1]):
        partial.go_to(arriving.offset)
        raise stopped or ChecksumMismatch("The bytes do not have the checksum that came with them.")
    if stopped or reached < arriving.length:  # the last byte is counted by _finish
        partial.sync()
        _count(archive, arriving.token, reached)
    if stopped:
        raise stopped
    return reached


def _count(archive: Archive, token: str, offset: int) -> None:
    """From here on the sender may forget the bytes before ``offset``."""
    try:
        with archive.transaction() as tx:
            tx.execute(
                update(Upload).where(Upload.token == token).values(offset=offset, expires_at=_expiry(archive))
            )
    except OperationalError as error:
        if "full" in str(error.orig):
            raise StoreFull("The disk of the archive is full. What had arrived before is kept.") from error
        raise


def _claim(tx: Transaction, upload: Upload) -> int:
    """The item this upload completes. When the same file was sent twice at the same time, the second one gets
    an item of its own, so that no bytes are ever dropped unread."""
    item = tx.scalars(select(IngestItem).where(IngestItem.id == upload.item_id).with_for_update()).one()
    if _has_claimed(upload):
        return item.id
    others = tx.scalars(select(Upload).where(Upload.item_id == item.id, Upload.id != upload.id))
    if _is_in(item) or any(_has_claimed(other) for other in others):
        item = IngestItem(
            batch_id=item.batch_id,
            path=item.path,
            path_digest=item.path_digest,
            bytes=item.bytes,
            modified_ms=item.modified_ms,
            ends_sha256=item.ends_sha256,
        )
        tx.add(item)
        tx.flush()
        receiving.settle(tx, item, Outcome.SENDING)
        upload.item = item
    upload.meta = {**upload.meta, "claimed": True}
    return item.id


def _has_claimed(upload: Upload) -> bool:
    return upload.meta.get("claimed") is True  # a sender's own "claimed" is text, and only data


def _is_in(item: IngestItem) -> bool:
    return item.asset_id is not None or item.outcome not in receiving.OPEN


def forget(tx: Transaction, upload: Upload, reason: str) -> None:
    others = select(Upload.id).where(Upload.item_id == upload.item_id, Upload.id != upload.id)
    if upload.item.outcome == Outcome.SENDING and tx.scalars(others).first() is None:
        receiving.settle(tx, upload.item, Outcome.FAILED, reason)
    tx.delete(upload)


def _look(archive: Archive, actor: Actor, token: str) -> Arriving:
    demand(actor, Action.UPLOAD)
    with archive.reading() as tx:
        upload = tx.scalars(select(Upload).where(Upload.token == token)).one_or_none()
        if upload is None or not (upload.user_id == actor.user_id or actor.role == Role.ADMINISTRATOR):
            raise NotFound("There is no such upload.")
        if upload.finished_at is None and upload.expires_at < archive.clock():
            raise Gone("This upload expired; the file has to be sent again.")
        return _arriving(upload, upload.item)


def _row(tx: Transaction, token: str) -> Upload:
    upload = tx.scalars(select(Upload).where(Upload.token == token).with_for_update()).one_or_none()
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


def _arriving(upload: Upload, item: IngestItem) -> Arriving:
    meta = {name: value for name, value in upload.meta.items() if isinstance(value, str)}
    finished = upload.finished_at is not None
    return Arriving(
        upload.token, item.id, item.batch_id, upload.length, upload.offset, upload.expires_at, finished, meta
    )


def _check_room(arriving: Arriving, offset: int, announced: int | None) -> None:
    if offset != arriving.offset:
        raise OffsetMismatch("The upload stands at byte %(offset)s.", offset=arriving.offset)
    if announced is not None and offset + announced > arriving.length:
        raise TooLarge("More bytes came than the file was said to have.", length=arriving.length)


def _drop_empty(partial: Partial) -> None:
    """A late writer makes the file of a finished upload again, empty."""
    if partial.size() == 0:
        partial.path.unlink(missing_ok=True)


def file_of(archive: Archive, token: str) -> Path:
    return archive.settings.uploads_dir / f"{token}.part"


def _expiry(archive: Archive) -> datetime:
    return archive.clock() + timedelta(seconds=archive.settings.upload_expiry)
