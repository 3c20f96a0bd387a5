"""Nobody takes a file away without the custody log saying so, however the request is cut."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Delivery, Review, Role
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


def test_what_one_account_began_does_not_cover_another_s_continuation(
    archive: Archive, as_role, photo_id
) -> None:
    as_role(Role.EDITOR).get(f"/descargar/{photo_id}/web")
    as_role(Role.VIEWER).get(f"/descargar/{photo_id}/web", headers={"Range": "bytes=1-"})
    assert _taken(archive) == 2
