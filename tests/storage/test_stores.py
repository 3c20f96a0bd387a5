"""One contract for every store."""

import os
from pathlib import Path

import pytest

from storage import BlobStore, KeyExists, LocalStore, MemoryStore, NotMounted, OutOfSpace

KEY = "ab12cd34-web-2048"


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "memory":
        return MemoryStore()
    local = LocalStore(tmp_path / "store")
    local.prepare()
    return local


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(bytes(range(256)) * 5000)
    return path


@pytest.mark.parametrize("share", [False, True])
def test_what_was_put_is_read_back_and_the_source_stays(store: BlobStore, source: Path, share: bool) -> None:
    assert store.put(KEY, source, share=share) == 1_280_000
    assert b"".join(store.open(KEY)) == source.read_bytes()
    assert store.size(KEY) == 1_280_000
    assert store.exists(KEY)
    assert list(store.keys()) == [KEY]


def test_several_made_files_are_kept_at_once_and_one_that_is_there_is_as_good(
    store: BlobStore, source: Path, tmp_path: Path
) -> None:
    store.put(KEY, source)
    small = tmp_path / "small"
    small.write_bytes(b"small")
    assert store.keep_all({KEY: source, "ab12cd34-thumb": small, "ee99-thumb": small}) == {
        KEY: 1_280_000, "ab12cd34-thumb": 5, "ee99-thumb": 5,
    }  # fmt: skip
    assert b"".join(store.open("ee99-thumb")) == b"small"
    assert sorted(store.keys()) == ["ab12cd34-thumb", KEY, "ee99-thumb"]
    assert small.exists(), "its owner removes it"


def test_a_range_is_read_without_the_rest(store: BlobStore, source: Path) -> None:
    store.put(KEY, source)
    assert b"".join(store.open(KEY, 1000, 300)) == source.read_bytes()[1000:1300]
    assert b"".join(store.open(KEY, 1_279_990, 300)) == source.read_bytes()[-10:]
    assert b"".join(store.open(KEY, 5_000_000)) == b""


def test_a_key_is_written_once(store: BlobStore, source: Path, tmp_path: Path) -> None:
    store.put(KEY, source)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    with pytest.raises(KeyExists):
        store.put(KEY, other)
    assert store.size(KEY) == 1_280_000


def test_a_missing_key_is_a_key_error(store: BlobStore) -> None:
    assert not store.exists(KEY)
    for asked in (store.size, store.reader, lambda key: list(store.open(key))):
        with pytest.raises(KeyError):
            asked(KEY)
    store.delete(KEY)


@pytest.mark.parametrize(
    "key", ["", "../escape", "/etc/passwd", "A", "x/y", "a\x00b", "..", "-rf", "é" * 4, "a" * 200]
)
def test_nothing_but_a_plain_name_is_a_key(store: BlobStore, source: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, source)
    with pytest.raises(ValueError, match="not a key"):
        store.exists(key)


def test_a_store_that_is_not_mounted_says_so_instead_of_missing_files(tmp_path: Path, source: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.prepare()
    store.put(KEY, source)
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").mkdir()
    for asked in (store.exists, store.size, store.reader, store.delete, lambda key: store.put(key, source)):
        with pytest.raises(NotMounted):
            asked(KEY)


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(tmp_path / "store")
    store.prepare()
    real = os.write
    written = []

    def full(descriptor: int, piece: bytes) -> int:
        written.append(len(piece))
        if len(written) > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, piece[:1000])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutOfSpace):
        store.put(KEY, source)
    monkeypatch.undo()
    assert not store.exists(KEY)
    assert list((tmp_path / "store" / "incoming").iterdir()) == []
