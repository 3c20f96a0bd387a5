"""Bursts are shown as one: found after a batch, in whatever order the frames came, and taken apart at
will."""

from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Event, IngestBatch, Kind, Processing, Stack
from dam.queue import Job
from dam.services import describing, ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.families import bursts, chapters, stacking
from dam.services.families.bursts import Frame
from dam.services.families.kinship import Member
from tests import material
from tests.services.families.material import item


def frame(
    number: int, second: int, fraction: str | None = None, *, hash: int = 0, serial: str = "S1"
) -> Frame:
    return Frame(number, datetime(2026, 5, 1, 18, 0, second), fraction, hash, serial)


def found(*frames: Frame) -> list[list[int]]:
    return [[one.asset_id for one in run] for run in bursts.bursts(frames)]


def test_frames_within_a_second_of_one_another_are_a_burst_in_order_of_their_fractions():
    assert found(frame(2, 1, "40"), frame(1, 1, "10"), frame(3, 2, "39")) == [[1, 2, 3]]
    assert found(frame(1, 1, "10"), frame(2, 2, "50")) == []


def test_another_camera_or_another_picture_is_no_part_of_a_burst():
    assert found(frame(1, 1), frame(2, 1, serial="S2")) == []
    assert found(frame(1, 1), frame(2, 1, hash=(1 << 40) - 1)) == []
    assert found(frame(1, 1), frame(2, 2), frame(3, 2, hash=(1 << 40) - 1), frame(4, 4)) == [[1, 2]]
    assert found(frame(1, 1), frame(2, 1, "5", hash=(1 << 40) - 1), frame(3, 1, "9")) == [[1, 3]]


def shot(
    path: Path, number: int, *, second: int, fraction: str = "00", serial: str = "S1", seed: int = 3
) -> Path:
    material.photo(path, seed=seed, taken=f"2026:05:01 18:20:{second:02d}", serial=serial)
    picture = Image.open(path)
    exif = picture.getexif()
    exif.get_ifd(0x8769)[0x9291] = fraction
    picture.putpixel((number, 0), (255, 0, number))  # other bytes, the same picture
    picture.save(path, exif=exif, quality=90)
    return path


@pytest.fixture
def burst(tmp_path: Path) -> list[Path]:
    """Three frames, and a fourth picture of the same second that shows something else."""
    times = [(10, "10"), (10, "60"), (11, "20")]
    frames = [shot(tmp_path / f"B{n}.JPG", n, second=s, fraction=f) for n, (s, f) in enumerate(times)]
    other = shot(tmp_path / "C.JPG", 9, second=10, fraction="80", seed=77)
    return [*frames, other]


def stacks(archive: Archive, items: list[int]) -> list[tuple[int | None, bool]]:
    with archive.reading() as tx:
        assets = [tx.get_one(Asset, item(archive, one).asset_id) for one in items]
        return [(one.stack_id, one.stack_cover) for one in assets]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 3, 0, 1)])
@pytest.mark.parametrize("batches", [1, 4])
def test_a_burst_is_stacked_after_its_batch_whatever_the_order(
    archive: Archive, event: Event, send, work, burst, order, batches
):
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    sent = {}
    for place in order:
        sent[place] = send(burst[place], event, batch if batches == 1 else None)
        if batches > 1:
            work()
    work()
    one, two, three, other = stacks(archive, [sent[place] for place in range(4)])
    assert one[0] is not None and one[0] == two[0] == three[0]
    assert other == (None, False)
    assert [one[1], two[1], three[1]].count(True) == 1
    with archive.reading() as tx:
        ids = [item(archive, sent[place]).asset_id for place in range(3)]
        assert stacking.members(tx, LOCAL_ADMINISTRATOR, one[0]) == ids
        assert stacking.counts(tx, LOCAL_ADMINISTRATOR, [one[0]]) == {one[0]: 3}


def test_the_job_is_sent_once_nothing_is_on_its_way_and_is_dull_when_repeated(
    archive: Archive, event: Event, send, work, burst
):
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    for path in burst:
        send(path, event, batch)
    sent = archive.queue.sent
    asked = []
    while sent:
        job, subject, _lane = sent.pop(0)
        if job == Job.STACK_BATCH:
            asked.append(len(sent))
        else:
            from dam.services.ingest import processing

            processing.process(archive, subject)
    assert asked == [0]
    with archive.reading() as tx:
        assert bursts.forgotten(tx) == [batch.id]
    assert bursts.stack_batch(archive, batch.id) == 3
    assert bursts.stack_batch(archive, batch.id) == 0
    with archive.transaction() as tx:
        tx.get_one(IngestBatch, batch.id).gathered = 0
    assert bursts.stack_batch(archive, batch.id) == 0
    with archive.reading() as tx:
        assert bursts.forgotten(tx) == [] and len(tx.scalars(select(Stack)).all()) == 1


