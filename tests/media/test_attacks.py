"""Hostile files through the real decoders: each ends with a reason, quickly, and the next file is fine."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dam.media.limits import MIB, Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import standing
from dam.media.sandbox import Sandbox
from tests.material import clip, photo, truncated
from tests.media.conftest import Look

Refusal = Callable[[Path], Unreadable]


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *, color: int = 2, rows: bytes = b"", more: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg(**more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 30, 40)).save(file, "JPEG", **more)
    return file.getvalue()


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("huge.png", png(60_000, 60_000), Reason.BOMB),
        ("wide.png", png(2**31 - 1, 2**31 - 1), Reason.BOMB),
        ("empty.jpg", b"", Reason.EMPTY),
        ("playlist.mp4", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n", Reason.NOT_RENDERED),
        ("playlist.mov", b"\n\n  #EXTM3U\nfile:///etc/passwd\n", Reason.NOT_RENDERED),
        ("script.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n", Reason.NOT_RENDERED),
        ("photo.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
         Reason.NOT_RENDERED),
        ("photo.jpg", b"<html><script>alert(1)</script></html>", Reason.NOT_RENDERED),
        ("photo.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n", Reason.NOT_RENDERED),
        ("photo.jpg", b"\xc5\xd0\xd3\xc6" + bytes(64), Reason.NOT_RENDERED),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200),
        Reason.DECODER_FAILED),
        ("clip.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1#EXTM3U\n/etc/passwd\n",
        Reason.CUT_SHORT),
        ("zeros", bytes(1_000_000), Reason.UNKNOWN_FORMAT),
        ("photo.png", b"\x89PNG\r\n\x1a\n", Reason.CUT_SHORT),
        ("photo.jpg", b"\xff\xd8\xff\xe0", Reason.CUT_SHORT),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused(
    refusal: Refusal, tmp_path: Path, name: str, content: bytes, reason: Reason
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused = refusal(path)
    assert refused.reason == reason, refused
    assert "root:" not in f"{refused.detail}{refused.facts}"


def test_two_gigabytes_of_zeros_cost_nothing(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "zeros.jpg"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    assert refusal(path).reason == Reason.UNKNOWN_FORMAT


def test_a_picture_that_inflates_beyond_memory_is_refused(tmp_path: Path, into: Path) -> None:
    """36 megapixels of one colour in a file of 150 kB, opened with less memory than they need."""
    path, pack = tmp_path / "flat.png", zlib.compressobj(1)
    row = bytes(1 + 4 * 6000)
    rows = b"".join(pack.compress(row) for _ in range(6000)) + pack.flush()
    path.write_bytes(png(6000, 6000, color=6, rows=rows))
    with Sandbox(limits=Limits(photo_memory=96 * MIB)) as narrow, pytest.raises(Unreadable) as refused:
        narrow.visit(path, standing(), into)
    assert refused.value.reason == Reason.TOO_MUCH_MEMORY
    assert refused.value.facts is not None and refused.value.facts.width == 6000
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".gif"])
def test_a_picture_cut_short_is_never_shown_half_grey(
    refusal: Refusal, tmp_path: Path, suffix: str, share: float
) -> None:
    whole = photo(tmp_path / f"whole{suffix}", size=(900, 700))
    cut = truncated(tmp_path / f"cut{suffix}", whole, share)
    assert refusal(cut).reason in (Reason.CUT_SHORT, Reason.DECODER_FAILED)


def test_a_jpeg_cut_short_is_said_to_be_and_keeps_its_facts(refusal: Refusal, tmp_path: Path) -> None:
    refused = refusal(truncated(tmp_path / "cut", photo(tmp_path / "a.jpg", size=(2400, 1600)), 0.6))
    assert refused.reason == Reason.CUT_SHORT
    assert refused.facts is not None
    assert (refused.facts.captured_at, refused.facts.width) == ("2026-05-01T18:20:00", 2400)


def test_a_copy_that_broke_off_and_left_zeros_is_cut_short(refusal: Refusal, tmp_path: Path) -> None:
    whole = photo(tmp_path / "a.jpg", size=(2400, 1600)).read_bytes()
    path = tmp_path / "b.jpg"
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    assert refusal(path).reason == Reason.CUT_SHORT


def test_zeros_after_a_whole_picture_are_padding(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(photo(path).read_bytes() + bytes(200_000))
    assert len(look(path).made) == 3


def test_a_hundred_thousand_frames_cost_one(look: Look, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("P", (16, 16)).save(file, "GIF")
    data = file.getvalue()
    frame = data[data.index(b"\x2c") : -1]
    path = tmp_path / "a.gif"
    path.write_bytes(data[:-1] + frame * 100_000 + b"\x3b")
    assert look(path).usage.cpu_seconds < 5


def test_ten_thousand_pages_cost_one(look: Look, tmp_path: Path) -> None:
    pages, at, body = 10_000, 8, b""
    for number in range(pages):
        following = at + 2 + 12 * 9 + 4 + 1
        entries = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                   (273, 4, 1, following - 1), (277, 3, 1, 1), (278, 3, 1, 1), (279, 4, 1, 1)]  # fmt: skip
        body += struct.pack("<H", 9) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
        body += struct.pack("<I", following if number + 1 < pages else 0) + b"\x80"
        at = following
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\x00" + struct.pack("<I", 8) + body)
    visit = look(path)
    assert (visit.facts.width, visit.facts.height) == (1, 1)
    assert visit.usage.cpu_seconds < 5


BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">"""
    + b"".join(
        b"<!ENTITY %c '&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;'>" % ((98 + i,) + (97 + i,) * 8) for i in range(12)
    )
    + b"""]><x:xmpmeta xmlns:x="adobe:ns:meta/">&m;</x:xmpmeta>"""
)
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x:xmpmeta xmlns:x="adobe:ns:meta/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:RDF><rdf:Description><dc:title>&a;</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"""
DEEP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</x:xmpmeta>"


