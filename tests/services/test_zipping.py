"""The zip as we write it, read back by Python and by unzip, and gone on with from any byte."""

import io
import shutil
import subprocess
import zipfile
import zlib
from datetime import datetime

import pytest

from dam.services.delivery import zipping
from dam.services.delivery.zipping import Entry, Layout

MOMENT = datetime(2026, 5, 1, 18, 40, 6)
FILES = {"Niños/acción.jpg": b"a" * 1000, "leeme.txt": "Créditos".encode(), "vacío.bin": b"", "x.jpg": b"zz"}


def _layout() -> Layout:
    return Layout([Entry(name, len(data)) for name, data in FILES.items()], MOMENT)


def _read(number: int, skip: int):
    data = list(FILES.values())[number]
    for place in range(skip, len(data), 7):
        yield data[place : place + 7]


def _zip(start: int = 0, stop: int | None = None, crcs: list | None = None) -> bytes:
    return b"".join(zipping.flow(_layout(), _read, crcs or [None] * len(FILES), start, stop))


def test_python_reads_what_we_write_with_its_names_dates_and_sums():
    whole = zipfile.ZipFile(io.BytesIO(_zip()))
    assert whole.testzip() is None
    assert {name: whole.read(name) for name in whole.namelist()} == FILES
    assert whole.infolist()[0].date_time == (2026, 5, 1, 18, 40, 6)


def test_it_is_as_long_as_was_said_before():
    assert len(_zip()) == _layout().size


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_nothing_wrong(tmp_path):
    (tmp_path / "a.zip").write_bytes(_zip())
    tested = subprocess.run(["unzip", "-t", tmp_path / "a.zip"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("known", [True, False])
def test_from_every_byte_it_goes_on_with_the_same_bytes(known):
    crcs: list = [None] * len(FILES)
    whole = b"".join(zipping.flow(_layout(), _read, crcs))
    for start in range(0, len(whole), 7):
        given = list(crcs) if known else None
        assert _zip(start, crcs=given) == whole[start:]
        assert _zip(start, start + 50, crcs=given) == whole[start : start + 50]


def test_files_and_offsets_beyond_four_gigabytes_are_told_in_zip64(tmp_path):
    """Written with holes, so that ten gigabytes take no room, and read back by Python."""
    sizes = [5 * 1024**3, 10, 6 * 1024**3, 3]
    layout = Layout([Entry(f"{n}.mp4", size) for n, size in enumerate(sizes)], MOMENT)
    path = tmp_path / "large.zip"
    with path.open("wb") as out:
        for number, entry in enumerate(layout.entries):
            out.seek(layout.offsets[number])
            out.write(layout.head(entry))
            out.seek(entry.size, io.SEEK_CUR)
            out.write(zipping.tail(entry, 0))
        assert out.tell() == layout.directory_at
        out.write(layout.directory([0, 0, 0, zlib.crc32(bytes(3))]))
        assert out.tell() == layout.size
    with zipfile.ZipFile(path) as whole:
        assert [info.file_size for info in whole.infolist()] == sizes
        assert [info.header_offset for info in whole.infolist()] == layout.offsets
        assert whole.open("3.mp4").read(3) == b"\0\0\0"


def test_seventy_thousand_entries_are_told_in_zip64():
    layout = Layout([Entry(f"{n}", 0) for n in range(70_000)], MOMENT)
    whole = b"".join(zipping.flow(layout, lambda number, skip: iter(()), [0] * 70_000))
    assert len(zipfile.ZipFile(io.BytesIO(whole)).namelist()) == 70_000
