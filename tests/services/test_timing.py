"""From a file's clock to the local time of the event."""

from datetime import UTC, datetime, timedelta

import pytest

from dam.archive import Archive
from dam.models import CaptureSource, Event, OffsetSource
from dam.services import describing, events, showing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import captioning, delivering
from dam.services.ingest import rerouting
from tests.services.filed import asset, file, open_batch


@pytest.fixture
def batch(archive: Archive, event: Event) -> int:
    return open_batch(archive, event)


def test_a_cameras_wall_clock_is_local_time_as_it_stands(archive: Archive, batch: int) -> None:
    taken = asset(archive, file(archive, batch, captured_at="2026-05-01T23:50:00", utc_offset_minutes=0))
    assert taken.captured_at == taken.taken_at == datetime(2026, 5, 1, 23, 50)
    assert taken.captured_source == CaptureSource.CAMERA


def test_a_containers_utc_becomes_the_events_local_time(archive: Archive, batch: int) -> None:
    said = {"captured_source": "container", "utc_offset_minutes": 0, "offset_source": "file"}
    taken = asset(archive, file(archive, batch, captured_at="2026-05-02T03:10:00", **said))
    assert taken.captured_at == datetime(2026, 5, 2, 3, 10) and taken.utc_offset == 0
    assert taken.taken_at == datetime(2026, 5, 1, 21, 10)


@pytest.mark.parametrize(
    ("municipality", "local"),
    [
        ("15106", datetime(2026, 7, 1, 12)),  # Toluca: six hours behind UTC all year
        ("23005", datetime(2026, 7, 1, 13)),  # Benito Juárez, Quintana Roo: five
        ("02004", datetime(2026, 7, 1, 11)),  # Tijuana, in the daylight saving of its neighbour: seven
    ],
)
def test_the_place_of_the_event_says_what_time_it_was(
    archive: Archive, municipality: str, local: datetime
) -> None:
    from dam.models import Municipality

    with archive.transaction() as tx:
        if tx.get(Municipality, municipality) is None:
            tx.add(Municipality(key=municipality, state_key=municipality[:2], name="-", folded="-"))
            tx.flush()
        there = events.create_event(tx, LOCAL_ADMINISTRATOR, "Gira", municipality_key=municipality)
    said = {"captured_source": "container", "utc_offset_minutes": 0}
    taken = asset(
        archive, file(archive, open_batch(archive, there), captured_at="2026-07-01T18:00:00", **said)
    )
    assert taken.taken_at == local


def test_a_clock_that_gps_proves_local_is_not_moved(archive: Archive, batch: int) -> None:
    """A GoPro writes its wall clock where the format wants UTC."""
    said = {"captured_source": "container", "utc_offset_minutes": -360, "offset_source": "gps"}
    taken = asset(archive, file(archive, batch, captured_at="2026-05-01T18:00:00", **said))
    assert taken.taken_at == taken.captured_at
    assert taken.offset_source == OffsetSource.GPS


def test_a_time_from_the_name_is_an_estimate(archive: Archive, batch: int) -> None:
    asset_id = file(archive, batch, name="IMG_20260501_182000.jpg")
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
    assert shown["captured_at"] == shown["taken_at"] == "2026-05-01T18:20:00"
    assert shown["estimated"] and shown["captured_source"] == "file_name" and shown["utc_offset"] is None


def test_a_messengers_name_knows_the_day_alone(archive: Archive, batch: int) -> None:
    asset_id = file(archive, batch, name="IMG-20260501-WA0012.jpg")
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
        caption = captioning.caption_of(delivering.load(tx, asset_id))
    assert shown["captured_at"] == "2026-05-01"
    assert caption.created_at == "2026-05-01"


def test_what_the_file_says_comes_before_its_name(archive: Archive, batch: int) -> None:
    asset_id = file(archive, batch, name="IMG_20200101_101010.jpg", captured_at="2026-05-01T18:20:00")
    assert asset(archive, asset_id).taken_at == datetime(2026, 5, 1, 18, 20)


def test_no_word_of_a_time_is_no_time_whenever_it_came(archive: Archive, batch: int) -> None:
    taken = asset(archive, file(archive, batch, name="DSC_0001.JPG"))
    assert taken.captured_at is None and taken.taken_at is None and taken.captured_source is None


