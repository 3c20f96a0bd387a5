"""Receiving: a file becomes an original that is stored, hashed, synced and in the database."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, NotFound, StoreFull, Unavailable
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import HEAD_BYTES, sniff
from dam.models import (
    Asset,
    AssetEvent,
    Event,
    IngestBatch,
    IngestItem,
    Kind,
    MunicipalitySource,
    Original,
    OriginalRole,
    Outcome,
    Processing,
    Review,
)
from dam.queue import Job, Lane
from dam.services import accounts, audit, indexing
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, can, covers, demand
from dam.services.families import names
from dam.services.ingest.reasons import IngestReason
from storage import KeyExists, OutOfSpace
from storage.transfer import Received, digest

OPEN = (Outcome.SENDING, Outcome.FAILED)  # what another try may still bring in
NAME_LENGTH = 400


class Emptied(Unavailable):
    """The bin let go of the very same bytes between their storing and their row."""

    code = "emptied"


def open_batch(
    tx: Transaction,
    actor: Actor,
    event_id: int,
    *,
    byline: str | None = None,
    credit: str | None = None,
    source: str = "web",
) -> IngestBatch:
    """One card or folder for one event. Raises NotFound, Forbidden."""
    demand(actor, Action.UPLOAD)
    event = tx.get(Event, event_id)
    if event is None:
        raise NotFound("There is no such event.")
    if not covers(actor, event.municipality_key):
        raise Forbidden("This event is outside your territory.")
    batch = IngestBatch(
        event_id=event_id, user_id=actor.user_id, source=source, byline=byline or None, credit=credit or None
    )
    tx.add(batch)
    tx.flush()
    audit.record(tx, actor, "batch.open", ("batch", batch.id), event_id=event_id, source=source)
    return batch


def expect_item(
    tx: Transaction,
    batch_id: int,
    path: str,
    *,
    bytes: int | None = None,
    modified_ms: int | None = None,
    ends_sha256: str | None = None,
) -> IngestItem:
    """The row of one file of a batch; the same file announced twice is one row."""
    path = plain_text(path)[:4000]
    path_digest = hashlib.sha256(path.encode()).hexdigest()
    item = tx.scalars(
        select(IngestItem).where(
            IngestItem.batch_id == batch_id,
            IngestItem.path_digest == path_digest,
            IngestItem.bytes == bytes,
            IngestItem.modified_ms == modified_ms,
            IngestItem.ends_sha256 == ends_sha256,
        )
    ).first()
    if item is None:
        item = IngestItem(
            batch_id=batch_id,
            path=path,
            path_digest=path_digest,
            bytes=bytes,
            modified_ms=modified_ms,
            ends_sha256=ends_sha256,
            outcome=Outcome.SENDING,
        )
        tx.add(item)
        _mark(tx, [item])
    return item


Announce = Callable[[Transaction], IngestItem]  # finds or makes the row of a file, within the transaction


def archive_item(archive: Archive, item_id: int, file: Path) -> Outcome:
    """Take the finished temporary file ``file`` (below the uploads folder) into the archive.

    When this returns, the bytes are stored, hashed and synced and the rows are committed; ``file`` is gone.
    Repeating it for an item that is in already only removes ``file``. Raises StoreFull or StoreError, in
    which case nothing was recorded and ``file`` is still there.
    """
    return take_in(archive, lambda tx: tx.get_one(IngestItem, item_id), file, digest(file))[1]


def take_in(archive: Archive, announce: Announce, file: Path, received: Received) -> tuple[int, Outcome]:
    """The same for a file that was hashed while it was copied: the item's id, and what became of it."""
    if received.size == 0:
        with archive.transaction() as tx:
            item = announce(tx)
            settle(tx, item, Outcome.QUARANTINED, Reason.EMPTY)
        file.unlink(missing_ok=True)
        return item.id, Outcome.QUARANTINED
    kind, media_type = _guess(file)
    _store(archive, received.sha256, file)
    try:
        entered = _enter(archive, announce, received, kind, media_type)
    except IntegrityError:
        entered = _enter(archive, announce, received, kind, media_type)  # someone else brought it just now
    except Emptied:
        _store(archive, received.sha256, file)
        entered = _enter(archive, announce, received, kind, media_type)
    file.unlink(missing_ok=True)
    return entered


