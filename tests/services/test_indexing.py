"""Tickets and the one indexer: what changed becomes searchable, and nothing in between is lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select

from dam.archive import Archive
from dam.bootstrap import build
from dam.errors import Conflict
from dam.models import Asset, IndexTicket, Official, Processing, SearchRow
from dam.models.columns import now
from dam.queue import MemoryQueue
from dam.search.index import IndexDamaged
from dam.services import finding, indexing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.finding import Query
from dam.services.indexing import portions
from tests.services.finding_material import METEPEC, add_asset, add_event, add_official, drain

ROOT = Path(__file__).resolve().parents[2]


def found(archive: Archive, text: str = "") -> list[int]:
    return finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(text))


def tickets(archive: Archive) -> int:
    with archive.reading() as tx:
        return tx.scalar(select(func.count()).select_from(IndexTicket))


@contextmanager
def edited(archive: Archive, asset_id: int):
    with archive.transaction() as tx:
        yield tx.get(Asset, asset_id)
        indexing.touch(tx, [asset_id])


def test_only_ready_material_outside_the_bin_is_found(archive):
    ready = add_asset(archive)
    working = add_asset(archive, processing=Processing.WORKING)
    drain(archive)
    assert found(archive) == [ready]
    with edited(archive, working) as asset:
        asset.processing = Processing.READY
    with edited(archive, ready) as asset:
        asset.deleted_at = now()
    drain(archive)
    assert found(archive) == [working]
    with edited(archive, ready) as asset:
        asset.deleted_at = None
    drain(archive)
    assert found(archive) == [working, ready][::-1] or found(archive) == [working, ready]


def test_an_edit_replaces_what_was_found_before(archive):
    one = add_asset(archive, caption="Feria del libro")
    drain(archive)
    with edited(archive, one) as asset:
        asset.caption = "Carrera atlética"
    assert found(archive, "feria") == [one], "not before the indexer looked"
    drain(archive)
    assert found(archive, "feria") == []
    assert found(archive, "carrera") == [one]


def test_changes_of_the_catalogue_reach_their_material(archive):
    ana = add_official(archive, "Ana Ruiz")
    rally = add_event(archive, "Mitin", attendees=[ana])
    shown = add_asset(archive, appears=[ana])
    there = add_asset(archive, events=[rally], municipality_key=METEPEC)
    drain(archive)
    with archive.transaction() as tx:
        tx.get(Official, ana).name = "Ana Quiroz"
        indexing.touch_official(tx, ana)
    assert tickets(archive) == 2
    drain(archive)
    assert sorted(found(archive, "quiroz")) == [shown, there] and found(archive, "ruiz") == []
    with archive.transaction() as tx:
        indexing.touch_event(tx, rally)
        indexing.touch_municipality(tx, METEPEC)
        indexing.touch(tx, [])
    assert tickets(archive) == 2


def test_a_transaction_that_fails_leaves_no_ticket(archive):
    with pytest.raises(ZeroDivisionError), archive.transaction() as tx:
        indexing.touch(tx, [1])
        raise ZeroDivisionError
    assert tickets(archive) == 0


@pytest.mark.parametrize("step", ["put", "save"])
def test_an_indexer_stopped_between_its_steps_does_them_again(archive, monkeypatch, step):
    one = add_asset(archive, caption="feria")
    drain(archive)
    with edited(archive, one) as asset:
        asset.caption = "carrera"

    class Stopped(BaseException):
        pass

    def stop(*_args, **_more):
        raise Stopped

    with monkeypatch.context() as patch:
        if step == "put":
            patch.setattr(archive.index, "put", stop)
        else:
            patch.setattr("dam.services.indexing.rows.save", stop)
        with pytest.raises(Stopped):
            indexing.drain(archive)
    assert tickets(archive) == 1
    drain(archive)
    assert found(archive, "carrera") == [one] and found(archive, "feria") == [] and tickets(archive) == 0


def test_a_ticket_written_while_the_indexer_works_is_kept(archive, monkeypatch):
    one = add_asset(archive, caption="feria")
    indexing.drain(archive)
    with edited(archive, one) as asset:
        asset.caption = "carrera"
    put = archive.index.put

    def put_while_somebody_edits(*args, **more):
        put(*args, **more)
        with edited(archive, one) as asset:
            asset.caption = "maratón"

    monkeypatch.setattr(archive.index, "put", put_while_somebody_edits)
    indexing.drain(archive)
    monkeypatch.undo()
    assert tickets(archive) == 1
    drain(archive)
    assert found(archive, "maraton") == [one] and found(archive, "carrera") == []


def test_a_lost_index_is_rebuilt_and_words_are_found_meanwhile(archive):
    one, two = add_asset(archive, caption="feria del libro"), add_asset(archive, caption="carrera")
    drain(archive)
    index = archive.settings.index_dir
    for file in sorted(index.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    for text, expected in {"feria": [one], '"del libro"': [one], "carr*": [two], "-feria": [two]}.items():
        assert found(archive, text) == expected, text
    assert indexing.drain(archive) == 0
    archive.index.check(_state(archive))
    assert found(archive, "feria") == [one]


def _state(archive: Archive):
    from dam.services.indexing.rows import DatabaseRows

    with archive.reading() as tx:
        return DatabaseRows(tx).state()


@pytest.mark.sqlite
def test_an_index_that_lost_its_last_commit_is_rebuilt(archive, tmp_path):
    """A power cut: the database kept what the index's unsynced files did not."""
    import shutil

    add_asset(archive, caption="feria")
    drain(archive)
    shutil.copytree(archive.settings.index_dir, tmp_path / "before")
    late = add_asset(archive, caption="carrera")
    drain(archive)
    shutil.rmtree(archive.settings.index_dir)
    shutil.move(tmp_path / "before", archive.settings.index_dir)
    fresh = build(archive.settings, queue=MemoryQueue())
    assert found(fresh, "carrera") == [late]
    with pytest.raises(IndexDamaged):
        fresh.index.check(_state(fresh))
    indexing.drain(fresh)
    fresh.index.check(_state(fresh))
    assert found(fresh, "carrera") == [late]
    fresh.database.dispose()


