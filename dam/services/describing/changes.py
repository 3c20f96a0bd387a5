"""What can be undone: what assets were before an action, what they became, and the way back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from dam.db import Transaction
from dam.errors import Conflict, Forbidden, NotFound
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    CaptureSource,
    Change,
    Event,
    IngestBatch,
    Minors,
    MunicipalitySource,
    Official,
    OffsetSource,
    Review,
    Withdrawal,
)
from dam.services import audit, indexing
from dam.services.access import HEADS, Action, Actor, can, demand

CHUNK = 1000  # ids in one statement

State = dict[int, dict[str, Any]]  # asset id → field → its JSON value

PLACEMENTS = "placements"  # [[event_id, number, position], …]
APPEARANCES = "appearances"  # [[official_id, confirmed, position, user_id, at], …]
BIN_FIELDS = frozenset({"deleted_at", "deleted_by"})
REVIEW_FIELDS = frozenset({"review", "review_reason", "reviewed_at", "reviewed_by"})
WITHDRAWAL_FIELDS = frozenset({"withdrawn_at", "withdrawn_by", "withdrawn_reason", "withdrawn_note"})
RELEASE_FIELDS = REVIEW_FIELDS | WITHDRAWAL_FIELDS | {"embargo_until", "rights_expire_on"}  # Action.REVIEW
_READ: dict[str, Callable[[Any], Any]] = {
    "review": Review,
    "municipality_source": MunicipalitySource,
    "deleted_at": datetime.fromisoformat,
    "taken_at": datetime.fromisoformat,
    "captured_at": datetime.fromisoformat,
    "captured_source": CaptureSource,
    "offset_source": OffsetSource,
    "reviewed_at": datetime.fromisoformat,
    "minors": Minors,
    "embargo_until": datetime.fromisoformat,
    "rights_expire_on": date.fromisoformat,
    "withdrawn_at": datetime.fromisoformat,
    "withdrawn_reason": Withdrawal,
}


@dataclass(frozen=True)
class Undone:
    """Assets put back, and assets of which something stayed because it was edited since."""

    change: Change
    restored: tuple[int, ...]
    kept: tuple[int, ...]


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def chosen(
    tx: Transaction, actor: Actor, action: Action, asset_ids: Iterable[int], *, lock: bool = True
) -> list[Asset]:
    """The assets in the order of their ids, once the actor may do ``action`` to every one of them; locked,
    unless they are only looked at.

    Raises NotFound when one does not exist or may not be known of, Forbidden saying how many may not be
    touched; then nothing was done.
    """
    ids = sorted(set(asset_ids))
    query = select(Asset).order_by(Asset.id)
    query = query.with_for_update() if lock else query
    found = [asset for some in chunks(ids) for asset in tx.scalars(query.where(Asset.id.in_(some)))]
    if not ids or len(found) < len(ids) or not all(can(actor, Action.SEE, asset) for asset in found):
        raise NotFound("There is no such material.")
    barred = sum(not can(actor, action, asset) for asset in found)
    if barred:
        raise Forbidden(
            "Your account may not change %(barred)d of these %(chosen)d; nothing was changed.",
            barred=barred,
            chosen=len(found),
        )
    return found


def states(tx: Transaction, assets: Sequence[Asset], fields: Iterable[str]) -> State:
    """What ``fields`` of the assets are now, as JSON values. Two queries at most, however many assets."""
    tx.flush()
    names = list(fields)
    plain = [name for name in names if name not in (PLACEMENTS, APPEARANCES)]
    told: State = {asset.id: {name: _plain(getattr(asset, name)) for name in plain} for asset in assets}
    for name, read in ((PLACEMENTS, _placements), (APPEARANCES, _appearances)):
        if name in names:
            for state in told.values():
                state[name] = []
            for some in chunks(list(told)):
                for asset_id, row in read(tx, some):
                    told[asset_id][name].append(row)
    return told


def remember(tx: Transaction, actor: Actor, kind: str, before: State, after: State, **detail: Any) -> Change:
    """Keep what differs so that it can be undone; count the edit, audit it and have it indexed.

    ``before`` and ``after`` come from ``states``. ``detail`` goes into each asset's custody log.
    """
    moved = {
        asset_id: [name for name in was if was[name] != after[asset_id][name]]
        for asset_id, was in before.items()
    }
    touched = sorted(asset_id for asset_id, names in moved.items() if names)
    change = Change(
        user_id=actor.user_id,
        kind=kind,
        before={"assets": {str(i): {name: before[i][name] for name in moved[i]} for i in touched}},
        after={"assets": {str(i): {name: after[i][name] for name in moved[i]} for i in touched}},
    )
    tx.add(change)
    tx.flush()
    _mark(tx, actor, f"asset.{kind}", {i: moved[i] for i in touched}, change.id, detail)
    return change


def undo(tx: Transaction, actor: Actor, change_id: int) -> Undone:
    """Put back exactly what the change altered; what was edited since stays as it is, and is told.

    Raises NotFound for a change that is not the actor's (coordinators may undo anybody's), Conflict when it
    was undone already or nothing is left as the change had made it, Forbidden when the assets may not be
    edited any more.
    """
    change = tx.scalar(select(Change).where(Change.id == change_id).with_for_update())
    mine = change is not None and (change.user_id == actor.user_id or actor.role in HEADS)
    if change is None or not mine:
        raise NotFound("There is no such change.")
    if change.undone_at is not None:
        raise Conflict("That was undone already.")
    before = {int(key): fields for key, fields in change.before.get("assets", {}).items()}
    after = {int(key): fields for key, fields in change.after.get("assets", {}).items()}
    assets = _still_there(tx, actor, before, as_batch=bool({"batch", "clocks"} & set(change.before)))
    current = states(tx, assets, {name for fields in before.values() for name in fields})
    known = _Known(tx, before)

    wanted: State = {}
    kept: list[int] = []
    for asset in assets:
        as_left = {
            name: value
            for name, value in before[asset.id].items()
            if current[asset.id][name] == after[asset.id][name] and known.covers(name, value)
        }
        if as_left:
            wanted[asset.id] = as_left
        if len(as_left) < len(before[asset.id]):
            kept.append(asset.id)
    batch_back = _batch_back(tx, change) or _clocks_back(tx, change)
    if not batch_back and not wanted:
        raise Conflict("It was edited since; nothing was undone.", kept=len(kept))
    _put_back(tx, assets, wanted)
    change.undone_at = datetime.now(UTC)
    _mark(tx, actor, "asset.undo", {i: list(names) for i, names in wanted.items()}, change.id, {})
    return Undone(change, tuple(sorted(wanted)), tuple(kept))


def _still_there(tx: Transaction, actor: Actor, before: State, *, as_batch: bool) -> list[Asset]:
    ids = set(before)
    there = {
        i for some in chunks(sorted(ids)) for i in tx.scalars(select(Asset.id).where(Asset.id.in_(some)))
    }
    if ids and not there:
        raise Conflict("Nothing of what that change touched is in the archive any more.")
    if not there:
        return []
    if as_batch:
        demand(actor, Action.UPLOAD)  # as steering a batch does: a key that only describes is not enough
        # Whoever may undo what they did to their batch may do so also where it carried other people's photos.
        query = select(Asset).order_by(Asset.id).with_for_update()
        return [a for some in chunks(sorted(there)) for a in tx.scalars(query.where(Asset.id.in_(some)))]
    fields = {name for state in before.values() for name in state}
    if fields & BIN_FIELDS:
        return chosen(tx, actor, Action.BIN, there)
    assets = chosen(tx, actor, Action.DESCRIBE, there)
    if fields & RELEASE_FIELDS:
        chosen(tx, actor, Action.REVIEW, there)
    return assets


def _batch_back(tx: Transaction, change: Change) -> bool:
    """A change may also have moved or ended a batch (``batch`` holds its id, event_id and undone_at); put it
    back where it is still as the change left it. True when it was."""
    was, became = change.before.get("batch"), change.after.get("batch")
    batch = tx.get(IngestBatch, was["id"]) if was else None
    if batch is None:
        return False
    now = {"id": batch.id, "event_id": batch.event_id, "undone_at": _plain(batch.undone_at)}
    if now != became or tx.get(Event, was["event_id"]) is None:
        return False
    batch.event_id = was["event_id"]
    batch.undone_at = datetime.fromisoformat(was["undone_at"]) if was["undone_at"] else None
    batch.last_change += 1
    return True


def _clocks_back(tx: Transaction, change: Change) -> bool:
    """A change may have set a camera's clock right for a batch (``clocks`` holds its id and all corrections);
    take that back where nobody corrected another one since."""
    was, became = change.before.get("clocks"), change.after.get("clocks")
    batch = tx.get(IngestBatch, was["id"]) if was and became else None
    if batch is None or (batch.clocks or {}) != became["clocks"]:
        return False
    batch.clocks = was["clocks"] or None
    return True


class _Known:
    """Which events and officials still exist: a merge may have taken some away since."""

    def __init__(self, tx: Transaction, before: State) -> None:
        events = {row[0] for fields in before.values() for row in fields.get(PLACEMENTS, ())}
        officials = {row[0] for fields in before.values() for row in fields.get(APPEARANCES, ())}
        self._ids = {
            PLACEMENTS: set(tx.scalars(select(Event.id).where(Event.id.in_(events)))),
            APPEARANCES: set(tx.scalars(select(Official.id).where(Official.id.in_(officials)))),
        }

    def covers(self, name: str, value: Any) -> bool:
        return name not in self._ids or all(row[0] in self._ids[name] for row in value)


def _put_back(tx: Transaction, assets: Sequence[Asset], wanted: State) -> None:
    for asset in assets:
        for name, value in wanted.get(asset.id, {}).items():
            if name not in (PLACEMENTS, APPEARANCES):
                read = _READ.get(name)
                setattr(asset, name, read(value) if read and value is not None else value)
    tx.flush()
    placed = {i: fields[PLACEMENTS] for i, fields in wanted.items() if PLACEMENTS in fields}
    shown = {i: fields[APPEARANCES] for i, fields in wanted.items() if APPEARANCES in fields}
    for model, rows in ((AssetEvent, placed), (Appearance, shown)):
        for some in chunks(list(rows)):
            tx.execute(
                delete(model).where(model.asset_id.in_(some)).execution_options(synchronize_session=False)
            )
    if placed:
        tx.execute(insert(AssetEvent.__table__), [
            {"asset_id": i, "event_id": event, "number": number, "position": position}
            for i, rows in placed.items() for event, number, position in rows
        ])  # fmt: skip
    people = [
        {
            "asset_id": i,
            "official_id": official,
            "confirmed": confirmed,
            "position": position,
            "user_id": user,
            "at": datetime.fromisoformat(at),
        }
        for i, rows in shown.items()
        for official, confirmed, position, user, at in rows
    ]
    if people:
        tx.execute(insert(Appearance.__table__), people)


def _mark(
    tx: Transaction,
    actor: Actor,
    action: str,
    moved: dict[int, list[str]],
    change_id: int,
    detail: dict[str, Any],
) -> None:
    """Count the edit, write the custody log, tell the indexer, forget relations read before."""
    ids = sorted(moved)
    for some in chunks(ids):
        tx.execute(update(Asset).where(Asset.id.in_(some)).values(version=Asset.version + 1)
                   .execution_options(synchronize_session=False))  # fmt: skip
    audit.record_each(
        tx, actor, action, "asset", {i: {"change": change_id, "fields": moved[i], **detail} for i in ids}
    )
    indexing.touch(tx, ids)
    for asset_id in ids:
        asset = tx.identity_map.get(tx.identity_key(Asset, asset_id))
        if asset is not None:
            tx.expire(asset, ["version", PLACEMENTS, APPEARANCES])


def _placements(tx: Transaction, ids: Sequence[int]) -> Iterator[tuple[int, list[Any]]]:
    rows = tx.execute(
        select(AssetEvent.asset_id, AssetEvent.event_id, AssetEvent.number, AssetEvent.position)
        .where(AssetEvent.asset_id.in_(ids))
        .order_by(AssetEvent.asset_id, AssetEvent.position, AssetEvent.event_id)
    )
    for asset_id, *row in rows:
        yield asset_id, row


def _appearances(tx: Transaction, ids: Sequence[int]) -> Iterator[tuple[int, list[Any]]]:
    rows = tx.execute(
        select(Appearance.asset_id, Appearance.official_id, Appearance.confirmed, Appearance.position,
               Appearance.user_id, Appearance.at)
        .where(Appearance.asset_id.in_(ids))
        .order_by(Appearance.asset_id, Appearance.position, Appearance.official_id)
    )  # fmt: skip
    for asset_id, official_id, confirmed, position, user_id, at in rows:
        yield asset_id, [official_id, confirmed, position, user_id, at.isoformat()]


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    return list(value) if isinstance(value, list) else value