def test_a_date_in_the_future_is_kept_as_written_and_shown_as_unknown(archive: Archive, batch: int) -> None:
    future = (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=400)).replace(microsecond=0)
    taken = asset(archive, file(archive, batch, captured_at=future.isoformat()))
    assert taken.captured_at == future and taken.taken_at is None


@pytest.mark.parametrize("never_set", ["1970-01-01T00:00:00", "1904-01-01T00:00:00"])
def test_a_clock_that_was_never_set_is_kept_as_written_and_shown_as_unknown(
    archive: Archive, batch: int, never_set: str
) -> None:
    taken = asset(archive, file(archive, batch, captured_at=never_set))
    assert taken.captured_at == datetime.fromisoformat(never_set) and taken.taken_at is None
    scan = asset(archive, file(archive, batch, captured_at=never_set[:10]))  # somebody's word: that day
    assert scan.date_only and scan.taken_at == datetime.fromisoformat(never_set)


@pytest.mark.parametrize(
    ("said", "offset"),
    [
        ({"captured_at": "2026-05-01T18:20:00", "utc_offset_minutes": -300}, -300),  # the camera's word
        ({"captured_at": "2026-05-01T18:20:00"}, -360),  # the zone of the place
        (
            {"captured_at": "2026-05-02T00:20:00", "captured_source": "container", "utc_offset_minutes": 0},
            -360,
        ),
        ({}, None),
    ],
)
def test_what_leaves_tells_its_time_with_an_offset(
    archive: Archive, batch: int, said: dict, offset: int | None
) -> None:
    asset_id = file(archive, batch, name="a.jpg", **said)
    with archive.reading() as tx:
        caption = captioning.caption_of(delivering.load(tx, asset_id))
    assert caption.utc_offset_minutes == offset
    assert caption.created_at == ("2026-05-01T18:20:00" if said else None)


def test_a_cameras_standing_words_are_no_caption_and_are_told_apart(archive: Archive, batch: int) -> None:
    asset_id = file(archive, batch, caption="OLYMPUS DIGITAL CAMERA")
    assert asset(archive, asset_id).caption is None
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)
        assert captioning.caption_of(delivering.load(tx, asset_id)).caption is None
    assert shown["caption"] == "OLYMPUS DIGITAL CAMERA" and shown["caption_is_cameras"]


def test_a_file_never_says_that_it_may_be_published(archive: Archive, batch: int) -> None:
    taken = asset(archive, file(archive, batch, usage_terms="Free for all", rating=5, label="Approved"))
    assert taken.review == "received" and taken.usage_terms == "Free for all"
    assert asset(archive, file(archive, batch, rating=-1)).rating is None


@pytest.mark.parametrize(
    ("title", "headline"), [("Mitin", "Mitin"), ("DSC_0001", None), ("dsc_0001.jpg", None)]
)
def test_a_title_that_repeats_the_files_name_is_no_headline(
    archive: Archive, batch: int, title: str, headline: str | None
) -> None:
    assert asset(archive, file(archive, batch, name="DSC_0001.JPG", title=title)).headline == headline


def test_a_clip_that_moves_to_an_event_elsewhere_takes_its_local_time_and_back(
    archive: Archive, batch: int
) -> None:
    with archive.transaction() as tx:
        tijuana = events.create_event(tx, LOCAL_ADMINISTRATOR, "Gira", timezone="America/Tijuana")
    said = {"captured_source": "container", "utc_offset_minutes": 0}
    clip = file(archive, batch, captured_at="2026-05-02T03:10:00", **said)
    photo = file(archive, batch, captured_at="2026-05-01T21:10:00")
    with archive.transaction() as tx:
        change = describing.describe(
            tx, LOCAL_ADMINISTRATOR, [clip, photo], describing.Description(event_id=tijuana.id)
        )
    assert asset(archive, clip).taken_at == datetime(2026, 5, 1, 20, 10)
    assert asset(archive, photo).taken_at == datetime(2026, 5, 1, 21, 10)
    with archive.transaction() as tx:
        describing.undo(tx, LOCAL_ADMINISTRATOR, change.id)
    assert asset(archive, clip).taken_at == datetime(2026, 5, 1, 21, 10)
    with archive.transaction() as tx:
        rerouting.move_batch(tx, LOCAL_ADMINISTRATOR, batch, tijuana.id)
    assert asset(archive, clip).taken_at == datetime(2026, 5, 1, 20, 10)
