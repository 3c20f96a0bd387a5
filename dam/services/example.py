"""An example event for an empty archive: pictures and a clip that nobody took, of people who do not exist."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import aliased

from dam.archive import Archive
from dam.db import Transaction
from dam.media import scenes
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Event,
    EventKind,
    IngestBatch,
    IngestItem,
    OfficeKind,
    Official,
)
from dam.services import audit, describing, events, ingest, offices, officials
from dam.services import bin as the_bin
from dam.services.access import Action, Actor, demand
from dam.services.describing import Description
from dam.services.renditions import originals

PICTURES = 8
NAME = "Evento de ejemplo: jornada en Toluca"
MUNICIPALITY = "15106"
BYLINE = "Imágenes generadas"
PEOPLE = (  # invented; whoever is called so is not meant
    ("Amapola Ríos Vidal", "Coordinadora de ejemplo"),
    ("Fermín Olvera Sosa", "Regidor de ejemplo"),
    ("Celia Zamudio Paz", "Diputada de ejemplo"),
)
CAPTIONS = {
    0: "Amanecer en la sierra, camino a la jornada. Imagen de ejemplo.",
    2: "Asistentes durante el mitin. Imagen de ejemplo.",
    3: "Papel picado en la plaza. Imagen de ejemplo.",
}


def example_event(tx: Transaction) -> Event | None:
    """The example, while there is one."""
    return tx.scalars(select(Event).where(Event.example).order_by(Event.id).limit(1)).first()


def make_example(archive: Archive, actor: Actor) -> int:
    """Make the example event and send its pictures the way of any upload. Answers the event's id.

    Once only: where there is an example its id is answered. Raises Forbidden, StoreFull, Unreadable
    (TOOL_MISSING).
    """
    demand(actor, Action.MERGE_CATALOGUE)
    with archive.reading() as tx:
        there = example_event(tx)
    if there is not None:
        return there.id
    start = (archive.clock().astimezone(archive.settings.zone) - timedelta(days=1)).replace(
        hour=18, minute=0, second=0, microsecond=0, tzinfo=None
    )
    with originals.folder(archive) as folder:
        files = list(_draw(archive, folder, start))
        with archive.transaction() as tx:
            event, people = _catalogue(archive, tx, actor, start)
            batch = ingest.open_batch(tx, actor, event.id, byline=BYLINE, credit=archive.settings.office_name)
        assets = [_send(archive, batch.id, file) for file in files]
    with archive.transaction() as tx:
        _describe(tx, actor, assets, people)
        audit.record(tx, actor, "example.make", ("event", event.id))
    return event.id


def remove_example(archive: Archive, actor: Actor) -> int:
    """Take the example away: its people and events at once, its material with the next emptying of the bin.

    Material that was put into another event as well stays there. Answers how many assets went.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    long_ago = archive.clock() - timedelta(days=archive.settings.bin_days, hours=1)
    with archive.transaction() as tx:
        ids = list(tx.scalars(select(Event.id).where(Event.example)))
        going = _only_in(tx, ids)
        if going:
            the_bin.to_bin(tx, actor, going)
            for asset in tx.scalars(select(Asset).where(Asset.id.in_(going))):
                asset.deleted_at = long_ago
        for event_id in ids:
            _forget_event(tx, event_id)
        _forget_people(tx)
        audit.record(tx, actor, "example.remove", events=ids, assets=len(going))
    return len(going)


def _draw(archive: Archive, folder: Path, start: datetime) -> Iterator[Path]:
    for number in range(PICTURES):
        path = folder / f"EJEMPLO_{number + 1:04}.JPG"
        scenes.write_photo(path, number, start + timedelta(minutes=7 * number))
        yield path
    clip = folder / f"EJEMPLO_{PICTURES + 1:04}.MP4"
    taken = (start + timedelta(minutes=25)).replace(tzinfo=archive.settings.zone)
    scenes.write_clip(clip, folder / "EJEMPLO_0003.JPG", (taken - taken.utcoffset()).replace(tzinfo=None))
    yield clip


def _catalogue(archive: Archive, tx: Transaction, actor: Actor, start: datetime) -> tuple[Event, list[int]]:
    people = []
    for name, title in PEOPLE:
        official = officials.create_official(tx, actor, name, example=True, namesake=True)
        offices.hold_office(tx, actor, official.id, title, kind=OfficeKind.PARTY)
        people.append(official.id)
    event = events.create_event(
        tx,
        actor,
        NAME,
        kind=EventKind.COMMUNITY,
        starts_at=start,
        day_only=False,
        timezone=archive.settings.timezone,
        municipality_key=MUNICIPALITY,
        place="Plaza de los Mártires",
        official_ids=people,
        example=True,
    )
    return event, people


def _send(archive: Archive, batch_id: int, file: Path) -> int | None:
    with archive.transaction() as tx:
        item = ingest.expect_item(tx, batch_id, file.name, bytes=file.stat().st_size)
    ingest.archive_item(archive, item.id, file)
    with archive.reading() as tx:
        return tx.get_one(IngestItem, item.id).asset_id


def _describe(tx: Transaction, actor: Actor, assets: list[int | None], people: list[int]) -> None:
    for number, asset_id in enumerate(assets):
        if asset_id is None:
            continue
        said: dict[str, object] = {"add_keywords": ("ejemplo",)}
        if number in CAPTIONS:
            said["caption"] = CAPTIONS[number]
        if number % 3 != 1:
            said["appears_add"] = (people[number % len(people)],)
        describing.describe(tx, actor, [asset_id], Description(**said))  # type: ignore[arg-type]


def _only_in(tx: Transaction, event_ids: list[int]) -> list[int]:
    """Assets that belong to these events and no other."""
    other = aliased(AssetEvent)
    elsewhere = select(other.asset_id).where(other.event_id.not_in(event_ids))
    inside = select(AssetEvent.asset_id).where(AssetEvent.event_id.in_(event_ids))
    return sorted(set(tx.scalars(inside.where(AssetEvent.asset_id.not_in(elsewhere)))))


def _forget_event(tx: Transaction, event_id: int) -> None:
    tx.execute(delete(AssetEvent).where(AssetEvent.event_id == event_id))
    batches = select(IngestBatch.id).where(IngestBatch.event_id == event_id)
    tx.execute(delete(IngestItem).where(IngestItem.batch_id.in_(batches)))
    tx.execute(delete(IngestBatch).where(IngestBatch.event_id == event_id))
    tx.expire_all()
    tx.delete(tx.get_one(Event, event_id))
    tx.flush()


def _forget_people(tx: Transaction) -> None:
    """The invented ones, also from material where somebody put them; not those who attend a real event."""
    for official in tx.scalars(select(Official).where(Official.example)).all():
        if not events.list_events(tx, official_id=official.id, limit=1).rows:
            tx.execute(delete(Appearance).where(Appearance.official_id == official.id))
            tx.delete(official)
    tx.flush()
