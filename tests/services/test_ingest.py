"""Receiving: what is acknowledged is stored, hashed and in the database, whatever the file is."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.media.reasons import Reason, Unreadable
from dam.models import (
    Asset,
    AssetEvent,
    Event,
    IngestItem,
    Kind,
    MunicipalitySource,
    Original,
    Outcome,
    Processing,
)
from dam.queue import Job, Lane
from dam.services import events, ingest, showing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import processing
from storage import StoreError
from tests import material

Send = Callable[..., int]
Work = Callable[[], None]


def outcome(archive: Archive, item_id: int) -> tuple[Outcome, str | None, int | None]:
    with archive.reading() as tx:
        item = tx.get_one(IngestItem, item_id)
        return item.outcome, item.reason_code, item.asset_id


def test_a_received_photo_is_stored_under_its_digest_and_sent_to_the_photo_lane(
    archive: Archive, event: Event, send: Send, tmp_path: Path
) -> None:
    picture = material.photo(tmp_path / "DSC_0001.JPG")
    item = send(picture, event)
    state, _reason, asset_id = outcome(archive, item)
    assert state == Outcome.RECEIVED
    sha = hashlib.sha256(picture.read_bytes()).hexdigest()
    assert b"".join(archive.originals.open(sha)) == picture.read_bytes()
    assert archive.queue.sent == [(Job.PROCESS_ASSET, asset_id, Lane.PHOTOS)]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wma", "wmav2"), ("a.mov", "pcm_s16le"), ("a.3gp", "aac"), ("a.mka", "libopus"), ("a.ts", "mp2")],
)
def test_a_recording_in_a_container_of_clips_is_heard_drawn_and_measured(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path, name: str, codec: str
) -> None:
    path = tmp_path / name
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-c:a", codec]
    subprocess.run(["ffmpeg", "-v", "error", *tone, str(path)], check=True)
    item = send(path, event)
    work()
    state, _reason, asset_id = outcome(archive, item)
    with archive.reading() as tx:
        facts = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
    assert (state, facts["kind"]) == (Outcome.READY, Kind.AUDIO)
    assert {made["preset"] for made in facts["renditions"]} == {"thumb", "preview", "audio-mp3"}
    assert facts["technical"]["loudness"] == pytest.approx(-21.8, abs=0.5)


def test_an_ogg_with_pictures_is_a_clip(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    path = tmp_path / "a.ogv"
    moving = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=1", "-c:v", "libtheora"]
    subprocess.run(["ffmpeg", "-v", "error", *moving, str(path)], check=True)
    item = send(path, event)
    work()
    state, _reason, asset_id = outcome(archive, item)
    with archive.reading() as tx:
        facts = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
    assert (state, facts["kind"]) == (Outcome.READY, Kind.VIDEO)
    assert {made["preset"] for made in facts["renditions"]} == {"thumb", "poster", "mp4-720", "storyboard"}


def test_a_photo_becomes_ready_with_its_facts_and_three_renditions(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    item = send(material.photo(tmp_path / "a.jpg", size=(3000, 2000)), event)
    work()
    state, _reason, asset_id = outcome(archive, item)
    assert state == Outcome.READY
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
    assert shown["captured_at"] == shown["taken_at"] == "2026-05-01T18:20:00"
    assert (shown["width"], shown["height"], shown["camera_model"]) == (3000, 2000, "Model One")
    assert {(r["preset"], r["width"], r["height"]) for r in shown["renditions"]} == {
        ("thumb", 320, 213),
        ("preview", 1280, 853),
        ("web-2048", 2048, 1365),
    }
    assert shown["municipality"] == {"key": "15106", "name": "Toluca", "state": "México", "source": "event"}
    assert shown["events"][0]["number"] == 1


def test_a_clip_goes_to_the_video_lane_and_shows_its_local_time(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    item = send(material.clip(tmp_path / "c.mp4"), event)
    assert archive.queue.sent[0][2] == Lane.VIDEO
    work()
    _state, _reason, asset_id = outcome(archive, item)
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
    assert (shown["captured_at"], shown["utc_offset"]) == ("2026-05-02T00:20:00", "+00:00")
    assert shown["taken_at"] == "2026-05-01T18:20:00"
    assert {r["preset"] for r in shown["renditions"]} == {"thumb", "poster", "mp4-720", "storyboard"}


def test_the_same_bytes_in_another_event_are_one_asset_in_two_events(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    picture = material.photo(tmp_path / "a.jpg")
    first = send(picture, event)
    work()
    with archive.transaction() as tx:
        other = events.create_event(
            tx, LOCAL_ADMINISTRATOR, "Gira por Metepec", starts_at=datetime(2026, 5, 2)
        )
    second = send(picture, other)
    assert outcome(archive, second)[0] == Outcome.DUPLICATE
    assert outcome(archive, first)[2] == outcome(archive, second)[2]
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Asset)) == 1
        placed = tx.scalars(select(AssetEvent).order_by(AssetEvent.position)).all()
    assert [(p.event_id, p.position) for p in placed] == [(event.id, 0), (other.id, 1)]


def test_an_item_taken_in_twice_is_taken_in_once(archive: Archive, event: Event, tmp_path: Path) -> None:
    picture = material.photo(tmp_path / "a.jpg")
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
        item = ingest.expect_item(tx, batch.id, "a.jpg", bytes=picture.stat().st_size)
    for _ in range(2):
        copy = archive.settings.uploads_dir / "copy"
        shutil.copyfile(picture, copy)
        assert ingest.archive_item(archive, item.id, copy) == Outcome.RECEIVED
        assert not copy.exists()
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Asset)) == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty"),
        ("noise.jpg", bytes(range(7, 207)) * 20, "unknown_format"),
        ("photo.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>", "not_rendered"),
        ("page.html", b"<!doctype html><script>alert(1)</script>", "not_rendered"),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_its_reason(
    archive: Archive,
    event: Event,
    send: Send,
    work: Work,
    tmp_path: Path,
    name: str,
    content: bytes,
    reason: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    good = send(material.photo(tmp_path / "good.jpg"), event)
    bad = send(path, event)
    work()
    assert outcome(archive, bad)[:2] == (Outcome.QUARANTINED, reason)
    assert outcome(archive, good)[0] == Outcome.READY
    if content:
        assert archive.originals.exists(hashlib.sha256(content).hexdigest())


def test_a_truncated_photo_is_kept_and_quarantined(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    whole = material.photo(tmp_path / "whole.jpg", size=(1600, 1200))
    item = send(material.truncated(tmp_path / "cut.jpg", whole), event)
    work()
    assert outcome(archive, item)[:2] == (Outcome.QUARANTINED, "cut_short")
    with archive.reading() as tx:
        original = tx.scalars(select(Original)).one()
        assert archive.originals.size(original.sha256) == (tmp_path / "cut.jpg").stat().st_size


def test_nothing_is_recorded_when_the_store_fails(archive: Archive, event: Event, tmp_path: Path) -> None:
    picture = material.photo(tmp_path / "a.jpg")
    copy = archive.settings.uploads_dir / "copy"
    shutil.copyfile(picture, copy)
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
        item = ingest.expect_item(tx, batch.id, "a.jpg")
    (archive.settings.originals_dir / ".store").unlink()
    with pytest.raises(StoreError):
        ingest.archive_item(archive, item.id, copy)
    assert copy.exists()
    assert outcome(archive, item.id)[0] == Outcome.SENDING
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Asset)) == 0


def test_gps_decides_over_the_event_only_where_boundaries_are_loaded(
    archive: Archive, event: Event, send: Send, work: Work, tmp_path: Path
) -> None:
    item = send(material.photo(tmp_path / "a.jpg", gps=(19.2511, -99.6047)), event)  # Metepec
    work()
    with archive.reading() as tx:
        asset = tx.get_one(Asset, outcome(archive, item)[2])
        assert asset.latitude == pytest.approx(19.2511, abs=1e-5)
        assert (asset.municipality_key, asset.municipality_source) == ("15106", MunicipalitySource.EVENT)


def test_numbers_of_an_event_are_given_once(
    archive: Archive, event: Event, send: Send, tmp_path: Path
) -> None:
    for seed in range(1, 4):
        send(material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
    with archive.transaction() as tx:
        numbers = tx.scalars(select(AssetEvent.number).order_by(AssetEvent.number)).all()
        assert numbers == [1, 2, 3]
        tx.delete(tx.scalars(select(AssetEvent).where(AssetEvent.number == 3)).one())
    send(material.photo(tmp_path / "4.jpg", seed=4), event)
    with archive.reading() as tx:
        assert tx.scalars(select(AssetEvent.number).order_by(AssetEvent.number)).all() == [1, 2, 4]


def test_a_file_name_is_data(archive: Archive, event: Event, tmp_path: Path) -> None:
    picture = material.photo(tmp_path / "a.jpg")
    for number, name in enumerate(
        ["../../etc/passwd", "a\x00b.jpg", "\udce9.jpg", "x" * 6000 + ".jpg", "-rf", "<b>.jpg"]
    ):
        with archive.transaction() as tx:
            batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
            item = ingest.expect_item(tx, batch.id, name, bytes=number)
        copy = archive.settings.uploads_dir / "copy"
        shutil.copyfile(picture, copy)
        assert ingest.archive_item(archive, item.id, copy) in (Outcome.RECEIVED, Outcome.DUPLICATE)
    with archive.reading() as tx:
        assert tx.scalars(select(Original)).one().name == "passwd"


def test_a_quarantined_file_is_known_as_unknown_kind_until_it_was_looked_at(
    archive: Archive, event: Event, send: Send, tmp_path: Path
) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x01\x02\x03" * 100)
    item = send(path, event)
    with archive.reading() as tx:
        asset = tx.get_one(Asset, outcome(archive, item)[2])
        assert (asset.kind, asset.processing) == (Kind.UNKNOWN, Processing.RECEIVED)


def test_a_rehearsal_leaves_no_trace(archive: Archive) -> None:
    processing.rehearse(archive)
    with archive.reading() as tx:
        for table in (Asset, Original, Event, IngestItem, AssetEvent):
            assert tx.scalar(select(func.count()).select_from(table)) == 0
    assert archive.queue.sent == []


def test_a_missing_tool_is_our_fault_and_is_tried_again(
    archive: Archive, event: Event, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = send(material.clip(tmp_path / "c.mp4", seconds=0.5), event)

    def no_tool(*_args: object, **_kwargs: object) -> None:
        raise Unreadable(Reason.TOOL_MISSING, "ffmpeg")

    monkeypatch.setattr(type(archive.sandbox), "visit", no_tool)
    asset_id = outcome(archive, item)[2]
    for attempt in range(1, processing.ATTEMPTS + 1):
        with pytest.raises(Unreadable):
            processing.process(archive, asset_id)
        with archive.transaction() as tx:
            asset = tx.get_one(Asset, asset_id)
            assert asset.attempts == attempt
            asset.lease_until = None
    assert outcome(archive, item)[:2] == (Outcome.FAILED, "gave_up")
