"""Pixels: upright, sRGB, never enlarged, nothing of the original's own metadata."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms

from dam.media import exif, photo
from dam.media.colour import Colour
from dam.media.limits import Limits
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from dam.media.sniff import sniff
from dam.media.visit import Facts
from tests.material import photo as photo_file
from tests.media.conftest import CORPUS, Look

NEED_CORPUS = pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real camera files is not here")


def quadrants(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Red, green / blue, white: turned or mirrored, it shows."""
    picture = Image.new("RGB", size)
    half = (size[0] // 2, size[1] // 2)
    for place, color in zip(
        ((0, 0), (half[0], 0), (0, half[1]), half), ("red", "green", "blue", "white"), strict=True
    ):
        picture.paste(color, (*place, place[0] + half[0], place[1] + half[1]))
    return picture


def corners(path: Path) -> list[str]:
    """The colours of the four quadrants, by name."""
    names = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue", (255, 255, 255): "white"}
    with Image.open(path) as picture:
        picture = picture.convert("RGB")
        width, height = picture.size
        found = []
        for x, y in ((1, 1), (3, 1), (1, 3), (3, 3)):
            seen = picture.getpixel((width * x // 4, height * y // 4))
            found.append(min(names, key=lambda c: sum((a - b) ** 2 for a, b in zip(c, seen, strict=True))))
        return [names[color] for color in found]


def test_a_large_photo_becomes_three_sizes_of_its_own_proportions(look: Look, tmp_path: Path) -> None:
    visit = look(photo_file(tmp_path / "a.jpg", size=(4500, 3000)))
    sizes = {made.preset: (made.width, made.height) for made in visit.made}
    assert sizes == {"thumb": (320, 213), "preview": (1280, 853), "web-2048": (2048, 1365)}
    for made in visit.made:
        with Image.open(made.path) as picture:
            assert picture.size == (made.width, made.height)
            assert picture.format == "JPEG" and not picture.info.get("progressive")
        assert made.bytes == made.path.stat().st_size
    assert {made.recipe for made in visit.made} == {recipe.fingerprint for recipe in standing("photo")}


def test_a_damaged_exif_block_does_not_refuse_an_avif(look: Look, tmp_path: Path) -> None:
    path, block = tmp_path / "a.avif", Image.Exif()
    block[0x010F] = "Canon"
    quadrants().save(path, "AVIF", exif=block)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"MM\0*", b"XX\0*", 1))
    assert path.read_bytes() != whole
    with pytest.raises(ValueError, match="Exif"):
        Image.open(path)
    visit = look(path)
    preview = next(made for made in visit.made if made.preset == "thumb")
    assert corners(preview.path) == ["red", "green", "blue", "white"]


def test_a_small_photo_is_never_enlarged(look: Look, tmp_path: Path) -> None:
    visit = look(photo_file(tmp_path / "a.jpg", size=(900, 600)))
    assert {m.preset: (m.width, m.height) for m in visit.made} == {
        "thumb": (320, 213), "preview": (900, 600), "web-2048": (900, 600)
    }  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_every_orientation_comes_out_upright(
    look: Look, tmp_path: Path, suffix: str, orientation: int
) -> None:
    upright = quadrants()
    undo = {
        2: 0,
        3: 3,
        4: 1,
        5: 5,
        6: 2,
        7: 6,
        8: 4,
    }  # Pillow's operation that EXIF's orientation asks to reverse
    stored = upright
    if orientation > 1:
        stored = upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    stored.save(path, exif=exif, **({"quality": 95} if suffix in (".jpg", ".webp") else {}))
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (640, 480)
    assert visit.facts.orientation == orientation
    for made in visit.made:
        assert corners(made.path) == ["red", "green", "blue", "white"]


def test_what_leaves_has_a_small_srgb_profile_and_no_metadata(look: Look, tmp_path: Path) -> None:
    path = photo_file(tmp_path / "a.jpg", size=(2400, 1600), gps=(19.29, -99.65), serial="SN-123456")
    visit = look(path)
    assert visit.facts.serial == "SN-123456"
    for made in visit.made:
        data = made.path.read_bytes()
        assert b"SN-123456" not in data and b"TestCam" not in data and b"Exif" not in data
        with Image.open(io.BytesIO(data)) as picture:
            profile = picture.info["icc_profile"]
            assert len(profile) < 1000
            assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
            assert len(picture.getexif()) == 0
            assert set(picture.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "icc_profile",
                "dpi",
            }


def test_a_wide_gamut_photo_is_converted_and_not_only_relabelled(look: Look, tmp_path: Path) -> None:
    """The same colour, written in Adobe RGB's numbers and in sRGB's, must look the same when it leaves."""
    if not CORPUS.is_dir():
        pytest.skip("needs a real Adobe RGB profile")
    with Image.open(CORPUS / "photos/photoprism__elephants.jpg") as real:
        adobe = real.info["icc_profile"]
    shown = Image.new("RGB", (1200, 800), (60, 160, 90))
    written = ImageCms.profileToProfile(
        shown, ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(adobe))
    )
    assert written is not None and written.getpixel((0, 0)) != (60, 160, 90)
    written.save(tmp_path / "a.jpg", quality=98, icc_profile=adobe)
    visit = look(tmp_path / "a.jpg")
    assert visit.facts.color_profile == "Adobe RGB (1998)"
    with Image.open(visit.made[0].path) as picture:
        seen = picture.getpixel((100, 100))
    assert all(abs(a - b) <= 3 for a, b in zip(seen, (60, 160, 90), strict=True))


