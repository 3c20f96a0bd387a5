"""Whoever has a copy of a file gains nothing over the archive's own: no sight, no place, no approval."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound
from dam.models import Asset, AssetEvent, Event, IngestItem, Processing, Review, Role
from dam.models.columns import now
from dam.services import accounts, describing, events, ingest, showing
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, can
from dam.services.ingest import rerouting, uploads
from dam.services.showing import histories
from tests.services.test_uploads import Sends

TOLUCA, METEPEC, LERMA = "15106", "15054", "15051"


@pytest.fixture
def person(archive: Archive) -> Callable[..., Actor]:
    def _make(role: Role, *municipalities: str) -> Actor:
        with archive.transaction() as tx:
            user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, f"who-{role}", f"Persona {role}", role)
            if municipalities:
                accounts.set_territory(tx, LOCAL_ADMINISTRATOR, user, municipalities=municipalities)
            return accounts.actor_of(tx, user)

    return _make


@pytest.fixture
def at(archive: Archive) -> Callable[[str], Event]:
    def _make(municipality: str) -> Event:
        with archive.transaction() as tx:
            return events.create_event(
                tx, LOCAL_ADMINISTRATOR, f"Reunión {municipality}", municipality_key=municipality
            )

    return _make


@pytest.fixture
def bring(archive: Archive) -> Callable[..., tuple[int, int]]:
    """Send bytes in a new batch: (batch, asset)."""

    def _bring(actor: Actor, event: Event, content: bytes = b"the same bytes") -> tuple[int, int]:
        with archive.transaction() as tx:
            batch = ingest.open_batch(tx, actor, event.id)
        meta = {"batch": str(batch.id), "path": "a.jpg"}
        arriving = uploads.start(archive, actor, len(content), meta)
        uploads.append(archive, actor, arriving.token, 0, Sends(content))
        with archive.reading() as tx:
            found = tx.scalars(select(IngestItem.asset_id).where(IngestItem.batch_id == batch.id)).one()
        return batch.id, found

    return _bring


def _asset(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        found = tx.get_one(Asset, asset_id)
        tx.expunge(found)
        return found


def test_a_liaison_who_moves_a_batch_does_not_take_other_people_s_material_into_their_territory(
    archive: Archive, person, at, bring
) -> None:
    owner, liaison = person(Role.PHOTOGRAPHER), person(Role.LIAISON, METEPEC, LERMA)
    _, asset_id = bring(owner, at(TOLUCA))
    batch_id, same = bring(liaison, at(METEPEC))
    assert same == asset_id
    there = at(LERMA).id
    with archive.transaction() as tx:
        rerouting.move_batch(tx, liaison, batch_id, there)
    assert _asset(archive, asset_id).municipality_key == TOLUCA
    assert not can(liaison, Action.SEE, _asset(archive, asset_id))
    with archive.reading() as tx, pytest.raises(NotFound):
        showing.show(tx, liaison, asset_id)


def test_a_batch_moved_by_its_sender_still_takes_along_the_place_of_what_it_brought(
    archive: Archive, person, at, bring
) -> None:
    liaison = person(Role.LIAISON, METEPEC, LERMA)
    batch_id, asset_id = bring(liaison, at(METEPEC))
    there = at(LERMA).id
    with archive.transaction() as tx:
        rerouting.move_batch(tx, liaison, batch_id, there)
    assert _asset(archive, asset_id).municipality_key == LERMA


@pytest.mark.parametrize("role", [Role.LIAISON, Role.PHOTOGRAPHER, Role.EDITOR])
def test_what_a_coordinator_withdrew_does_not_come_back_approved_because_somebody_sends_a_copy(
    archive: Archive, person, at, bring, role: Role
) -> None:
    event = at(METEPEC)
    _, asset_id = bring(LOCAL_ADMINISTRATOR, event)
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.review, asset.deleted_at = Review.APPROVED, now()
    sender = person(role, METEPEC) if role == Role.LIAISON else person(role)
    bring(sender, event)
    again = _asset(archive, asset_id)
    assert again.deleted_at is not None or again.review != Review.APPROVED


def test_what_comes_back_from_the_bin_because_it_was_sent_again_is_in_the_custody_log(
    archive: Archive, person, at, bring
) -> None:
    from dam.services import audit

    event = at(METEPEC)
    _, asset_id = bring(LOCAL_ADMINISTRATOR, event)
    with archive.transaction() as tx:
        tx.get_one(Asset, asset_id).deleted_at = now()
    sender = person(Role.PHOTOGRAPHER)
    bring(sender, event)
    with archive.reading() as tx:
        newest = audit.newest(tx, LOCAL_ADMINISTRATOR, subject=("asset", asset_id))
    assert (newest[0].actor, newest[0].action) == (sender.name, "asset.restore")


def test_a_file_is_never_dropped_unread_because_its_sender_says_so_in_its_metadata(
    archive: Archive, person, at
) -> None:
    sender = person(Role.PHOTOGRAPHER)
    event_id = at(METEPEC).id
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, sender, event_id)
    meta = {"batch": str(batch.id), "path": "a.jpg", "claimed": "yes"}
    first, second = (uploads.start(archive, sender, 3, meta) for _ in range(2))
    uploads.append(archive, sender, first.token, 0, Sends(b"one"))
    uploads.append(archive, sender, second.token, 0, Sends(b"two"))
    with archive.reading() as tx:
        found = tx.scalars(select(IngestItem.asset_id).where(IngestItem.batch_id == batch.id)).all()
    assert len(set(found)) == 2 and None not in found


@pytest.mark.parametrize("way", ["move", "undo"])
def test_a_copy_sent_into_an_event_takes_nothing_out_of_it(archive, person, at, bring, way: str) -> None:
    first, meant = at(METEPEC), at(TOLUCA)
    editor, liaison = person(Role.EDITOR), person(Role.LIAISON, TOLUCA)
    _batch, asset_id = bring(editor, first)
    with archive.transaction() as tx:
        describing.describe(tx, editor, [asset_id], describing.Description(event_id=meant.id))
    batch, same = bring(liaison, meant)
    assert same == asset_id
    with archive.transaction() as tx:
        if way == "move":
            rerouting.move_batch(tx, liaison, batch, _another(tx, meant).id)
        else:
            rerouting.undo_batch(tx, liaison, batch)
    with archive.reading() as tx:
        placed = tx.scalars(select(AssetEvent.event_id).where(AssetEvent.asset_id == asset_id)).all()
    assert meant.id in placed


def _another(tx: Transaction, like: Event) -> Event:
    return events.create_event(tx, LOCAL_ADMINISTRATOR, "Otra", municipality_key=like.municipality_key)


def test_who_sees_approved_material_from_elsewhere_learns_nothing_of_its_origins(
    archive: Archive, person, at, bring
) -> None:
    editor, liaison = person(Role.EDITOR), person(Role.LIAISON, LERMA)
    _, asset_id = bring(editor, at(TOLUCA))
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.processing, asset.review = Processing.READY, Review.APPROVED
        asset.latitude, asset.longitude = 19.29, -99.65
    with archive.reading() as tx:
        told = showing.show(tx, liaison, asset_id)
        assert (told["originals"], told["latitude"], told["longitude"]) == ([], None, None)
        assert histories.history(tx, liaison, tx.get_one(Asset, asset_id)) == []
        whole = showing.show(tx, editor, asset_id)
        assert whole["originals"] and whole["latitude"] == 19.29
        assert histories.history(tx, editor, tx.get_one(Asset, asset_id))
