"""Raw files with a preview of full size: from file to searchable, beside exiftool and vipsthumbnail."""

import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench import photographs
from bench.ingest import SIDES, cpu_of
from bench.result import Result, say
from bench.running import running

COUNT = 30
RAW_BYTES = 20_000_000  # of packed sensor data, which nobody looks at
WIDTH, HEIGHT, NIKON = 6000, 4000, 34713
SHORT, LONG, ASCII = 3, 4, 2


def run(quick: bool = False) -> list[Result]:
    """CPU of each file, all sizes made. ``quick`` takes fewer files."""
    count = 6 if quick else COUNT
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        say(f"making {count} raw files with previews of 24 megapixels")
        photos = photographs.make(folder / "jpg", 24, count)
        (folder / "raw").mkdir()
        raws = [_wrap(photo, folder / "raw" / f"{photo.stem}.nef") for photo in photos]
        extracted = cpu_of(lambda: _extract(raws, folder / "out")) / count
        theirs = extracted + cpu_of(lambda: _vips(raws, folder / "out")) / count
        with running(folder / "archive", 1) as archive:
            warm = _wrap(photos[0], folder / "warm.nef", seed=9)
            archive.dam("ingest", str(warm), "--event", "Bench", "--create", "--wait", "--json")
            spent = archive.cpu()
            told = archive.dam("ingest", str(folder / "raw"), "--event", "Bench", "--wait", "--json")
            ours = (archive.cpu() - spent) / count
        _check(told, count)
    return [
        Result("exiftool -b -JpgFromRaw", extracted * 1000, "ms CPU/file"),
        Result("exiftool -b and vipsthumbnail x 3", theirs * 1000, "ms CPU/file"),
        Result("raw file, from file to searchable", ours * 1000, "ms CPU/file"),
        Result("raw file against exiftool and vipsthumbnail", ours / theirs, "ratio", "<= 0.7"),
    ]


def _wrap(photo: Path, path: Path, seed: int = 1) -> Path:
    """A file as Nikon lays out a NEF: a small directory, below it the full-size JPEG and raw data."""
    jpeg = photo.read_bytes()
    data = bytearray(b"II*\0\x08\0\0\0")
    noise = np.random.default_rng(seed).integers(0, 256, RAW_BYTES, np.uint8).tobytes()
    counts = (5, 3, 7, 2)  # entries of the four directories: what is shown, the JPEG, the sensor's data, EXIF
    starts = [8]
    for many in counts:
        starts.append(starts[-1] + 2 + 12 * many + 4)
    words = starts[-1]
    below, picture = words + 40, words + 48
    sensor = picture + len(jpeg)
    data += _directory([
        (0x00FE, LONG, 1, 1), (0x010F, ASCII, 18, words), (0x0112, SHORT, 1, 1), (0x014A, LONG, 2, below),
        (0x8769, LONG, 1, starts[3]),
    ])  # fmt: skip
    data += _directory([(0x0103, SHORT, 1, 6), (0x0201, LONG, 1, picture), (0x0202, LONG, 1, len(jpeg))])
    data += _directory([
        (0x00FE, LONG, 1, 0), (0x0100, LONG, 1, WIDTH), (0x0101, LONG, 1, HEIGHT), (0x0103, SHORT, 1, NIKON),
        (0x0106, SHORT, 1, 32803), (0x0111, LONG, 1, sensor), (0x0117, LONG, 1, RAW_BYTES),
    ])  # fmt: skip
    data += _directory([(0x9003, ASCII, 20, words + 20), (0xA002, LONG, 1, WIDTH)])
    data += b"NIKON CORPORATION\0\0\0" + b"2026:05:01 18:20:00\0" + struct.pack("<II", starts[1], starts[2])
    assert len(data) == picture
    path.write_bytes(data + jpeg + noise)
    return path


def _directory(entries: Sequence[tuple[int, int, int, int]]) -> bytes:
    told = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + told + bytes(4)


def _extract(raws: Sequence[Path], out: Path) -> None:
    out.mkdir()
    for raw in raws:
        ran = subprocess.run(["exiftool", "-b", "-JpgFromRaw", str(raw)], check=True, capture_output=True)
        (out / f"{raw.stem}.jpg").write_bytes(ran.stdout)


def _vips(raws: Sequence[Path], out: Path) -> None:
    for raw in raws:
        for side in SIDES:
            target = f"{out / raw.stem}-{side}.jpg[Q=82,strip]"
            command = ["vipsthumbnail", str(out / f"{raw.stem}.jpg"), "-s", f"{side}x{side}>", "-o", target]
            subprocess.run(command, check=True)


def _check(told: dict[str, object], count: int) -> None:
    """A figure of files that were refused would be worth nothing."""
    outcomes = [file["outcome"] for file in told["files"]]  # type: ignore[attr-defined]
    if outcomes != ["ready"] * count:
        raise RuntimeError(f"not every raw file was made ready: {sorted(set(outcomes))}")