def _store(archive: Archive, sha256: str, file: Path) -> None:
    try:
        archive.originals.put(sha256, file, share=True)
    except KeyExists:
        pass  # these bytes are here already, whoever brought them
    except OutOfSpace as error:
        raise StoreFull(
            "The archive's disk is full. Nothing was lost: what is sent stays resumable."
        ) from error


def join_known(archive: Archive, announce: Announce, received: Received) -> tuple[int, Outcome]:
    """A file whose bytes the archive has already, by their digest: nothing is stored again."""
    return _enter(archive, announce, received, Kind.UNKNOWN, None)


def _enter(
    archive: Archive, announce: Announce, received: Received, kind: Kind, media_type: str | None
) -> tuple[int, Outcome]:
    with archive.transaction() as tx:
        item = announce(tx)
        if item.outcome not in OPEN:
            return item.id, item.outcome
        item.bytes = received.size
        item.stem = names.stem_of(item.path)
        known = tx.scalars(select(Original).where(Original.sha256 == received.sha256)).first()
        if known:
            item.original_id = known.id
            return item.id, _join(tx, item, known)
        batch = tx.get_one(IngestBatch, item.batch_id)
        event = tx.get_one(Event, batch.event_id)
        asset = Asset(kind=kind, owner_id=batch.user_id, byline=batch.byline, credit=batch.credit)
        if event.municipality_key:
            asset.municipality_key = event.municipality_key
            asset.municipality_source = MunicipalitySource.EVENT
        tx.add(asset)
        tx.flush()
        name = item.path.replace("\\", "/").rsplit("/", 1)[-1][-NAME_LENGTH:] or "?"
        original = Original(
            asset_id=asset.id,
            sha256=received.sha256,
            bytes=received.size,
            name=name,
            media_type=media_type,
        )
        tx.add(original)
        tx.flush()
        item.original_id = original.id
        if not archive.originals.exists(received.sha256):
            raise Emptied("These bytes were being deleted from the bin just now. Send the file again.")
        place(tx, asset.id, event.id, position=0)
        item.asset_id, item.placed = asset.id, True
        settle(tx, item, Outcome.RECEIVED)
        actor_name = batch.user.name if batch.user else "local administrator"
        audit.record_as(
            tx,
            batch.user_id,
            actor_name,
            "asset.receive",
            ("asset", asset.id),
            sha256=received.sha256,
            batch_id=batch.id,
        )
        tx.after_commit(Job.PROCESS_ASSET, asset.id, lane_of(kind))
        return item.id, Outcome.RECEIVED


def _join(tx: Transaction, item: IngestItem, known: Original) -> Outcome:
    """These bytes are known: what we have joins this event too, and comes back when it was in the bin."""
    asset = known.asset
    batch = tx.get_one(IngestBatch, item.batch_id)
    item.asset_id = asset.id
    if asset.deleted_at is not None:
        _from_bin(tx, batch, asset)
    if tx.get(AssetEvent, (asset.id, batch.event_id)) is None:
        count = tx.scalar(select(func.count()).select_from(AssetEvent).where(AssetEvent.asset_id == asset.id))
        place(tx, asset.id, batch.event_id, position=count or 0)
        item.placed = True
        asset.version += 1
    indexing.touch(tx, [asset.id])
    if asset.processing == Processing.QUARANTINED:
        settle(tx, item, Outcome.QUARANTINED, asset.reason_code)
        return Outcome.QUARANTINED
    if asset.processing == Processing.FAILED:
        send_again(tx, asset)
        settle(tx, item, Outcome.RECEIVED)
        return Outcome.RECEIVED
    beside = known.role != OriginalRole.PRIMARY
    settle(tx, item, Outcome.DUPLICATE, IngestReason.GOES_WITH_ANOTHER if beside else None)
    if known.role == OriginalRole.SIDECAR:
        from dam.services.families import gathering  # which settles items: needed for sidecars only

        gathering.speak_again(tx, item)
    return Outcome.DUPLICATE


