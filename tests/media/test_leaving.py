"""What a copy of every format carries and what it must not, as ExifTool and ffprobe see it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from dam.media.embed import Scribe
from tests import material
from tests.media.test_embed import FULL, told
from tests.media.test_metadata import exiftool

IN_XMP = {
    "XMP-dc:Title": FULL.headline, "XMP-photoshop:Headline": FULL.headline,
    "XMP-dc:Description": FULL.caption, "XMP-dc:Subject": list(FULL.keywords),
    "XMP-dc:Creator": FULL.byline, "XMP-photoshop:Credit": FULL.credit,
    "XMP-dc:Rights": FULL.copyright, "XMP-xmpRights:UsageTerms": FULL.usage_terms,
    "XMP-iptcExt:PersonInImage": list(FULL.persons), "XMP-photoshop:City": FULL.city,
    "XMP-photoshop:State": FULL.state, "XMP-photoshop:Country": FULL.country,
    "XMP-iptcCore:CountryCode": "MX", "XMP-iptcExt:LocationShownLocationId": "INEGI:15106",
    "XMP-iptcExt:Event": FULL.event, "XMP-iptcCore:AltTextAccessibility": FULL.alt_text,
    "XMP-dc:Identifier": FULL.identifier, "XMP-photoshop:DateCreated": "2026:05:01 18:20:00-06:00",
}  # fmt: skip
IN_EXIF = {
    "IFD0:ImageDescription": FULL.caption, "IFD0:Artist": FULL.byline, "IFD0:Copyright": FULL.copyright,
    "IFD0:XPTitle": FULL.headline, "IFD0:XPKeywords": ";".join(FULL.keywords),
    "ExifIFD:DateTimeOriginal": "2026:05:01 18:20:00", "ExifIFD:OffsetTimeOriginal": "-06:00",
}  # fmt: skip
IN_IIM = {
    "IPTC:CodedCharacterSet": "UTF8", "IPTC:Headline": FULL.headline, "IPTC:Caption-Abstract": FULL.caption,
    "IPTC:Keywords": list(FULL.keywords), "IPTC:By-line": FULL.byline, "IPTC:CopyrightNotice": FULL.copyright,
    "IPTC:City": FULL.city, "IPTC:Province-State": FULL.state,
    "IPTC:Country-PrimaryLocationName": FULL.country, "IPTC:Country-PrimaryLocationCode": "MEX",
    "IPTC:SpecialInstructions": FULL.usage_terms, "IPTC:OriginalTransmissionReference": FULL.identifier,
    "IPTC:DateCreated": "2026:05:01", "IPTC:TimeCreated": "18:20:00-06:00",
}  # fmt: skip
PRIVATE = ("gps", "serial", "owner", "maker", "thumbnail", "history", "location.iso6709", "coordinates")


@pytest.fixture
def scribe() -> Iterator[Scribe]:
    with Scribe() as started:
        yield started


@pytest.mark.parametrize("form", ["jpg", "tif", "png", "webp", "avif", "heic", "gif"])
def test_a_picture_says_everything_its_format_has_a_place_for(
    scribe: Scribe, form: str, tmp_path: Path
) -> None:
    pillow_heif.register_heif_opener()
    path = tmp_path / f"a.{form}"
    Image.new("RGB", (64, 48), "red").save(path)
    private = ["-XMP-exif:GPSLatitude=19.3", "-XMP-aux:SerialNumber=SN1", "-XMP-xmpMM:HistoryAction=saved"]
    if form != "gif":
        private += ["-GPSLatitude=19.3", "-GPSLatitudeRef=N", "-SerialNumber=SN1", "-OwnerName=Ana"]
    scribe.write(exiftool(path, *private), FULL)
    said = told(path, "-a")
    wanted = IN_XMP | (IN_EXIF if form != "gif" else {}) | (IN_IIM if form in ("jpg", "tif", "png") else {})
    assert {name: said.get(name) for name in wanted} == wanted
    assert [name for name in said if any(word in name.lower() for word in PRIVATE)] == []
    assert b"SN1" not in path.read_bytes()


@pytest.mark.parametrize("form", ["mp4", "mov", "m4a"])
def test_a_clip_and_a_recording_say_it_to_every_player(scribe: Scribe, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{form}"
    if form == "m4a":
        tone = ["-f", "lavfi", "-i", "sine=duration=1", str(path)]
        subprocess.run(["ffmpeg", "-v", "error", "-y", *tone], check=True)
    else:
        material.clip(path, seconds=1)
    exiftool(path, "-Keys:GPSCoordinates=19.29, -99.65, 2680", "-UserData:GPSCoordinates=19.29, -99.65, 2680")
    scribe.write(path, FULL)
    ran = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(path)], capture_output=True, check=True
    )
    tags = {name.lower(): value for name, value in json.loads(ran.stdout)["format"]["tags"].items()}
    assert (tags["title"], tags["artist"], tags["copyright"]) == (FULL.headline, FULL.byline, FULL.copyright)
    assert tags["comment"] == tags["com.apple.quicktime.description"] == FULL.caption
    assert tags["date"].startswith("2026-05-01T18:20:00") or tags["date"].startswith("2026:05:01 18:20:00")
    said = told(path, "-a", "-ee")
    assert {name: said.get(name) for name in IN_XMP} == IN_XMP
    assert said["Keys:CreationDate"] == "2026:05:01 18:20:00-06:00"
    for names in (tags, said):
        assert [name for name in names if any(word in name.lower() for word in PRIVATE)] == []
    assert b"99.65" not in path.read_bytes()


def test_where_the_hour_is_unknown_only_the_day_leaves(scribe: Scribe, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    scribe.write(path, replace(FULL, created_at="2026-05-01"))
    said = told(path)
    assert said["XMP-photoshop:DateCreated"] == said["IPTC:DateCreated"] == "2026:05:01"
    assert "ExifIFD:DateTimeOriginal" not in said and "IPTC:TimeCreated" not in said
