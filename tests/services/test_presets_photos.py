"""Every photo format the archive ships, from every kind of source, as the file that leaves."""

import io
import json
import subprocess
from pathlib import Path

import numpy
import pytest
import tifffile
from PIL import Image, ImageCms
from sqlalchemy import select

from bench.photographs import texture, wide_profile
from dam.errors import Unavailable
from dam.models import Asset, Fit, Rendition
from dam.services import delivery, presets
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.presets.shipped import PRESETS
from dam.services.renditions import making, wishing
from tests import taking
from tests.conftest import CORPUS

PHOTO = {one.key: one for one in PRESETS if one.kind == "photo"}
SHAPES = {key: one for key, one in PHOTO.items() if key != "print"}  # which costs, and has its own test


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "TestCam", "Model One", 1
    exif.get_ifd(0x8769)[0xA431] = "SERIAL-77"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:01 18:20:00"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (19.0, 17.0, 33.0), "W", (99.0, 39.0, 24.8)
    return exif


def _picture(size: tuple[int, int]) -> Image.Image:
    """Red at the left, a white disc off the middle, so that up, left and colour can be seen again."""
    picture = Image.fromarray(texture(size[0] // 8, size[1] // 8, 3)).resize(size)
    picture.paste((200, 30, 30), (0, 0, size[0] // 10, size[1]))
    return picture


def landscape(path: Path) -> Path:
    _picture((2160, 1440)).save(path, "JPEG", quality=85, exif=_exif())
    return path


def portrait(path: Path) -> Path:
    """Stored lying, shown standing: 1440 × 2160."""
    exif = _exif()
    exif[0x0112] = 6
    _picture((1440, 2160)).transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", quality=85, exif=exif)
    return path


def panorama(path: Path) -> Path:
    _picture((3900, 1460)).save(path, "JPEG", quality=80, exif=_exif())
    return path


def tiny(path: Path) -> Path:
    _picture((400, 300)).save(path, "JPEG", quality=85, exif=_exif())
    return path


def cmyk(path: Path) -> Path:
    _picture((2040, 1360)).convert("CMYK").save(path, "JPEG", quality=85, exif=_exif())
    return path


def wide(path: Path) -> Path:
    _picture((2040, 1360)).save(path, "JPEG", quality=85, exif=_exif(), icc_profile=wide_profile())
    return path


def raw(path: Path) -> Path:
    """A real camera's file from the corpus, where there is one."""
    found = next(iter(sorted(CORPUS.glob("photos/*.dng"))), None) if CORPUS.is_dir() else None
    if found is None:
        pytest.skip("the corpus with its raw files is not here")
    path.write_bytes(found.read_bytes())
    return path


SOURCES = {
    landscape: (2160, 1440), portrait: (1440, 2160), panorama: (3900, 1460), tiny: (400, 300),
    cmyk: (2040, 1360), wide: (2040, 1360),
}  # fmt: skip


@pytest.fixture
def taken(archive, event, send, tmp_path):
    def take(make) -> int:
        asset_id = taking.take_in(archive, send, make(tmp_path / f"{make.__name__}.jpg"), event)
        taking.change(
            archive, asset_id, headline="Mitin en Toluca", caption="La plaza llena, ñ y á",
            byline="Ana Ruiz", credit="Comunicación PT", copyright="© PT", keywords=["mitin"],
        )  # fmt: skip
        return asset_id

    return take


def told(path: Path) -> dict[str, str]:
    ran = subprocess.run(["exiftool", "-j", "-G1", "-a", str(path)], capture_output=True, check=True)
    return json.loads(ran.stdout)[0]


def leave(archive, asset_id: int, key: str, folder: Path) -> tuple[Path, delivery.Parcel]:
    parcel = delivery.deliver(archive, LOCAL_ADMINISTRATOR, asset_id, key, "page")
    path = folder / parcel.filename
    with parcel.open() as source:
        path.write_bytes(source.read())
    return path, parcel


def expected(key: str, size: tuple[int, int]) -> tuple[int, int] | None:
    """What must come out; None where the picture is too small for the shape."""
    one = PHOTO[key]
    if one.fit is Fit.WHOLE:
        return size
    if one.fit is Fit.WITHIN:
        scale = min(1.0, one.longest / max(size))
        return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    fits = min(size[0] / one.width, size[1] / one.height)
    return (one.width, one.height) if fits >= 1 else None


@pytest.mark.parametrize("make", SOURCES, ids=lambda make: make.__name__)
def test_every_photo_format_comes_out_exact_upright_in_its_colours_and_without_a_place(
    archive, taken, tmp_path, make, monkeypatch
):
    asset_id, size = taken(make), SOURCES[make]
    wishing.wish(archive, [asset_id], [*SHAPES])
    visits = []
    visit = archive.sandbox.visit
    monkeypatch.setattr(
        archive.sandbox, "visit",
        lambda original, wanted, *more, **named: visits.append([one.preset for one in wanted])
        or visit(original, wanted, *more, **named),
    )  # fmt: skip
    making.make_missing(archive, asset_id)
    monkeypatch.undo()
    assert len([one for one in visits if one != ["subjects"]]) == 1, "one decode for all that was wished"
    (tmp_path / "out").mkdir()
    for key, one in SHAPES.items():
        due = expected(key, size)
        if due is None:
            with pytest.raises(Unavailable) as small:
                delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, key)
            best = small.value.detail
            assert best["too_small"] and best["width"] <= size[0] and best["height"] <= size[1]
            assert abs(best["width"] / best["height"] - one.width / one.height) < 0.02
            continue
        path, parcel = leave(archive, asset_id, key, tmp_path / "out")
        facts = told(path)
        assert (facts["File:ImageWidth"], facts["File:ImageHeight"]) == due, key
        assert parcel.bytes == path.stat().st_size
        assert one.ceiling is None or parcel.bytes < one.ceiling, key
        assert not [name for name in facts if "GPS" in name], key
        assert "SERIAL-77" not in json.dumps(facts), key
        assert facts["IPTC:Credit"] == facts["XMP-photoshop:Credit"] == "Comunicación PT"
        assert facts["IFD0:Artist"] == "Ana Ruiz"
        assert facts.get("IFD0:Orientation", "Horizontal (normal)") == "Horizontal (normal)"
        assert ("IPTC:City" in facts) == (one.metadata_policy == "full"), key
        _is_srgb_and_upright(path, whole=one.fit is Fit.WITHIN)


def _is_srgb_and_upright(path: Path, *, whole: bool) -> None:
    with Image.open(path) as picture:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "srgb" in ImageCms.getProfileDescription(profile).lower()
        assert picture.mode == "RGB"
        if whole:  # the red band stands at the left of the picture as it is shown
            red, green, blue = picture.resize((20, 10), Image.Resampling.BOX).getpixel((0, 5))
            assert red > green + 60 and red > blue + 60


def test_the_printers_copy_has_sixteen_bits_and_its_own_profile(archive, taken, tmp_path):
    asset_id = taken(wide)
    with pytest.raises(Unavailable):
        delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, "print")
    making.make_missing(archive, asset_id)
    path, parcel = leave(archive, asset_id, "print", tmp_path)
    facts = told(path)
    assert parcel.media_type == "image/tiff" and path.suffix == ".tif"
    assert facts["IFD0:BitsPerSample"] == "16 16 16"
    assert (facts["IFD0:ImageWidth"], facts["IFD0:ImageHeight"]) == (2040, 1360)
    with Image.open(path) as picture:
        assert picture.info["icc_profile"][128:] == wide_profile()[128:], "all but its date"
    assert facts.get("ExifIFD:ColorSpace") != "sRGB"


def test_real_sixteen_bits_go_through_to_the_printer(archive, taken, tmp_path):
    """A ramp that 8 bits would turn into steps of 257."""
    ramp = numpy.linspace(0, 65535, 96 * 64 * 3).astype(numpy.uint16).reshape(64, 96, 3)

    def deep(path: Path) -> Path:
        tifffile.imwrite(path, ramp, photometric="rgb", compression="zlib", metadata=None)
        return path

    asset_id = taken(deep)
    wishing.wish(archive, [asset_id], ["print"])
    making.make_missing(archive, asset_id)
    path, _parcel = leave(archive, asset_id, "print", tmp_path)
    assert numpy.array_equal(tifffile.imread(path), ramp)
    with archive.reading() as tx:
        row = tx.scalars(select(Rendition).where(Rendition.preset == "print")).one()
        assert row.detail == {"source_bits": 16}


@pytest.mark.parametrize("bits", [8, 16])
def test_the_printers_copy_of_a_cielab_picture_has_its_colours(archive, taken, tmp_path, bits):
    """Its numbers taken for red, green and blue would be another picture."""
    lightness = 0.5 * (2**bits - 1)

    def lab(path: Path) -> Path:
        pixels = numpy.full((64, 96, 3), (lightness, 0, 0)).astype(f"uint{bits}")
        tifffile.imwrite(path, pixels, photometric="cielab", metadata=None)
        return path

    asset_id = taken(lab)
    wishing.wish(archive, [asset_id], ["print"])
    making.make_missing(archive, asset_id)
    path, _parcel = leave(archive, asset_id, "print", tmp_path)
    pixels = tifffile.imread(path) / 257
    assert numpy.abs(pixels - 119).max() < 3
    with archive.reading() as tx:
        row = tx.scalars(select(Rendition).where(Rendition.preset == "print")).one()
        assert row.detail == {"source_bits": bits} | ({"lost": "depth"} if bits > 8 else {})


def test_a_raw_files_shapes_come_from_its_own_pixels(archive, taken, tmp_path):
    asset_id = taken(raw)
    with archive.reading() as tx:
        asset = tx.get_one(Asset, asset_id)
        size = (asset.width, asset.height)
    made = 0
    for key in ("web-1600", "ig-1x1", "press"):
        try:
            delivery.prepare(archive, LOCAL_ADMINISTRATOR, asset_id, key)
        except Unavailable as soon:
            if soon.code != "being_made":
                continue
            making.make_missing(archive, asset_id)
        path, _parcel = leave(archive, asset_id, key, tmp_path)
        with Image.open(path) as picture:
            assert picture.size == expected(key, size)
        made += 1
    assert made >= 2


def test_the_shipped_keys_are_those_the_office_was_promised():
    promised = """
        web-2048 web-1600 web-1024 link ig-4x5 ig-3x4 ig-1x1 story fb-4x5 fb-link fb-event x-16x9 x-1x1
        yt-thumb li-link wa-photo wa-status press print mp4-1080 mp4-720 video-9x16 video-4x5 video-1x1
        wa-video x-video still loop audio-mp3 audio-wav"""
    assert [one.key for one in PRESETS] == promised.split()


def test_the_list_of_a_kind_holds_what_it_comes_in(archive):
    with archive.reading() as tx:
        assert [one.key for one in presets.listed(tx)] == [one.key for one in PRESETS]
        assert {one.kind for one in presets.listed(tx, "photo")} == {"photo"}
        assert {one.key for one in presets.listed(tx, "audio")} == {"audio-mp3", "audio-wav"}
        assert {pack.name for pack in presets.packs(tx)} == {"Paquete redes", "Paquete prensa", "Diseño"}
