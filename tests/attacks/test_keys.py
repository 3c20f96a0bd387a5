"""A program's key opens what it was made for, also on the way back."""

from dataclasses import replace

import pytest

from dam.archive import Archive
from dam.errors import Forbidden
from dam.models import Asset, Event, IngestItem, Role
from dam.services import accounts, describing, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts.tokens import ACTIONS_OF, Scope
from dam.services.ingest import rerouting, uploads
from tests.services.test_uploads import Sends


def test_a_key_that_only_describes_does_not_take_back_what_was_done_to_a_batch(
    archive: Archive, event: Event
) -> None:
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "foto", "Foto", Role.PHOTOGRAPHER)
        person = accounts.actor_of(tx, user)
        batch = ingest.open_batch(tx, person, event.id)
    arriving = uploads.start(archive, person, 3, {"batch": str(batch.id), "path": "a.jpg"})
    uploads.append(archive, person, arriving.token, 0, Sends(b"one"))
    with archive.transaction() as tx:
        change = rerouting.undo_batch(tx, person, batch.id)
    key = replace(person, only=frozenset(ACTIONS_OF[Scope.DESCRIBE]))
    with archive.transaction() as tx, pytest.raises(Forbidden):
        describing.undo(tx, key, change.id)
    with archive.transaction() as tx:
        asset_id = tx.get_one(IngestItem, arriving.item_id).asset_id
        assert tx.get_one(Asset, asset_id).deleted_at is not None
        describing.undo(tx, person, change.id)
        assert tx.get_one(Asset, asset_id).deleted_at is None
