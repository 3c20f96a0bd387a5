"""Where and when files say they were made, in every coat they wear. All of them made here."""

import io
import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from dam.media import clip_metadata, dates, exif, gpmf, metadata, packets
from dam.media.sandbox import Sandbox
from tests import material
from tests.media.test_embed import FULL
from tests.media.test_written import xmp


def exiftool(path: Path, *tags: str) -> Path:
    subprocess.run(["exiftool", "-q", "-m", "-overwrite_original", *tags, str(path)], check=True)
    return path


def read(path: Path) -> dict:
    with path.open("rb") as file:
        return metadata.read(file).said


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "tif", "gif", "avif", "heic"])
def test_what_exiftool_writes_into_any_picture_is_read(form: str, tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = tmp_path / f"a.{form}"
    Image.new("RGB", (64, 48), "red").save(path)
    in_xmp = (
        "photoshop:City=Ñuñoa", "iptcExt:PersonInImage=Óscar Peña", "xmp:Label=Rojo", "xmp:Rating=4",
        "iptcCore:AltTextAccessibility=Alguien saluda", "iptcExt:LocationShownLocationId=INEGI:15106",
    )  # fmt: skip
    in_exif = (
        "DateTimeOriginal=2026:05:01 18:20:00", "SubSecTimeOriginal=250", "OffsetTimeOriginal=-06:00",
        "Make=Canon", "ExposureTime=1/250",
    )  # fmt: skip
    exiftool(path, *(f"-XMP-{tag}" for tag in in_xmp), *(f"-EXIF:{tag}" for tag in in_exif if form != "gif"))
    said = read(path)
    assert (said["city"], said["persons"], said["rating"]) == ("Ñuñoa", ("Óscar Peña",), 4)
    assert (said["alt_text"], said["location_id"], said["label"]) == ("Alguien saluda", "INEGI:15106", "Rojo")
    if form != "gif":
        assert (said["captured_at"], said["subsec"]) == ("2026-05-01T18:20:00", "250")
        assert (said["utc_offset_minutes"], said["offset_source"]) == (-360, "file")
        assert (said["camera_make"], said["exposure_seconds"]) == ("Canon", 0.004)


@pytest.mark.parametrize(
    ("gps", "place"),
    [
        ((19.2925, -99.6569), (19.2925, -99.6569)),
        ((-33.8567, 151.2153), (-33.8567, 151.2153)),
        ((0.0, 0.0), None),
        ((0.0, -99.6569), (0.0, -99.6569)),
    ],
)
def test_hemispheres_are_kept_and_no_fix_is_no_place(
    gps: tuple[float, float], place: tuple[float, float] | None, tmp_path: Path
) -> None:
    said = read(material.photo(tmp_path / "a.jpg", gps=gps))
    if place is None:
        assert "latitude" not in said and "longitude" not in said
    else:
        assert said["latitude"] == pytest.approx(place[0], abs=1e-5)
        assert said["longitude"] == pytest.approx(place[1], abs=1e-5)


def test_what_is_not_on_earth_is_no_place() -> None:
    assert exif.on_earth(213.64, 103.48) == {} and exif.on_earth(10.0, 181.0) == {}


@pytest.mark.parametrize(
    ("written", "captured", "offset", "source"),
    [
        ("2026-05-01T18:20:00-06:00", "2026-05-01T18:20:00", -360, "png:Creation Time"),
        ("Fri, 01 May 2026 18:20:00 -0600", "2026-05-01T18:20:00", -360, "png:Creation Time"),
        ("Sat, 2 May 2026 00:20:00 GMT", "2026-05-02T00:20:00", 0, "container"),
        ("yesterday", None, None, None),
    ],
)
def test_a_png_tells_when_in_either_way_of_writing(
    tmp_path: Path, written: str, captured: str | None, offset: int | None, source: str | None
) -> None:
    """RFC 1123 is what PNG advises (third edition, 11.3.3.2)."""
    words = PngInfo()
    words.add_text("Creation Time", written)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=words)
    said = read(tmp_path / "a.png")
    told = (said.get("captured_at"), said.get("utc_offset_minutes"), said.get("captured_source"))
    assert told == (captured, offset, source)


@pytest.mark.parametrize("missing", ["-GPSLongitudeRef=", "-GPSLatitudeRef=", "-GPSLongitudeRef#=O"])
def test_a_position_that_does_not_tell_its_hemisphere_is_no_place(tmp_path: Path, missing: str) -> None:
    """Toluca would lie in Burma."""
    said = read(exiftool(material.photo(tmp_path / "a.jpg", gps=(19.2925, -99.6569)), missing))
    assert "latitude" not in said and "longitude" not in said


def test_hemispheres_in_small_letters_or_words_are_understood(tmp_path: Path) -> None:
    path = exiftool(material.photo(tmp_path / "a.jpg", gps=(19.2925, -99.6569)), "-GPSLongitudeRef#=w")
    assert read(path)["longitude"] == pytest.approx(-99.6569, abs=1e-5)


