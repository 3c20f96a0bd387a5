"""Real camera files: nothing crashes or hangs, and the facts are what the manifest says they are."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from dam.media import sniff_xmp
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.visit import Facts
from tests.media.conftest import CORPUS

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real camera files is not here"),
]

FOLDERS = ("photos", "video", "audio", "odd", "broken")

# Raw files whose pixels were cut out for size: the manifest's tools opened what is left as tiny TIFFs
CUT_OUT = ("exiftool__DNG.dng", "exiftool__PhaseOne.iiq")

MOST_MEMORY = 1 << 30  # bytes
REASONS = {  # by the beginning of a name: why these are not shown, whatever else is changed
    "photoprism__2018-04-12 19_24_49.mov": Reason.EMPTY,
    "pillow__decompression_bomb.gif": Reason.BOMB,
    "pillow__png_decompression_dos": Reason.BOMB,
    "pillow__decompression_bomb.ico": Reason.NOT_RENDERED,
    "exiftool__XMP.svg": Reason.NOT_RENDERED,
    "sharp__truncated": Reason.CUT_SHORT,
    "photoprism__broken": Reason.CUT_SHORT,
    "exiftool__CanonRaw": Reason.CUT_SHORT,
    "exiftool__Nikon.nef": Reason.CUT_SHORT,
    "pigallery2__corrupted_city": Reason.DECODER_FAILED,
    "elodie__photo.heic": Reason.DECODER_FAILED,
}

# Where we and the manifest differ, and why that is so
KNOWN = {
    (
        "photos/androidx__sample_MP.heic",
        "captured_at",
    ),  # its EXIF item has a date that the manifest's tool missed
    ("photos/ianare__Pentax_K10D.jpg", "byline"),  # EXIF's Artist comes before IIM's by-line (MWG 2.0)
}


def _manifest() -> list[dict[str, str]]:
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "manifest.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_shown_or_refused_with_a_reason(sandbox: Sandbox, tmp_path: Path, folder: str) -> None:
    decodes = {row["file"]: row["decodes"] for row in _manifest()}
    wrong = []
    for number, path in enumerate(sorted(p for p in (CORPUS / folder).rglob("*") if p.is_file())):
        into = tmp_path / str(number)
        into.mkdir()
        name = str(path.relative_to(CORPUS))
        try:
            visit = sandbox.visit(path, standing(), into, name=path.name)
        except Unreadable as refused:
            if list(into.iterdir()):
                wrong.append((name, "left something behind"))
            known = refused.reason == Reason.NOT_RENDERED or name.endswith(CUT_OUT)
            expected = decodes.get(name, "") != "ok" or folder == "broken" or known
            asked = next((REASONS[start] for start in REASONS if path.name.startswith(start)), refused.reason)
            if not expected or refused.reason != asked:
                wrong.append((name, str(refused)))
        else:
            sidecar = visit.facts.media_type == sniff_xmp.MEDIA_TYPE  # describes another, and shows nothing
            if visit.usage.peak_bytes > MOST_MEMORY or path.name.startswith(tuple(REASONS)):
                wrong.append((name, f"shown, with {visit.usage.peak_bytes >> 20} MiB"))
            expected_made = 0 if sidecar else len(standing(visit.facts.kind))
            if len(visit.made) != expected_made or any(
                made.path.stat().st_size != made.bytes for made in visit.made
            ):
                wrong.append((name, f"made {len(visit.made)} of {expected_made}"))
    assert wrong == []


def test_the_facts_are_those_of_the_manifest(sandbox: Sandbox, tmp_path: Path) -> None:
    asked, differing = 0, set()
    for row in _manifest():
        if not row["file"].startswith(("photos/", "video/")):
            continue
        facts = _facts(sandbox, CORPUS / row["file"], tmp_path)
        if facts is None:
            continue
        for fact, expected, found in _compare(row, facts):
            asked += 1
            if expected != found:
                differing.add((row["file"], fact, expected, found))
    unexpected = [line for line in differing if line[:2] not in KNOWN]
    assert unexpected == []
    assert {line[:2] for line in differing} == KNOWN  # an explanation goes when what it explains is gone
    assert len(differing) <= 0.01 * asked
    assert asked > 700


def _facts(sandbox: Sandbox, path: Path, into: Path) -> Facts | None:
    try:
        return sandbox.visit(path, (), into).facts
    except Unreadable as refused:
        assert refused.reason in (Reason.NOT_RENDERED, Reason.CUT_SHORT)
        return None


def _compare(row: dict[str, str], facts: Facts) -> Iterator[tuple[str, object, object]]:
    skip = set(row["do_not_assert"].split(";"))
    if "capture_datetime" not in skip:
        yield "captured_at", row["capture_datetime"] or None, facts.captured_at
        yield "subsec", row["capture_subsec"] or None, facts.subsec
    if "capture_offset" not in skip:
        yield "utc_offset", _minutes(row["capture_offset"]), facts.utc_offset_minutes
    yield "latitude", *_near(row["gps_lat"], facts.latitude, 1.1e-5)
    yield "longitude", *_near(row["gps_lon"], facts.longitude, 1.1e-5)
    if row["display_w"] and "display size" not in skip:
        yield "width", int(float(row["display_w"])), facts.width
        yield "height", int(float(row["display_h"])), facts.height
    if row["duration_s"] and "duration_s" not in skip:
        yield "duration", *_near(row["duration_s"], facts.duration, 0.1)
    yield "make", row["make"].strip() or None, facts.camera_make
    yield "model", row["model"].strip() or None, facts.camera_model
    if "orientation" not in skip:
        yield (
            "orientation",
            int(row["orientation_exif"]) if row["orientation_exif"] else None,
            facts.orientation,
        )
    if row["byline"]:
        yield "byline", row["byline"], facts.byline
    if row["city"]:
        yield "city", row["city"], facts.city
    if row["keywords"] and "iptc keywords" not in skip:
        yield "keywords", set(row["keywords"].split("; ")), set(facts.keywords)


def _minutes(text: str) -> int | None:
    if not text:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _near(text: str, found: float | None, within: float) -> tuple[float | None, float | None]:
    if not text:
        return None, found
    expected = float(text)
    return expected, expected if found is not None and abs(found - expected) <= within else found
