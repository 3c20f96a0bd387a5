"""Many files in one zip: names, captions, what is missing and why, and memory that stays flat."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Delivery, Event, Processing, Rendition, Review, User
from dam.services import delivery
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import Parcel, bundles, naming
from storage import MemoryStore, StoreError
from tests import material, taking


@pytest.fixture
def three(archive: Archive, event: Event, send, tmp_path: Path) -> list[int]:
    return [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2, 3)
    ]


def _zip(archive: Archive, actor, ids: list[int], preset: str = "web") -> zipfile.ZipFile:
    whole = zipfile.ZipFile(io.BytesIO(b"".join(bundles.zip_stream(archive, actor, ids, preset))))
    assert whole.testzip() is None
    return whole


def _table(whole: zipfile.ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(whole.read("captions.csv").decode("utf-8-sig"))))


def test_a_zip_holds_readable_names_captions_and_a_note(archive, three):
    taking.change(archive, three[0], headline="Niños en el mitin", credit="Foto: Ñ", keywords=["a", "b"])
    whole = _zip(archive, LOCAL_ADMINISTRATOR, three)
    assert whole.namelist() == [
        "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg",
        "2026-05-01_toluca_mitin_0002_sin-aprobar_web.jpg",
        "2026-05-01_toluca_mitin_0003_sin-aprobar_web.jpg",
        "captions.csv",
        "README.txt",
    ]
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in whole.infolist())
    first = _table(whole)[0]
    assert first["file"] == "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg"
    assert (first["headline"], first["credit"], first["keywords"]) == ("Niños en el mitin", "Foto: Ñ", "a; b")
    assert (first["municipality"], first["event"]) == ("Toluca", "Mitin en Toluca")
    assert "3" in whole.read("README.txt").decode()


def test_the_same_asset_twice_is_in_it_once_and_equal_names_differ(archive, three, monkeypatch):
    monkeypatch.setattr(naming, "file_name", lambda asset, preset, ending: f"same.{ending}")
    names = _zip(archive, LOCAL_ADMINISTRATOR, [*three, *three]).namelist()
    assert names[:-2] == ["same.jpg", "same-2.jpg", "same-3.jpg"]


def test_originals_leave_byte_for_byte(archive, three):
    whole = _zip(archive, LOCAL_ADMINISTRATOR, three[:1], "original")
    taken = whole.read(whole.namelist()[0])
    assert hashlib.sha256(taken).hexdigest() == taking.sha256_of(archive, three[0])


def test_what_may_not_leave_is_named_with_its_reason_and_never_inside(archive, three):
    people = taking.people(archive)
    taking.change(archive, three[0], review=Review.REJECTED)
    taking.change(archive, three[1], processing=Processing.WORKING)
    taking.change(archive, three[2], review=Review.APPROVED)
    whole = _zip(archive, people["viewer"], [*three, 424242])
    assert whole.namelist() == ["2026-05-01_toluca_mitin_0003_web.jpg", "captions.csv", "README.txt"]
    note = whole.read("README.txt").decode()
    for number in (three[0], three[1], 424242):
        assert f"Material {number}: There is no such material." in note
    assert "Niños" not in note


@pytest.mark.parametrize("role", ["photographer", "viewer", "liaison"])
def test_a_zip_of_originals_gives_no_more_than_one_original_does(archive, three, role):
    actor = taking.people(archive, frozenset({"15106"}))[role]
    whole = _zip(archive, actor, three, "original")
    assert whole.namelist() == ["captions.csv", "README.txt"]
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Delivery)) == 0


def test_what_is_being_made_or_has_no_such_version_is_named(archive, three, event, send, tmp_path):
    clip = taking.take_in(archive, send, material.clip(tmp_path / "a.mp4", seconds=1), event)
    with archive.transaction() as tx:
        wanted = select(Rendition).where(Rendition.asset_id == three[0], Rendition.preset == "preview")
        tx.delete(tx.scalars(wanted).one())
    whole = _zip(archive, LOCAL_ADMINISTRATOR, [three[0], three[1], clip], "preview")
    assert whole.namelist()[0] == "2026-05-01_toluca_mitin_0002_sin-aprobar_preview.jpg"
    note = whole.read("README.txt").decode()
    assert f"Material {three[0]}: This version is being made" in note
    assert f"Material {clip}: This material does not come in that format." in note


def test_quarantined_and_missing_originals_are_named(archive, three):
    taking.change(archive, three[0], processing=Processing.QUARANTINED)
    archive.originals.delete(taking.sha256_of(archive, three[1]))
    editor = taking.people(archive)["editor"]
    whole = _zip(archive, editor, three, "original")
    assert len(whole.namelist()) == 3
    note = whole.read("README.txt").decode()
    assert f"Material {three[0]}: There is no such material." in note
    assert f"Material {three[1]}: The file is missing from the archive." in note


def test_permission_is_asked_when_each_file_is_added(archive, three):
    editor = taking.people(archive)["editor"]
    pieces = bundles.zip_stream(archive, editor, three, "original")
    begun = [next(pieces)]
    taking.change(archive, three[1], deleted_at=archive.clock())  # into the bin while the zip flows
    with archive.transaction() as tx:
        tx.get_one(Asset, three[2]).processing = Processing.QUARANTINED
    whole = zipfile.ZipFile(io.BytesIO(b"".join([*begun, *pieces])))
    first = "2026-05-01_toluca_mitin_0001_sin-aprobar_original.jpg"
    assert whole.namelist() == [first, "captions.csv", "README.txt"]


def test_an_account_that_is_closed_meanwhile_takes_nothing_more(archive, three):
    editor = taking.people(archive)["editor"]
    pieces = bundles.zip_stream(archive, editor, three, "web")
    begun = [next(pieces)]
    with archive.transaction() as tx:
        tx.get_one(User, editor.user_id).active = False
    whole = zipfile.ZipFile(io.BytesIO(b"".join([*begun, *pieces])))
    assert len(whole.namelist()) == 3


def test_a_key_keeps_its_narrow_rights_in_a_zip(archive, three):
    editor = replace(taking.people(archive)["editor"], only=frozenset())
    assert _zip(archive, editor, three).namelist() == ["captions.csv", "README.txt"]


def test_a_caption_is_no_formula_in_a_spreadsheet(archive, three):
    taking.change(archive, three[0], headline='=HYPERLINK("http://evil")', caption="@SUM(1)\n-2", byline="+1")
    row = _table(_zip(archive, LOCAL_ADMINISTRATOR, three[:1]))[0]
    assert row["headline"].startswith("'=") and row["caption"].startswith("'@") and row["byline"] == "'+1"


def test_a_file_of_another_length_breaks_the_zip_instead_of_hiding_in_it(archive, three):
    path = archive.originals.local_path(taking.sha256_of(archive, three[0]))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(StoreError):
        b"".join(bundles.zip_stream(archive, LOCAL_ADMINISTRATOR, three, "original"))


class _Zeros(io.RawIOBase):
    """A file of ``size`` zeros that takes no room."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, most: int = -1) -> bytes:
        piece = bytes(min(most, self.left))
        self.left -= len(piece)
        return piece


