"""Uploads without a socket: faults between two steps, and what the reconciler does about them."""

import errno
import hashlib
import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, StoreFull
from dam.models import Asset, Event, IngestItem, Original, Outcome, Processing, Role, Upload
from dam.services import ingest
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.ingest import batches, partials, receiving, upload_upkeep, uploads


class Sends:
    """A sender in memory that may be cut after its bytes."""

    def __init__(self, data: bytes, cut: bool = False) -> None:
        self.data, self.cut = data, cut

    def read(self, size: int) -> bytes:
        if self.cut and not self.data:
            raise uploads.Cut("gone")
        piece, self.data = self.data[:size], self.data[size:]
        return piece


@pytest.fixture
def begin(archive: Archive, event: Event) -> Callable[..., str]:
    """Announce a file of a new batch; answers its token."""

    def _begin(length: int, path: str = "IMG_0001.JPG") -> str:
        with archive.transaction() as tx:
            batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
        return uploads.start(
            archive, LOCAL_ADMINISTRATOR, length, {"batch": str(batch.id), "path": path}
        ).token

    return _begin


def put(archive: Archive, token: str, offset: int, data: bytes, **how) -> uploads.Arriving:
    return uploads.append(archive, LOCAL_ADMINISTRATOR, token, offset, Sends(data), **how)


def outcome(archive: Archive) -> tuple[Outcome, str | None]:
    with archive.reading() as tx:
        return tuple(tx.execute(select(IngestItem.outcome, IngestItem.reason_code)).one())


def digests(archive: Archive) -> list[str]:
    with archive.reading() as tx:
        return list(tx.scalars(select(Original.sha256)))


def test_a_full_disk_refuses_the_piece_and_keeps_what_was_counted(archive, begin, monkeypatch):
    token = begin(200_000)
    put(archive, token, 0, b"a" * 100_000)
    real, calls = os.write, []

    def fills_up(descriptor: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(partials.os, "write", fills_up)
    with pytest.raises(StoreFull):
        put(archive, token, 100_000, b"b" * 100_000)
    monkeypatch.undo()
    offset = uploads.find(archive, LOCAL_ADMINISTRATOR, token).offset
    assert offset == 100_000 + calls[0]
    put(archive, token, offset, b"b" * (200_000 - offset))
    assert digests(archive) == [hashlib.sha256(b"a" * 100_000 + b"b" * 100_000).hexdigest()]


def test_a_file_that_has_no_room_is_refused_before_it_is_sent(archive, begin, monkeypatch):
    usage = uploads.shutil.disk_usage(archive.settings.uploads_dir)._replace(free=uploads.ROOM)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(StoreFull):
        begin(1)


def test_what_others_announced_needs_its_room_too(archive, begin, monkeypatch):
    usage = uploads.shutil.disk_usage(archive.settings.uploads_dir)._replace(free=uploads.ROOM + 1000)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage)
    first = begin(800)
    with pytest.raises(StoreFull):
        begin(300)
    uploads.cancel(archive, LOCAL_ADMINISTRATOR, first)
    assert begin(300), "who gives up gives the room back"


def test_a_store_that_fills_up_at_the_last_step_loses_nothing(archive, begin, monkeypatch):
    token = begin(3)

    def full(*_args, **_more):
        raise StoreFull("full")

    monkeypatch.setattr(receiving, "archive_item", full)
    with pytest.raises(StoreFull):
        put(archive, token, 0, b"abc")
    monkeypatch.undo()
    assert outcome(archive) == (Outcome.SENDING, None)
    assert upload_upkeep.finish_stranded(archive) == 1
    assert outcome(archive) == (Outcome.RECEIVED, None)
    assert upload_upkeep.finish_stranded(archive) == 0


class PowerCut(BaseException):
    """Not an error anybody could handle."""


@pytest.mark.parametrize("step", ["archive_item", "settle", "unlink"])
def test_a_power_cut_between_the_last_byte_and_the_answer_is_made_good(archive, begin, monkeypatch, step):
    token = begin(3)
    with monkeypatch.context() as broken:
        if step == "archive_item":  # nothing of it happened
            broken.setattr(receiving, "archive_item", _cut)
        elif step == "settle":  # the store has the bytes, the rows do not know
            broken.setattr(receiving, "_enter", _cut)
        else:  # the rows know, the upload does not
            real = receiving.archive_item
            broken.setattr(receiving, "archive_item", lambda *given: (real(*given), _cut()))
        with pytest.raises(PowerCut):
            put(archive, token, 0, b"abc")
    arriving = uploads.find(
        archive, LOCAL_ADMINISTRATOR, token
    )  # as a client asks that never heard the answer
    assert (arriving.finished, arriving.offset) == (True, 3)
    assert digests(archive) == [hashlib.sha256(b"abc").hexdigest()]
    assert outcome(archive) == (Outcome.RECEIVED, None)
    assert list(archive.settings.uploads_dir.glob("*.part")) == []


def _cut(*_args, **_more):
    raise PowerCut


def test_bytes_on_the_disk_that_nobody_counted_are_not_believed(archive, begin):
    token = begin(6)
    put(archive, token, 0, b"abc")
    with uploads.file_of(archive, token).open("ab") as handle:
        handle.write(b"???")  # written, not synced, not counted: then the machine died
    put(archive, token, 3, b"def")
    assert digests(archive) == [hashlib.sha256(b"abcdef").hexdigest()]