def test_below_the_sea_is_below(tmp_path: Path) -> None:
    path = material.photo(tmp_path / "a.jpg", gps=(31.5, 35.4))
    exiftool(path, "-GPSAltitude=420.5", "-GPSAltitudeRef#=1")
    assert read(path)["altitude"] == -420.5


@pytest.mark.parametrize(
    ("utc", "offset"),
    [
        ("2026:05:02 00:19:48", -360),
        ("2026:05:01 12:35:00", 345),  # Nepal
        ("2026:05:01 12:00:00", None),  # nobody's zone
        ("2026:05:03 00:20:00", None),  # a fix of another day
        ("2026:05:02 00:25:30", None),  # a clock that is wrong
    ],
)
def test_the_satellites_time_tells_the_offset(utc: str, offset: int | None, tmp_path: Path) -> None:
    path = material.photo(tmp_path / "a.jpg", gps=(19.3, -99.6))
    exiftool(path, f"-GPSDateStamp={utc[:10]}", f"-GPSTimeStamp={utc[11:]}")
    said = read(path)
    assert said.get("utc_offset_minutes") == offset
    assert said.get("offset_source") == ("gps" if offset is not None else None)


def test_an_offset_in_the_file_comes_before_the_satellites(tmp_path: Path) -> None:
    path = material.photo(tmp_path / "a.jpg", gps=(19.3, -99.6))
    exiftool(path, "-GPSDateStamp=2026:05:02", "-GPSTimeStamp=00:20:00", "-OffsetTimeOriginal=-05:00")
    assert (read(path)["utc_offset_minutes"], read(path)["offset_source"]) == (-300, "file")


@pytest.mark.parametrize(
    "written",
    ["0000:00:00 00:00:00", "    :  :     :  :  ", "1601:06:06 16:39:33", "2026:13:01 10:00:00", "x"],
)
def test_an_absurd_date_is_no_date(written: str) -> None:
    assert dates.parse(written) is None


def canon_cr3(inner: bytes) -> bytes:
    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    uuid = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    return box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", box(b"uuid", uuid + inner))


def test_what_tiff_ep_keeps_in_the_main_directory_is_read_and_the_exif_directory_comes_first(
    tmp_path: Path,
) -> None:
    block = Image.Exif()
    block[0x9003], block[0x829A], block[0x8827] = "2006:05:27 12:37:03", IFDRational(1, 250), 250
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=block)
    said = read(tmp_path / "a.jpg")
    assert said["captured_at"] == "2006-05-27T12:37:03"
    assert (said["exposure_seconds"], said["iso"]) == (0.004, 250)
    block.get_ifd(0x8769)[0x9003] = "2026:05:01 18:20:00"
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=block)
    assert read(tmp_path / "a.jpg")["captured_at"] == "2026-05-01T18:20:00"


def test_the_directories_that_cr3_keeps_apart_are_one() -> None:
    def directory(*entries: bytes) -> bytes:
        head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries))
        return head + b"".join(entries) + bytes(4)

    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    turned = struct.pack("<HHIHH", 0x0112, 3, 1, 8, 0)
    speed = struct.pack("<HHIHH", 0x8827, 3, 1, 400, 0)
    south = struct.pack("<HHI4s", 1, 2, 2, b"S\0\0\0")
    data = canon_cr3(
        box(b"CMT1", directory(turned)) + box(b"CMT2", directory(speed)) + box(b"CMT4", directory(south))
    )
    said = metadata.read(io.BytesIO(data)).said
    assert (said["orientation"], said["iso"]) == (8, 400)
    found = packets.find(io.BytesIO(data))
    assert exif.text(exif.read_part(found.parts["GPS"], "GPS"), "GPS GPSLatitudeRef") == "S"


def test_extended_xmp_is_read_too() -> None:
    main = xmp("photoshop:City='Toluca'").encode()
    more = xmp("photoshop:State='México'").encode()
    part = (
        b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + len(more).to_bytes(4, "big") + bytes(4) + more
    )
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG")
    data = made.getvalue()
    for body in (part, b"http://ns.adobe.com/xap/1.0/\0" + main):
        data = data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]
    said = metadata.read(io.BytesIO(data)).said
    assert (said["city"], said["state"]) == ("Toluca", "México")


@pytest.mark.parametrize("cut", range(0, 600, 37))
def test_a_file_cut_anywhere_never_stops_the_reader(cut: int, tmp_path: Path) -> None:
    whole = exiftool(material.photo(tmp_path / "a.jpg", gps=(19.3, -99.6)), "-IPTC:City=Toluca").read_bytes()
    metadata.read(io.BytesIO(whole[:cut]))


