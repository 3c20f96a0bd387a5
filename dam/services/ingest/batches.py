"""One card or folder on its way: who may send into it, what is known of it, how far each file is."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from dam.db import Transaction
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import Asset, IngestBatch, IngestItem, Outcome, Processing, Role, Upload
from dam.models.columns import now
from dam.services import audit
from dam.services.access import HEADS, OFFICE, Action, Actor, covers, demand
from dam.services.ingest import receiving
from dam.services.ingest.upload_meta import ends_digest, kept_path

ASKED_AT_ONCE = 100  # files one question may name
ITEMS_AT_ONCE = 500
MOST_FILES = 1_000_000
OVER = frozenset(Outcome) - {Outcome.SENDING, Outcome.RECEIVED, Outcome.WORKING}  # nothing more will happen


@dataclass(frozen=True)
class Fingerprint:
    """What a sender knows of a file without sending it: bytes, ms since 1970, SHA-256 of its ends."""

    path: str
    size: int
    modified_ms: int | None
    ends_sha256: str | None


@dataclass(frozen=True)
class Known:
    """``outcome`` when the file is in (nothing has to be sent), else ``token`` of the upload to go on with,
    else neither: send it."""

    item_id: int | None = None
    outcome: Outcome | None = None
    reason_code: str | None = None
    asset_id: int | None = None
    token: str | None = None
    offset: int = 0


@dataclass(frozen=True)
class Progress:
    """How far a batch is. ``items`` changed after the asker's ``since``, oldest change first; ask again with
    ``change`` for the rest when ``more``."""

    batch_id: int
    counters: Mapping[Outcome, int]
    expected_files: int | None
    expected_bytes: int | None
    items: tuple[IngestItem, ...]
    change: int
    more: bool

    @property
    def files(self) -> int:
        """Files the batch will have, as far as is known."""
        return max(self.expected_files or 0, sum(self.counters.values()))

    @property
    def over(self) -> int:
        """Files of which nothing more is to be expected, good or bad."""
        return sum(count for outcome, count in self.counters.items() if outcome in OVER)

    @property
    def arrived(self) -> int:
        """Files whose bytes are safe in the archive."""
        away = (Outcome.SENDING, Outcome.FAILED)
        return sum(count for outcome, count in self.counters.items() if outcome not in away)


@dataclass(frozen=True)
class Listed:
    """One page of batches, latest first; ``next`` goes into ``before`` for the following page."""

    batches: tuple[IngestBatch, ...]
    counters: Mapping[int, Mapping[Outcome, int]] = field(default_factory=dict)
    next: int | None = None


def get_batch(tx: Transaction, actor: Actor, batch_id: int) -> IngestBatch:
    """Raises NotFound, also when it is somebody else's and the actor is not of the office."""
    demand(actor, Action.UPLOAD)
    wanted = [joinedload(IngestBatch.event), joinedload(IngestBatch.user)]
    batch = tx.get(IngestBatch, batch_id, options=wanted)
    if batch is None or not (_own(actor, batch) or actor.role in OFFICE):
        raise NotFound("There is no such upload batch.")
    return batch


def list_batches(
    tx: Transaction, actor: Actor, *, everybodys: bool = False, before: int | None = None, limit: int = 30
) -> Listed:
    """The actor's own batches; everybody's for the office."""
    demand(actor, Action.UPLOAD)
    query = (
        select(IngestBatch)
        .order_by(IngestBatch.id.desc())
        .limit(limit + 1)
        .options(joinedload(IngestBatch.event), joinedload(IngestBatch.user))
    )
    if not (everybodys and actor.role in OFFICE):
        query = query.where(IngestBatch.user_id == actor.user_id)
    if before is not None:
        query = query.where(IngestBatch.id < before)
    rows = tx.scalars(query).all()
    shown = rows[:limit]
    return Listed(
        tuple(shown), _count(tx, [batch.id for batch in shown]), shown[-1].id if len(rows) > limit else None
    )


def to_send_into(tx: Transaction, actor: Actor, batch_id: int) -> IngestBatch:
    """The batch, once the actor may add files to it: one's own, or any for an administrator.

    Raises NotFound, Forbidden, Conflict when it was undone.
    """
    batch = get_batch(tx, actor, batch_id)
    if not (_own(actor, batch) or actor.role == Role.ADMINISTRATOR):
        raise Forbidden("Only who opened this batch adds files to it.")
    if not covers(actor, batch.event.municipality_key):
        raise Forbidden("This event is outside your territory.")
    if batch.undone_at is not None:
        raise Conflict("This batch was undone; open another one.")
    return batch


def to_steer(tx: Transaction, actor: Actor, batch_id: int) -> IngestBatch:
    """The batch, once the actor may move, undo or retry it: one's own, or any for coordinators."""
    batch = get_batch(tx, actor, batch_id)
    if not (_own(actor, batch) or actor.role in HEADS):
        raise Forbidden("Only who opened this batch, or a coordinator, may do this.")
    return batch


