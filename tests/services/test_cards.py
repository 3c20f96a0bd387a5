"""Reading a card of this machine: it is never changed, and what is wrong with one file stops no other."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Event, IngestItem, Outcome
from dam.services import ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import cards
from storage import OutOfSpace
from tests import material


@pytest.fixture
def batch_id(archive: Archive, event: Event) -> int:
    with archive.transaction() as tx:
        return ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id, source="cli").id


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "card").mkdir()
    return tmp_path / "card"


@pytest.fixture
def bring(archive: Archive, batch_id: int) -> Callable[[Path], dict[str, tuple[Outcome, str | None]]]:
    """What became of every file below a folder, by its name."""

    def _bring(folder: Path) -> dict[str, tuple[Outcome, str | None]]:
        ids = [cards.bring(archive, batch_id, found)[0] for found in cards.walk([str(folder)])]
        with archive.reading() as tx:
            items = [tx.get_one(IngestItem, item_id) for item_id in ids]
        return {Path(item.path).name: (item.outcome, item.reason_code) for item in items}

    return _bring


def test_a_card_is_read_and_left_as_it_was(archive: Archive, bring, card: Path) -> None:
    folder = card / "DCIM"
    folder.mkdir()
    for seed in (1, 2):
        material.photo(folder / f"{seed}.jpg", seed=seed)
    (folder / ".DS_Store").write_bytes(b"junk")
    (folder / "._1.jpg").write_bytes(b"junk")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert bring(card) == {"1.jpg": (Outcome.RECEIVED, None), "2.jpg": (Outcome.RECEIVED, None)}
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
    assert list(archive.settings.uploads_dir.iterdir()) == []


def test_links_pipes_and_devices_are_named_and_never_opened(bring, card: Path) -> None:
    material.photo(card / "good.jpg")
    (card / "link.jpg").symlink_to("/etc/hostname")
    (card / "folder").symlink_to("/etc")
    os.mkfifo(card / "pipe.jpg")
    assert bring(card) == {
        "folder": (Outcome.FAILED, "not_a_file"),
        "good.jpg": (Outcome.RECEIVED, None),
        "link.jpg": (Outcome.FAILED, "not_a_file"),
        "pipe.jpg": (Outcome.FAILED, "not_a_file"),
    }


def test_a_second_reading_copies_nothing(archive: Archive, bring, work, card: Path, monkeypatch) -> None:
    material.photo(card / "a.jpg")
    bring(card)
    work()
    monkeypatch.setattr(cards.transfer, "receive", lambda *_: pytest.fail("it was copied again"))
    assert bring(card)["a.jpg"][0] == Outcome.READY, "the same file of the same batch is the same item"


def test_a_card_that_is_pulled_out_is_an_outcome(bring, card: Path, monkeypatch) -> None:
    material.photo(card / "a.jpg", seed=1)
    material.photo(card / "b.jpg", seed=2)
    real, reads = os.readv, []

    def pulled(source: int, buffers: list[memoryview]) -> int:
        reads.append(len(buffers))
        if len(reads) == 1:
            raise OSError(5, "Input/output error")
        return real(source, buffers)

    monkeypatch.setattr(os, "readv", pulled)
    outcomes = bring(card)
    assert outcomes == {"a.jpg": (Outcome.FAILED, "unreadable_source"), "b.jpg": (Outcome.RECEIVED, None)}
    monkeypatch.undo()
    assert bring(card)["a.jpg"] == (Outcome.RECEIVED, None), "a card put back in is read again"


def test_a_file_that_grows_while_it_is_read_is_not_kept(bring, card: Path, monkeypatch) -> None:
    growing = material.photo(card / "a.jpg")
    real, grown = os.readv, []

    def reading(source: int, buffers: list[memoryview]) -> int:
        length = real(source, buffers)
        if not grown:
            grown.append(True)
            with growing.open("ab") as handle:
                handle.write(b"more")
        return length

    monkeypatch.setattr(os, "readv", reading)
    assert bring(card)["a.jpg"] == (Outcome.FAILED, "changed_while_read")


def test_a_full_disk_stops_and_says_so(archive: Archive, bring, card: Path, monkeypatch) -> None:
    material.photo(card / "a.jpg")

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutOfSpace, match="full"):
        bring(card)
    monkeypatch.undo()
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Asset)) == 0
    assert list(archive.settings.uploads_dir.iterdir()) == []
