"""Events: made, changed, merged, and found by how people write them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Ambiguous, Conflict, Forbidden, Invalid, NotFound
from dam.models import (
    Asset,
    AssetEvent,
    AuditEntry,
    Event,
    EventKind,
    IndexTicket,
    IngestBatch,
    IngestItem,
    MunicipalitySource,
    Role,
)
from dam.services import events, officials
from dam.services.access import LOCAL_ADMINISTRATOR as ME
from dam.services.access import Actor
from tests import material

LIAISON = Actor(None, "Enlace", Role.LIAISON, frozenset({"15106"}))
Send = Callable[..., int]


def people(archive: Archive, *names: str) -> list[int]:
    with archive.transaction() as tx:
        return [officials.create_official(tx, ME, name).id for name in names]


def photo_of(archive: Archive, send: Send, tmp_path: Path, event: Event, seed: int) -> int:
    item = send(material.photo(tmp_path / f"{event.id}-{seed}.jpg", seed=seed), event)
    with archive.reading() as tx:
        return tx.get_one(IngestItem, item).asset_id


def test_an_event_keeps_what_was_said_of_it(archive: Archive) -> None:
    ana, beto = people(archive, "Ana Ruiz", "Beto Díaz")
    with archive.transaction() as tx:
        made = events.create_event(
            tx, ME, "  Mitin  de apertura ", kind="rally", starts_at=datetime(2026, 5, 1, 18, 40),
            municipality_key="15106", place="Plaza de los Mártires", official_ids=[beto, ana, beto],
        )  # fmt: skip
    with archive.reading() as tx:
        event = events.get_event(tx, made.id)
        assert (event.name, event.folded, event.kind) == (
            "Mitin de apertura",
            "mitin de apertura",
            EventKind.RALLY,
        )
        assert event.municipality.name == "Toluca"
        assert [one.id for one in event.attendees] == [beto, ana]
        assert event.day_only is False
        assert tx.scalars(select(AuditEntry.action)).all()[-1] == "event.create"


def test_midnight_alone_means_a_day(archive: Archive) -> None:
    with archive.transaction() as tx:
        assert events.create_event(tx, ME, "Gira", starts_at=datetime(2026, 5, 1)).day_only
        assert not events.create_event(
            tx, ME, "Vela", starts_at=datetime(2026, 5, 1), day_only=False
        ).day_only


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": "  "}, Invalid),
        ({"name": "x" * 241}, Invalid),
        ({"name": "A", "kind": "party"}, Invalid),
        ({"name": "A", "timezone": "Mars/Olympus"}, Invalid),
        ({"name": "A", "timezone": "../../etc/passwd"}, Invalid),
        ({"name": "A", "municipality_key": "99999"}, NotFound),
        ({"name": "A", "district_id": 5}, NotFound),
        ({"name": "A", "official_ids": [77]}, NotFound),
        ({"name": "A", "starts_at": datetime(2026, 5, 2), "ends_at": datetime(2026, 5, 1)}, Invalid),
        ({"name": "A", "starts_at": datetime(1202, 5, 2)}, Invalid),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(archive: Archive, fields: dict, refusal: type) -> None:
    with pytest.raises(refusal), archive.transaction() as tx:
        events.create_event(tx, ME, **fields)
    with archive.reading() as tx:
        assert tx.scalars(select(Event)).all() == []


def test_liaisons_work_on_events_of_their_own_territory_only(archive: Archive) -> None:
    with archive.transaction() as tx:
        own = events.create_event(tx, LIAISON, "Jornada", municipality_key="15106")
        other = events.create_event(tx, ME, "Ajeno", municipality_key="15054")
    for deed in (
        lambda tx: events.create_event(tx, LIAISON, "Otro", municipality_key="15054"),
        lambda tx: events.create_event(tx, LIAISON, "Sin lugar"),
        lambda tx: events.edit_event(tx, LIAISON, own.id, municipality_key="15054"),
        lambda tx: events.edit_event(tx, LIAISON, other.id, municipality_key="15106"),
        lambda tx: events.set_attendance(tx, LIAISON, other.id, []),
        lambda tx: events.merge_events(tx, LIAISON, own.id, [other.id]),
        lambda tx: events.delete_event(tx, LIAISON, own.id),
    ):
        with pytest.raises(Forbidden), archive.transaction() as tx:
            deed(tx)


def test_material_follows_its_event_to_another_municipality_unless_told_otherwise(
    archive: Archive, event: Event, send: Send, tmp_path: Path
) -> None:
    ids = [photo_of(archive, send, tmp_path, event, seed) for seed in (1, 2)]
    with archive.transaction() as tx:
        tx.get_one(Asset, ids[1]).municipality_source = MunicipalitySource.PERSON
    with archive.transaction() as tx:
        events.edit_event(tx, ME, event.id, municipality_key="15054")
    with archive.reading() as tx:
        placed = [tx.get_one(Asset, one).municipality_key for one in ids]
        assert placed == ["15054", "15106"]
        assert set(tx.scalars(select(IndexTicket.asset_id))) == set(ids)


def test_editing_leaves_alone_what_is_not_named(archive: Archive) -> None:
    (ana,) = people(archive, "Ana Ruiz")
    with archive.transaction() as tx:
        made = events.create_event(
            tx, ME, "Gira", starts_at=datetime(2026, 5, 1, 9), place="Centro", official_ids=[ana]
        )
    with archive.transaction() as tx:
        events.edit_event(tx, ME, made.id, name="Gira de trabajo")
    with archive.reading() as tx:
        event = events.get_event(tx, made.id)
        assert (event.name, event.place, event.starts_at) == (
            "Gira de trabajo",
            "Centro",
            datetime(2026, 5, 1, 9),
        )
        assert not event.day_only
        assert [one.id for one in event.attendees] == [ana]


def test_merging_moves_material_uploads_and_attendance(
    archive: Archive, event: Event, send: Send, tmp_path: Path
) -> None:
    ana, beto = people(archive, "Ana Ruiz", "Beto Díaz")
    with archive.transaction() as tx:
        twin = events.create_event(tx, ME, "Mitin Toluca", place="Plaza", official_ids=[ana, beto])
        events.set_attendance(tx, ME, event.id, [beto])
    first = photo_of(archive, send, tmp_path, event, 1)
    second = photo_of(archive, send, tmp_path, twin, 2)
    shared = photo_of(archive, send, tmp_path, twin, 3)
    with archive.transaction() as tx:  # in both: its primary event is the one that goes
        tx.add(AssetEvent(asset_id=shared, event_id=event.id, number=50, position=1))
        tx.get_one(Event, event.id).next_number = 51
    with archive.transaction() as tx:
        events.merge_events(tx, ME, event.id, [twin.id])
    with archive.reading() as tx:
        rows = tx.execute(
            select(AssetEvent.asset_id, AssetEvent.event_id, AssetEvent.number, AssetEvent.position)
        )
        assert set(rows) == {(first, event.id, 1, 0), (second, event.id, 51, 0), (shared, event.id, 50, 0)}
        assert set(tx.scalars(select(IngestBatch.event_id))) == {event.id}
        kept = events.get_event(tx, event.id)
        assert [one.id for one in kept.attendees] == [beto, ana]
        assert kept.place == "Plaza"
        assert kept.starts_at == datetime(2026, 5, 1, 18)
        assert tx.get(Event, twin.id) is None
        assert {first, second, shared} <= set(tx.scalars(select(IndexTicket.asset_id)))


def test_an_event_is_not_merged_with_itself_or_nothing(archive: Archive, event: Event) -> None:
    for gone in ([], [event.id]):
        with pytest.raises(Invalid), archive.transaction() as tx:
            events.merge_events(tx, ME, event.id, gone)


def test_only_an_empty_event_is_deleted(archive: Archive, event: Event, send: Send, tmp_path: Path) -> None:
    photo_of(archive, send, tmp_path, event, 1)
    with pytest.raises(Conflict), archive.transaction() as tx:
        events.delete_event(tx, ME, event.id)
    with archive.transaction() as tx:
        empty = events.create_event(
            tx, ME, "Por error", official_ids=[officials.create_official(tx, ME, "Ana").id]
        )
    with archive.transaction() as tx:
        events.delete_event(tx, ME, empty.id)
        assert tx.get(Event, empty.id) is None


def test_an_event_is_found_by_exact_name_id_and_day(archive: Archive) -> None:
    with archive.transaction() as tx:
        may = events.create_event(tx, ME, "Conferencia de prensa", starts_at=datetime(2026, 5, 1, 10))
        june = events.create_event(tx, ME, "Conferencia de Prensa", starts_at=datetime(2026, 6, 1, 23, 59))
        year = events.create_event(tx, ME, "2026")
    with archive.reading() as tx:
        assert events.find_event(tx, may.id).id == may.id
        assert events.find_event(tx, str(june.id)).id == june.id
        assert events.find_event(tx, "2026").id == year.id
        assert events.find_event(tx, "CONFERENCIA DE PRENSA", on=date(2026, 6, 1)).id == june.id
        with pytest.raises(Ambiguous) as several:
            events.find_event(tx, "conferencia de prensa")
        assert several.value.detail["candidates"] == [
            f"{june.id} Conferencia de Prensa (2026-06-01)",
            f"{may.id} Conferencia de prensa (2026-05-01)",
        ]
        with pytest.raises(NotFound) as near:
            events.find_event(tx, "prensa")
        assert len(near.value.detail["candidates"]) == 2
        for nobody in ("", "999999", "%", "conferencia de prensa nacional"):
            with pytest.raises(NotFound):
                events.find_event(tx, nobody)


def test_typing_ahead_gives_the_very_name_and_then_the_newest(archive: Archive) -> None:
    with archive.transaction() as tx:
        for name, day in (("Mitin en Ñandú", 1), ("Mitin", 2), ("Gran mitin nandu", 3), ("Otra cosa", 4)):
            events.create_event(tx, ME, name, starts_at=datetime(2026, 5, day))
    with archive.reading() as tx:
        assert [one.label for one in events.suggest_events(tx, "MITÍN")] == [
            "Mitin", "Mitin en Ñandú", "Gran mitin nandu",
        ]  # fmt: skip
        assert [one.label for one in events.suggest_events(tx, "ñan")] == [
            "Mitin en Ñandú",
            "Gran mitin nandu",
        ]
        assert [one.label for one in events.suggest_events(tx, "nan")] == [
            "Gran mitin nandu",
            "Mitin en Ñandú",
        ]
        assert events.suggest_events(tx, "m") == []
        assert events.suggest_events(tx, "_i") == []


def test_a_list_goes_newest_first_and_ends_with_those_without_a_date(archive: Archive) -> None:
    with archive.transaction() as tx:
        for day in (3, 1, None, 2, None, 2):
            when = datetime(2026, 5, day) if day else None
            events.create_event(
                tx, ME, "Gira", starts_at=when, municipality_key="15106" if day != 3 else None
            )
    days: list[int | None] = []
    after = None
    with archive.reading() as tx:
        while True:
            page = events.list_events(tx, after=after, limit=2)
            days += [one.starts_at and one.starts_at.day for one in page.rows]
            after = page.next
            if after is None:
                break
        assert days == [3, 2, 2, 1, None, None]
        assert len(events.list_events(tx, municipality_key="15106").rows) == 5
        with pytest.raises(Invalid):
            events.list_events(tx, after="no")