@pytest.mark.sqlite
def test_an_index_of_after_the_backup_does_not_stay_when_the_database_is_restored(archive, tmp_path):
    """The backup holds the database, never the index, which would find what the database never heard of."""
    one = add_asset(archive, caption="feria")
    drain(archive)
    file = make_url(archive.settings.database_url).database
    with sqlite3.connect(file) as live, sqlite3.connect(tmp_path / "backup") as backup:
        live.backup(backup)
    with edited(archive, one) as asset:
        asset.caption = "carrera"
    drain(archive)
    archive.database.dispose()
    with sqlite3.connect(tmp_path / "backup") as backup, sqlite3.connect(file) as live:
        backup.backup(live)
    fresh = build(archive.settings, queue=MemoryQueue())
    with pytest.raises(IndexDamaged):
        fresh.index.check(_state(fresh))
    indexing.drain(fresh)
    assert found(fresh, "feria") == [one] and found(fresh, "carrera") == []
    fresh.database.dispose()


def test_an_index_whose_tables_are_gone_is_built_again(archive):
    if archive.index.needs_rows:
        pytest.skip("about the engine that lies in the database")
    one = add_asset(archive, caption="feria")
    drain(archive)
    with archive.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA search_index CASCADE")
    with pytest.raises(IndexDamaged):
        found(archive, "feria")
    indexing.drain(archive)
    assert found(archive, "feria") == [one]


def test_whoosh_serves_a_postgresql_archive_too(archive, database):
    if database == "sqlite":
        pytest.skip("there it is the only engine")
    one = add_asset(archive, caption="feria")
    other = build(replace(archive.settings, search="whoosh"), queue=MemoryQueue())
    drain(other)
    assert found(other, "feria") == [one] and found(other, '"feria"') == [one]
    other.database.dispose()


@pytest.mark.sqlite
def test_damage_that_only_a_merge_meets_is_rebuilt(archive):
    made = []
    for _ in range(7):
        made.append(add_asset(archive, caption="feria"))
        drain(archive)
    postings = list(archive.settings.index_dir.rglob("*.pst")) + list(
        archive.settings.index_dir.rglob("*.trm")
    )
    assert len(postings) >= 14
    for file in postings:
        file.write_bytes(b"\xff" * file.stat().st_size)
    for _ in range(4):
        made.append(add_asset(archive, caption="feria"))
        drain(archive)
    assert sorted(found(archive, "feria")) == made
    archive.index.check(_state(archive))


def test_rebuilding_tells_the_same_as_before_and_forgets_what_left(archive):
    kept = [add_asset(archive, caption=f"feria {n}") for n in range(7)]
    lost = add_asset(archive, caption="feria")
    drain(archive)
    with archive.transaction() as tx:
        tx.get(Asset, lost).deleted_at = now()  # and no ticket
    told: list[int] = []
    assert indexing.rebuild(archive, told.append) == 7
    assert told == [7]
    assert found(archive, "feria") == kept[::-1]
    if archive.index.needs_rows:
        with archive.reading() as tx:
            assert tx.get(SearchRow, lost).gone


def test_edits_during_a_rebuild_are_found_before_and_after_the_swap(archive, monkeypatch):
    made = [add_asset(archive, caption="feria") for _ in range(6)]
    drain(archive)
    monkeypatch.setattr(portions, "CHUNK", 2)
    monkeypatch.setattr(portions, "PART", 2)
    seen: list[list[int]] = []

    def edit_while_it_goes_on(done: int) -> None:
        if done == 4:
            with edited(archive, made[0]) as asset:
                asset.caption = "carrera"
        else:
            seen.append(found(archive, "carrera"))

    indexing.rebuild(archive, edit_while_it_goes_on)
    assert seen == [[], made[:1]], "the old index was kept up"
    drain(archive)
    assert found(archive, "carrera") == made[:1]
    assert found(archive, "feria") == made[:0:-1]