def _from_bin(tx: Transaction, batch: IngestBatch, asset: Asset) -> None:
    """Back as if it came for the first time: who may not take things out of the bin brings nothing back that
    was approved before somebody withdrew it."""
    sender = accounts.actor_of(tx, batch.user) if batch.user else LOCAL_ADMINISTRATOR
    fields = ["deleted_at"]
    if asset.review == Review.APPROVED and not can(sender, Action.BIN, asset):
        asset.review = Review.RECEIVED
        fields.append("review")
    asset.deleted_at = asset.deleted_by = None
    asset.version += 1
    audit.record(tx, sender, "asset.restore", ("asset", asset.id), fields=fields, batch_id=batch.id)


def place(tx: Transaction, asset_id: int, event_id: int, *, position: int) -> AssetEvent:
    """Put an asset into an event under the event's next number, which nobody else ever gets."""
    number = _count_on(tx, Event, event_id, "next_number")
    if number is None:
        raise NotFound("There is no such event.")
    placement = AssetEvent(asset_id=asset_id, event_id=event_id, number=number - 1, position=position)
    tx.add(placement)
    return placement


def send_again(tx: Transaction, asset: Asset) -> None:
    """Let the worker try once more from the start."""
    asset.processing = Processing.RECEIVED
    asset.attempts = 0
    asset.lease_until = None
    asset.reason_code = asset.reason_detail = None
    tx.after_commit(Job.PROCESS_ASSET, asset.id, lane_of(asset.kind))


def refuse_item(tx: Transaction, item_id: int, reason_code: str) -> None:
    """A file that never became an asset: failed, with its reason."""
    settle(tx, tx.get_one(IngestItem, item_id), Outcome.FAILED, reason_code)


def note(tx: Transaction, asset_id: int, outcome: Outcome, reason_code: str | None = None) -> None:
    """Tell every batch that brought this asset how far it is. Duplicates stay duplicates."""
    items = tx.scalars(
        select(IngestItem).where(
            IngestItem.asset_id == asset_id,
            IngestItem.outcome.not_in([Outcome.DUPLICATE, Outcome.ATTACHED]),
        )
    )
    for item in items:
        settle(tx, item, outcome, reason_code)


def settle(tx: Transaction, item: IngestItem, outcome: Outcome, reason_code: str | None = None) -> None:
    """Write an item's outcome so that whoever watches the batch hears of it."""
    item.outcome = outcome
    item.reason_code = reason_code
    _mark(tx, [item])


def _mark(tx: Transaction, items: list[IngestItem]) -> None:
    with tx.no_autoflush:  # the row is written once, with its number
        for item in items:
            item.change = _count_on(tx, IngestBatch, item.batch_id, "last_change")
    tx.flush()


def _count_on(tx: Transaction, row: type[Event | IngestBatch], key: int, column: str) -> int | None:
    """Add one to a row's counter: what it is now, None where there is no such row. In the table itself, which
    costs a third of what the mapped class does: every file counts on three times."""
    table = row.__table__
    counted = update(table).where(table.c.id == key).values({column: table.c[column] + 1})
    number = tx.scalar(counted.returning(table.c[column]))
    if loaded := tx.identity_map.get(tx.identity_key(row, key)):
        tx.expire(loaded, [column])
    return number


def lane_of(kind: Kind) -> Lane:
    return Lane.VIDEO if kind in (Kind.VIDEO, Kind.AUDIO) else Lane.PHOTOS


def _guess(file: Path) -> tuple[Kind, str | None]:
    """What the first bytes say, to choose a lane; the worker looks properly."""
    with file.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    try:
        sniffed = sniff(head)
    except Unreadable:
        return Kind.UNKNOWN, None
    return Kind(sniffed.kind), sniffed.media_type


def plain_text(text: str) -> str:
    """A sender's words as text a database keeps: no NUL, and lone surrogates shown as U+FFFD."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