def test_what_a_person_unstacks_stays_apart_until_it_is_undone(
    archive: Archive, event: Event, send, work, burst
):
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    items = [send(path, event, batch) for path in burst[:3]]
    work()
    stack_id = stacks(archive, items)[0][0]
    with archive.transaction() as tx:
        change = stacking.unstack(tx, LOCAL_ADMINISTRATOR, stack_id)
        tx.get_one(IngestBatch, batch.id).gathered = 0
    bursts.stack_batch(archive, batch.id)
    assert stacks(archive, items) == [(None, False)] * 3
    with archive.transaction() as tx:
        describing.undo(tx, LOCAL_ADMINISTRATOR, change.id)
    assert {one[0] for one in stacks(archive, items)} == {stack_id}


def test_people_choose_the_cover_take_one_out_and_stack_what_they_like(
    archive: Archive, event: Event, send, work, burst
):
    items = [send(path, event) for path in burst]
    work()
    ids = [item(archive, one).asset_id for one in items]
    with archive.transaction() as tx:
        stacking.make_cover(tx, LOCAL_ADMINISTRATOR, ids[2])
    assert [one[1] for one in stacks(archive, items)] == [False, False, True, False]
    with archive.transaction() as tx:
        stacking.take_out(tx, LOCAL_ADMINISTRATOR, [ids[2]])
    left = stacks(archive, items)
    assert left[2] == (None, False) and [one[1] for one in left[:2]].count(True) == 1
    with archive.transaction() as tx:
        stacking.stack(tx, LOCAL_ADMINISTRATOR, [ids[3], ids[0]])
    mixed = stacks(archive, items)
    assert mixed[3][0] == mixed[0][0] and mixed[3][1] and not mixed[0][1]
    assert mixed[1] == (None, False), "one alone is no stack"


def test_gopro_s_chapters_and_what_other_cameras_split_are_parts_of_one_recording():
    def part(
        path: str, *, at: datetime | None = None, seconds: float = 60.0, size: int = 1000, model="X"
    ) -> Member:
        return Member(1, 1, path, Kind.VIDEO, Processing.READY, "video/mp4", at=at, duration=seconds,
        bytes=size,
                      model=model)  # fmt: skip

    assert chapters.follows(part("GH010123.MP4"), part("GH020123.MP4"))
    assert chapters.follows(part("GOPR0123.MP4"), part("GP010123.MP4"))
    assert not chapters.follows(part("GH010123.MP4"), part("GH020124.MP4"))
    assert not chapters.follows(part("GH010123.MP4"), part("GH020123.MP4", model="Y"))
    begun, later = datetime(2026, 5, 1, 18, 0, 0), datetime(2026, 5, 1, 18, 1, 0)
    assert chapters.follows(part("00001.MTS", at=begun), part("00002.MTS", at=later))
    assert not chapters.follows(part("00001.MTS", at=begun, seconds=30), part("00002.MTS", at=later))
    assert chapters.follows(part("A/DJI_0001.MP4", size=4_290_000_000), part("A/DJI_0002.MP4"))
    assert not chapters.follows(part("A/DJI_0001.MP4", size=900_000_000), part("A/DJI_0002.MP4"))
    assert not chapters.follows(part("A/DJI_0001.MP4", size=4_290_000_000), part("B/DJI_0002.MP4"))


def test_chapters_are_one_stack_in_their_order_each_with_its_own_page(
    archive: Archive, event: Event, send, work, tmp_path
):
    second = send(material.clip(tmp_path / "GH020123.MP4", seconds=1, size="160x90", seed=2), event)
    work()
    first = send(material.clip(tmp_path / "GH010123.MP4", seconds=1, size="160x90", seed=1), event)
    third = send(material.clip(tmp_path / "GH030123.MP4", seconds=1, size="160x90", seed=3), event)
    work()
    ids = [item(archive, one).asset_id for one in (first, second, third)]
    assert len(set(ids)) == 3
    with archive.reading() as tx:
        stack_id = tx.get_one(Asset, ids[0]).stack_id
        assert stacking.members(tx, LOCAL_ADMINISTRATOR, stack_id) == ids
        assert tx.get_one(Asset, ids[0]).stack_cover and not tx.get_one(Asset, ids[1]).stack_cover
