"""What leaves carries its credit, read back by another exiftool."""

import json
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from dam.media.embed import Caption, NotEmbedded, Scribe
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from tests.material import clip, photo

FULL = Caption(
    headline='Mitin en Ñuñoa: "á ü" <b>&amp;</b> $(id)',
    caption="La líder saluda en Tultitlán.\nSegunda línea — selección 选举 🎉",
    keywords=("educación", "niñez", "Estado de México"),
    byline="José Ñandú",
    credit="Comunicación Social / PT Estado de México",
    copyright="© 2026 Partido del Trabajo",
    usage_terms="Uso informativo",
    persons=("Óscar Peña", "Ana Güemes"),
    city="Toluca",
    state="México",
    country="México",
    municipality_key="15106",
    event="Mitin de arranque",
    created_at="2026-05-01T18:20:00",
    utc_offset_minutes=-360,
    alt_text="Una mujer saluda a la multitud",
    identifier="PT-000123",
)


@pytest.fixture
def scribe():
    with Scribe() as started:
        yield started


def told(path: Path, *options: str) -> dict:
    ran = subprocess.run(["exiftool", "-j", "-G1", *options, str(path)], capture_output=True, check=True)
    return json.loads(ran.stdout)[0]


def test_a_picture_carries_its_caption_in_all_three_languages_of_metadata(
    scribe: Scribe, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (640, 480), "red").save(path)
    scribe.write(path, FULL)
    said = told(path)
    assert said["IFD0:ImageDescription"] == FULL.caption
    assert said["IFD0:Artist"] == FULL.byline
    assert said["IFD0:Copyright"] == FULL.copyright
    assert said["ExifIFD:DateTimeOriginal"] == "2026:05:01 18:20:00"
    assert said["ExifIFD:OffsetTimeOriginal"] == "-06:00"
    assert said["IPTC:CodedCharacterSet"] == "UTF8"
    assert said["IPTC:Headline"] == FULL.headline
    assert said["IPTC:Caption-Abstract"] == FULL.caption
    assert said["IPTC:Keywords"] == list(FULL.keywords)
    assert said["IPTC:By-line"] == FULL.byline
    assert said["IPTC:TimeCreated"] == "18:20:00-06:00"
    assert said["XMP-dc:Description"] == FULL.caption
    assert said["XMP-dc:Creator"] == FULL.byline
    assert said["XMP-photoshop:Credit"] == FULL.credit
    assert said["XMP-photoshop:Headline"] == FULL.headline
    assert said["XMP-iptcExt:PersonInImage"] == list(FULL.persons)
    assert said["XMP-iptcExt:LocationShownLocationId"] == "INEGI:15106"
    assert said["XMP-iptcExt:Event"] == FULL.event
    assert said["XMP-iptcCore:AltTextAccessibility"] == FULL.alt_text
    assert said["XMP-xmpRights:UsageTerms"] == FULL.usage_terms


def test_a_clip_carries_its_caption_and_still_starts_at_once(
    scribe: Scribe, sandbox: Sandbox, tmp_path: Path, into: Path
) -> None:
    visit = sandbox.visit(clip(tmp_path / "a.mp4", seconds=3), standing(), into)
    path = next(made.path for made in visit.made if made.preset == "mp4-720")
    scribe.write(path, FULL)
    said = told(path)
    assert said["ItemList:Title"] == FULL.headline
    assert said["ItemList:Description"] == FULL.caption
    assert said["ItemList:Artist"] == said["Keys:Author"] == FULL.byline
    assert said["Keys:CreationDate"] == "2026:05:01 18:20:00-06:00"
    assert said["XMP-photoshop:Credit"] == FULL.credit
    assert said["XMP-iptcExt:PersonInImage"] == list(FULL.persons)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"], check=True)


def test_a_rendition_keeps_its_pixels_and_its_profile(
    scribe: Scribe, sandbox: Sandbox, tmp_path: Path, into: Path
) -> None:
    made = sandbox.visit(photo(tmp_path / "a.jpg"), standing(), into).made[0]
    with Image.open(made.path) as before:
        pixels, profile = before.tobytes(), before.info["icc_profile"]
    scribe.write(made.path, FULL)
    with Image.open(made.path) as after:
        assert after.tobytes() == pixels
        assert after.info["icc_profile"] == profile


