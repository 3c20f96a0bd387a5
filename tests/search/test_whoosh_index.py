"""Whoosh's own dangers: damage, strangers, commits under a reader's feet, memory."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from dam.search.builds import FORMAT
from dam.search.cache import ArrayCache
from dam.search.index import IndexDamaged, Phrase, Prefix, Word
from dam.search.whoosh_index import WhooshIndex
from tests.search.engine import Engine, document


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(folder) -> Engine:
    made = Engine(WhooshIndex(folder))
    made.put(*(document(n, f"feria numero{n} de libros") for n in range(1, 40)), document(40, "carrera"))
    return made


def build_of(folder: Path) -> Path:
    return folder / (folder / "current").read_text()


def test_only_its_own_account_may_enter_the_folder(engine, folder):
    assert folder.stat().st_mode & 0o077 == 0
    for place in (folder, build_of(folder)):
        place.chmod(0o755)
        with pytest.raises(IndexDamaged):
            WhooshIndex(folder).check(engine.rows.state())
        place.chmod(0o700)
    WhooshIndex(folder).check(engine.rows.state())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_strangers_file_is_never_opened(engine, folder):
    table = next(build_of(folder).glob("_MAIN_*.toc"))
    os.chown(table, 12345, -1)
    with pytest.raises(IndexDamaged):
        WhooshIndex(folder).stamp()
    assert Engine.ids(_reader(engine, folder), Word("carrer")) == [40], "from the rows"


def test_a_pointer_out_of_the_folder_is_not_followed(engine, folder):
    (folder / "current").write_text(f"{FORMAT}-/../../elsewhere")
    with pytest.raises(IndexDamaged):
        WhooshIndex(folder).stamp()


def _reader(engine: Engine, folder: Path) -> Engine:
    """The same rows, seen by a process that has opened nothing yet."""
    other = Engine.__new__(Engine)
    other.index, other.rows = WhooshIndex(folder), engine.rows
    return other


def test_every_damaged_file_is_noticed_and_words_are_found_in_the_rows(engine, folder):
    """Cut, emptied or overwritten: no wrong answer, no error."""
    files = sorted(file for file in build_of(folder).iterdir() if not file.name.endswith("LOCK"))
    assert len(files) >= 4
    for file in files:
        whole = file.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], b"\xff" * len(whole), None):
            if damaged is None:
                file.unlink()
            else:
                file.write_bytes(damaged)
            reader = _reader(engine, folder)
            assert reader.ids(Word("carrer")) == [40], (file.name, damaged and len(damaged))
            assert len(reader.ids(Prefix("numer", "numer"))) == 39, (file.name, damaged and len(damaged))
            assert reader.ids(Word("numero7"), Phrase(("de", "libr"))) == [7]
            (file.parent / "damaged").unlink(missing_ok=True)
        file.write_bytes(whole)
    WhooshIndex(folder).check(engine.rows.state())


def test_a_damaged_block_is_remembered_for_the_indexer(engine, folder):
    """Only a reader looks into the postings; the indexer learns of it and rebuilds."""
    postings = max(build_of(folder).glob("*.pst"), key=lambda file: file.stat().st_size)
    postings.write_bytes(b"\xff" * postings.stat().st_size)
    reader = _reader(engine, folder)
    engine.index.check(engine.rows.state())
    assert len(reader.ids(Word("feri"))) == 39
    with pytest.raises(IndexDamaged):
        engine.index.check(engine.rows.state())
    engine.rebuild(*(document(n, "feria") for n in range(1, 40)))
    WhooshIndex(folder).check(engine.rows.state())


def test_writing_without_an_index_is_refused_rather_than_begun_half_empty(folder):
    with pytest.raises(IndexDamaged):
        WhooshIndex(folder).put([document(1)])


def test_readers_follow_many_commits_and_merges(engine, folder):
    reader = _reader(engine, folder)
    for n in range(60):
        engine.put(document(1000 + n, "feria nueva"), document(1, f"feria vuelta{n}"))
        if n % 7 == 0:
            engine.remove(2 + n % 30)
        assert len(reader.ids(Word("nuev"))) == n + 1
        assert reader.ids(Word(f"vuelta{n}")) == [1]
        assert sorted(reader.ids(Word("feri"))) == sorted(engine.ids(Word("feri")))
    assert len(list(build_of(folder).glob("*.trm"))) < 20, "small segments are merged"


def test_phrases_and_words_need_no_scan_of_the_rows_unless_they_must(engine):
    engine.rows.scans = 0
    engine.ids(Word("feri"), Prefix("libr", "libr"))
    assert engine.rows.scans == 0


def test_a_new_process_learns_only_what_changed_since_the_columns_were_kept(engine, folder):
    engine.index.warm(engine.rows)
    kept = engine.rows.seq
    engine.put(document(77, "feria"), document(1, "carrera", kind="video", byline="Ana"))
    engine.remove(40)
    engine.rows.asked_since.clear()
    reader = _reader(engine, folder)
    assert reader.ids() == engine.ids()
    assert reader.counts() == engine.counts()
    assert engine.rows.asked_since[0] == kept


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04", b"\xff" * 900])
def test_columns_that_cannot_be_read_are_learned_afresh(engine, folder, damaged):
    engine.index.warm(engine.rows)
    (build_of(folder) / "columns.npz").write_bytes(damaged)
    reader = _reader(engine, folder)
    assert reader.ids() == engine.ids() and reader.counts() == engine.counts()


def test_columns_of_a_later_time_than_the_database_are_not_believed(engine, folder):
    engine.index.warm(engine.rows)
    assert len(engine.ids()) == 40
    _, row, text = engine.rows.rows[1]
    engine.rows.seq, engine.rows.rows = 1, {1: (1, row, text)}
    assert _reader(engine, folder).ids() == [1]
    assert engine.ids() == [1], "nor by a process that knew more"


def test_many_threads_search_while_the_indexer_commits(engine, folder):
    reader = _reader(engine, folder)
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            try:
                found = reader.ids(Word("feri"))
                assert len(found) == len(set(found)) >= 39
                assert reader.counts(wanted=(Prefix("numer", "numer"),))
            except BaseException as failure:
                failures.append(failure)
                return

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(30):
        engine.put(document(500 + n, "feria"))
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(reader.ids(Word("feri"))) == 69


def test_the_memory_of_postings_is_bounded():
    cache = ArrayCache(limit=100_000)
    for n in range(1000):
        cache.keep(n, np.zeros(1000, np.int32))
        assert cache.bytes <= 100_000
    assert cache.get(999) is not None and cache.get(0) is None
    cache.keep("huge", np.zeros(10**6, np.int32))
    assert cache.get("huge") is None and cache.get(999) is not None
