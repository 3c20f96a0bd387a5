"""kill -9 in the middle of a batch loses nothing: every item ends within three minutes."""

import os
import signal
from pathlib import Path

import pytest

from dam.models import Outcome
from tests.faults import invariants
from tests.faults.conftest import PHOTOS
from tests.running import RunningArchive, eventually

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]


@pytest.fixture
def halfway(running, card, request):
    """The batch's id, at a moment when some of it is done and some is not."""
    before = invariants.picture_of(card)
    sent = running.dam("ingest", str(card), "--event", request.node.name, "--create")
    assert len(sent["files"]) == PHOTOS + 2
    batch_id = sent["batch_id"]
    eventually(lambda: 0 < invariants.unfinished(running.archive, batch_id) < PHOTOS, 60)
    yield batch_id
    assert invariants.picture_of(card) == before, "I7: the card was changed"


def everything_ends(running: RunningArchive, batch_id: int) -> None:
    eventually(lambda: invariants.unfinished(running.archive, batch_id) == 0, 180, 0.3)
    invariants.check(running.archive)
    outcomes = invariants.outcomes(running.archive, batch_id)
    assert outcomes == {Outcome.READY: PHOTOS + 1, Outcome.QUARANTINED: 1}


def test_doctor_finds_nothing_wrong_with_an_archive_that_runs(running):
    told = running.dam("doctor")
    assert told["well"] is True, [finding for finding in told["findings"] if finding["state"] == "wrong"]
    good = {finding["name"] for finding in told["findings"] if finding["state"] == "good"}
    assert {"running", "redis", "workers", "index", "database"} <= good


@pytest.mark.parametrize("name", ["indexer", "reconciler", "redis"])
def test_a_killed_part_comes_back_and_nothing_is_lost(running, halfway, name):
    killed = running.kill(name)
    eventually(lambda: running.came_back(name, killed), 60)
    everything_ends(running, halfway)


def test_a_queue_that_forgot_everything_is_filled_again(running, halfway):
    running.archive.queue.redis.flushall()
    everything_ends(running, halfway)
    eventually(lambda: running.archive.queue.workers() >= 2, 60)  # they are known again


def test_killed_workers_and_a_killed_darkroom_lose_nothing(running, halfway):
    os.kill(eventually(running.darkroom, 60, 0.01), signal.SIGKILL)
    killed = {name: running.kill(name) for name in ("photos-1", "any-1")}
    for name, pid in killed.items():
        eventually(lambda name=name, pid=pid: running.came_back(name, pid), 60)
    everything_ends(running, halfway)


def test_a_killed_supervisor_takes_its_parts_along_and_the_next_start_goes_on(running, halfway):
    parts = set(running.pids().values())
    running.kill_supervisor()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in parts), 20)
    running.start()
    everything_ends(running, halfway)


def test_stopping_in_the_middle_ends_soon_and_the_next_start_goes_on(running, halfway):
    parts = set(running.pids().values())
    assert running.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts)
    running.start()
    everything_ends(running, halfway)