def test_several_processes_build_what_one_builds(archive, monkeypatch):
    if archive.index.needs_rows:
        pytest.skip("about the engine that lies in the database")
    made = [
        add_asset(archive, caption=f"Peña niño feria{n}", byline="ANA RUIZ" if n % 2 else "Ána Ruiz",
                  keywords=["plaza", f"clave{n}"])
        for n in range(30)
    ]  # fmt: skip
    monkeypatch.setattr(portions, "WORTH_IT", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    indexing.rebuild(archive)
    alone = told_of(archive)
    processes: list[int] = []
    together = portions._together

    def watched(archive, fresh, portion, last, number):
        processes.append(number)
        yield from together(archive, fresh, portion, last, number)

    monkeypatch.setattr(portions, "_together", watched)
    monkeypatch.setattr(portions, "STRETCH", 7)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert indexing.rebuild(archive) == 30
    assert processes == [2] and told_of(archive) == alone
    assert found(archive, '"niño feria3"') == made[3:4] and found(archive, '"peña niño"') == made[::-1]
    assert found(archive, "peña feria3") == made[3:4] and found(archive, "clave:clave7") == made[7:8]
    counted = finding.counts(archive, LOCAL_ADMINISTRATOR, Query())
    assert [(one.label, one.count) for one in counted.author] == [("Ána Ruiz", 30)]
    with edited(archive, made[0]) as asset:
        asset.byline = "Otra"
    drain(archive)
    counted = finding.counts(archive, LOCAL_ADMINISTRATOR, Query())
    assert [(one.label, one.count) for one in counted.author] == [("Ána Ruiz", 29), ("Otra", 1)]


def told_of(archive: Archive) -> list[list[tuple]]:
    """All that the index in the database says, but for the numbers that stand for texts."""
    queries = (
        "SELECT asset_id, taken, added, stack, length(counted), words::text, text"
        " FROM search_index.documents",
        "SELECT filter, folded, shown FROM search_index.texts",
        "SELECT word FROM search_index.words",
        "SELECT CASE WHEN t.id IS NULL THEN code ELSE code >> 28 END, t.folded, number"
        " FROM search_index.totals LEFT JOIN search_index.texts t ON t.id = (code & 268435455)"
        " AND code >> 28 > 5",
    )
    with archive.database.engine.connect() as connection:
        return [sorted(tuple(row) for row in connection.exec_driver_sql(query)) for query in queries]


def test_another_process_sees_every_commit(archive):
    other = build(archive.settings, queue=MemoryQueue())
    one = add_asset(archive, caption="feria")
    drain(archive)
    assert found(other, "feria") == [one]
    two = add_asset(archive, caption="feria")
    drain(archive)
    assert sorted(found(other, "feria")) == [one, two]
    indexing.rebuild(archive)
    assert sorted(found(other, "feria")) == [one, two]
    with edited(archive, one) as asset:
        asset.deleted_at = now()
    drain(archive)
    assert found(other, "feria") == [two]
    other.database.dispose()


def test_there_is_one_indexer(archive):
    with (
        indexing.sole_indexer(archive.settings),
        pytest.raises(Conflict),
        indexing.sole_indexer(archive.settings),
    ):
        pass


@pytest.fixture
def indexer(archive):
    environment = {
        **os.environ,
        "DAM_DATA_DIR": str(archive.settings.data_dir),
        "DAM_DATABASE_URL": archive.settings.database_url,
    }
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        command = [sys.executable, "-m", "workers.indexer"]
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def test_the_indexer_makes_an_edit_searchable_and_ends_when_told(archive, indexer):
    process = indexer()
    one = add_asset(archive, caption="feria")
    _eventually(lambda: found(archive, "feria") == [one])
    second = indexer()
    assert second.wait(60) == 4
    assert "Another indexer" in second.stderr.read()
    indexing.ask_rebuild(archive)
    _eventually(lambda: not indexing.rebuild_asked(archive))
    process.kill()
    process.wait()
    two = add_asset(archive, caption="feria")
    third = indexer()
    _eventually(lambda: sorted(found(archive, "feria")) == [one, two])
    third.send_signal(signal.SIGTERM)
    assert third.wait(60) == 0


def _eventually(holds) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to be")


def test_files_that_are_on_their_way_are_waited_for_and_nothing_else(archive: Archive):
    drain(archive)
    assert not indexing.is_due(archive, gathering=False), "no ticket"
    asset_id = add_asset(archive, processing=Processing.WORKING)
    with archive.transaction() as tx:
        indexing.touch(tx, [asset_id])
    assert not indexing.is_due(archive, gathering=True)
    assert indexing.is_due(archive, gathering=False)
    with archive.transaction() as tx:
        tx.get_one(Asset, asset_id).processing = Processing.READY
    assert indexing.is_due(archive, gathering=True)
