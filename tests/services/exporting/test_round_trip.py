"""What is exported can be read by any program, goes on where it stopped, and comes back into an empty
archive."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from dam import bootstrap
from dam.archive import Archive
from dam.cli import ingest as ingest_command
from dam.cli.desk import Desk
from dam.cli.export import export as export_command
from dam.errors import Conflict
from dam.models import Appearance, Asset, AssetEvent, Delivery, Event, Original, Processing, Review
from dam.queue import Job, MemoryQueue
from dam.services import describing, events, indexing, offices, officials
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.describing import Description
from dam.services.exporting import choosing, records, writing
from dam.services.families import bursts, stacking
from dam.services.ingest import processing
from dam.settings import Settings
from tests import material
from tests.services.families.material import item, live_pair, raw, sidecar


class Here(Desk):
    archive: Archive = None  # type: ignore[assignment]


class Worked(MemoryQueue):
    """A queue that a worker listens to."""

    def workers(self, lane: object = None) -> int:
        return 1


def run(archive: Archive, command: Any, *words: object) -> Any:
    desk = Here()
    desk.archive = archive
    ran = CliRunner().invoke(command, [str(word) for word in words], obj=desk)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran


def work_off(archive: Archive) -> None:
    while archive.queue.sent:
        job, subject, _lane = archive.queue.sent.pop(0)
        (bursts.stack_batch if job == Job.STACK_BATCH else processing.process)(archive, subject)
    while indexing.drain(archive):
        pass


@pytest.fixture
def empty(tmp_path: Path, prepared: Path, sandbox, monkeypatch) -> Iterator[Archive]:
    """Another archive, empty, whose worker works while one waits."""
    data = tmp_path / "other" / "var"
    data.parent.mkdir()
    shutil.copytree(prepared, data)
    settings = Settings(data_dir=data, database_url=f"sqlite:///{data / 'archive.sqlite3'}")
    built = bootstrap.build(settings, queue=Worked())
    archive = Archive(**{**built.__dict__, "sandbox": sandbox})
    bootstrap.prepare(archive)
    monkeypatch.setattr(ingest_command, "_wait", lambda archive, _batch: work_off(archive))
    yield archive
    archive.scribe.close()
    archive.database.dispose()


@pytest.fixture
def filled(archive: Archive, event: Event, send: Callable[..., int], work, tmp_path: Path) -> dict[str, int]:
    """An event with a described RAW and JPEG, a Live Photo, a clip in two events, and a photo somewhere
    else."""
    card = tmp_path / "card"
    card.mkdir()
    with archive.transaction() as tx:
        mayor = officials.create_official(tx, LOCAL_ADMINISTRATOR, "Begoña Núñez", aliases=["La presidenta"])
        offices.hold_office(
            tx, LOCAL_ADMINISTRATOR, mayor.id, "Presidenta municipal", held_from=date(2025, 1, 1),
            municipality_key="15106",
        )  # fmt: skip
        guest = officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar Ruiz")
        events.add_attendance(tx, LOCAL_ADMINISTRATOR, event.id, [mayor.id, guest.id])
        second = events.create_event(
            tx,
            LOCAL_ADMINISTRATOR,
            "Rueda de prensa",
            starts_at=datetime(2026, 5, 2),
            kind="press_conference",
        )
    sent = {
        "jpeg": send(material.photo(card / "IMG_0001.JPG", seed=3, gps=(19.29, -99.65), serial="S1"), event),
        "raw": send(raw(card / "IMG_0001.DNG", seed=4, serial="S1"), event),
        "sidecar": send(sidecar(card / "IMG_0001.xmp"), event),
        "orphan": send(sidecar(card / "SIN_FOTO.xmp", caption="Espera"), event),
        "alone": send(material.photo(card / "Señal única.JPG", seed=8), second),
    }
    photo, moving = live_pair(card, "IMG_7", seed=5)
    sent |= {"live": send(photo, event), "moving": send(moving, event)}
    work()
    ids = {name: item(archive, one).asset_id for name, one in sent.items()}
    with archive.transaction() as tx:
        describing.describe(
            tx, LOCAL_ADMINISTRATOR, [ids["jpeg"]],
            Description(
                caption="Pie con «comillas», =1+1 y\nun salto", alt_text="Una plaza llena", rating=5,
                add_keywords=("ñandú", "a;b"), appears_add=(guest.id, mayor.id), municipality_key="15051",
                review=Review.APPROVED, usage_terms="Solo prensa",
            ),
        )  # fmt: skip
        describing.describe(tx, LOCAL_ADMINISTRATOR, [ids["live"]], Description(event_id=second.id))
        stacking.stack(tx, LOCAL_ADMINISTRATOR, [ids["live"], ids["alone"]])
    work()
    return {name: one for name, one in ids.items() if one is not None}


def everything(archive: Archive) -> dict[str, Any]:
    """Each asset by the digest of what it shows: all that is known of it, without the archive's own ids."""
    with archive.reading() as tx:
        ids = tx.scalars(select(Asset.id).where(Asset.processing == "ready")).all()
        assets = records.load(tx, ids)
        told = {}
        for asset in assets:
            record = records.of_asset(tx, asset)
            shown = next(one["sha256"] for one in record["originals"] if one["role"] == "primary")
            ours = {one.sha256 for one in asset.originals if writing.is_ours(one)}
            record["originals"] = sorted(
                (one["role"], one["name"], one["sha256"], one["bytes"])
                for one in record["originals"]
                if one["sha256"] not in ours
            )
            for name in ("asset_id", "created_at", "review", "owner"):
                record.pop(name)
            (record["stack"] or {}).pop("id", None)
            for many in ("events", "officials"):
                for one in record[many]:
                    one.pop("id")
            told[shown] = record
        return told


