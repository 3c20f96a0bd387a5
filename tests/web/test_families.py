"""Files that belong together and stacks, as the pages show and change them."""

from pathlib import Path

import pytest

from dam.archive import Archive
from dam.models import Asset, Event, Original, Role
from dam.services import ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.families import stacking
from tests import material
from tests.services.families.material import item, motion_photo, raw, sidecar


@pytest.fixture
def family(archive: Archive, event: Event, send, work, tmp_path: Path) -> tuple[int, int]:
    """A photo with its RAW file and sidecar: asset's and batch's id."""
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    shown = send(material.photo(tmp_path / "IMG_1.JPG", seed=3), event, batch)
    send(raw(tmp_path / "IMG_1.DNG", seed=4), event, batch)
    send(sidecar(tmp_path / "IMG_1.xmp"), event, batch)
    send(sidecar(tmp_path / "IMG_9.xmp", caption="Espera"), event, batch)
    work()
    return item(archive, shown).asset_id, batch.id


def original(archive: Archive, name: str) -> Original:
    with archive.reading() as tx:
        return tx.query(Original).filter(Original.name == name).one()


def test_the_upload_page_says_with_which_picture_a_file_was_joined(family, as_role):
    _asset_id, batch_id = family
    said = as_role(Role.ADMINISTRATOR).get(f"/cargas/{batch_id}/avance").get_json()
    told = {one["path"]: (one["outcome"], one["with"]) for one in said["items"]}
    assert told == {
        "IMG_1.JPG": ("ready", None),
        "IMG_1.DNG": ("attached", "IMG_1.JPG"),
        "IMG_1.xmp": ("attached", "IMG_1.JPG"),
        "IMG_9.xmp": ("waits", None),
    }


def test_the_page_lists_the_originals_and_each_can_be_taken_untouched(archive, family, as_role, tmp_path):
    asset_id, _batch = family
    editor = as_role(Role.EDITOR)
    page = editor.get(f"/material/{asset_id}").text
    for name in ("IMG_1.JPG", "IMG_1.DNG", "IMG_1.xmp"):
        assert name in page
    for name in ("IMG_1.DNG", "IMG_1.xmp"):
        file = original(archive, name)
        answer = editor.get(f"/descargar/{asset_id}/archivo/{file.id}")
        assert answer.status_code == 200 and answer.data == (tmp_path / name).read_bytes()
        assert "attachment" in answer.headers["Content-Disposition"]
    shown = editor.get(f"/descargar/{asset_id}/original")
    assert shown.data == (tmp_path / "IMG_1.JPG").read_bytes()


def test_who_may_not_take_originals_takes_none_of_them(archive, family, as_role):
    asset_id, _batch = family
    file = original(archive, "IMG_1.DNG")
    for role in (Role.VIEWER, Role.PHOTOGRAPHER):
        assert as_role(role).get(f"/descargar/{asset_id}/archivo/{file.id}").status_code == 403
    assert as_role(Role.EDITOR).get(f"/descargar/{asset_id + 1}/archivo/{file.id}").status_code == 404


def test_a_file_is_split_off_and_joined_again(archive, family, as_role):
    asset_id, _batch = family
    editor = as_role(Role.EDITOR)
    file = original(archive, "IMG_1.DNG")
    own = editor.post("/material/separar", json={"original_id": file.id}).get_json()["asset"]
    assert own != asset_id and editor.get(f"/material/{own}").status_code == 200
    answer = editor.post("/material/juntar", json={"ids": [own, asset_id]})
    assert answer.status_code == 200 and answer.get_json()["asset"] == asset_id
    old = editor.get(f"/material/{own}")
    assert old.status_code == 302 and old.headers["Location"].endswith(f"/material/{asset_id}")
    assert as_role(Role.VIEWER).post("/material/separar", json={"original_id": file.id}).status_code == 403
    assert editor.post("/material/separar", json={"original_id": "x"}).status_code == 400


def test_the_clip_inside_a_motion_photo_plays_in_parts(archive, event, send, work, as_role, tmp_path):
    photo, clip = motion_photo(tmp_path / "PXL_1.MP.jpg")
    asset_id = item(archive, send(photo, event)).asset_id
    work()
    editor = as_role(Role.EDITOR)
    whole = editor.get(f"/material/{asset_id}/movimiento")
    assert whole.data == clip and whole.content_type == "video/mp4"
    part = editor.get(f"/material/{asset_id}/movimiento", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.data == clip[10:20]
    last = editor.get(f"/material/{asset_id}/movimiento", headers={"Range": "bytes=-5"})
    assert last.data == clip[-5:]
    assert as_role(Role.VIEWER).get(f"/material/{asset_id}/movimiento").status_code == 403
    assert "movimiento" in editor.get(f"/material/{asset_id}").text


def test_a_photo_without_a_clip_has_none(family, as_role):
    assert as_role(Role.EDITOR).get(f"/material/{family[0]}/movimiento").status_code == 404


def test_a_stack_is_one_picture_with_a_count_and_opens(archive, event, send, work, as_role, tmp_path):
    items = [send(material.photo(tmp_path / f"{n}.JPG", seed=20 + n), event) for n in range(3)]
    work()
    ids = [item(archive, one).asset_id for one in items]
    editor = as_role(Role.EDITOR)
    made = editor.post("/pilas", json={"ids": [ids[1], ids[0]]})
    assert made.status_code == 200
    work()
    with archive.reading() as tx:
        stack_id = tx.get_one(Asset, ids[0]).stack_id
    page = editor.get("/buscar").text
    assert page.count('class="card-stack"') == 1 and f"stack={stack_id}" in page
    assert f'data-id="{ids[1]}"' in page and f'data-id="{ids[0]}"' not in page
    opened = editor.get(f"/buscar?stack={stack_id}").text
    assert all(f'data-id="{one}"' in opened for one in ids[:2]) and "card-stack" not in opened
    shown = editor.get(f"/material/{ids[0]}").text
    assert f"/material/{ids[0]}/portada" in shown and f"/pilas/{stack_id}/desapilar" in shown
    editor.post(f"/material/{ids[0]}/portada", json={})
    with archive.reading() as tx:
        assert tx.get_one(Asset, ids[0]).stack_cover
    told = editor.post(f"/pilas/{stack_id}/desapilar", json={}).get_json()
    with archive.reading() as tx:
        assert stacking.counts(tx, LOCAL_ADMINISTRATOR, [stack_id]) == {}
    editor.post(f"/cambios/{told['change_id']}/deshacer", json={})
    with archive.reading() as tx:
        assert stacking.counts(tx, LOCAL_ADMINISTRATOR, [stack_id]) == {stack_id: 2}
