"""A batch sent to the wrong event."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, NotFound
from dam.models import (
    Asset,
    AssetEvent,
    Event,
    IngestBatch,
    IngestItem,
    MunicipalitySource,
    Outcome,
    Role,
    Upload,
)
from dam.services import accounts, describing, events, ingest
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.ingest import rerouting, uploads
from tests.services.test_uploads import Sends


@pytest.fixture
def other(archive: Archive) -> Event:
    """A meeting in Metepec."""
    with archive.transaction() as tx:
        return events.create_event(tx, LOCAL_ADMINISTRATOR, "Reunión en Metepec", municipality_key="15054")


@pytest.fixture
def photographer(archive: Archive) -> Actor:
    return person(archive, "foto", Role.PHOTOGRAPHER)


def person(archive: Archive, login: str, role: Role) -> Actor:
    with archive.transaction() as tx:
        return accounts.actor_of(tx, accounts.add_user(tx, LOCAL_ADMINISTRATOR, login, login, role))


@pytest.fixture
def bring(archive: Archive) -> Callable[..., int]:
    """``bring(actor, event, "one", "two")`` sends these files in a new batch; answers its id."""

    def _bring(actor: Actor, event: Event, *files: str) -> int:
        with archive.transaction() as tx:
            batch = ingest.open_batch(tx, actor, event.id)
        for name in files:
            meta = {"batch": str(batch.id), "path": f"{name}.jpg"}
            arriving = uploads.start(archive, actor, len(name), meta)
            uploads.append(archive, actor, arriving.token, 0, Sends(name.encode()))
        return batch.id

    return _bring


def asset(archive: Archive, name: str) -> Asset:
    with archive.reading() as tx:
        asset_id = tx.scalars(select(IngestItem.asset_id).where(IngestItem.path == f"{name}.jpg")).first()
        found = tx.get_one(Asset, asset_id)
        tx.expunge(found)
        return found


def placed(archive: Archive, name: str) -> list[tuple[int, int]]:
    """(event, position) of an asset, primary first."""
    with archive.reading() as tx:
        rows = tx.execute(
            select(AssetEvent.event_id, AssetEvent.position)
            .where(AssetEvent.asset_id == asset(archive, name).id)
            .order_by(AssetEvent.position)
        )
        return [tuple(row) for row in rows]


def event_of(archive: Archive, batch_id: int) -> int:
    with archive.reading() as tx:
        return tx.get_one(IngestBatch, batch_id).event_id


def move(archive: Archive, actor: Actor, batch_id: int, event: Event) -> int:
    with archive.transaction() as tx:
        return rerouting.move_batch(tx, actor, batch_id, event.id).id


def end(archive: Archive, actor: Actor, batch_id: int) -> int:
    with archive.transaction() as tx:
        return rerouting.undo_batch(tx, actor, batch_id).id


def take_back(archive: Archive, actor: Actor, change_id: int) -> None:
    with archive.transaction() as tx:
        describing.undo(tx, actor, change_id)


def test_a_moved_batch_is_in_the_other_event_with_its_municipality(
    archive, event, other, bring, photographer
):
    batch = bring(photographer, event, "one", "two")
    move(archive, photographer, batch, other)
    assert placed(archive, "one") == [(other.id, 0)]
    assert asset(archive, "two").municipality_key == "15054"
    assert event_of(archive, batch) == other.id


def test_a_move_taken_back_leaves_everything_as_it_was(archive, event, other, bring, photographer):
    batch = bring(photographer, event, "one", "two")
    with archive.reading() as tx:
        numbers = tx.execute(select(AssetEvent.asset_id, AssetEvent.number)).all()
    change = move(archive, photographer, batch, other)
    take_back(archive, photographer, change)
    with archive.reading() as tx:
        assert tx.execute(select(AssetEvent.asset_id, AssetEvent.number)).all() == numbers
    assert placed(archive, "one") == [(event.id, 0)]
    assert asset(archive, "one").municipality_key == "15106"
    assert event_of(archive, batch) == event.id


def test_a_number_is_never_given_to_another_photo(archive, event, other, bring, photographer):
    batch = bring(photographer, event, "one", "two")
    change = move(archive, photographer, batch, other)
    bring(photographer, event, "three")
    take_back(archive, photographer, change)
    with archive.reading() as tx:
        numbers = tx.scalars(select(AssetEvent.number).where(AssetEvent.event_id == event.id)).all()
    assert sorted(numbers) == [1, 2, 3]


def test_what_a_person_said_about_the_place_stays(archive, event, other, bring, photographer):
    batch = bring(photographer, event, "one")
    with archive.transaction() as tx:
        one = tx.get_one(Asset, asset(archive, "one").id)
        one.municipality_key, one.municipality_source = "15025", MunicipalitySource.PERSON
    move(archive, photographer, batch, other)
    assert asset(archive, "one").municipality_key == "15025"


def test_what_another_batch_brought_to_the_event_stays_there_too(archive, event, other, bring, photographer):
    bring(photographer, event, "shared")
    batch = bring(photographer, event, "shared", "mine")
    move(archive, photographer, batch, other)
    assert placed(archive, "shared") == [(event.id, 0), (other.id, 1)]
    assert placed(archive, "mine") == [(other.id, 0)]


def test_files_still_on_their_way_arrive_in_the_new_event(archive, event, other, bring, photographer):
    batch = bring(photographer, event)
    arriving = uploads.start(archive, photographer, 4, {"batch": str(batch), "path": "late.jpg"})
    move(archive, photographer, batch, other)
    uploads.append(archive, photographer, arriving.token, 0, Sends(b"late"))
    assert placed(archive, "late") == [(other.id, 0)]


def test_moving_to_where_it_is_or_to_nowhere_is_refused(archive, event, other, bring, photographer):
    batch = bring(photographer, event, "one")
    with pytest.raises(Conflict):
        move(archive, photographer, batch, event)
    with pytest.raises(NotFound), archive.transaction() as tx:
        rerouting.move_batch(tx, photographer, batch, 999)


def test_only_who_opened_it_or_a_coordinator_moves_or_undoes_a_batch(
    archive, event, other, bring, photographer
):
    batch = bring(photographer, event, "one")
    stranger = person(archive, "otra", Role.PHOTOGRAPHER)
    for act in (lambda: move(archive, stranger, batch, other), lambda: end(archive, stranger, batch)):
        with pytest.raises(Forbidden):
            act()
    move(archive, person(archive, "jefa", Role.COORDINATOR), batch, other)


def test_a_liaison_moves_nothing_out_of_its_territory(archive, event, other, bring):
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "enlace", "Enlace", Role.LIAISON)
        accounts.set_territory(tx, LOCAL_ADMINISTRATOR, user, municipalities=["15106"])
        liaison = accounts.actor_of(tx, user)
    batch = bring(liaison, event, "one")
    with pytest.raises(Forbidden):
        move(archive, liaison, batch, other)


def test_an_undone_batch_is_in_the_bin_and_comes_back(archive, event, bring, photographer):
    batch = bring(photographer, event, "one", "two")
    change = end(archive, photographer, batch)
    assert asset(archive, "one").deleted_at and asset(archive, "two").deleted_at
    with pytest.raises(Conflict):
        end(archive, photographer, batch)
    take_back(archive, photographer, change)
    assert asset(archive, "one").deleted_at is None
    assert placed(archive, "one") == [(event.id, 0)]
    with archive.reading() as tx:
        assert tx.get_one(IngestBatch, batch).undone_at is None


def test_undoing_a_batch_bins_nothing_that_others_brought(archive, event, other, bring, photographer):
    colleague = person(archive, "otra", Role.PHOTOGRAPHER)
    bring(colleague, event, "shared")
    batch = bring(photographer, other, "shared", "mine")
    assert placed(archive, "shared") == [(event.id, 0), (other.id, 1)]
    change = end(archive, photographer, batch)
    assert asset(archive, "shared").deleted_at is None
    assert placed(archive, "shared") == [(event.id, 0)]
    assert asset(archive, "mine").deleted_at
    take_back(archive, photographer, change)
    assert placed(archive, "shared") == [(event.id, 0), (other.id, 1)]
    assert asset(archive, "mine").deleted_at is None


def test_undoing_a_batch_ends_what_is_still_on_its_way(archive, event, bring, photographer):
    batch = bring(photographer, event, "one")
    arriving = uploads.start(archive, photographer, 4, {"batch": str(batch), "path": "late.jpg"})
    end(archive, photographer, batch)
    with pytest.raises(NotFound):
        uploads.append(archive, photographer, arriving.token, 0, Sends(b"late"))
    with archive.reading() as tx:
        assert tx.scalars(select(Upload).where(Upload.finished_at.is_(None))).all() == []
        late = tx.scalars(select(IngestItem).where(IngestItem.path == "late.jpg")).one()
        assert late.outcome == Outcome.FAILED