@pytest.mark.parametrize("packet", [BOMB, OUTSIDE, DEEP, b"<x:xmpmeta", b"\xff\xfe<\x00!\x00"], ids=str)
def test_hostile_xmp_is_passed_over_and_the_picture_shown(look: Look, tmp_path: Path, packet: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_segment(jpeg(), 0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + packet))
    visit = look(path)
    assert len(visit.made) == 3
    assert "root:" not in str(visit.facts)
    assert visit.facts.title is None


def exif_loop() -> bytes:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)


def exif_absurd_count() -> bytes:
    entry = struct.pack("<HHII", 0x010E, 2, 0xFFFFFFF0, 20)
    return b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)


def exif_maker_note() -> bytes:
    """The shape that keeps ExifRead busy for minutes when it is let at maker notes."""
    entries = struct.pack("<HHII", 0x010F, 2, 4, 0x6E614300) + struct.pack("<HHII", 0x8769, 4, 1, 38)
    inner = struct.pack("<HHII", 0x927C, 7, 0x7FFFFFFF, 8)
    return (
        b"Exif\x00\x00II*\x00"
        + struct.pack("<IH", 8, 2)
        + entries
        + struct.pack("<IH", 0, 1)
        + inner
        + bytes(4)
    )


@pytest.mark.parametrize(
    "block", [exif_loop(), exif_absurd_count(), exif_maker_note(), b"Exif\x00\x00II*\x00\xff\xff"]
)
def test_hostile_exif_is_passed_over_and_the_picture_shown(look: Look, tmp_path: Path, block: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(with_segment(jpeg(), 0xE1, block))
    assert len(look(path).made) == 3


def test_a_text_chunk_that_inflates_without_end_is_no_danger(
    look: Look, sandbox: Sandbox, tmp_path: Path
) -> None:
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(200_000_000), 9))
    path = tmp_path / "a.png"
    path.write_bytes(png(1, 1, rows=zlib.compress(b"\x00\x01\x02\x03"), more=bomb))
    try:
        assert look(path).usage.peak_bytes < 400_000_000
    except Unreadable as refused:
        assert refused.reason in (Reason.DECODER_FAILED, Reason.BOMB, Reason.TOO_MUCH_MEMORY)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".tif", ".mp4"])
def test_flipped_bits_end_in_a_picture_or_a_reason(sandbox: Sandbox, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"whole{suffix}"
    whole = (clip(path, seconds=0.4) if suffix == ".mp4" else photo(path, size=(200, 150))).read_bytes()
    chance = random.Random(suffix)
    for number in range(4 if suffix == ".mp4" else 25):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 5, 40))):
            data[chance.randrange(12, min(len(data), 3000))] ^= 1 << chance.randrange(8)
        folder = tmp_path / str(number)
        folder.mkdir()
        flipped = folder / "flipped"
        flipped.write_bytes(data)
        try:
            visit = sandbox.visit(flipped, standing(), folder)
        except Unreadable as refused:
            assert refused.reason in Reason
        else:
            assert all(made.path.stat().st_size > 0 for made in visit.made)