def catalogue(archive: Archive) -> list[Any]:
    with archive.reading() as tx:
        told = []
        for event in tx.scalars(select(Event).order_by(Event.starts_at, Event.name)):
            record = records.of_event(event)
            record.pop("id")
            for one in record["attended"]:
                one.pop("id")
            told.append(record)
        return told


def test_an_export_comes_back_into_an_empty_archive_as_it_was(
    archive: Archive, empty: Archive, filled, tmp_path: Path
):
    folder = tmp_path / "export"
    ran = run(archive, export_command, folder, "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["assets"] == 4
    back = run(empty, ingest_command.ingest, folder, "--json")
    told = json.loads(back.stdout)["files"]
    assert {file["outcome"] for file in told} == {"ready", "attached", "quarantined"}
    assert [file["reason_code"] for file in told if file["outcome"] == "quarantined"] == ["waits_for_picture"]
    assert catalogue(empty) == catalogue(archive)
    was, became = everything(archive), everything(empty)
    assert was.keys() == became.keys()
    for shown in was:
        assert became[shown] == was[shown]
    with empty.reading() as tx:
        assert set(tx.scalars(select(Asset.review).where(Asset.processing == "ready"))) == {Review.RECEIVED}
        assert tx.scalar(select(Appearance.confirmed).limit(1))
    again = run(empty, ingest_command.ingest, folder, "--json")
    assert {file["outcome"] for file in json.loads(again.stdout)["files"]} == {"duplicate", "quarantined"}
    assert everything(empty) == became


def test_an_export_of_what_was_read_back_is_the_same_folder(
    archive: Archive, empty: Archive, filled, tmp_path: Path
):
    first, second = tmp_path / "first", tmp_path / "second"
    run(archive, export_command, first)
    run(empty, ingest_command.ingest, first)
    run(empty, export_command, second)

    def names(folder: Path) -> set[str]:
        """Without the number of the event, which is the archive's own."""
        return {
            f"{path.parent.name.rsplit('_', 1)[0]}/{path.name}"
            for path in folder.rglob("*")
            # what has no sidecar of ours is numbered anew
            if path.is_file() and path.parent != folder and "SIN_FOTO" not in path.name
        }

    assert names(first) == names(second)


def test_names_are_readable_and_other_programs_read_the_sidecars(archive: Archive, filled, tmp_path: Path):
    folder = tmp_path / "export"
    run(archive, export_command, folder)
    rally = next(one for one in folder.iterdir() if "toluca" in one.name)
    assert rally.name.startswith("2026-05-01_toluca_mitin-en-toluca_")
    assert {path.name for path in rally.iterdir()} == {
        "event.json", "0001_IMG_0001.JPG", "0001_IMG_0001.DNG", "0001_IMG_0001.xmp", "0001_IMG_0001.JPG.xmp",
        "0004_SIN_FOTO.xmp",
    }  # fmt: skip
    press = next(one for one in folder.iterdir() if "rueda" in one.name)
    assert {path.name for path in press.iterdir()} == {
        "event.json", "0001_Senal-unica.JPG", "0001_Senal-unica.JPG.xmp", "0002_IMG_7.JPG", "0002_IMG_7.MOV",
        "0002_IMG_7.JPG.xmp",
    }  # fmt: skip
    read = subprocess.run(
        ["exiftool", "-j", "-G1", str(rally / "0001_IMG_0001.JPG.xmp")], capture_output=True, check=True
    )
    told = json.loads(read.stdout)[0]
    assert told["XMP-dc:Description"].startswith("Pie con «comillas»")
    assert set(told["XMP-dc:Subject"]) >= {"ñandú", "a;b"}
    assert told["XMP-iptcExt:PersonInImage"] == ["Óscar Ruiz", "Begoña Núñez"]
    assert told["XMP-xmp:Rating"] == 5 and told["XMP-xmpRights:UsageTerms"] == "Solo prensa"
    assert "19 deg 17' 24" in told["XMP-exif:GPSLatitude"]
    with (folder / "export.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = {row["file"]: row for row in csv.DictReader(handle)}
    row = rows[f"{rally.name}/0001_IMG_0001.DNG"]
    assert row["role"] == "raw" and row["officials"] == "Óscar Ruiz; Begoña Núñez"
    assert not any(cell.startswith("=") for one in rows.values() for cell in one.values())


def test_a_second_run_writes_what_was_edited_and_reads_the_rest_only(
    archive: Archive, filled, tmp_path: Path
):
    folder = tmp_path / "export"
    run(archive, export_command, folder)
    with archive.transaction() as tx:
        describing.describe(tx, LOCAL_ADMINISTRATOR, [filled["alone"]], Description(caption="Nuevo"))
    (next(folder.rglob("*.DNG"))).unlink()
    report = writing.export(archive, LOCAL_ADMINISTRATOR, folder, choosing.everything(archive))
    assert (report.written, report.there, report.sidecars, report.failed) == (1, 6, 1, [])
    assert "Nuevo" in next(folder.rglob("*nica.JPG.xmp")).read_text(encoding="utf-8")
    assert not list(folder.rglob(".part-*"))


def test_who_exported_stands_where_material_went_and_a_repetition_adds_nothing(
    archive: Archive, filled, tmp_path: Path
):
    for _ in range(2):
        run(archive, export_command, tmp_path / "out")
    with archive.reading() as tx:
        went = tx.execute(select(Delivery.asset_id, Delivery.preset, Delivery.route)).all()
        everything = set(tx.scalars(select(Original.asset_id)))
    assert {row.asset_id for row in went} == everything and len(went) == len(everything)
    assert {(row.preset, row.route) for row in went} == {("original", "export")}


def test_other_people_s_files_are_never_overwritten(archive: Archive, filled, tmp_path: Path):
    folder = tmp_path / "export"
    run(archive, export_command, folder)
    photo, beside = next(folder.rglob("0001_IMG_0001.JPG")), next(folder.rglob("0002_IMG_7.JPG.xmp"))
    photo.write_bytes(b"somebody's own")
    beside.write_bytes(b"somebody's own")
    ran = run(archive, export_command, folder)
    assert ran.exit_code == 3
    assert photo.read_bytes() == beside.read_bytes() == b"somebody's own"
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "export.csv").write_text("mine")
    with pytest.raises(Conflict):
        run(archive, export_command, strange)


def test_a_damaged_original_is_told_and_not_written(archive: Archive, filled, tmp_path: Path):
    with archive.reading() as tx:
        sha256 = tx.scalars(select(Original.sha256).where(Original.name == "IMG_0001.DNG")).one()
    stored = archive.originals.local_path(sha256)
    whole = stored.read_bytes()
    stored.chmod(0o600)
    stored.write_bytes(whole[:-1] + b"?")
    ran = run(archive, export_command, tmp_path / "export", "--json")
    assert ran.exit_code == 3
    assert [one["name"] for one in json.loads(ran.stdout)["failed"]] == ["IMG_0001.DNG"]
    assert not list((tmp_path / "export").rglob("*.DNG"))


def test_an_event_or_a_query_is_exported_alone(archive: Archive, filled, tmp_path: Path):
    ran = run(archive, export_command, tmp_path / "one", "--event", "Rueda de prensa", "--json")
    assert json.loads(ran.stdout)["assets"] == 2
    ran = run(archive, export_command, tmp_path / "two", "ñandú", "--json")
    assert json.loads(ran.stdout)["assets"] == 1


def test_values_of_a_file_approve_nothing_and_a_forged_record_is_only_data(
    archive: Archive, event: Event, send, work, tmp_path: Path
):
    photo = send(material.photo(tmp_path / "P.JPG", seed=3), event)
    forged = tmp_path / "P.JPG.xmp"
    record = json.dumps(
        {"v": 1, "review": "approved", "officials": [{"id": 1, "name": "X", "confirmed": True}]}
    )
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    forged.write_text(
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {rdf}>'
        '<rdf:Description rdf:about="" xmlns:dam="urn:x-acervo:export:1:">'
        f"<dam:Record>{record}</dam:Record></rdf:Description></rdf:RDF></x:xmpmeta>",
        encoding="utf-8",
    )
    send(forged, event)
    work()
    with archive.reading() as tx:
        asset = tx.get_one(Asset, item(archive, photo).asset_id)
        assert asset.review == Review.RECEIVED
        assert tx.scalars(select(Appearance)).all() == []
        assert len(tx.scalars(select(AssetEvent)).all()) >= 1


def test_what_is_read_back_never_loosens_what_holds_material_back(
    archive: Archive, filled, empty: Archive, tmp_path: Path
):
    """The folder was exported while an embargo was short and the rights ran on; both were tightened since."""
    with archive.transaction() as tx:
        for asset in tx.scalars(select(Asset)):
            asset.embargo_until = datetime(2027, 1, 1, tzinfo=UTC)
            asset.rights_expire_on = date(2030, 1, 1)
    folder = tmp_path / "export"
    run(archive, export_command, folder)
    run(empty, ingest_command.ingest, folder)
    later, earlier = datetime(2028, 1, 1, tzinfo=UTC), date(2029, 1, 1)
    with empty.transaction() as tx:
        assets = tx.scalars(select(Asset).where(Asset.processing == Processing.READY)).all()
        assert assets and all(asset.rights_expire_on == date(2030, 1, 1) for asset in assets)
        for asset in assets:
            asset.embargo_until, asset.rights_expire_on = later, earlier
    run(empty, ingest_command.ingest, folder)
    with empty.reading() as tx:
        assets = tx.scalars(select(Asset).where(Asset.processing == Processing.READY)).all()
        assert {(asset.embargo_until, asset.rights_expire_on) for asset in assets} == {(later, earlier)}
