"""The custody log: who did what, when, to what. Each entry's digest covers the one before it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from dam.db import Transaction
from dam.models import AuditEntry, AuditHead
from dam.services.access import Action, Actor, demand

BEGINNING = "0" * 64
HEAD = 1  # the id of the one row that whoever adds to the chain holds locked
AT_ONCE = 1000  # entries read together while verifying


@dataclass(frozen=True)
class Verdict:
    """``broken_at`` is the id of the first entry that does not follow from its predecessor, or None.

    ``head`` is the digest to note down elsewhere: whoever can rewrite the whole table can rewrite the chain,
    but not a digest that was printed yesterday.
    """

    entries: int
    broken_at: int | None
    head: str

    @property
    def holds(self) -> bool:
        return self.broken_at is None


def record(
    tx: Transaction, actor: Actor, action: str, subject: tuple[str, int] | None = None, /, **detail: Any
) -> None:
    """Add one entry, in the transaction of the deed itself: both happen or neither does."""
    record_as(tx, actor.user_id, actor.name, action, subject, **detail)


def record_as(
    tx: Transaction,
    user_id: int | None,
    name: str,
    action: str,
    subject: tuple[str, int] | None = None,
    /,
    **detail: Any,
) -> None:
    """The same, where a machine finishes what a person began and only the row tells who it was."""
    head = _lock_head(tx)
    entry = AuditEntry(
        at=datetime.now(UTC),
        actor_id=user_id,
        actor=name[:160],
        action=action,
        subject_type=subject[0] if subject else None,
        subject_id=subject[1] if subject else None,
        detail=json.loads(json.dumps(detail, default=str)),
        digest="",
    )
    entry.digest = head.digest = digest_of(head.digest, entry)
    tx.add(entry)
    tx.flush()


def record_each(
    tx: Transaction, actor: Actor, action: str, subject_type: str, details: Mapping[int, dict[str, Any]]
) -> None:
    """One entry for each subject id, with its own detail, for what was done to many at once."""
    if not details:
        return
    head = _lock_head(tx)
    moment = datetime.now(UTC)
    rows = []
    for subject_id, detail in details.items():
        entry = AuditEntry(
            at=moment, actor_id=actor.user_id, actor=actor.name[:160], action=action,
            subject_type=subject_type,
            subject_id=subject_id, detail=json.loads(json.dumps(detail, default=str)), digest="",
        )  # fmt: skip
        head.digest = digest_of(head.digest, entry)
        rows.append({"at": moment, "actor_id": entry.actor_id, "actor": entry.actor, "action": action,
                     "subject_type": subject_type, "subject_id": subject_id, "detail": entry.detail,
                     "digest": head.digest})  # fmt: skip
    tx.execute(insert(AuditEntry.__table__), rows)
    tx.flush()


def digest_of(before: str, entry: AuditEntry) -> str:
    """SHA-256 of the predecessor's digest and everything the entry says, as compact JSON in a fixed order."""
    said = [
        before, entry.at.astimezone(UTC).isoformat(timespec="microseconds"), entry.actor_id, entry.actor,
        entry.action, entry.subject_type, entry.subject_id, entry.detail,
    ]  # fmt: skip
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _lock_head(tx: Transaction) -> AuditHead:
    locked = select(AuditHead).where(AuditHead.id == HEAD).with_for_update()
    head = tx.scalar(locked.execution_options(populate_existing=True))
    if head is not None:
        return head
    try:
        with tx.begin_nested():
            tx.add(AuditHead(id=HEAD, digest=BEGINNING))
    except IntegrityError:
        pass  # somebody else began the chain a moment ago; theirs is locked below
    return tx.scalars(locked.execution_options(populate_existing=True)).one()


def verify(tx: Transaction) -> Verdict:
    """Read the whole chain, and compare its end with the head. Takes about 20 s for a million entries."""
    before, count, last_id = BEGINNING, 0, 0
    while True:
        page = tx.scalars(
            select(AuditEntry).where(AuditEntry.id > last_id).order_by(AuditEntry.id).limit(AT_ONCE)
        ).all()
        for entry in page:
            if digest_of(before, entry) != entry.digest:
                return Verdict(count, entry.id, before)
            before, last_id, count = entry.digest, entry.id, count + 1
        tx.expunge_all()
        if len(page) < AT_ONCE:
            break
    head = tx.get(AuditHead, HEAD)
    if (head.digest if head else BEGINNING) != before:
        return Verdict(count, last_id + 1, before)  # entries are missing at the end
    return Verdict(count, None, before)


def newest(
    tx: Transaction,
    actor: Actor,
    *,
    before: int | None = None,
    action: str = "",
    who: int | None = None,
    subject: tuple[str, int] | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Entries, newest first, older than the id ``before``. ``action`` also matches a family ("asset")."""
    demand(actor, Action.SEE_AUDIT)
    wanted = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    if action:
        family = AuditEntry.action.startswith(f"{action}.", autoescape=True)
        wanted = wanted.where((AuditEntry.action == action) | family)
    if who is not None:
        wanted = wanted.where(AuditEntry.actor_id == who)
    if subject is not None:
        wanted = wanted.where(AuditEntry.subject_type == subject[0], AuditEntry.subject_id == subject[1])
    return list(tx.scalars(wanted))