@pytest.mark.parametrize(
    ("mode", "suffix", "fill", "expected"),
    [
        ("RGBA", ".png", (0, 0, 255, 0), (255, 255, 255)),
        ("LA", ".png", (0, 0), (255, 255, 255)),
        ("L", ".png", 77, (77, 77, 77)),
        ("1", ".png", 1, (255, 255, 255)),
        ("I;16", ".png", 0x8000, (128, 128, 128)),
        ("P", ".gif", 0, (0, 0, 0)),
        ("CMYK", ".jpg", (0, 0, 0, 0), (255, 255, 255)),
        ("CMYK", ".tif", (0, 0, 0, 255), (0, 0, 0)),
        ("RGB", ".bmp", (10, 200, 30), (10, 200, 30)),
        ("RGB", ".avif", (10, 200, 30), (10, 200, 30)),
    ],
)
def test_every_kind_of_pixel_arrives_as_the_colour_it_shows(
    look: Look, tmp_path: Path, mode: str, suffix: str, fill: object, expected: tuple[int, int, int]
) -> None:
    path = tmp_path / f"a{suffix}"
    Image.new(mode, (200, 100), fill).save(path)
    with Image.open(look(path).made[0].path) as picture:
        seen = picture.convert("RGB").getpixel((50, 50))
    assert all(abs(a - b) <= 6 for a, b in zip(seen, expected, strict=True))


def test_the_three_sizes_look_like_a_plain_reduction_of_the_original(look: Look, tmp_path: Path) -> None:
    """Chained and drafted, and yet no worse to the eye than one careful reduction: above 34 dB."""
    path = photo_file(tmp_path / "a.jpg", size=(4800, 3200), seed=5)
    visit = look(path)
    with Image.open(path) as original:
        original.load()
        for made in visit.made:
            careful = original.resize((made.width, made.height), Image.Resampling.LANCZOS)
            with Image.open(made.path) as picture:
                difference = ImageChops.difference(picture, careful).convert("L").histogram()
            error = sum(count * level**2 for level, count in enumerate(difference)) / (
                made.width * made.height
            )
            assert error < 255**2 / 10**3.4, made.preset


def test_looks_alike_have_near_hashes_and_others_far(sandbox: Sandbox, tmp_path: Path) -> None:
    def hash_of(path: Path) -> int:
        folder = tmp_path / path.stem
        folder.mkdir()
        visit = sandbox.visit(path, standing(), folder)
        assert visit.perceptual_hash is not None
        assert -(2**63) <= visit.perceptual_hash < 2**63
        return visit.perceptual_hash

    first = photo_file(tmp_path / "first.jpg", seed=3, size=(1600, 1200))
    smaller = tmp_path / "smaller.png"
    with Image.open(first) as picture:
        picture.resize((700, 525)).save(smaller)
    other = photo_file(tmp_path / "other.jpg", seed=9, size=(1600, 1200))
    assert _apart(hash_of(first), hash_of(smaller)) <= 6
    assert _apart(hash_of(first.rename(tmp_path / "again.jpg")), hash_of(other)) > 10


