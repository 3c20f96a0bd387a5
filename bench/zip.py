"""Taking away: 500 photos that were delivered before, in one zip, beside ``zip -0`` of the same files.

Both write the zip to the same disk, from files the machine has just read. Ours asks for each file whether it
may leave, writes the custody log, and makes the table of captions.
"""

import hashlib
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.result import Result, say
from dam.archive import Archive
from dam.bootstrap import build, prepare
from dam.models import Asset, Delivered, Event, Kind, Original, Processing, Rendition, Review, Role, User
from dam.queue import MemoryQueue
from dam.services import accounts, renditions
from dam.services.delivery import bundles, copies, flowing, packing
from dam.services.delivery.captioning import caption_of
from dam.services.delivery.delivering import load
from dam.services.delivery.papers import Wording
from dam.services.describing import placing
from dam.settings import from_environment

FILES, QUICK = 500, 100
BYTES = (350_000, 950_000)  # of a photo of 2,048 pixels
RUNS = 3


def run(quick: bool = False) -> list[Result]:
    if shutil.which("zip") is None:
        say("zip is not installed: nothing to compare with")
        return []
    count = QUICK if quick else FILES
    with tempfile.TemporaryDirectory(prefix="bench-zip-", dir=os.environ.get("DAM_BENCH_DIR")) as name:
        folder = Path(name)
        os.environ["DAM_DATA_DIR"] = str(folder / "var")
        archive = build(from_environment(), queue=MemoryQueue())
        prepare(archive)
        try:
            ids = _deliver(archive, count, folder)
            ours, theirs, grown = _race(archive, ids, folder)
        finally:
            archive.database.dispose()
    return [
        Result(f"zip of {count} deliveries, ours", ours, "s"),
        Result(f"zip of {count} deliveries, zip -0", theirs, "s"),
        Result("speed beside zip -0", theirs / ours, "times", ">= 0.5"),
        Result("memory grown by the zip", grown, "MB", "<= 30"),
    ]


def _deliver(archive: Archive, count: int, folder: Path) -> list[int]:
    """Rows and files as ``count`` deliveries of web photos leave them; and the same files in a folder."""
    say(f"zip: {count} photos as if they had been delivered before")
    chance = random.Random(7)
    plain = folder / "plain"
    plain.mkdir()
    ids = []
    with archive.transaction() as tx:
        event = Event(name="Mitin", folded="mitin", municipality_key="15106", timezone="America/Mexico_City")
        tx.add(event)
        tx.add(User(login="bench", name="Bench", role=Role.EDITOR, session_mark="x"))
        tx.flush()
        for number in range(count):
            asset = Asset(
                kind=Kind.PHOTO, processing=Processing.READY, review=Review.APPROVED, width=6000, height=4000,
                headline=f"Foto {number}", credit="Foto: B", keywords=[], persons=[],
            )  # fmt: skip
            tx.add(asset)
            tx.flush()
            sha = hashlib.sha256(str(number).encode()).hexdigest()
            tx.add(Original(asset_id=asset.id, sha256=sha, bytes=1, name="DSC.JPG", media_type="image/jpeg"))
            ids.append(asset.id)
        placing.move(tx, ids, event.id)
    for asset_id in ids:
        with archive.reading() as tx:
            asset = load(tx, asset_id)
            recipe = renditions.recipe_for(tx, asset, "web")
            digest = copies.digest_of(caption_of(asset))
        path = plain / f"{asset_id:06d}.jpg"
        path.write_bytes(chance.randbytes(chance.randint(*BYTES)))
        key = f"bench{asset_id}-{recipe.preset}-{recipe.fingerprint}"
        size = renditions.keep(archive, key, path)
        copy = f"{key}-{digest[:16]}"
        renditions.keep(archive, copy, path)
        with archive.transaction() as tx:
            usual = {"asset_id": asset_id, "preset": recipe.preset, "recipe": recipe.fingerprint,
                     "bytes": size, "media_type": "image/jpeg"}  # fmt: skip
            tx.add(Rendition(**usual, key=key, width=2048, height=1365))
            tx.add(Delivered(**usual, key=copy, metadata_digest=digest))
    return ids


def _race(archive: Archive, ids: list[int], folder: Path) -> tuple[float, float, float]:
    """Best of several runs each, in turns; and how far the memory's peak rose, in MB."""
    ours, theirs = [], []
    _take(archive, ids[:20], folder / "warm.zip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in range(RUNS):
        began = time.perf_counter()
        _take(archive, ids, folder / f"ours-{turn}.zip")
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        target = str(folder / f"theirs-{turn}.zip")
        subprocess.run(["zip", "-0", "-q", "-r", target, "plain"], cwd=folder, check=True)
        theirs.append(time.perf_counter() - began)
        _check(folder / f"ours-{turn}.zip", len(ids))
        for name in (f"ours-{turn}.zip", f"theirs-{turn}.zip"):
            (folder / name).unlink()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return min(ours), min(theirs), grown


def _take(archive: Archive, ids: list[int], target: Path) -> None:
    """From the press of the button to the last byte."""
    with archive.reading() as tx:
        actor = accounts.actor_of(tx, accounts.find_user(tx, "bench"))

    present = bundles.present_account(archive, actor)
    made = packing.open_package(archive, actor, ids, ["web"], "bench.zip")
    while not packing.advance(archive, actor, made, Wording(), present, seconds=60).ready:
        pass
    with target.open("wb") as out:
        for piece in flowing.flow_package(archive, actor, made, present, "zip"):
            out.write(piece)


def _check(path: Path, count: int) -> None:
    import zipfile

    with zipfile.ZipFile(path) as whole:
        if len(whole.namelist()) != count + 2 or whole.testzip() is not None:
            sys.exit(f"{path} is not what it should be")
