"""doctor says what is wrong and what to do, and its code says whether it is essential."""

import json
import shutil

import pytest
from click.testing import CliRunner

from dam import bootstrap
from dam.cli.checkup import keeping, machine, moving
from dam.cli.checkup.finding import State
from dam.cli.main import main
from dam.media import faces, things


@pytest.fixture
def whole(archive):
    """The same archive with the queue it has outside of tests."""
    built = bootstrap.build(archive.settings)
    archive.settings.data_dir.chmod(0o700)
    yield built
    built.database.dispose()


def states(findings):
    return {finding.name: finding.state for finding in findings}


def test_an_archive_that_is_ready_and_not_started_is_well(whole, monkeypatch):
    monkeypatch.setenv("DAM_DATA_DIR", str(whole.settings.data_dir))
    told = CliRunner().invoke(main, ["doctor", "--json"])
    answer = json.loads(told.stdout)
    assert told.exit_code == 0, told.output
    assert answer["well"] is True
    found = {finding["name"]: finding for finding in answer["findings"]}
    assert found["database"]["state"] == "good"
    assert found["running"]["do"] == "Start the archive: script/server."
    assert all(finding["do"] for finding in answer["findings"] if finding["state"] != "good")


def test_a_detector_that_is_missing_is_told_and_not_essential(monkeypatch, tmp_path):
    assert states(machine.detectors()) == {"detector of faces": State.GOOD, "detector of things": State.GOOD}
    monkeypatch.setattr(things, "GRAPH", tmp_path / "centernet.json")
    monkeypatch.setattr(faces, "NETWORK", "another.onnx")
    assert states(machine.detectors()) == {"detector of faces": State.MIND, "detector of things": State.MIND}


def test_a_store_that_is_not_mounted_is_essential(whole, monkeypatch):
    (whole.settings.originals_dir / ".store").unlink()
    assert states(keeping.stores(whole)) == {"store originals": State.WRONG, "store renditions": State.GOOD}
    monkeypatch.setenv("DAM_DATA_DIR", str(whole.settings.data_dir))
    told = CliRunner().invoke(main, ["doctor"])
    assert told.exit_code == 1
    assert "✗ store originals" in told.output


def test_a_data_folder_that_others_can_read_is_essential(whole):
    whole.settings.data_dir.chmod(0o755)
    assert states(keeping.data_folder(whole))["data folder"] == State.WRONG


@pytest.mark.sqlite
def test_an_older_database_is_essential_and_a_missing_one_is_not(whole):
    with whole.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert states(keeping.database(whole))["database"] == State.WRONG
    whole.database.dispose()
    shutil.rmtree(whole.settings.data_dir)
    assert states(keeping.database(whole))["database"] == State.MIND
    assert not whole.settings.data_dir.exists()  # looking makes nothing


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ((3, 40, 1), State.MIND),
        ((3, 44, 6), State.GOOD),
        ((3, 45, 1), State.MIND),
        ((3, 50, 7), State.GOOD),
        ((3, 51, 2), State.MIND),
        ((3, 51, 3), State.GOOD),
        ((3, 31, 1), State.WRONG),
    ],
)
def test_sqlite_versions_with_the_fault_of_the_write_ahead_log_are_named(version, state):
    assert [finding.state for finding in keeping.sqlite_version(version)] == [state]


@pytest.mark.sqlite
def test_an_index_that_is_damaged_can_be_rebuilt(whole):
    shutil.rmtree(whole.settings.index_dir, ignore_errors=True)
    (found,) = moving.index(whole)
    assert found.state == State.MIND
    assert "reindex" in found.do