def _apart(one: int, other: int) -> int:
    return ((one ^ other) & (2**64 - 1)).bit_count()


def test_the_placeholder_is_tiny_and_opens(look: Look, tmp_path: Path) -> None:
    visit = look(photo_file(tmp_path / "a.jpg", size=(1200, 1600)))
    assert visit.placeholder is not None and len(visit.placeholder) <= 400
    head, _, data = visit.placeholder.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert max(picture.size) == 16 and picture.height > picture.width
    assert visit.average_color is not None and len(visit.average_color) == 7


def test_facts_alone_decode_no_pixel(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    visit = sandbox.visit(photo_file(tmp_path / "a.jpg", gps=(19.2925, -99.6569)), (), into)
    facts = visit.facts
    assert (facts.captured_at, facts.captured_source) == ("2026-05-01T18:20:00", "exif:DateTimeOriginal")
    assert facts.latitude == pytest.approx(19.2925, abs=1e-5)
    assert facts.longitude == pytest.approx(-99.6569, abs=1e-5)
    assert (facts.camera_make, facts.camera_model) == ("TestCam", "Model One")
    assert visit.made == () and list(into.iterdir()) == []


@pytest.mark.parametrize("place", [(0.0, 0.0), (91.5, 10.0), (10.0, 180.5)])
def test_an_impossible_place_is_no_place(sandbox: Sandbox, tmp_path: Path, into: Path, place: tuple) -> None:
    facts = sandbox.visit(photo_file(tmp_path / "a.jpg", gps=place), (), into).facts
    assert facts.latitude is None and facts.longitude is None


def test_the_name_never_decides(look: Look, tmp_path: Path) -> None:
    path = photo_file(tmp_path / "a.jpg").rename(tmp_path / "clip.mp4")
    visit = look(path)
    assert (visit.facts.kind, visit.facts.media_type) == ("photo", "image/jpeg")


def test_raw_facts_are_bounded(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    picture = Image.new("RGB", (64, 64))
    exif = Image.Exif()
    for tag in range(0x9C9B, 0x9C9F):
        exif[tag] = b"x" * 12_000
    exif[0x010E] = "y" * 10_000
    picture.save(tmp_path / "a.jpg", exif=exif)
    facts = sandbox.visit(tmp_path / "a.jpg", (), into).facts
    assert len(str(facts.raw)) < 64 * 1024
    assert facts.caption is not None and len(facts.caption) <= 10_000


@NEED_CORPUS
def test_a_heic_is_turned_once(look: Look) -> None:
    visit = look(CORPUS / "photos/photoprism__iphone_15_pro.heic")
    assert (visit.facts.width, visit.facts.height) == (3024, 4032)
    assert {made.preset: made.height for made in visit.made}["web-2048"] == 2048
    assert visit.facts.color_profile == "Display P3"


def test_a_visit_of_24_megapixels_stays_small(look: Look, alone: int, tmp_path: Path) -> None:
    """Beside what the warm parent has loaded: whole, they would be 72 MB, and again for each step."""
    visit = look(photo_file(tmp_path / "a.jpg", size=(6000, 4000)))
    assert 0 < visit.usage.peak_bytes - alone < 100_000_000
    assert visit.usage.cpu_seconds > 0


def test_a_picture_stays_upright_when_exifread_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gives_up(_: object) -> None:
        raise IndexError("damaged")

    monkeypatch.setattr(exif, "read", gives_up)
    told: list[Facts] = []
    path = photo_file(tmp_path / "a.jpg", orientation=6)
    with path.open("rb") as file:
        photo.visit(file, sniff(path.read_bytes()[:4096]), {}, Colour(), Limits(), told.append)
    assert (told[0].orientation, told[0].width, told[0].height) == (6, 480, 640)
    assert (told[0].captured_at, told[0].camera_make) == ("2026-05-01T18:20:00", "TestCam")
    assert told[0].readers["exif"] == "Pillow"