def test_neither_place_nor_serial_nor_maker_notes_leave(scribe: Scribe, tmp_path: Path) -> None:
    """Even on a file that had them, which it is not meant for."""
    path = photo(tmp_path / "a.jpg", gps=(19.29, -99.65), serial="SN-123456")
    scribe.write(path, FULL)
    names = " ".join(told(path, "-a", "-u")).lower()
    assert "gps" not in names and "serial" not in names and "maker" not in names
    assert b"SN-123456" not in path.read_bytes()


def test_writing_again_replaces_all_that_was_said(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, FULL)
    scribe.write(path, Caption(caption="Otro pie", keywords=("uno",)))
    said = told(path)
    assert said["XMP-dc:Description"] == "Otro pie" and said["XMP-dc:Subject"] == "uno"
    assert "XMP-photoshop:Credit" not in said and "IFD0:Artist" not in said
    assert "XMP-iptcExt:PersonInImage" not in said


@pytest.mark.parametrize(
    "hostile",
    [
        "one\n-execute\n-Artist=evil",
        "one\r\n-Artist=evil\r\n-execute\r\n",
        "-Artist=evil",
        "#[CSTR]-Artist=evil\\n",
        "<= /etc/passwd",
        "@/etc/passwd",
        "&#10;-Artist=evil&#10;",
        "${filename} $(touch pwned) `id`",
        "</rdf:li><rdf:li>evil",
        "\u202egnp.exe\u2028new line",
    ],
)
def test_a_hostile_caption_is_only_ever_a_caption(scribe: Scribe, tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, Caption(caption=hostile, byline="Ana", keywords=(hostile,)))
    said = told(path)
    assert said["XMP-dc:Description"] == hostile
    assert said["XMP-dc:Subject"] == hostile
    assert said["IFD0:Artist"] == said["XMP-dc:Creator"] == "Ana"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jpg"]


def test_what_no_metadata_can_hold_is_dropped_and_the_rest_kept(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, Caption(caption="a\x00b\x07c\ud800d\uffff"))
    assert told(path)["XMP-dc:Description"] == "abcd"


def test_iim_values_are_cut_between_characters(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, Caption(credit="ñ" * 40, byline="x" + "á" * 40))
    said = told(path)
    assert said["IPTC:Credit"] == "ñ" * 16
    assert said["IPTC:By-line"] == "x" + "á" * 15
    assert said["XMP-photoshop:Credit"] == "ñ" * 40


def test_names_with_blanks_and_dashes_are_files(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "-execute año 1.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, FULL)
    assert told(path)["IFD0:Artist"] == FULL.byline


def test_a_file_that_cannot_be_written_is_said_and_left_alone(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"no picture at all")
    with pytest.raises(NotEmbedded):
        scribe.write(path, FULL)
    assert path.read_bytes() == b"no picture at all"
    assert [p.name for p in tmp_path.iterdir()] == ["a.jpg"]


def test_it_goes_on_when_exiftool_was_killed(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, FULL)
    scribe._exiftool._process.kill()
    scribe.write(path, Caption(caption="after"))
    assert told(path)["XMP-dc:Description"] == "after"


def test_an_exiftool_that_dies_in_the_middle_is_started_once_more(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (4000, 3000)).save(path)
    scribe.write(path, FULL)
    os.kill(scribe._exiftool._process.pid, 19)  # SIGSTOP: it has the command and does not answer
    killer = threading.Timer(0.3, scribe._exiftool._process.kill)
    killer.start()
    scribe.write(path, Caption(caption="after"))
    killer.join()
    assert told(path)["XMP-dc:Description"] == "after"


def test_threads_and_forks_do_not_mix_their_files(scribe: Scribe, tmp_path: Path) -> None:
    def write(number: int) -> Path:
        path = tmp_path / f"{number}.jpg"
        Image.new("RGB", (64, 48)).save(path)
        scribe.write(path, Caption(caption=f"pie {number}"))
        return path

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    pid = os.fork()
    if pid == 0:
        write(100)
        scribe.close()
        os._exit(0)
    write(101)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for number in (*range(8), 100, 101):
        assert told(tmp_path / f"{number}.jpg")["XMP-dc:Description"] == f"pie {number}"
