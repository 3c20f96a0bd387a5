"""Assets as the worker leaves them, made in the database alone: finding never looks at a file."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from dam.archive import Archive
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Attendance,
    Event,
    Kind,
    Office,
    Official,
    OfficialAlias,
    Original,
    Processing,
    Role,
    User,
)
from dam.search.folding import fold
from dam.services import finding, indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.finding import Filters, Order, Query

ANYBODY = LOCAL_ADMINISTRATOR
TOLUCA, METEPEC, ECATEPEC = "15106", "15054", "15033"


def add_official(
    archive: Archive, name: str, aliases: Sequence[str] = (), offices: Sequence[Office] = ()
) -> int:
    with archive.transaction() as tx:
        official = Official(name=name, folded=fold(name), offices=list(offices))
        official.aliases = [OfficialAlias(name=alias, folded=fold(alias)) for alias in aliases]
        tx.add(official)
        tx.flush()
        return official.id


def add_event(
    archive: Archive,
    name: str,
    attendees: Iterable[int] = (),
    municipality_key: str | None = TOLUCA,
    **more: Any,
) -> int:
    with archive.transaction() as tx:
        event = Event(
            name=name,
            folded=fold(name),
            municipality_key=municipality_key,
            timezone="America/Mexico_City",
            **more,
        )
        tx.add(event)
        tx.flush()
        tx.add_all(
            Attendance(event_id=event.id, official_id=one, position=place)
            for place, one in enumerate(attendees)
        )
        return event.id


def add_user(archive: Archive, login: str, role: Role = Role.VIEWER) -> int:
    with archive.transaction() as tx:
        user = User(login=login, name=login, role=role, session_mark="x")
        tx.add(user)
        tx.flush()
        return user.id


def add_asset(
    archive: Archive,
    *,
    events: Iterable[int] = (),
    appears: Iterable[int] = (),
    name: str | None = None,
    processing: Processing = Processing.READY,
    municipality_key: str | None = TOLUCA,
    taken_at: datetime | None = datetime(2026, 5, 1, 12),
    **more: Any,
) -> int:
    with archive.transaction() as tx:
        asset = Asset(
            **{
                "kind": Kind.PHOTO,
                "processing": processing,
                "municipality_key": municipality_key,
                "taken_at": taken_at,
                "width": 6000,
                "height": 4000,
                "keywords": [],
                "persons": [],
                **more,
            }
        )
        tx.add(asset)
        tx.flush()
        tx.add(
            Original(
                asset_id=asset.id, sha256=f"{asset.id:064x}", bytes=1, name=name or f"DSC_{asset.id:04}.JPG"
            )
        )
        for place, event_id in enumerate(events):
            tx.add(AssetEvent(asset_id=asset.id, event_id=event_id, number=asset.id, position=place))
        tx.add_all(Appearance(asset_id=asset.id, official_id=one) for one in appears)
        indexing.touch(tx, [asset.id])
        return asset.id


def drain(archive: Archive) -> None:
    while indexing.drain(archive):
        pass


def ids(archive: Archive, text: str = "", order: Order = Order.NEWEST, **filters: Any) -> list[int]:
    """What ``text`` finds, all of it on one page."""
    page = finding.find(archive, ANYBODY, Query(text, Filters(**filters), order))
    assert page.total == len(page.hits)
    return [hit.asset_id for hit in page.hits]
