"""Set-up is harmless when repeated, and refuses to start over a disk that is not there."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam import bootstrap
from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import Event, Municipality
from tests import material


def test_preparing_twice_changes_nothing(archive: Archive) -> None:
    secret = (archive.settings.data_dir / "secret").read_text()
    bootstrap.prepare(archive)
    assert (archive.settings.data_dir / "secret").read_text() == secret
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Municipality)) == 125


def test_the_secret_is_readable_by_its_owner_only(archive: Archive) -> None:
    assert stat.S_IMODE((archive.settings.data_dir / "secret").stat().st_mode) == 0o600


def test_a_disk_that_is_not_mounted_is_no_empty_archive(
    archive: Archive, event: Event, send: Callable[..., int], tmp_path: Path
) -> None:
    send(material.photo(tmp_path / "a.jpg"), event)
    shutil.move(archive.settings.originals_dir, tmp_path / "away")
    with pytest.raises(Unavailable, match="mounted"):
        bootstrap.prepare(archive)
    assert not archive.settings.originals_dir.exists()