def telemetry(fix: int = 3) -> bytes:
    def entry(key: bytes, kind: bytes, size: int, repeat: int, body: bytes) -> bytes:
        return key + kind + bytes((size,)) + repeat.to_bytes(2, "big") + body + bytes(-len(body) % 4)

    scale = entry(b"SCAL", b"l", 4, 5, struct.pack(">5i", 10_000_000, 10_000_000, 1000, 1000, 100))
    told = entry(b"GPSF", b"L", 4, 1, fix.to_bytes(4, "big")) + entry(
        b"GPSU", b"U", 16, 1, b"260502002000.000"
    )
    fixes = entry(b"GPS5", b"l", 20, 1, struct.pack(">5i", 192_925_000, -996_569_000, 2_680_000, 0, 0))
    stream = told + scale + fixes
    device = entry(b"STRM", b"\0", 1, len(stream), stream)
    return entry(b"DEVC", b"\0", 1, len(device), device)


def gopro(path: Path, fix: int = 3) -> Path:
    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    sample = telemetry(fix)
    start = len(box(b"ftyp", b"mp41\0\0\0\0mp41")) + 8
    table = (
        box(b"stsd", bytes(7) + b"\x01" + box(b"gpmd", bytes(8)))
        + box(b"stsz", bytes(4) + len(sample).to_bytes(4, "big") + (1).to_bytes(4, "big"))
        + box(b"stco", bytes(4) + (1).to_bytes(4, "big") + start.to_bytes(4, "big"))
    )
    moov = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table)))))
    path.write_bytes(box(b"ftyp", b"mp41\0\0\0\0mp41") + box(b"mdat", sample) + moov)
    return path


def test_a_gopros_telemetry_tells_where_it_was(tmp_path: Path) -> None:
    with gopro(tmp_path / "a.mp4").open("rb") as file:
        found = gpmf.first_fix(file)
    assert (found["latitude"], found["longitude"]) == (19.2925, -99.6569)
    assert (found["altitude"], found["gps_utc"]) == (2680.0, "2026-05-02T00:20:00Z")
    with gopro(tmp_path / "b.mp4", fix=0).open("rb") as file:
        assert gpmf.first_fix(file) == {}


def test_a_container_that_holds_a_wall_clock_is_found_out_by_the_satellites() -> None:
    told = {"captured_at": "2026-05-01T18:20:00", "captured_source": "container", "utc_offset_minutes": 0}
    told["gps_utc"] = "2026-05-02T00:20:00Z"
    clip_metadata.complete_clock(told, {})
    assert (told["utc_offset_minutes"], told["offset_source"]) == (-360, "gps")


def test_a_clip_tells_its_own_clock_before_the_containers(
    sandbox: Sandbox, tmp_path: Path, into: Path
) -> None:
    path = exiftool(
        material.clip(tmp_path / "a.mov", seconds=1),
        "-Keys:CreationDate=2026:05:01 18:20:00-06:00",
        "-Keys:GPSCoordinates=19.2925, -99.6569, 2680",
        "-XMP-iptcExt:PersonInImage=Óscar Peña",
    )
    facts = sandbox.visit(path, (), into).facts
    assert (facts.captured_at, facts.utc_offset_minutes) == ("2026-05-01T18:20:00", -360)
    assert facts.latitude == pytest.approx(19.2925) and facts.longitude == pytest.approx(-99.6569)
    assert facts.persons == ("Óscar Peña",)


def avchd(zone: int) -> bytes:
    notes = bytes((0x18, zone, 0x20, 0x26, 0x05)) + bytes((0x19, 0x01, 0x18, 0x20, 0x00))
    notes += bytes((0xE0, 0x01, 0x08, 0, 0))
    body = clip_metadata.MDPM + bytes((3,)) + notes
    packet = b"G\x41\x00\x10" + body
    return (packet + b"\xff" * (188 - len(packet))) * 3


@pytest.mark.parametrize(("zone", "minutes"), [(0x2C, -360), (0x0B, 330), (0xFF, None)])
def test_a_camcorders_notes_tell_its_wall_clock(zone: int, minutes: int | None) -> None:
    said = clip_metadata._in_avchd(io.BytesIO(avchd(zone)), {})
    assert (said["captured_at"], said["camera_make"]) == ("2026-05-01T18:20:00", "Sony")
    assert said.get("utc_offset_minutes") == minutes


def test_what_leaves_comes_back_with_every_word(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    from dam.media.embed import Scribe

    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    with Scribe() as scribe:
        scribe.write(path, FULL)
    facts = sandbox.visit(path, (), into).facts
    for name in (
        "headline", "caption", "keywords", "byline", "credit", "copyright", "usage_terms", "persons", "city",
        "state", "country", "event", "alt_text", "identifier", "utc_offset_minutes",
    ):  # fmt: skip
        assert getattr(facts, name) == getattr(FULL, name), name
    assert facts.location_id == f"INEGI:{FULL.municipality_key}"
    assert facts.captured_at == FULL.created_at
