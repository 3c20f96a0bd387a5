"""What a page keeps back is not told by its neighbours: sizes, counts and reasons."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Original, Review, Role
from dam.services import collections, indexing, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.families import stacking
from tests import material, taking

ELSEWHERE = ["15054"]  # a liaison's municipality in which nothing of these tests was taken


@pytest.fixture
def liaison(as_role):
    return as_role(Role.LIAISON, municipalities=ELSEWHERE)


@pytest.fixture
def take_in(archive: Archive, event, send, tmp_path) -> Callable[..., int]:
    """``take_in(review=…)``: a photo of Toluca that is ready; no file is like another."""
    made = iter(range(1, 100))

    def _take(**facts: object) -> int:
        seed = next(made)
        asset_id = taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        taking.change(archive, asset_id, **facts)
        return asset_id

    return _take


def test_the_size_of_a_package_tells_nothing_of_what_is_out_of_reach(liaison, as_role, take_in) -> None:
    shown, hidden = take_in(review=Review.APPROVED), take_in()
    form = {"ids": f"{shown},{hidden}", "preset": ["web", "original"]}
    assert as_role(Role.EDITOR).post("/paquetes/calculo", data=form).json["files"] == 4
    told = liaison.post("/paquetes/calculo", data=form).json
    alone = liaison.post("/paquetes/calculo", data=form | {"ids": str(shown)}).json
    assert told == alone and told["files"] == 2
    nothing = liaison.post("/paquetes/calculo", data=form | {"ids": str(hidden)}).json
    assert (nothing["files"], nothing["bytes"]) == (0, 0)


def test_a_collection_and_a_stack_count_what_one_sees_of_them(
    archive: Archive, liaison, as_role, take_in
) -> None:
    ids = [take_in(review=Review.APPROVED), take_in(review=Review.APPROVED), take_in()]
    withdrawn = take_in(review=Review.APPROVED, withdrawn_at=archive.clock())
    with archive.transaction() as tx:
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Gira")
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, [*ids, withdrawn])
        collections.share(tx, LOCAL_ADMINISTRATOR, made.id, roles={Role.LIAISON: False, Role.EDITOR: False})
        stacking.stack(tx, LOCAL_ADMINISTRATOR, [*ids, withdrawn])
    while indexing.drain(archive):
        pass
    for browser, sees in ((liaison, 2), (as_role(Role.EDITOR), 3)):
        assert f'class="cover-facts">{sees} ' in browser.get("/colecciones").text
        assert re.findall(r'class="card-stack"[^>]*>(\d+)<', browser.get("/buscar").text) == [str(sees)]


def test_no_answer_tells_the_digest_of_the_camera_s_file_to_whom_origins_are_no_business(
    archive: Archive, liaison, client, take_in
) -> None:
    asset_id = take_in(review=Review.APPROVED, minors="no")
    given = {"recipient": "x", "presets": ["web"], "asset_id": asset_id}
    _row, token = sharing.make(archive, LOCAL_ADMINISTRATOR, **given)
    digest = taking.sha256_of(archive, asset_id)
    for browser, address in (
        (liaison, f"/archivo/{asset_id}/thumb"), (liaison, f"/descargar/{asset_id}/web"),
        (liaison, f"/api/v1/assets/{asset_id}/files/web"),
        (client, f"/l/{token}/ver/{asset_id}/preview"), (client, f"/l/{token}/bajar/{asset_id}/web"),
    ):  # fmt: skip
        answer = browser.get(address)
        assert answer.status_code == 200 and answer.headers["ETag"], address
        assert digest not in str(answer.headers), address
        tag = {"If-None-Match": answer.headers["ETag"]}
        assert browser.get(address, headers=tag).status_code == 304, address


def test_what_is_done_to_files_and_stacks_tells_nothing_of_what_is_out_of_reach(
    archive: Archive, liaison, take_in
) -> None:
    """A hidden material with a stack answers as one that never was."""
    hidden = [take_in(), take_in()]
    with archive.transaction() as tx:
        stacking.stack(tx, LOCAL_ADMINISTRATOR, hidden)
        original_id = tx.scalars(select(Original.id).where(Original.asset_id == hidden[0])).one()
    fetch = {"X-Requested-With": "fetch"}
    for address, body, never in (
        (f"/material/{hidden[0]}/portada", {}, "/material/424242/portada"),
        ("/material/separar", {"original_id": original_id}, {"original_id": 424242}),
    ):
        there = liaison.post(address, json=body, headers=fetch)
        gone = liaison.post(never if isinstance(never, str) else address, headers=fetch,
                            json=body if isinstance(never, str) else never)  # fmt: skip
        assert there.status_code == gone.status_code == 404 and there.json == gone.json, address
