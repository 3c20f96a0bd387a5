"""Packages: put together with progress, taken in one zip that goes on from any byte, cut when it must be."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import Invalid, NotFound
from dam.models import Delivery, Package, PackageItem, Rendition
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.delivery import bundles, estimating, flowing, packing
from dam.services.delivery.flowing import Cut
from dam.services.delivery.papers import Wording
from storage import StoreError
from tests import material, taking

WORDS = Wording(readme="LÉEME.txt", table="pies de foto.csv")


@pytest.fixture
def three(archive: Archive, event, send, tmp_path) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2, 3)
    ]
    for asset_id in ids:
        taking.change(archive, asset_id, review="approved", headline="Acción en Ñandú", credit="Foto: Á")
    return ids


def _present(archive: Archive, actor):
    return lambda asset_id: bundles.as_of_now(archive, actor)


def _put_together(archive: Archive, actor, ids, presets=("web",)) -> packing.Progress:
    made = packing.open_package(archive, actor, ids, presets, "paquete.zip")
    return packing.advance(archive, actor, made, WORDS, _present(archive, actor), seconds=60)


def _flow(archive: Archive, actor, package_id: int, **more) -> bytes:
    present = more.pop("present", _present(archive, actor))
    return b"".join(flowing.flow_package(archive, actor, package_id, present, "zip", **more))


def test_a_package_of_several_formats_is_as_long_as_it_said(archive, three):
    done = _put_together(archive, LOCAL_ADMINISTRATOR, three, ["web", "preview"])
    assert (done.files, done.there, done.waiting, done.left_out) == (6, 6, 0, 0)
    data = _flow(archive, LOCAL_ADMINISTRATOR, done.package_id)
    assert len(data) == done.size
    whole = zipfile.ZipFile(io.BytesIO(data))
    assert whole.testzip() is None
    assert whole.namelist() == [
        "web/2026-05-01_toluca_mitin_0001_web.jpg", "preview/2026-05-01_toluca_mitin_0001_preview.jpg",
        "web/2026-05-01_toluca_mitin_0002_web.jpg", "preview/2026-05-01_toluca_mitin_0002_preview.jpg",
        "web/2026-05-01_toluca_mitin_0003_web.jpg", "preview/2026-05-01_toluca_mitin_0003_preview.jpg",
        "pies de foto.csv", "LÉEME.txt",
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(whole.read("pies de foto.csv").decode("utf-8-sig"))))
    assert rows[0]["headline"] == "Acción en Ñandú" and rows[0]["file"] == whole.namelist()[0]
    assert "Credit: Foto: Á" in whole.read("LÉEME.txt").decode()


def test_it_goes_on_from_any_byte_with_the_same_bytes_and_is_recorded_once(archive, three):
    editor = taking.people(archive)["editor"]
    done = _put_together(archive, editor, three)
    first = _flow(archive, editor, done.package_id)
    for start in (1, 40, len(first) // 2, len(first) - 30):
        assert _flow(archive, editor, done.package_id, start=start) == first[start:]
        assert (
            _flow(archive, editor, done.package_id, start=start, stop=start + 5) == first[start : start + 5]
        )
    with archive.reading() as tx:
        taken = tx.execute(select(Delivery.asset_id, Delivery.user_id, Delivery.route)).all()
    assert sorted(taken) == [(asset_id, editor.user_id, "zip") for asset_id in three]


def test_going_on_with_what_nobody_finished_still_has_right_sums(archive, three):
    done = _put_together(archive, LOCAL_ADMINISTRATOR, three)
    half = done.size // 2
    begun = flowing.flow_package(
        archive,
        LOCAL_ADMINISTRATOR,
        done.package_id,
        _present(archive, LOCAL_ADMINISTRATOR),
        "zip",
        stop=half,
    )
    data = b"".join(begun) + _flow(archive, LOCAL_ADMINISTRATOR, done.package_id, start=half)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_what_is_being_made_is_waited_for(archive, three):
    with archive.transaction() as tx:
        wanted = select(Rendition).where(Rendition.asset_id == three[0], Rendition.preset == "preview")
        tx.delete(tx.scalars(wanted).one())
    waits = _put_together(archive, LOCAL_ADMINISTRATOR, three, ["preview"])
    assert (waits.there, waits.waiting, waits.ready) == (2, 1, False)
    with pytest.raises(NotFound):
        _flow(archive, LOCAL_ADMINISTRATOR, waits.package_id)
    from dam.services.renditions import making

    assert three[0] in {asset_id for _job, asset_id, _lane in archive.queue.sent}
    making.make_missing(archive, three[0])
    present = _present(archive, LOCAL_ADMINISTRATOR)
    done = packing.advance(archive, LOCAL_ADMINISTRATOR, waits.package_id, WORDS, present)
    assert (done.there, done.waiting, done.ready) == (3, 0, True)
    assert len(_flow(archive, LOCAL_ADMINISTRATOR, done.package_id)) == done.size


def test_one_can_do_without_what_still_waits(archive, three):
    with archive.transaction() as tx:
        wanted = select(Rendition).where(Rendition.asset_id == three[0], Rendition.preset == "preview")
        tx.delete(tx.scalars(wanted).one())
    waits = _put_together(archive, LOCAL_ADMINISTRATOR, three, ["preview"])
    present = _present(archive, LOCAL_ADMINISTRATOR)
    done = packing.advance(archive, LOCAL_ADMINISTRATOR, waits.package_id, WORDS, present, close=True)
    assert (done.there, done.left_out, done.ready) == (2, 1, True)
    whole = zipfile.ZipFile(io.BytesIO(_flow(archive, LOCAL_ADMINISTRATOR, done.package_id)))
    assert f"Material {three[0]}" in whole.read("LÉEME.txt").decode()


def test_what_may_not_leave_is_left_out_with_its_reason(archive, three):
    people = taking.people(archive)
    taking.change(archive, three[0], review="rejected")
    done = _put_together(archive, people["viewer"], [*three, 424242])
    assert (done.there, done.left_out) == (2, 2)
    assert len(_flow(archive, people["viewer"], done.package_id)) == done.size


def test_a_package_is_its_owners_alone(archive, three):
    people = taking.people(archive)
    done = _put_together(archive, people["editor"], three)
    with pytest.raises(NotFound):
        _flow(archive, people["coordinator"], done.package_id)
    with pytest.raises(NotFound):
        packing.progress(archive, replace(people["editor"], link_id=7), done.package_id)


def test_what_is_withdrawn_meanwhile_cuts_the_zip_and_the_next_one_is_without_it(archive, three):
    editor = taking.people(archive)["editor"]
    done = _put_together(archive, editor, three)
    pieces = flowing.flow_package(archive, editor, done.package_id, _present(archive, editor), "zip")
    next(pieces)
    next(pieces)
    taking.change(archive, three[1], withdrawn_at=archive.clock())
    with pytest.raises(Cut):
        b"".join(pieces)
    again = packing.advance(archive, editor, done.package_id, WORDS, _present(archive, editor))
    assert (again.there, again.left_out, again.ready) == (2, 1, True)
    assert zipfile.ZipFile(io.BytesIO(_flow(archive, editor, done.package_id))).testzip() is None


def test_several_that_are_withdrawn_meanwhile_cut_it_once(archive, three):
    editor = taking.people(archive)["editor"]
    done = _put_together(archive, editor, three)
    for asset_id in three[:2]:
        taking.change(archive, asset_id, withdrawn_at=archive.clock())
    with pytest.raises(Cut):
        _flow(archive, editor, done.package_id)
    again = packing.advance(archive, editor, done.package_id, WORDS, _present(archive, editor))
    assert (again.there, again.left_out, again.ready) == (1, 2, True)
    whole = zipfile.ZipFile(io.BytesIO(_flow(archive, editor, done.package_id)))
    assert whole.testzip() is None and len([n for n in whole.namelist() if n.endswith(".jpg")]) == 1
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Delivery)) == 1


def test_who_goes_on_behind_the_files_reads_no_caption_of_what_was_withdrawn(archive, three):
    editor = taking.people(archive)["editor"]
    done = _put_together(archive, editor, three)
    papers = _flow(archive, editor, done.package_id).index(b"pies de foto.csv")
    assert "Acción en Ñandú".encode() in _flow(archive, editor, done.package_id, start=papers)
    taking.change(archive, three[0], withdrawn_at=archive.clock())
    with pytest.raises(Cut):
        _flow(archive, editor, done.package_id, start=papers)


def test_a_right_that_ends_in_the_middle_of_a_long_file_cuts_it_there(archive, three, monkeypatch):
    monkeypatch.setattr(flowing, "ASK_AGAIN", 0.0)
    monkeypatch.setattr(flowing, "CHUNK", 1000)
    editor = taking.people(archive)["editor"]
    done = _put_together(archive, editor, three[:1])
    pieces = flowing.flow_package(archive, editor, done.package_id, _present(archive, editor), "zip")
    for _ in range(3):
        next(pieces)
    taking.change(archive, three[0], withdrawn_at=archive.clock())
    with pytest.raises(Cut):
        next(pieces)


def test_a_copy_that_was_replaced_cuts_the_zip_and_is_fetched_anew(archive, three):
    done = _put_together(archive, LOCAL_ADMINISTRATOR, three)
    with archive.reading() as tx:
        key = tx.get_one(PackageItem, (done.package_id, 1)).key
    archive.renditions.delete(key)
    with pytest.raises(StoreError):
        _flow(archive, LOCAL_ADMINISTRATOR, done.package_id)
    again = packing.advance(
        archive, LOCAL_ADMINISTRATOR, done.package_id, WORDS, _present(archive, LOCAL_ADMINISTRATOR)
    )
    assert again.ready
    assert len(_flow(archive, LOCAL_ADMINISTRATOR, done.package_id)) == again.size


def test_a_format_that_photos_never_come_in_is_passed_over_unless_there_is_no_other(archive, three):
    done = _put_together(archive, LOCAL_ADMINISTRATOR, three, ["web-2048", "video-1x1"])
    assert (done.files, done.there, done.left_out) == (3, 3, 0)
    none = _put_together(archive, LOCAL_ADMINISTRATOR, three[:1], ["video-1x1", "audio-mp3"])
    assert (none.files, none.there, none.left_out) == (1, 0, 1)
    told = estimating.estimate(archive, LOCAL_ADMINISTRATOR, three, ["web-2048", "video-1x1"])
    assert (told.files, told.without, told.exact) == (3, 0, True)
    assert estimating.estimate(archive, LOCAL_ADMINISTRATOR, three, ["video-1x1"]).without == 3


def test_each_material_may_be_taken_once_in_the_first_format_that_fits(archive, three):
    wanted = ["video-1x1", "web-2048", "preview"]
    made = packing.open_package(archive, LOCAL_ADMINISTRATOR, three, wanted, "x.zip", first_only=True)
    with archive.reading() as tx:
        kept = tx.scalars(select(PackageItem.preset).where(PackageItem.package_id == made)).all()
    assert kept == ["web-2048"] * 3


def test_nothing_and_too_much_are_refused(archive):
    for ids, presets in (([], ["web"]), ([1], []), (range(1, 2600), ["web", "original"])):
        with pytest.raises(Invalid):
            packing.open_package(archive, LOCAL_ADMINISTRATOR, ids, presets, "x.zip")


def test_old_packages_go_when_new_ones_come(archive, three):
    done = _put_together(archive, LOCAL_ADMINISTRATOR, three)
    with archive.transaction() as tx:
        tx.get_one(Package, done.package_id).made_at = archive.clock() - packing.KEPT * 2
    _put_together(archive, LOCAL_ADMINISTRATOR, three)
    with archive.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Package)) == 1
        assert tx.scalar(select(func.count()).select_from(PackageItem)) == 3
