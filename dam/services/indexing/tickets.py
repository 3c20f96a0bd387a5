"""Tickets: whoever changes something says so in the same transaction."""

from collections.abc import Iterable

from sqlalchemy import Select, insert, literal, select, union

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Attendance, IndexTicket, Processing
from dam.models.columns import now


def touch(tx: Transaction, asset_ids: Iterable[int]) -> None:
    """These assets are to be indexed afresh (or forgotten) once ``tx`` is committed."""
    at = now()
    tickets = [{"asset_id": asset_id, "at": at} for asset_id in dict.fromkeys(asset_ids)]
    if tickets:
        tx.execute(insert(IndexTicket.__table__), tickets)


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
        insert(IndexTicket).from_select(
            ["asset_id", "at"], select(chosen.c[0], literal(now(), IndexTicket.at.type))
        )
    )


def waiting(tx: Transaction) -> bool:
    """Is there any ticket? Costs one look at the end of an index."""
    return tx.scalar(select(IndexTicket.id).limit(1)) is not None


def is_due(archive: Archive, *, gathering: bool) -> bool:
    """Is there something to index now? While ``gathering``, only once no file is on its way that would bring
    another ticket: a commit of one costs as much as a commit of ten. Two looks at the end of an index."""
    unfinished = select(Asset.id).where(Asset.processing.in_([Processing.RECEIVED, Processing.WORKING]))
    with archive.reading() as tx:
        return waiting(tx) and not (gathering and tx.scalar(unfinished.limit(1)) is not None)