def _fake(archive: Archive, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Every asset is a file of that many zeros; nothing is written down."""
    caption = delivery.Caption(headline="x" * 100)

    def prepare(_archive: Archive, _actor: object, asset_id: int, preset: str) -> Parcel:
        return Parcel(
            asset_id, preset, f"{asset_id:06d}.mp4", "video/mp4", size, "k" * 64, MemoryStore(), caption
        )

    monkeypatch.setattr(bundles.delivering, "prepare", prepare)
    monkeypatch.setattr(Parcel, "open", lambda self: _Zeros(size))
    monkeypatch.setattr(bundles.delivering, "record", lambda *a, **k: None)


def test_memory_stays_flat_over_five_hundred_files(archive, monkeypatch):
    _fake(archive, monkeypatch, 1024 * 1024)
    sent = 0
    tracemalloc.start()
    for piece in bundles.zip_stream(archive, LOCAL_ADMINISTRATOR, range(1, 501), "web"):
        sent += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > 500 * 1024 * 1024
    assert peak < 8 * 1024 * 1024, peak


def test_a_clip_beyond_four_gigabytes_says_so_in_its_header(archive, monkeypatch):
    """The real bytes are too many for a test: the header that zipstream writes first is looked at."""
    _fake(archive, monkeypatch, 5 * 1024**3)
    header = next(iter(bundles.zip_stream(archive, LOCAL_ADMINISTRATOR, [1], "web")))
    assert header[:4] == b"PK\x03\x04"
    version, flags = int.from_bytes(header[4:6], "little"), int.from_bytes(header[6:8], "little")
    assert version == 45 and flags & 0x08
    extra = header[30 + int.from_bytes(header[26:28], "little") :]
    assert extra[:2] == b"\x01\x00", "the Zip64 extra field"
