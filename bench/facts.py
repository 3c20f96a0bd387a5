"""Facts of photographs: what our reading costs, and how often it agrees, beside ExifTool in batch mode.

ExifTool is started once for all files, its quickest way. Ours is the reading that a worker's visit of a photo
does; beside it stands a visit for the facts alone, which pays for a child process of its own.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.photographs import make
from bench.result import Result, say
from dam.media import metadata
from dam.media.sandbox import Sandbox

CORPUS = Path(
    os.environ.get("DAM_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus"
)  # where real camera files lie, if they do
PLACES = ("Toluca", "Metepec", "Nezahualcóyotl", "Cuautitlán", "Ñuñoa")
TAGS = (
    "DateTimeOriginal", "OffsetTimeOriginal", "Orientation", "Make", "Model", "GPSLatitude", "GPSLongitude",
    "ImageDescription", "City",
)  # fmt: skip


def run(quick: bool = False) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        say("making photographs with everything that cameras and editors write")
        files = _photographs(folder / "made", 40 if quick else 400)
        told, theirs = _exiftool(files)
        ours = _cpu(lambda: [_read(path) for path in files]) / len(files)
        with Sandbox() as sandbox:
            (folder / "into").mkdir()
            alone = _cpu(lambda: [sandbox.visit(path, (), folder / "into") for path in files]) / len(files)
        agreed, asked = _agreement(files, told)
        results = [
            Result("exiftool in batch mode, a photo", 1000 * theirs / len(files), "CPU ms"),
            Result("our reading, a photo", 1000 * ours, "CPU ms"),
            Result("our reading, a photo in a child of its own", 1000 * alone, "CPU ms"),
            Result("our reading against exiftool", ours / (theirs / len(files)), "ratio", "<= 1.0"),
            Result("facts that agree with exiftool", agreed / asked, "share", ">= 0.99"),
        ]
        if (real := _real(quick)) is not None:
            told, theirs = _exiftool(real)
            ours = _cpu(lambda: [_read(path) for path in real])
            agreed, asked = _agreement(real, told)
            results += [
                Result("real camera files, ours against exiftool", ours / theirs, "ratio", "<= 1.0"),
                Result("real camera files, facts that agree", agreed / asked, "share", ">= 0.97"),
            ]
        return results


def _photographs(folder: Path, count: int) -> list[Path]:
    """Copies of one small photograph; ExifTool itself writes what each says."""
    (base,) = make(folder / "base", 2, 1)
    paths, lines = [], []
    for number in range(count):
        path = folder / f"{number:04}.jpg"
        shutil.copyfile(base, path)
        paths.append(path)
        lines += [*(f"-{tag}" for tag in _said(number)), "-overwrite_original", "-q", str(path), "-execute"]
    arguments = folder / "arguments"
    arguments.write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(["exiftool", "-@", str(arguments)], check=True, stdout=subprocess.DEVNULL)
    return paths


def _said(number: int) -> list[str]:
    return [
        f"DateTimeOriginal=2026:05:{1 + number % 28:02} 18:{number % 60:02}:00", "OffsetTimeOriginal=-06:00",
        f"Orientation#={1 + number % 8}", "ExposureTime=1/250", "FNumber=2.8", "ISO=400", "LensModel=50mm",
        f"GPSLatitude={19 + number / 1000}", "GPSLatitudeRef=N", f"SerialNumber={6000000 + number}",
        f"GPSLongitude={99 + number / 1000}", "GPSLongitudeRef=W", "IPTC:CodedCharacterSet=UTF8",
        f"ImageDescription=Mitin número {number} en la plaza", f"IPTC:City={PLACES[number % 5]}",
        f"XMP-photoshop:City={PLACES[number % 5]}", "XMP-dc:Subject=mitin", "XMP-dc:Subject=plaza",
        "XMP-iptcExt:PersonInImage=Óscar Peña",
    ]  # fmt: skip


def _real(quick: bool) -> list[Path] | None:
    if not CORPUS.is_dir():
        return None
    found = sorted(path for path in (CORPUS / "photos").iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    return found[:20] if quick else found


def _exiftool(files: list[Path]) -> tuple[dict[str, dict[str, Any]], float]:
    """What it says by path, and the CPU seconds it took."""
    command = ["exiftool", "-j", "-n", *(f"-{tag}" for tag in TAGS), *map(str, files)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {row["SourceFile"]: row for row in json.loads(ran.stdout)}, spent


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return metadata.read(file).said


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process; a visit's child is counted by the sandbox's own usage."""
    began = time.process_time()
    done = work()
    visits = done if isinstance(done, list) else []
    return time.process_time() - began + sum(v.usage.cpu_seconds for v in visits if hasattr(v, "usage"))


def _agreement(files: Iterable[Path], told: dict[str, dict[str, Any]]) -> tuple[int, int]:
    agreed = asked = 0
    for path in files:
        said, theirs = _read(path), told[str(path)]
        for mine, yours in _pairs(said, theirs):
            asked += 1
            agreed += mine == yours
    return agreed, asked


def _pairs(said: dict[str, Any], theirs: dict[str, Any]) -> Iterable[tuple[object, object]]:
    written = re.match(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)", str(theirs.get("DateTimeOriginal", "")))
    if written and written[1] != "0000":
        yield said.get("captured_at"), f"{written[1]}-{written[2]}-{written[3]}T{written[4]}"
    for name, tag in (("orientation", "Orientation"), ("camera_make", "Make"), ("camera_model", "Model")):
        if tag in theirs and theirs[tag] not in (0, ""):
            yield str(said.get(name)).strip(), str(theirs[tag]).strip()
    for name, tag in (("latitude", "GPSLatitude"), ("longitude", "GPSLongitude")):
        value = theirs.get(tag)
        if isinstance(value, float) and said.get(name) is not None:
            yield abs(abs(said[name]) - abs(value)) < 1e-5, True
    if "City" in theirs:
        yield said.get("city"), str(theirs["City"])