def expect_files(tx: Transaction, actor: Actor, batch_id: int, files: int, size: int) -> IngestBatch:
    """What the sender means to send in all, in files and bytes; the last word counts."""
    batch = to_send_into(tx, actor, batch_id)
    if not (0 <= files <= MOST_FILES and 0 <= size < 2**60):
        raise Invalid("These numbers of files and bytes cannot be.")
    batch.expected_files, batch.expected_bytes = files, size
    batch.last_change = IngestBatch.last_change + 1
    tx.flush()
    tx.refresh(batch, ["last_change"])
    return batch


def recognise(
    tx: Transaction, actor: Actor, batch_id: int, fingerprints: Sequence[Fingerprint]
) -> list[Known]:
    """For each file whether it came before, in this batch only, or where to go on. In the same order."""
    batch = to_send_into(tx, actor, batch_id)
    if len(fingerprints) > ASKED_AT_ONCE:
        raise Invalid("One question names %(most)s files at most.", most=ASKED_AT_ONCE)
    wanted = [
        (_digest(kept_path(one.path)), one.size, one.modified_ms, ends_digest(one.ends_sha256 or ""))
        for one in fingerprints
    ]
    found: dict[tuple[str, int | None, int | None, str | None], list[IngestItem]] = {}
    rows = tx.scalars(
        select(IngestItem)
        .where(IngestItem.batch_id == batch.id, IngestItem.path_digest.in_({key[0] for key in wanted}))
        .order_by(IngestItem.id)
    )
    for item in rows:
        found.setdefault((item.path_digest, item.bytes, item.modified_ms, item.ends_sha256), []).append(item)
    uploads = _unfinished(tx, actor, (item.id for key in wanted for item in found.get(key, ())))
    return [_known(found.get(key, []), uploads) for key in wanted]


def progress(tx: Transaction, batch: IngestBatch, since: int = 0, limit: int = ITEMS_AT_ONCE) -> Progress:
    """Counters, and a bounded page of the items that changed after ``since``.

    Changes of one batch are numbered by its own row, so a number is never seen before a lower one.
    """
    rows = tx.scalars(
        select(IngestItem)
        .where(IngestItem.batch_id == batch.id, IngestItem.change > since)
        .order_by(IngestItem.change, IngestItem.id)
        .limit(limit + 1)
    ).all()
    more = len(rows) > limit
    items = rows[:limit]
    return Progress(
        batch.id,
        _count(tx, [batch.id]).get(batch.id, {}),
        batch.expected_files,
        batch.expected_bytes,
        tuple(items),
        items[-1].change if more else max(batch.last_change, since),
        more,
    )


def retry_failed(tx: Transaction, actor: Actor, batch_id: int) -> tuple[int, int]:
    """Let the machine try again what failed in it. How many it will try, and how many failed before they had
    arrived and have to be sent again."""
    batch = to_steer(tx, actor, batch_id)
    items = tx.scalars(
        select(IngestItem).where(IngestItem.batch_id == batch.id, IngestItem.outcome == Outcome.FAILED)
    ).all()
    again = 0
    for asset_id in sorted({item.asset_id for item in items if item.asset_id is not None}):
        asset = tx.get(Asset, asset_id, with_for_update=True)
        if asset is not None and asset.processing == Processing.FAILED:
            receiving.send_again(tx, asset)
            receiving.note(tx, asset_id, Outcome.RECEIVED)
            again += 1
    audit.record(tx, actor, "batch.retry", ("batch", batch.id), files=again)
    return again, sum(item.asset_id is None for item in items)


def _own(actor: Actor, batch: IngestBatch) -> bool:
    return batch.user_id == actor.user_id


def _count(tx: Transaction, batch_ids: Sequence[int]) -> dict[int, dict[Outcome, int]]:
    counters: dict[int, dict[Outcome, int]] = {batch_id: {} for batch_id in batch_ids}
    rows = tx.execute(
        select(IngestItem.batch_id, IngestItem.outcome, func.count())
        .where(IngestItem.batch_id.in_(batch_ids))
        .group_by(IngestItem.batch_id, IngestItem.outcome)
    )
    for batch_id, outcome, count in rows:
        counters[batch_id][outcome] = count
    return counters


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()


def _unfinished(tx: Transaction, actor: Actor, item_ids: Iterable[int]) -> dict[int, Upload]:
    """By item, the upload that got furthest and that this actor may go on with."""
    query = select(Upload).where(
        Upload.item_id.in_(set(item_ids)), Upload.finished_at.is_(None), Upload.expires_at > now()
    )
    if actor.role != Role.ADMINISTRATOR:
        query = query.where(Upload.user_id == actor.user_id)
    return {upload.item_id: upload for upload in tx.scalars(query.order_by(Upload.offset))}


def _known(items: Sequence[IngestItem], uploads: Mapping[int, Upload]) -> Known:
    for item in items:
        if item.outcome != Outcome.SENDING and (
            item.asset_id is not None or item.outcome not in receiving.OPEN
        ):
            return Known(item.id, item.outcome, item.reason_code, item.asset_id)
    for item in items:
        if upload := uploads.get(item.id):
            return Known(item.id, token=upload.token, offset=upload.offset)
    return Known()
