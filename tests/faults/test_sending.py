"""A card sent over HTTP while web is killed under it: what was acknowledged is there, the rest goes on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from dam.models import Outcome
from dam.services import accounts, events, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from tests.faults import invariants
from tests.faults.conftest import PHOTOS
from tests.running import RunningArchive, eventually
from tests.web.serving import person

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]


def open_batch(running: RunningArchive) -> tuple[int, dict[str, str]]:
    user, key = person(running.archive, "tarjeta")
    with running.archive.transaction() as tx:
        event = events.create_event(tx, LOCAL_ADMINISTRATOR, "Web killed under a card")
        batch = ingest.open_batch(tx, accounts.actor_of(tx, user), event.id)
    return batch.id, {"Authorization": f"Bearer {key}"}


def send(address: str, headers: dict[str, str], batch_id: int, file: Path) -> None:
    """As the browser does: after each cut, ask where the upload stands and go on from there."""
    uploader = None
    for _ in range(60):
        try:
            if uploader is None:
                metadata = {"batch": str(batch_id), "filename": file.name}
                client = TusClient(f"{address}/tus/", headers=headers)
                uploader = client.uploader(str(file), chunk_size=400_000, metadata=metadata)
            elif uploader.url:
                uploader.offset = uploader.get_offset()
            uploader.upload()
            return
        except (TusCommunicationError, requests.RequestException, OSError):
            eventually(lambda: requests.get(f"{address}/healthz", timeout=30).ok, 60)
    raise AssertionError(f"{file.name} could not be sent")


def test_web_killed_twice_under_a_card_that_is_being_sent_loses_nothing(running, card):
    batch_id, headers = open_batch(running)
    address = running.settings.address
    with ThreadPoolExecutor(3) as senders:
        sent = [senders.submit(send, address, headers, batch_id, file) for file in sorted(card.iterdir())]
        for share in (5, 15):
            eventually(lambda share=share: sum(one.done() for one in sent) >= share, 120)
            killed = running.kill("web")
            eventually(lambda killed=killed: running.came_back("web", killed), 60)
        for one in sent:
            one.result(timeout=240)
    eventually(lambda: invariants.unfinished(running.archive, batch_id) == 0, 180, 0.3)
    invariants.check(running.archive)
    outcomes = invariants.outcomes(running.archive, batch_id)
    assert outcomes[Outcome.READY] >= PHOTOS + 1
    assert outcomes[Outcome.QUARANTINED] >= 1
    assert set(outcomes) <= {Outcome.READY, Outcome.QUARANTINED, Outcome.DUPLICATE}
