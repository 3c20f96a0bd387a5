"""A temporary archive with something in it: real camera files where they are, generated ones else."""

import csv
import os
import re
import shutil
from pathlib import Path

from sqlalchemy import select

from dam.models import Asset, Kind, Processing, Role
from dam.services import collections, districts, sharing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.settings import ROOT
from tests import material
from tests.running import RunningArchive

PASSWORD = "una frase para las capturas"
CORPUS = Path(os.environ.get("DAM_CORPUS") or ROOT.parent / "shared" / "corpus")
SHOWN = {".jpg", ".jpeg", ".heic", ".png", ".webp", ".mp4", ".mov"}
EVENTS = (
    ("Mitin en la plaza", "2026-05-01", "Toluca", ("Óscar Núñez Peña", "Itzel Ávila Luna")),
    ("Rueda de prensa", "2026-05-12", "Nezahualcóyotl", ("Itzel Ávila Luna",)),
    ("Gira por los mercados", "2026-06-03", "Ecatepec de Morelos", ("Óscar Núñez Peña",)),
)  # invented names


def fill(running: RunningArchive, folder: Path) -> str:
    """Three events with a card each, all ready when this returns; a district, and a collection with a link
    for somebody outside. Answers the link's token."""
    files = _real() or _generated(folder)
    for number, (name, day, place, people) in enumerate(EVENTS):
        card = folder / f"card-{number}"
        card.mkdir()
        for file in files[number :: len(EVENTS)]:
            shutil.copyfile(file, card / file.name)
        officials = [word for person in people for word in ("--official", person)]
        where = ["--event", name, "--date", day, "--municipality", place, *officials]
        running.dam("ingest", str(card), *where, "--credit", "Comunicación Social", "--create", "--wait")
    return _hand_out(running)


def _hand_out(running: RunningArchive) -> str:
    with running.archive.reading() as tx:
        ready = select(Asset.id).where(Asset.kind == Kind.PHOTO, Asset.processing == Processing.READY)
        photos = list(tx.scalars(ready.order_by(Asset.id).limit(12)))
    running.dam("review", "approve", *map(str, photos), "--no-minors")
    with running.archive.transaction() as tx:
        districts.create_district(tx, LOCAL_ADMINISTRATOR, "local", 34, "15", municipality_keys=("15106",))
        made = collections.create(tx, LOCAL_ADMINISTRATOR, "Boletín del mitin")
        collections.share(tx, LOCAL_ADMINISTRATOR, made.id, roles={Role.ADMINISTRATOR: True})
        collections.add(tx, LOCAL_ADMINISTRATOR, made.id, photos)
    given = {"recipient": "Reportera de la fuente", "presets": ["web-2048"], "collection_id": made.id}
    return sharing.make(running.archive, LOCAL_ADMINISTRATOR, **given)[1]


def _real() -> list[Path]:
    manifest = CORPUS / "manifest.csv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as rows:
        named = [CORPUS / next(iter(row.values())) for row in csv.DictReader(rows)]
    fit = [path for path in named if path.suffix.lower() in SHOWN and path.is_file()]
    return [path for path in fit if path.stat().st_size < 30_000_000][:60]


def _generated(folder: Path) -> list[Path]:
    made = folder / "made"
    made.mkdir()
    shapes = [(1600, 1067), (1067, 1600), (1600, 900), (1200, 1200)]
    photos = [
        material.photo(made / f"IMG_{n:04}.jpg", size=shapes[n % 4], seed=n, taken=f"2026:05:01 18:{n:02}:00")
        for n in range(45)
    ]
    return [*photos, material.clip(made / "CLIP_0001.mp4", seconds=6, size="1280x720")]


def first_link(running: RunningArchive) -> str:
    """The one-use link that the first start printed."""
    found = re.search(r"https?://\S+/liga/\S+", running.log.read_text())
    assert found, "the start printed no link"
    return found[0]


def asset_of(running: RunningArchive, kind: Kind) -> int | None:
    ready = select(Asset.id).where(Asset.kind == kind, Asset.processing == Processing.READY)
    with running.archive.reading() as tx:
        return tx.scalar(ready.order_by(Asset.id).limit(1))
