"""Nobody takes a file away without the custody log saying so, however the request is cut."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Delivery, Original, Review, Role
from tests import material, taking


@pytest.fixture
def photo_id(archive: Archive, event, send, tmp_path: Path) -> int:
    asset_id = taking.take_in(archive, send, material.photo(tmp_path / "a.jpg"), event)
    taking.change(archive, asset_id, review=Review.APPROVED)
    return asset_id


def _taken(archive: Archive) -> int:
    with archive.reading() as tx:
        return tx.scalar(select(func.count()).select_from(Delivery))


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=1-"},  # all but the byte that every JPEG begins with
        {"Range": "bytes=-200"},
        {"Range": "bytes=1-", "If-Range": '"another"'},  # answered with the whole file
    ],
)
@pytest.mark.parametrize("preset", ["web", "original"])
def test_a_part_of_what_was_never_begun_is_recorded_as_taken(
    archive: Archive, as_role, photo_id, preset, headers
) -> None:
    answer = as_role(Role.EDITOR).get(f"/descargar/{photo_id}/{preset}", headers=headers)
    assert answer.status_code in (200, 206) and len(answer.data) >= 200
    assert _taken(archive) == 1


def test_one_file_of_several_is_recorded_however_it_is_asked_for(
    archive: Archive, as_role, photo_id, tmp_path: Path
) -> None:
    editor = as_role(Role.EDITOR)
    with archive.transaction() as tx:
        one = tx.scalars(select(Original).where(Original.asset_id == photo_id)).one()
        more = Original(asset_id=photo_id, sha256=one.sha256[::-1], bytes=3, name="a.nef", role="raw")
        tx.add(more)
        tx.flush()
        shown, raw = one.id, more.id
    (tmp_path / "a.nef").write_bytes(b"raw")
    archive.originals.put(one.sha256[::-1], tmp_path / "a.nef")
    address = f"/descargar/{photo_id}/archivo/"
    assert editor.get(f"{address}{shown}", headers={"Range": "bytes=1-"}).status_code == 206
    assert _taken(archive) == 1
    assert editor.get(f"{address}{shown}", headers={"Range": "bytes=9-"}).status_code == 206
    assert _taken(archive) == 1  # it goes on with what was begun
    assert editor.get(f"{address}{raw}", headers={"Range": "bytes=1-"}).data == b"aw"
    assert _taken(archive) == 2  # and that is another file


def test_what_one_account_began_does_not_cover_another_s_continuation(
    archive: Archive, as_role, photo_id
) -> None:
    as_role(Role.EDITOR).get(f"/descargar/{photo_id}/web")
    as_role(Role.VIEWER).get(f"/descargar/{photo_id}/web", headers={"Range": "bytes=1-"})
    assert _taken(archive) == 2
