"""Files of one shot become one asset, in whatever order they come, and one again each when somebody says
so."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dam.archive import Archive
from dam.errors import Conflict
from dam.models import (
    Asset,
    AuditEntry,
    Event,
    Minors,
    Original,
    Outcome,
    Processing,
    Rendition,
    Review,
    Role,
)
from dam.services import accounts, describing, finding, ingest, officials, showing
from dam.services import bin as the_bin
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.describing import Description
from dam.services.families import joining
from dam.services.ingest import rerouting
from dam.services.ingest.reasons import IngestReason
from tests import material
from tests.services.families.material import asset, item, live_pair, raw, roles, sidecar


@pytest.fixture
def shot(tmp_path: Path) -> dict[str, Path]:
    return {
        "jpeg": material.photo(tmp_path / "IMG_0001.JPG", seed=3),
        "raw": raw(tmp_path / "IMG_0001.DNG", seed=4),
        "sidecar": sidecar(tmp_path / "IMG_0001.xmp"),
    }


ORDERS = [
    ("jpeg", "raw", "sidecar"), ("raw", "jpeg", "sidecar"), ("sidecar", "raw", "jpeg"), ("sidecar", "jpeg",
    "raw"), ("raw", "sidecar", "jpeg"),
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("batches", [1, 2])
def test_raw_jpeg_and_sidecar_are_one_asset_in_any_order(
    archive: Archive, event: Event, send, work, shot, order, batches
):
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    items = {}
    for name in order:
        items[name] = send(shot[name], event, batch if batches == 1 else None)
        if batches == 2:
            work()
    work()
    found = {name: item(archive, item_id) for name, item_id in items.items()}
    assert len({one.asset_id for one in found.values()}) == 1
    asset_id = found["jpeg"].asset_id
    assert roles(archive, asset_id) == {
        "IMG_0001.JPG": "primary", "IMG_0001.DNG": "raw", "IMG_0001.xmp": "sidecar",
    }  # fmt: skip
    assert found["jpeg"].outcome == Outcome.READY
    assert found["raw"].outcome == found["sidecar"].outcome == Outcome.ATTACHED
    with archive.reading() as tx:
        names = joining.joined_with(tx, list(found.values()))
    assert names == {items["raw"]: "IMG_0001.JPG", items["sidecar"]: "IMG_0001.JPG"}
    one = asset(archive, asset_id)
    assert one.processing == Processing.READY and one.originals[0].name == "IMG_0001.JPG"
    assert one.caption == "Pie del archivo XMP" and one.persons == ["Begoña Núñez"] and one.rating == 4
    assert {made.preset for made in one.renditions} >= {"thumb", "preview", "web-2048"}
    hits = finding.find(archive, LOCAL_ADMINISTRATOR, finding.Query("banderas"))
    assert [hit.asset_id for hit in hits.hits] == [asset_id]


def test_every_original_keeps_its_bytes_and_digest(archive: Archive, event: Event, send, work, shot):
    for path in shot.values():
        send(path, event)
    work()
    with archive.reading() as tx:
        originals = tx.scalars(select(Original)).all()
    by_name = {one.name: one for one in originals}
    for path in shot.values():
        assert b"".join(archive.originals.open(by_name[path.name].sha256)) == path.read_bytes()


def test_the_asset_that_came_first_keeps_its_page_and_shows_the_jpeg(
    archive: Archive, event: Event, send, work, shot
):
    first = send(shot["raw"], event)
    work()
    raw_id = item(archive, first).asset_id
    with archive.transaction() as tx:
        person = officials.create_official(tx, LOCAL_ADMINISTRATOR, "Ana Ruiz")
        describing.describe(
            tx,
            LOCAL_ADMINISTRATOR,
            [raw_id],
            Description(caption="Dicho por una persona", appears_add=(person.id,)),
        )
    second = send(shot["jpeg"], event)
    work()
    assert item(archive, second).asset_id == raw_id
    one = asset(archive, raw_id)
    assert one.caption == "Dicho por una persona" and len(one.appearances) == 1
    assert one.originals[0].name == "IMG_0001.JPG"
    with archive.reading() as tx:
        shown = tx.scalars(select(Rendition.key).where(Rendition.asset_id == raw_id)).all()
        jpeg = tx.scalars(select(Original.sha256).where(Original.name == "IMG_0001.JPG")).one()
        old = tx.scalars(select(Original).where(Original.name == "IMG_0001.DNG")).one()
        assert joining.joined_to(tx, old.home_id) == raw_id
    assert shown and all(key.startswith(jpeg) for key in shown)


def test_another_camera_s_raw_of_the_same_name_stays_apart(
    archive: Archive, event: Event, send, work, tmp_path
):
    one = send(material.photo(tmp_path / "IMG_0001.JPG", seed=3, serial="A1"), event)
    other = send(raw(tmp_path / "IMG_0001.DNG", seed=4, serial="B2"), event)
    late = send(raw(tmp_path / "IMG_0002.DNG", seed=8, taken="2026:05:01 19:00:00"), event)
    early = send(material.photo(tmp_path / "IMG_0002.JPG", seed=9), event)
    work()
    assert len({item(archive, each).asset_id for each in (one, other, late, early)}) == 4


def test_files_of_different_events_stay_apart(archive: Archive, event: Event, send, work, shot):
    from dam.services import events

    with archive.transaction() as tx:
        elsewhere = events.create_event(tx, LOCAL_ADMINISTRATOR, "Otra reunión")
    one, other = send(shot["jpeg"], event), send(shot["raw"], elsewhere)
    work()
    assert item(archive, one).asset_id != item(archive, other).asset_id


def test_a_sidecar_alone_waits_and_says_so(archive: Archive, event: Event, send, work, shot):
    waiting = send(shot["sidecar"], event)
    work()
    found = item(archive, waiting)
    assert found.outcome == Outcome.QUARANTINED and found.reason_code == IngestReason.WAITS_FOR_PICTURE
    send(shot["jpeg"], event)
    work()
    assert item(archive, waiting).outcome == Outcome.ATTACHED and item(archive, waiting).reason_code is None


def test_a_sidecar_that_names_a_file_joins_that_one(archive: Archive, event: Event, send, work, tmp_path):
    jpeg = send(material.photo(tmp_path / "A.JPG", seed=3), event)
    other = send(material.photo(tmp_path / "B.JPG", seed=4), event)
    named = send(sidecar(tmp_path / "B.JPG.xmp", caption="De B"), event)
    wrong = send(sidecar(tmp_path / "A.CR3.xmp", caption="De un RAW que no está"), event)
    work()
    assert item(archive, named).asset_id == item(archive, other).asset_id
    assert asset(archive, item(archive, other).asset_id).caption == "De B"
    assert item(archive, wrong).outcome == Outcome.QUARANTINED
    assert asset(archive, item(archive, jpeg).asset_id).caption is None


def test_the_second_copy_of_a_photo_finds_the_sidecar_of_its_own_name(
    archive: Archive, event: Event, send, work, tmp_path
):
    send(material.photo(tmp_path / "A.JPG", seed=3), event)
    (tmp_path / "copia.JPG").write_bytes((tmp_path / "A.JPG").read_bytes())
    copy = send(tmp_path / "copia.JPG", event)
    beside = send(sidecar(tmp_path / "copia.JPG.xmp"), event)
    work()
    assert item(archive, copy).outcome == Outcome.DUPLICATE
    assert item(archive, beside).outcome == Outcome.ATTACHED


def test_a_sidecar_overrides_what_a_raw_file_carries_and_fills_gaps_of_a_jpeg(
    archive: Archive, event: Event, send, work, tmp_path
):
    inside = send(raw(tmp_path / "R.DNG", seed=4, caption="Dentro del RAW"), event)
    send(sidecar(tmp_path / "R.xmp"), event)
    jpeg = material.photo(tmp_path / "J.JPG", seed=5)
    from PIL import Image

    picture = Image.open(jpeg)
    exif = picture.getexif()
    exif[0x010E] = "Dentro del JPEG"
    picture.save(jpeg, exif=exif)
    own = send(jpeg, event)
    send(sidecar(tmp_path / "J.xmp"), event)
    work()
    assert asset(archive, item(archive, inside).asset_id).caption == "Pie del archivo XMP"
    described = asset(archive, item(archive, own).asset_id)
    assert described.caption == "Dentro del JPEG" and described.headline == "Encabezado XMP"


def test_a_person_s_word_stays(archive: Archive, event: Event, send, work, shot):
    shown = send(shot["raw"], event)
    work()
    asset_id = item(archive, shown).asset_id
    with archive.transaction() as tx:
        describing.describe(
            tx, LOCAL_ADMINISTRATOR, [asset_id], Description(caption="De una persona", rating=1)
        )
    send(shot["sidecar"], event)
    work()
    one = asset(archive, asset_id)
    assert one.caption == "De una persona" and one.rating == 1 and one.headline == "Encabezado XMP"


@pytest.mark.parametrize("identifier", ["", None])
def test_a_live_photo_is_one_asset(archive: Archive, event: Event, send, work, tmp_path, identifier):
    photo, clip = live_pair(tmp_path, "IMG_7777", identifier=identifier)
    moving = send(clip, event)
    still = send(photo, event)
    work()
    assert item(archive, moving).asset_id == item(archive, still).asset_id
    assert roles(archive, item(archive, still).asset_id) == {
        "IMG_7777.JPG": "primary",
        "IMG_7777.MOV": "live_video",
    }
    one = asset(archive, item(archive, still).asset_id)
    assert one.kind == "photo" and one.duration is None


def test_a_live_photo_s_identifier_ties_files_of_different_names_and_parts_those_that_differ(
    archive: Archive, event: Event, send, work, tmp_path
):
    photo, clip = live_pair(tmp_path, "IMG_1", identifier="AAAAAAAA-1111")
    clip = clip.rename(tmp_path / "otro nombre.MOV")
    one, other = send(photo, event), send(clip, event)
    third, fourth = (send(path, event) for path in live_pair(tmp_path, "IMG_2", identifier=None, seed=9))
    work()
    assert item(archive, one).asset_id == item(archive, other).asset_id
    assert item(archive, third).asset_id == item(archive, fourth).asset_id != item(archive, one).asset_id


def test_a_person_splits_a_wrong_pair_and_the_archive_leaves_it_so(
    archive: Archive, event: Event, send, work, shot
):
    jpeg, beside = send(shot["jpeg"], event), send(shot["raw"], event)
    sent = send(shot["sidecar"], event)
    work()
    asset_id = item(archive, jpeg).asset_id
    with archive.transaction() as tx:
        original = tx.scalars(select(Original).where(Original.name == "IMG_0001.xmp")).one()
        joining.split(tx, LOCAL_ADMINISTRATOR, original.id)
    work()
    assert item(archive, sent).outcome == Outcome.QUARANTINED and item(archive, sent).asset_id != asset_id
    assert asset(archive, asset_id).caption is None, "what the sidecar lent is given back"
    with archive.transaction() as tx:
        original = tx.scalars(select(Original).where(Original.name == "IMG_0001.DNG")).one()
        home = joining.split(tx, LOCAL_ADMINISTRATOR, original.id)
        assert home.processing == Processing.READY
    assert item(archive, beside).outcome == Outcome.READY and item(archive, beside).asset_id == home.id
    work()
    hits = finding.find(archive, LOCAL_ADMINISTRATOR, finding.Query(""))
    assert {hit.asset_id for hit in hits.hits} == {asset_id, home.id}
    with archive.transaction() as tx:
        again = joining.join_chosen(tx, LOCAL_ADMINISTRATOR, [home.id, asset_id])
        deeds = tx.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == again.id)).all()
    assert {"asset.join", "asset.split"} <= set(deeds)
    assert roles(archive, again.id) == {"IMG_0001.JPG": "primary", "IMG_0001.DNG": "raw"}


def test_the_picture_itself_can_be_split_off_and_the_raw_file_shows(
    archive: Archive, event: Event, send, work, shot
):
    jpeg, _raw = send(shot["jpeg"], event), send(shot["raw"], event)
    work()
    asset_id = item(archive, jpeg).asset_id
    with archive.transaction() as tx:
        original = tx.scalars(select(Original).where(Original.name == "IMG_0001.JPG")).one()
        home = joining.split(tx, LOCAL_ADMINISTRATOR, original.id)
    assert roles(archive, asset_id) == {"IMG_0001.DNG": "primary"}
    assert roles(archive, home.id) == {"IMG_0001.JPG": "primary"}
    with archive.transaction() as tx, pytest.raises(Conflict):
        joining.split(tx, LOCAL_ADMINISTRATOR, original.id)


def test_a_duplicate_of_a_raw_file_says_that_it_goes_with_another(
    archive: Archive, event: Event, send, work, shot
):
    send(shot["jpeg"], event), send(shot["raw"], event)
    work()
    again = send(shot["raw"], event)
    found = item(archive, again)
    assert found.outcome == Outcome.DUPLICATE and found.reason_code == IngestReason.GOES_WITH_ANOTHER
    with archive.reading() as tx:
        assert joining.joined_with(tx, [found]) == {again: "IMG_0001.JPG"}


def test_an_approved_picture_is_never_replaced_by_itself_and_by_hand_it_is_looked_at_again(
    archive: Archive, event: Event, send, work, shot
):
    first = send(shot["raw"], event)
    work()
    raw_id = item(archive, first).asset_id
    with archive.transaction() as tx:
        raw = tx.get_one(Asset, raw_id)
        raw.review, raw.minors = Review.APPROVED, Minors.NO
    second = send(shot["jpeg"], event)
    work()
    jpeg_id = item(archive, second).asset_id
    assert jpeg_id != raw_id
    editor = Actor(None, "Redacción", Role.EDITOR)
    with archive.transaction() as tx:
        joining.join_chosen(tx, editor, [raw_id, jpeg_id])
        shown = tx.get_one(Asset, raw_id)
        assert (shown.review, shown.minors) == (Review.RECEIVED, Minors.NOT_LOOKED_AT)
        assert showing.show(tx, editor, jpeg_id)["asset_id"] == raw_id


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.EDITOR, (Review.RECEIVED, Minors.NOT_LOOKED_AT)),
        (Role.COORDINATOR, (Review.APPROVED, Minors.NO)),
    ],
)
def test_what_shows_once_its_picture_is_split_off_was_approved_by_nobody(
    archive: Archive, event: Event, send, work, shot, role: Role, told
):
    jpeg, _raw = send(shot["jpeg"], event), send(shot["raw"], event)
    work()
    asset_id = item(archive, jpeg).asset_id
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.review, asset.minors = Review.APPROVED, Minors.NO
        original = tx.scalars(select(Original).where(Original.name == "IMG_0001.JPG")).one()
        home = joining.split(tx, Actor(None, "Alguien", role), original.id)
        assert (asset.review, asset.minors) == told
        assert home.review != Review.APPROVED and home.minors == Minors.NOT_LOOKED_AT


def test_what_strangers_send_is_not_joined_with_what_they_may_not_describe(
    archive: Archive, event: Event, send, work, shot
):
    with archive.transaction() as tx:
        luis = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "luis", "Luis", Role.PHOTOGRAPHER)
        ana = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "ana", "Ana", Role.PHOTOGRAPHER)
        desk = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "eva", "Eva", Role.EDITOR)
        batches = {
            who: ingest.open_batch(tx, accounts.actor_of(tx, user), event.id)
            for who, user in (("luis", luis), ("ana", ana), ("desk", desk))
        }
    photo = send(shot["jpeg"], event, batches["luis"])
    forged = send(shot["raw"], event, batches["ana"])
    words = send(shot["sidecar"], event, batches["desk"])
    work()
    assert item(archive, forged).asset_id != item(archive, photo).asset_id
    assert item(archive, words).asset_id == item(archive, photo).asset_id, "the desk describes everybody's"


@pytest.mark.parametrize("undone", ["jpeg", "raw"])
def test_undoing_a_batch_takes_its_file_out_of_another_batch_s_material(
    archive: Archive, event: Event, send, work, shot, undone
):
    kept = "raw" if undone == "jpeg" else "jpeg"
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    stays = send(shot[kept], event)
    work()
    goes = send(shot[undone], event, batch)
    work()
    assert item(archive, stays).asset_id == item(archive, goes).asset_id
    with archive.transaction() as tx:
        rerouting.undo_batch(tx, LOCAL_ADMINISTRATOR, batch.id)
    one, other = (asset(archive, item(archive, each).asset_id) for each in (stays, goes))
    assert one.deleted_at is None and [each.name for each in one.originals] == [shot[kept].name]
    assert other.deleted_at is not None and [each.name for each in other.originals] == [shot[undone].name]


def test_what_is_emptied_from_the_bin_goes_with_everything_that_joined_it(
    archive: Archive, event: Event, send, work, shot
):
    items = [send(path, event) for path in shot.values()]
    work()
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [item(archive, items[0]).asset_id])
        tx.execute(update(Asset).where(Asset.deleted_at.is_not(None)).values(deleted_at=datetime(2020, 1, 1)))
    with archive.reading() as tx:
        digests = tx.scalars(select(Original.sha256)).all()
    assert the_bin.empty(archive) == 3
    with archive.reading() as tx:
        assert tx.scalars(select(Asset.id)).all() == tx.scalars(select(Original.id)).all() == []
    assert not any(archive.originals.exists(one) for one in digests)


def test_what_programs_leave_beside_a_photo_goes_with_it(
    archive: Archive, event: Event, send, work, tmp_path
):
    settings = tmp_path / "IMG_0009.pp3"
    settings.write_text("[Version]\nAppVersion=5.8\n", encoding="utf-8")
    left = send(settings, event)
    photo = send(material.photo(tmp_path / "IMG_0009.JPG", seed=3), event)
    work()
    assert item(archive, left).asset_id == item(archive, photo).asset_id
    assert roles(archive, item(archive, photo).asset_id)["IMG_0009.pp3"] == "other"
