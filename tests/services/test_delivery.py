"""What leaves: the metadata inside, the copy that is read the second time, and who may take it."""

import hashlib
import json
import subprocess
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import DamError, Forbidden, NotFound, Unavailable
from dam.media.embed import NotEmbedded, Scribe
from dam.models import (
    Appearance,
    Asset,
    AuditEntry,
    Delivered,
    Delivery,
    Event,
    Official,
    Processing,
    Rendition,
    Review,
)
from dam.queue import Job, Lane
from dam.services import access, delivery
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import Parcel, copies, deliver, delivering
from dam.services.renditions import BeingMade
from tests import material, taking
from tests.conftest import CORPUS

CAPTION = "La diputada habla en la plaza.\nSegunda línea: “ñandú” & <b>"


@pytest.fixture
def photo_id(archive: Archive, event: Event, send, tmp_path: Path) -> int:
    """A described photo whose original carries a place, a serial number and no credit."""
    path = material.photo(
        tmp_path / "IMG_1.JPG", size=(2400, 1600), gps=(19.29, -99.65), serial="SERIAL-4711", seed=3
    )
    asset_id = taking.take_in(archive, send, path, event)
    describe(archive, asset_id)
    return asset_id


def describe(archive: Archive, asset_id: int) -> None:
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.headline, asset.caption = "Mitin en la plaza", CAPTION
        asset.keywords, asset.byline, asset.credit = (
            ["mitin", "plaza cívica"],
            "Ana Ñuñez",
            "Comunicación Social",
        )
        asset.copyright, asset.utc_offset = "© 2026 Partido", -360
        for name, confirmed in (("Óscar González Yáñez", True), ("Sólo Sugerida", False)):
            official = Official(name=name, folded=name.lower())
            tx.add(official)
            tx.flush()
            tx.add(Appearance(asset_id=asset_id, official_id=official.id, confirmed=confirmed))


