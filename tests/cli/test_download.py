"""``dam download``, on a whole archive."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dam.archive import Archive
from dam.cli.desk import Desk
from dam.cli.download import download
from dam.models import AuditEntry, Event, Rendition, Review
from tests import material, taking


class HereDesk(Desk):
    """A desk on the test's own archive."""

    archive: Archive = None  # type: ignore[assignment]


def _run(archive: Archive, *words: str, login: str | None = None) -> Result:
    desk = HereDesk(login)
    desk.archive = archive
    return CliRunner().invoke(download, words, obj=desk)


@pytest.fixture
def photo_id(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    return taking.take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)


def test_files_arrive_under_readable_names_and_once(archive, photo_id, tmp_path):
    folder = tmp_path / "out" / "deep"
    for _ in range(2):
        ran = _run(archive, str(photo_id), "--to", str(folder), "--json")
        assert ran.exit_code == 0, ran.output
        told = json.loads(ran.stdout)["files"]
        assert told[0]["path"] == str(folder / "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg")
        assert told[0]["bytes"] == Path(told[0]["path"]).stat().st_size
    assert len(list(folder.iterdir())) == 1
    with archive.reading() as tx:
        actors = tx.scalars(select(AuditEntry.actor).where(AuditEntry.action == "asset.download")).all()
        assert actors == ["local administrator"] * 2


def test_nothing_that_is_there_is_overwritten(archive, photo_id, tmp_path):
    mine = tmp_path / "2026-05-01_toluca_mitin_0001_sin-aprobar_web.jpg"
    mine.write_text("mine")
    assert _run(archive, str(photo_id), "--to", str(tmp_path)).exit_code == 0
    assert mine.read_text() == "mine"
    assert (tmp_path / "2026-05-01_toluca_mitin_0001_sin-aprobar_web-2.jpg").stat().st_size > 1000
    assert not list(tmp_path.glob(".part-*"))


def test_what_could_not_be_had_is_said_and_the_rest_arrives(archive, photo_id, tmp_path):
    ran = _run(archive, "4711", str(photo_id), "--to", str(tmp_path / "out"), "--json")
    assert ran.exit_code == 3
    bad, good = json.loads(ran.stdout)["files"]
    assert (bad["asset_id"], bad["error"], bad["path"]) == (4711, "not_found", None)
    assert Path(good["path"]).is_file()


def test_it_says_when_a_worker_is_needed_and_there_is_none(archive, photo_id, tmp_path):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "preview")).one())
    ran = _run(archive, str(photo_id), "--preset", "preview", "--to", str(tmp_path / "out"))
    assert ran.exit_code == 3 and "worker" in ran.stderr


def test_as_an_account_it_takes_what_that_account_may(archive, photo_id, tmp_path):
    taking.people(archive)
    taking.change(archive, photo_id, review=Review.REJECTED)
    folder = str(tmp_path / "out")
    assert _run(archive, str(photo_id), "--to", folder, login="viewer@example.mx").exit_code == 3
    assert _run(archive, str(photo_id), "--to", folder, login="editor@example.mx").exit_code == 0
