"""One person who was entered twice becomes one."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import aliased

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Appearance, Asset, Attendance, Office, Official
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.officials.editing import write_aliases
from dam.services.officials.finding import get_official

QUIET = {"synchronize_session": False}


def merge_officials(tx: Transaction, actor: Actor, keep_id: int, gone_ids: Iterable[int]) -> Official:
    """Move appearances, attendance, offices and aliases of ``gone_ids`` to ``keep_id``; the names that go
    become aliases. An appearance that one of the two had confirmed is confirmed.

    Raises NotFound, Invalid.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    keep = get_official(tx, keep_id)
    gone = [get_official(tx, one) for one in dict.fromkeys(gone_ids)]
    if not gone or keep in gone:
        raise Invalid("Choose at least one other person to merge into this one.")
    for official in gone:
        _merge(tx, actor, keep, official)
    indexing.touch_official(tx, keep.id)
    return keep


def _merge(tx: Transaction, actor: Actor, keep: Official, gone: Official) -> None:
    names = [alias.name for alias in keep.aliases] + [gone.name] + [alias.name for alias in gone.aliases]
    write_aliases(keep, names)
    held = {_same_office(office) for office in keep.offices}
    for office in list(gone.offices):
        if _same_office(office) not in held:
            gone.offices.remove(office)
            keep.offices.append(office)
    if gone.notes:
        keep.notes = f"{keep.notes}\n\n{gone.notes}"[:10_000] if keep.notes else gone.notes
    tx.flush()
    moved = _move_appearances(tx, keep.id, gone.id)
    _move_attendance(tx, keep.id, gone.id)
    audit.record(
        tx, actor, "official.merge", ("official", keep.id), gone=gone.id, name=gone.name, moved=moved
    )
    tx.delete(gone)
    tx.flush()
    tx.expire(keep)


def _same_office(office: Office) -> tuple[object, ...]:
    return (office.folded, office.kind, office.held_from, office.held_to, office.municipality_key,
            office.district_id, office.state_key, office.body)  # fmt: skip


def _move_appearances(tx: Transaction, keep_id: int, gone_id: int) -> int:
    """How many appearances there were."""
    other = aliased(Appearance)
    shown = select(other.asset_id).where(other.official_id == gone_id)
    confirmed = shown.where(other.confirmed)
    count = tx.scalar(select(func.count()).select_from(shown.subquery())) or 0
    versions = update(Asset).where(Asset.id.in_(shown)).values(version=Asset.version + 1)
    tx.execute(versions.execution_options(synchronize_session="fetch"))
    kept = Appearance.official_id == keep_id
    tx.execute(
        update(Appearance)
        .where(kept, Appearance.asset_id.in_(confirmed))
        .values(confirmed=True)
        .execution_options(**QUIET)
    )
    twice = Appearance.asset_id.in_(select(other.asset_id).where(other.official_id == keep_id))
    _pass_on(tx, Appearance, Appearance.official_id == gone_id, twice, keep_id)
    return count


def _move_attendance(tx: Transaction, keep_id: int, gone_id: int) -> None:
    other = aliased(Attendance)
    there = select(other.event_id).where(other.official_id == keep_id)
    _pass_on(tx, Attendance, Attendance.official_id == gone_id, Attendance.event_id.in_(there), keep_id)


def _pass_on(
    tx: Transaction, table: type, of_gone: ColumnElement[bool], twice: ColumnElement[bool], keep_id: int
) -> None:
    tx.execute(delete(table).where(of_gone, twice).execution_options(**QUIET))
    tx.execute(update(table).where(of_gone).values(official_id=keep_id).execution_options(**QUIET))
