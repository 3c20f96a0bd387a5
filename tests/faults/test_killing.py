"""kill -9 in the middle of a batch loses nothing: every item ends within three minutes."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from dam.models import Outcome
from tests import material
from tests.faults import invariants
from tests.faults.running import RunningArchive, eventually

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

PHOTOS = 30


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    archive = RunningArchive(tmp_path_factory.mktemp("faults"))
    try:
        archive.start()
        yield archive
    finally:
        archive.close()


@pytest.fixture(scope="module")
def negatives(tmp_path_factory) -> Path:
    """Large enough to keep two workers busy for some seconds."""
    folder = tmp_path_factory.mktemp("negatives")
    for seed in range(3):
        material.photo(folder / f"{seed}.jpg", size=(4000, 3000), seed=seed)
    material.clip(folder / "clip.mp4", seconds=8, size="1280x720")
    return folder


@pytest.fixture
def card(tmp_path, negatives, request) -> Path:
    """Thirty photos, a clip and a torn file that no other test sends: each ends in bytes of its own."""
    folder = tmp_path / "DCIM"
    folder.mkdir()
    mark = request.node.name.encode()
    for number in range(PHOTOS):
        copy = shutil.copyfile(negatives / f"{number % 3}.jpg", folder / f"IMG_{number:04}.jpg")
        with copy.open("ab") as end:
            end.write(b"%s %d" % (mark, number))
    with shutil.copyfile(negatives / "clip.mp4", folder / "CLIP_0001.mp4").open("ab") as end:
        end.write(len(mark + b"12345678").to_bytes(4, "big") + b"free" + mark)  # an empty box at the end
    (folder / "IMG_9999.jpg").write_bytes((negatives / "0.jpg").read_bytes()[:500] + mark)
    return folder


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


@pytest.mark.parametrize("name", ["web", "indexer", "reconciler", "redis"])
def test_a_killed_part_comes_back_and_nothing_is_lost(running, halfway, name):
    killed = running.kill(name)
    eventually(lambda: running.came_back(name, killed), 60)
    everything_ends(running, halfway)


def test_killed_workers_and_a_killed_work_horse_lose_nothing(running, halfway):
    horse = eventually(running.work_horse, 60, 0.01)
    os.kill(horse, signal.SIGKILL)
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
