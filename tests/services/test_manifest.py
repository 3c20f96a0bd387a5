"""What the archive shows of real files is what independent tools read in them (the corpus' manifest.csv)."""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dam.archive import Archive
from dam.media.reasons import Unreadable
from dam.media.sandbox import Sandbox
from dam.models import Asset, Original
from dam.services import showing
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import filing

CORPUS = Path(os.environ.get("DAM_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real camera files is not here"),
]

CUT = "IIM cut the city at its 32 bytes; XMP has it whole, and MWG takes it from there"
EXPLAINED = {
    ("odd/pairs/pigallery2__testimagedesc1.jpg", "city"): CUT,
    ("odd/pigallery2__test image öüóőúéáű-.,.jpg", "city"): CUT,
    ("odd/exiftool__MWG.jpg", "city"): "no digest, so that MWG takes XMP's: the file itself calls it RIGHT",
    ("odd/exiftool__XMP.jpg", "caption"): "MWG takes EXIF's description before XMP's",
    ("odd/photoprism__date.heic.xmp", "longitude"): "decimal degrees with W in a field of its own: west",
    ("odd/photoprism__favicon.ico", "width"): "icons are kept and never drawn, so that nobody measures them",
    ("odd/photoprism__favicon.ico", "height"): "icons are kept and never drawn, so that nobody measures them",
}
LEAST_ASKED = 1500
MOST_DIFFERING = 0.01


def rows() -> list[dict[str, str]]:
    with (CORPUS / "manifest.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if "*" not in row["do_not_assert"].split(";")]


def test_what_is_shown_is_what_the_manifest_says(archive: Archive, sandbox: Sandbox, tmp_path: Path) -> None:
    asked, differing = 0, []
    for number, row in enumerate(rows()):
        shown = shown_of(archive, sandbox, row["file"], number, tmp_path)
        for name, expected, found in compared(row, shown):
            asked += 1
            if expected != found:
                differing.append((row["file"], name, expected, found))
    unexplained = [line for line in differing if line[:2] not in EXPLAINED]
    assert unexplained == [], "\n".join(map(str, unexplained))
    assert asked > LEAST_ASKED
    assert len(differing) <= MOST_DIFFERING * asked
    stale = set(EXPLAINED) - {line[:2] for line in differing}
    assert stale == set(), "explained, but it agrees: take the explanation away"


def shown_of(archive: Archive, sandbox: Sandbox, name: str, number: int, into: Path) -> dict[str, Any]:
    """As ``dam show ID --json``, after what the worker does with a file's facts, also in quarantine."""
    try:
        facts = sandbox.visit(CORPUS / name, (), into).facts
    except Unreadable as refused:
        facts = refused.facts
    with archive.transaction() as tx:
        asset = Asset()
        tx.add(asset)
        tx.flush()
        tx.add(Original(asset_id=asset.id, sha256=f"{number:064}", bytes=1, name=Path(name).name))
        tx.flush()
        if facts is not None:
            filing.file_facts(tx, asset, facts)
            filing.file_place(tx, asset)
        asset_id = asset.id
    with archive.reading() as tx:
        return showing.show(tx, LOCAL_ADMINISTRATOR, asset_id)


def compared(row: dict[str, str], shown: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """(fact, the manifest's, ours) for everything the manifest lists and nobody disputes."""
    disputed = set(row["do_not_assert"].split(";"))

    def listed(column: str, *facts: str) -> bool:
        return bool(row[column].strip()) and not disputed & {column, *facts}

    if listed("capture_datetime"):
        yield "captured_at", row["capture_datetime"], shown["captured_at"]
        if row["capture_subsec"]:
            yield "subsecond", row["capture_subsec"][:9], shown["subsecond"]
    if listed("capture_offset"):
        written = row["capture_offset"]
        yield "utc_offset", "+00:00" if written == "Z" else written, shown["utc_offset"]
    for column, name in (("gps_lat", "latitude"), ("gps_lon", "longitude")):
        if listed(column, "gps"):
            yield name, *near(row[column], shown[name], 1e-5)
    if listed("orientation_exif", "orientation"):
        value = int(row["orientation_exif"])
        yield "orientation", value if 1 <= value <= 8 else shown["orientation"], shown["orientation"]
    if listed("display_w", "display size") and "display_h" not in disputed:
        yield "width", int(float(row["display_w"])), shown["width"]
        yield "height", int(float(row["display_h"])), shown["height"]
    if listed("duration_s"):
        yield "duration", *near(row["duration_s"], shown["duration"], 0.1)
    for column, name in (("make", "camera_make"), ("model", "camera_model")):
        if listed(column):
            yield name, row[column].strip(), shown[name]
    caption = row["caption_iptc"] or row["caption_xmp"] or row["caption_exif"]
    if caption and not disputed & {"caption", "iptc caption", "caption_iptc"}:
        yield "caption", plain(caption), plain(shown["caption"])
    if listed("persons"):
        yield "persons", set(row["persons"].split("; ")), set(shown["persons"])
    if listed("city"):
        yield "city", row["city"], shown["city"]


def near(text: str, found: float | None, within: float) -> tuple[float, float | None]:
    expected = float(text)
    return expected, expected if found is not None and abs(found - expected) <= within * 1.1 else found


def plain(text: str | None) -> str:
    """The manifest writes a new line as a sign, and keeps the first 200 letters or so."""
    return re.sub(r"[\s⏎]+", " ", text or "").strip()
