"""One account does not fill the table of uploads, and what it finished is not held against it."""

import pytest

from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import Event, Role
from dam.services import accounts, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import uploads
from tests.services.test_uploads import Sends


def test_an_account_opens_only_so_many_uploads_before_it_finishes_some(
    archive: Archive, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 3)
    with archive.transaction() as tx:
        people = [
            accounts.actor_of(tx, accounts.add_user(tx, LOCAL_ADMINISTRATOR, name, name, Role.PHOTOGRAPHER))
            for name in ("ana", "luis")
        ]
        ana, luis = people
        batch = {one: {"batch": str(ingest.open_batch(tx, one, event.id).id)} for one in people}
    opened = [uploads.start(archive, ana, 3, batch[ana] | {"path": f"{n}.jpg"}) for n in range(3)]
    with pytest.raises(Unavailable):
        uploads.start(archive, ana, 3, batch[ana] | {"path": "4.jpg"})
    uploads.start(archive, luis, 3, batch[luis] | {"path": "1.jpg"})
    uploads.append(archive, ana, opened[0].token, 0, Sends(b"one"))
    uploads.start(archive, ana, 3, batch[ana] | {"path": "4.jpg"})