def test_a_partial_file_that_vanished_is_sent_again_from_the_start(archive, begin):
    token = begin(6)
    put(archive, token, 0, b"abc")
    uploads.file_of(archive, token).unlink()
    with pytest.raises(uploads.OffsetMismatch) as refused:
        put(archive, token, 3, b"def")
    assert refused.value.detail["offset"] == 0
    put(archive, token, 0, b"abcdef")
    assert digests(archive) == [hashlib.sha256(b"abcdef").hexdigest()]


def test_a_cut_in_a_piece_with_a_checksum_counts_nothing_of_it(archive, begin):
    token = begin(6)
    right = ("sha256", hashlib.sha256(b"abcdef").digest())
    with pytest.raises(uploads.Cut):
        uploads.append(archive, LOCAL_ADMINISTRATOR, token, 0, Sends(b"abc", cut=True), checksum=right)
    assert uploads.find(archive, LOCAL_ADMINISTRATOR, token).offset == 0


def test_an_upload_nobody_continues_expires_with_a_reason(archive, begin):
    token = begin(6)
    put(archive, token, 0, b"abc")
    with archive.transaction() as tx:
        tx.scalars(select(Upload)).one().expires_at = archive.clock() - timedelta(seconds=1)
    with pytest.raises(uploads.Gone):
        uploads.find(archive, LOCAL_ADMINISTRATOR, token)
    assert upload_upkeep.expire(archive) == 1
    assert outcome(archive) == (Outcome.FAILED, "upload_expired")
    assert not uploads.file_of(archive, token).exists()
    with archive.reading() as tx:
        assert tx.scalars(select(Upload)).all() == []


def test_an_upload_being_written_to_does_not_expire_under_its_sender(archive, begin):
    token = begin(6)
    with archive.transaction() as tx:
        tx.scalars(select(Upload)).one().expires_at = archive.clock() - timedelta(seconds=1)
    with partials.held(uploads.file_of(archive, token)):
        assert upload_upkeep.expire(archive) == 0
    assert outcome(archive) == (Outcome.SENDING, None)


def test_partial_files_without_a_row_stay_for_a_week_and_no_longer(archive, begin):
    named, young, old = begin(6), "young", "old"
    put(archive, named, 0, b"abc")
    for token in (young, old):
        uploads.file_of(archive, token).write_bytes(b"x")
    for token in (named, old):
        os.utime(uploads.file_of(archive, token), (0, 0))
    assert upload_upkeep.sweep(archive) == 1
    assert sorted(path.stem for path in archive.settings.uploads_dir.glob("*.part")) == sorted([named, young])


def test_an_expired_file_can_be_announced_again(archive, event, begin):
    token = begin(6)
    with archive.transaction() as tx:
        tx.scalars(select(Upload)).one().expires_at = archive.clock() - timedelta(seconds=1)
        batch_id = tx.scalars(select(IngestItem.batch_id)).one()
    upload_upkeep.expire(archive)
    token = uploads.start(
        archive, LOCAL_ADMINISTRATOR, 6, {"batch": str(batch_id), "path": "IMG_0001.JPG"}
    ).token
    assert outcome(archive) == (Outcome.SENDING, None)
    put(archive, token, 0, b"abcdef")
    assert outcome(archive) == (Outcome.RECEIVED, None)


def test_a_liaison_sends_only_to_events_of_its_territory(archive, event):
    liaison = Actor(None, "Enlace", Role.LIAISON, frozenset({"15106"}))
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, liaison, event.id)
    elsewhere = Actor(None, "Enlace", Role.LIAISON, frozenset({"15025"}))
    meta = {"batch": str(batch.id), "path": "a.jpg"}
    uploads.start(archive, liaison, 5, meta)
    with pytest.raises(Forbidden):
        uploads.start(archive, elsewhere, 5, meta)


def test_an_undone_batch_takes_nothing_more(archive, event):
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
        batch.undone_at = archive.clock()
    with pytest.raises(Conflict), archive.transaction() as tx:
        batches.to_send_into(tx, LOCAL_ADMINISTRATOR, batch.id)


def test_a_file_whose_preparation_failed_is_read_again_when_it_is_sent_again(archive, begin):
    token = begin(3)
    put(archive, token, 0, b"abc")
    with archive.transaction() as tx:
        item = tx.scalars(select(IngestItem)).one()
        tx.get_one(Asset, item.asset_id).processing = Processing.FAILED
        ingest.note(tx, item.asset_id, Outcome.FAILED, "gave_up")
        batch_id = item.batch_id
    token = uploads.start(
        archive, LOCAL_ADMINISTRATOR, 3, {"batch": str(batch_id), "path": "IMG_0001.JPG"}
    ).token
    put(archive, token, 0, b"xyz")  # the same name and size, and other bytes
    assert len(digests(archive)) == 2


def test_a_card_cut_in_a_terminal_does_not_stay_sending_for_ever(archive: Archive, event: Event) -> None:
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id, source="cli")
        cut = ingest.expect_item(tx, batch.id, "DSC_0001.JPG", bytes=10)
        cut.created_at = archive.clock() - timedelta(days=2)
        young = ingest.expect_item(tx, batch.id, "DSC_0002.JPG", bytes=10)
    assert upload_upkeep.abandon(archive) == 1
    with archive.reading() as tx:
        assert tx.get_one(IngestItem, cut.id).outcome == Outcome.FAILED
        assert tx.get_one(IngestItem, cut.id).reason_code == "upload_expired"
        assert tx.get_one(IngestItem, young.id).outcome == Outcome.SENDING
