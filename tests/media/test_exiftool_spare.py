"""ExifTool where nobody else reads, locked in with one file."""

import os
from pathlib import Path

import pytest

from dam.media import exiftool_spare, lockdown, tools
from dam.media.visit import Facts
from tests import material
from tests.media.test_metadata import exiftool


def lock(original: int) -> None:
    lockdown.lock_reader(original, [tools.need("exiftool")], exiftool_spare.PERL)


def protected() -> bool:
    """Does this machine's kernel keep a process from files?"""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        granted = {one.name: one.granted for one in lockdown.lock_photo()}
        os.write(writing, b"1" if granted["landlock-files"] else b"0")
        os._exit(0)
    os.waitpid(pid, 0)
    return os.read(reading, 1) == b"1"


def test_it_says_what_it_finds_by_the_names_of_facts(tmp_path: Path) -> None:
    path = material.photo(tmp_path / "a.jpg", gps=(19.2925, -99.6569), serial="6001", orientation=6)
    exiftool(path, "-OffsetTimeOriginal=-06:00", "-SubSecTimeOriginal=25", "-ISO=400")
    with path.open("rb") as file:
        said = exiftool_spare.ask(file.fileno(), lambda: lock(file.fileno()))
    assert (said["captured_at"], said["subsec"], said["utc_offset_minutes"]) == (
        "2026-05-01T18:20:00",
        "25",
        -360,
    )
    assert (said["camera_make"], said["serial"], said["iso"], said["orientation"]) == (
        "TestCam",
        "6001",
        400,
        6,
    )
    assert said["latitude"] == pytest.approx(19.2925) and said["longitude"] == pytest.approx(-99.6569)


def test_it_reaches_no_other_file(tmp_path: Path) -> None:
    if not protected():
        pytest.skip("this kernel has no Landlock")
    mine, other = (material.photo(tmp_path / name) for name in ("mine.jpg", "other.jpg"))
    with mine.open("rb") as file:
        ran = tools.run(
            [str(tools.need("exiftool")), "-Make", str(other)],
            seconds=20, own_group=False, pass_fds=(file.fileno(),), before=lambda: lock(file.fileno()),
        )  # fmt: skip
    assert ran.code != 0 and b"TestCam" not in ran.out


def test_it_only_fills_in(tmp_path: Path) -> None:
    facts = Facts("photo", "image/x-raw", camera_make="Canon", captured_at="2026-05-01T18:20:00")
    said = {"camera_make": "Other", "serial": "1", "captured_at": "2020-01-01T00:00:00", "subsec": "9"}
    filled = exiftool_spare.fill(facts, said)
    assert (filled.camera_make, filled.serial) == ("Canon", "1")
    assert (filled.captured_at, filled.subsec) == ("2026-05-01T18:20:00", None)
    assert filled.readers == {"spare": "ExifTool"}
    assert exiftool_spare.fill(facts, {}) is facts


@pytest.mark.parametrize(("kind", "written"), [("ASF", "CreationDate"), ("MXF", "CreateDate")])
def test_exiftools_word_on_a_container_that_tells_utc(kind: str, written: str) -> None:
    said = exiftool_spare._said({"FileType": kind, written: "2026:05:02 00:20:00"})
    assert (said["captured_source"], said["utc_offset_minutes"]) == ("container", 0)
    assert exiftool_spare._said({"FileType": kind, written: "1970:01:01 00:00:00"}) == {}
    own = exiftool_spare._said({"FileType": "AVI", "DateTimeOriginal": "2026:05:01 18:20:00"})
    assert own["captured_source"] == "exiftool:DateTimeOriginal" and "utc_offset_minutes" not in own
