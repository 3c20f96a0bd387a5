"""The example event: made once, the way of any upload, and gone with one deed."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import Forbidden
from dam.models import (
    Appearance,
    Asset,
    Event,
    IngestBatch,
    IngestItem,
    Kind,
    Official,
    Original,
    Processing,
    Role,
)
from dam.services import bin as the_bin
from dam.services import events, example, finding, officials
from dam.services.access import LOCAL_ADMINISTRATOR as ME
from dam.services.access import Actor
from dam.services.finding import Filters, Query
from tests import material


def count(archive: Archive, table: type) -> int:
    with archive.reading() as tx:
        return tx.scalar(select(func.count()).select_from(table)) or 0


def test_the_example_is_made_once_and_found_like_anything_else(
    archive: Archive, work: Callable[[], None]
) -> None:
    event_id = example.make_example(archive, ME)
    work()
    assert example.make_example(archive, ME) == event_id
    with archive.reading() as tx:
        event = events.get_event(tx, event_id)
        assert event.example
        assert event.municipality_key == "15106"
        assert len(event.attendees) == 3
        assets = tx.scalars(select(Asset)).all()
        assert [asset.processing for asset in assets] == [Processing.READY] * 9
        assert [asset.kind for asset in assets].count(Kind.VIDEO) == 1
        assert all(asset.taken_at.date() == event.starts_at.date() for asset in assets)
        assert all("ejemplo" in asset.keywords for asset in assets)
        first = event.attendees[0].id
    shown = finding.find(archive, ME, Query(filters=Filters(official_ids=(first,))))
    assert shown.total == 9
    assert shown.split == 3


def test_the_example_goes_whole_and_leaves_what_is_real(
    archive: Archive, event: Event, send: Callable[..., int], work: Callable[[], None], tmp_path
) -> None:
    real = send(material.photo(tmp_path / "real.jpg"), event)
    example.make_example(archive, ME)
    work()
    assert example.remove_example(archive, ME) == 9
    work()
    assert finding.find(archive, ME, Query()).total == 1
    assert the_bin.empty(archive) == 9
    with archive.reading() as tx:
        assert [one.id for one in tx.scalars(select(Event))] == [event.id]
        assert tx.get_one(IngestItem, real).asset_id == tx.scalars(select(Asset.id)).one()
    assert (count(archive, Official), count(archive, Appearance), count(archive, Original)) == (0, 0, 1)
    assert count(archive, IngestBatch) == 1
    assert len(list(archive.originals.keys())) == 1


def test_an_invented_person_put_into_a_real_event_stays_until_taken_out(
    archive: Archive, event: Event
) -> None:
    with archive.transaction() as tx:
        person = officials.create_official(tx, ME, "Amapola Ríos", example=True)
        events.set_attendance(tx, ME, event.id, [person.id])
    example.remove_example(archive, ME)
    assert count(archive, Official) == 1


def test_the_example_is_for_the_heads(archive: Archive) -> None:
    for deed in (example.make_example, example.remove_example):
        with pytest.raises(Forbidden):
            deed(archive, Actor(None, "Eva", Role.PHOTOGRAPHER))
