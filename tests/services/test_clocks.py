"""A camera whose clock was wrong."""

from datetime import date, datetime

import pytest

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import AuditEntry, Event, IngestBatch, Role
from dam.services import accounts, describing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import clocks
from tests.services.filed import asset, file, open_batch

SLOW = 3600 + 3 * 60
NIKON = {"camera_make": "NIKON CORPORATION", "camera_model": "NIKON Z 6", "serial": "6001"}
CAMERA = "NIKON CORPORATION · NIKON Z 6 · 6001"


@pytest.fixture
def batch(archive: Archive, event: Event) -> int:
    return open_batch(archive, event)


def correct(archive: Archive, batch: int, shift: int, camera: str = CAMERA) -> int:
    with archive.transaction() as tx:
        return clocks.correct(tx, LOCAL_ADMINISTRATOR, batch, camera, shift).id


def test_the_local_time_moves_and_what_the_file_says_stays(archive: Archive, batch: int) -> None:
    mine = file(archive, batch, captured_at="2026-05-01T23:10:00", **NIKON)
    other = file(archive, batch, captured_at="2026-05-01T18:00:00", camera_model="Pixel 9")
    correct(archive, batch, SLOW)
    assert asset(archive, mine).captured_at == datetime(2026, 5, 1, 23, 10)
    assert asset(archive, mine).taken_at == datetime(2026, 5, 2, 0, 13)
    assert asset(archive, other).taken_at == datetime(2026, 5, 1, 18, 0)


def test_the_effect_is_shown_and_nothing_changes(archive: Archive, batch: int) -> None:
    ids = [
        file(archive, batch, f"{n}.jpg", captured_at=f"2026-05-01T23:{n:02}:00", **NIKON) for n in range(9)
    ]
    with archive.reading() as tx:
        effect = clocks.preview(tx, LOCAL_ADMINISTRATOR, batch, CAMERA, SLOW)
    assert (effect.files, len(effect.rows)) == (9, clocks.SHOWN)
    assert (effect.rows[0].name, effect.rows[-1].name) == ("0.jpg", "8.jpg")
    assert effect.rows[0].after == datetime(2026, 5, 2, 0, 3)
    assert (effect.days_before, effect.days_after) == ((date(2026, 5, 1),), (date(2026, 5, 2),))
    assert asset(archive, ids[0]).taken_at == datetime(2026, 5, 1, 23, 0)


def test_it_is_undone_as_a_whole(archive: Archive, batch: int) -> None:
    mine = file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    change = correct(archive, batch, SLOW)
    with archive.transaction() as tx:
        describing.undo(tx, LOCAL_ADMINISTRATOR, change)
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 18, 0)
    assert asset(archive, mine).clock_shift is None
    with archive.reading() as tx:
        assert tx.get_one(IngestBatch, batch).clocks is None


def test_what_still_arrives_from_that_camera_follows(archive: Archive, batch: int) -> None:
    file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    correct(archive, batch, -SLOW)
    late = file(archive, batch, captured_at="2026-05-01T19:00:00", **NIKON)
    assert asset(archive, late).taken_at == datetime(2026, 5, 1, 17, 57)


def test_a_second_correction_takes_the_place_of_the_first(archive: Archive, batch: int) -> None:
    mine = file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    correct(archive, batch, SLOW)
    correct(archive, batch, 60)
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 18, 1)
    with pytest.raises(Conflict):
        correct(archive, batch, 60)
    correct(archive, batch, 0)
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 18, 0)


def test_a_clock_that_was_never_set_is_brought_to_its_day(archive: Archive, batch: int) -> None:
    mine = file(archive, batch, captured_at="2098-05-01T18:00:00", **NIKON)
    assert asset(archive, mine).taken_at is None
    correct(archive, batch, -int((datetime(2098, 5, 1) - datetime(2026, 5, 1)).total_seconds()))
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 18, 0)


def test_other_batches_keep_their_time(archive: Archive, event: Event, batch: int) -> None:
    file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    elsewhere = file(archive, open_batch(archive, event), captured_at="2026-05-01T18:00:00", **NIKON)
    correct(archive, batch, SLOW)
    assert asset(archive, elsewhere).taken_at == datetime(2026, 5, 1, 18, 0)


def test_it_is_written_into_the_custody_log(archive: Archive, batch: int) -> None:
    mine = file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    correct(archive, batch, SLOW)
    with archive.reading() as tx:
        told = {(entry.action, entry.subject_type, entry.subject_id) for entry in tx.query(AuditEntry)}
    assert {("batch.clock", "batch", batch), ("asset.clock", "asset", mine)} <= told


def test_who_does_not_steer_the_batch_does_not_correct_it(archive: Archive, batch: int) -> None:
    file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "foto", "Foto", Role.PHOTOGRAPHER)
        actor = accounts.actor_of(tx, user)
        with pytest.raises(Forbidden):
            clocks.correct(tx, actor, batch, CAMERA, SLOW)


def test_what_cannot_be_is_refused(archive: Archive, batch: int) -> None:
    file(archive, batch, captured_at="2026-05-01T18:00:00", **NIKON)
    with pytest.raises(NotFound):
        correct(archive, batch, 60, "Leica")
    with pytest.raises(Invalid):
        correct(archive, batch, clocks.MOST + 1)