@pytest.fixture
def written(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file exiftool was asked to write."""
    files: list[Path] = []
    write = Scribe.write
    monkeypatch.setattr(
        Scribe, "write", lambda self, path, caption: files.append(path) or write(self, path, caption)
    )
    return files


def read(parcel: Parcel) -> bytes:
    with parcel.open() as handle:
        return handle.read()


def exiftool(parcel: Parcel, folder: Path) -> dict[str, object]:
    """Everything exiftool finds in it, by group: {"XMP-photoshop:Credit": …}."""
    path = folder / parcel.filename
    path.write_bytes(read(parcel))
    said = subprocess.run(
        ["exiftool", "-j", "-G1", "-a", "-u", "-ee", str(path)], capture_output=True, check=True
    ).stdout
    return json.loads(said)[0]


def test_a_photo_leaves_with_its_credit_and_without_place_or_serial(archive, photo_id, tmp_path):
    found = exiftool(deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page"), tmp_path)
    assert found["IFD0:Artist"] == found["IPTC:By-line"] == found["XMP-dc:Creator"] == "Ana Ñuñez"
    assert found["IPTC:Credit"] == found["XMP-photoshop:Credit"] == "Comunicación Social"
    assert (
        found["IFD0:Copyright"] == found["IPTC:CopyrightNotice"] == found["XMP-dc:Rights"] == "© 2026 Partido"
    )
    assert found["XMP-dc:Description"].replace("\r", "").split() == CAPTION.split()
    assert found["XMP-photoshop:Headline"] == found["IPTC:Headline"] == "Mitin en la plaza"
    assert found["XMP-dc:Subject"] == found["IPTC:Keywords"] == ["mitin", "plaza cívica"]
    assert found["XMP-iptcExt:PersonInImage"] in ("Óscar González Yáñez", ["Óscar González Yáñez"])
    assert found["XMP-photoshop:City"] == "Toluca" and found["XMP-photoshop:State"] == "México"
    assert found["XMP-iptcExt:Event"] == "Mitin en Toluca"
    assert "15106" in json.dumps(found)
    assert found["XMP-photoshop:DateCreated"] == "2026:05:01 18:20:00-06:00"
    assert (found["File:ImageWidth"], found["File:ImageHeight"]) == (2048, 1365)
    private = [
        tag for tag in found if "GPS" in tag or "erial" in tag.lower() or "Make" in tag or "Model" in tag
    ]
    assert not [tag for tag in private if not tag.startswith("ICC")]
    assert "4711" not in json.dumps(found) and "SERIAL" not in json.dumps(found)
    assert "19.29" not in json.dumps(found) and "IMG_1" not in json.dumps(found)


def test_a_clip_leaves_with_its_credit_and_without_place(archive, event, send, tmp_path):
    path = material.clip(tmp_path / "MVI_1.MP4", seconds=1)
    place = ["-UserData:GPSCoordinates=19.29, -99.65, 10", "-Keys:GPSCoordinates=19.29, -99.65, 10"]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *place, str(path)], check=True)
    asset_id = taking.take_in(archive, send, path, event)
    describe(archive, asset_id)
    parcel = deliver(archive, LOCAL_ADMINISTRATOR, asset_id, "web", "page")
    assert parcel.filename == "2026-05-01_toluca_mitin_0001_sin-aprobar_web.mp4"
    assert parcel.media_type == "video/mp4"
    found = exiftool(parcel, tmp_path)
    assert found["XMP-photoshop:Credit"] == "Comunicación Social" and found["XMP-dc:Creator"] == "Ana Ñuñez"
    assert found["XMP-iptcExt:PersonInImage"] in ("Óscar González Yáñez", ["Óscar González Yáñez"])
    # The container's time is UTC; what is said is the clock of the event's zone.
    assert found["XMP-photoshop:DateCreated"] == "2026:05:01 18:20:00-06:00"
    assert not [tag for tag in found if "GPS" in tag]
    assert (
        "19.29" not in json.dumps(found)
        and "99.65" not in json.dumps(found)
        and "99 deg" not in json.dumps(found)
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_nothing_private_of_real_cameras_leaves(archive, event, send, tmp_path):
    checked = 0
    for path in sorted((CORPUS / "photos").glob("*.jp*g")):
        told = _private(path)
        if not told:
            continue
        asset_id = taking.take_in(archive, send, path, event)
        try:
            parcel = deliver(archive, LOCAL_ADMINISTRATOR, asset_id, "web", "page")
        except DamError:
            continue
        found = exiftool(parcel, tmp_path)
        assert not [tag for tag in found if "GPS" in tag or "SerialNumber" in tag or "OwnerName" in tag], (
            path.name
        )
        assert not [tag for tag in found if "Thumbnail" in tag or "MakerNote" in tag], path.name
        checked += 1
        if checked == 6:
            break
    assert checked >= 3


def _private(path: Path) -> list[str]:
    said = subprocess.run(
        ["exiftool", "-j", "-G", "-GPSLatitude", "-SerialNumber", "-OwnerName", str(path)],
        capture_output=True,
    )
    return [tag for tag in json.loads(said.stdout or "[{}]")[0] if tag != "SourceFile"]


def test_the_second_download_is_a_read(archive, photo_id, written):
    first = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    second = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    assert len(written) == 1
    assert (first.key, first.bytes) == (second.key, second.bytes)
    assert len(read(second)) == second.bytes


def test_an_edit_changes_the_next_download_and_no_pixel(archive, photo_id, written, tmp_path):
    first = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    before = _scan(read(first))
    taking.change(archive, photo_id, credit="Otro crédito")
    second = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    assert exiftool(second, tmp_path)["XMP-photoshop:Credit"] == "Otro crédito"
    assert _scan(read(second)) == before
    assert len(written) == 2
    assert not archive.renditions.exists(first.key), "the copy it replaces is dropped"
    with archive.reading() as tx:
        assert tx.scalars(select(Delivered.key)).all() == [second.key]


def _scan(jpeg: bytes) -> str:
    """Digest of the compressed picture: from the first scan to the end."""
    return hashlib.sha256(jpeg[jpeg.index(b"\xff\xda") :]).hexdigest()


def test_the_rendition_itself_is_never_written_to(archive, photo_id):
    with archive.reading() as tx:
        key = tx.scalars(select(Rendition.key).where(Rendition.preset == "web-2048")).one()
    before = archive.renditions.local_path(key).read_bytes()
    deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    assert archive.renditions.local_path(key).read_bytes() == before


def test_eight_who_take_the_same_at_once_get_the_same(archive, photo_id):
    got: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: got.append(read(deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len(set(got)) == 1
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Delivered)) == 1
        assert tx.scalar(select(func.count()).select_from(Delivery)) == 8


def test_exiftool_outlives_the_request_that_started_it(archive, photo_id):
    pids = []
    for preset in ("thumb", "preview", "web"):

        def take(preset: str = preset) -> None:
            deliver(archive, LOCAL_ADMINISTRATOR, photo_id, preset, "page")
            pids.append(archive.scribe._exiftool._process.pid)

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert len(pids) == 3 and len(set(pids)) == 1


def test_a_copy_whose_file_was_swept_away_is_made_again(archive, photo_id):
    first = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    archive.renditions.delete(first.key)
    assert len(read(deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page"))) > 10_000


def test_an_original_leaves_untouched_under_its_readable_name(archive, photo_id, written):
    parcel = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "original", "page")
    assert parcel.filename == "2026-05-01_toluca_mitin_0001_sin-aprobar_original.jpg"
    assert hashlib.sha256(read(parcel)).hexdigest() == taking.sha256_of(archive, photo_id)
    assert written == []


def test_who_took_what_is_in_the_custody_log(archive, photo_id):
    editor = taking.people(archive)["editor"]
    deliver(archive, editor, photo_id, "web", "api")
    deliver(archive, editor, photo_id, "web", "page", counted=False)
    with archive.reading() as tx:
        rows = tx.execute(select(Delivery.user_id, Delivery.preset, Delivery.route)).all()
        assert [tuple(row) for row in rows] == [(editor.user_id, "web-2048", "api")]
        told = tx.scalars(select(AuditEntry).where(AuditEntry.action == "asset.download")).one()
        assert told.subject_id == photo_id and told.detail["preset"] == "web-2048"


def test_without_its_credit_nothing_leaves(archive, photo_id, monkeypatch):
    def fail(*_: object) -> None:
        raise NotEmbedded("no", said="exiftool is gone")

    monkeypatch.setattr(Scribe, "write", fail)
    with pytest.raises(Unavailable):
        deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Delivery)) == 0


def test_a_version_that_is_missing_is_being_made(archive, photo_id):
    with archive.transaction() as tx:
        tx.delete(tx.scalars(select(Rendition).where(Rendition.preset == "web-2048")).one())
    with pytest.raises(BeingMade):
        deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")


def test_a_stale_one_leaves_while_the_new_one_is_made_and_is_written_once(archive, photo_id, written):
    with archive.transaction() as tx:
        tx.scalars(select(Rendition).where(Rendition.preset == "web-2048")).one().recipe = "0" * 16
    for _ in range(2):
        assert deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page").bytes > 50_000
    assert len(written) == 1
    assert archive.queue.sent[0] == (Job.MAKE_RENDITION, photo_id, Lane.INTERACTIVE)


def test_a_very_long_clip_is_written_by_the_worker_while_the_page_waits(
    archive, photo_id, written, monkeypatch
):
    monkeypatch.setattr(delivering, "WORKERS_WRITE", 50_000)
    monkeypatch.setattr(copies, "LONG_WRITE", 50_000)
    with pytest.raises(BeingMade):
        deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page")
    assert archive.queue.sent == [(Job.MAKE_RENDITION, photo_id, Lane.INTERACTIVE)] and written == []
    delivery.write_long(archive, photo_id)
    once = len(written)
    delivery.write_long(archive, photo_id)
    assert deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "web", "page").bytes > 50_000
    assert len(written) == once, "what is written is read"


STATES = {
    "ready": {},
    "approved": {"review": Review.APPROVED},
    "rejected": {"review": Review.REJECTED},
    "in the bin": {"deleted_at": delivery.Delivery.__table__.c.at.default.arg(None)},
    "quarantined": {"processing": Processing.QUARANTINED},
    "working": {"processing": Processing.WORKING},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("own", [False, True], ids=["another's", "own"])
def test_the_one_predicate_decides_for_every_role_and_state(archive, photo_id, state, own):
    taking.change(archive, photo_id, **STATES[state])
    for actor in taking.people(archive).values():
        taking.change(archive, photo_id, owner_id=actor.user_id if own else None)
        for preset, action in (("web", access.Action.TAKE_WEB), ("original", access.Action.TAKE_ORIGINAL)):
            with archive.reading() as tx:
                asset = tx.get_one(Asset, photo_id)
                allowed, sees = access.can(actor, action, asset), access.can(actor, access.Action.SEE, asset)
            if allowed:
                assert deliver(archive, actor, photo_id, preset, "page").bytes > 0
                continue
            with pytest.raises(Forbidden if sees else NotFound):
                deliver(archive, actor, photo_id, preset, "page")


def test_a_quarantined_original_is_of_unknown_type(archive, photo_id):
    taking.change(archive, photo_id, processing=Processing.QUARANTINED)
    parcel = deliver(archive, LOCAL_ADMINISTRATOR, photo_id, "original", "page")
    assert parcel.media_type == "application/octet-stream"
    for preset in ("web", "thumb", "preview"):
        with pytest.raises((Forbidden, NotFound)):
            deliver(archive, LOCAL_ADMINISTRATOR, photo_id, preset, "page")
