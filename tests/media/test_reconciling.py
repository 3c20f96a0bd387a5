"""Which of EXIF, IPTC-IIM and XMP is believed."""

import hashlib
import io

import pytest
from PIL import Image

from dam.media import metadata
from dam.media.reconciling import is_cameras, reconcile
from tests.media.test_charsets import block
from tests.media.test_written import xmp


def jpeg(
    *,
    description: str | None = None,
    iptc: bytes = b"",
    digest: bytes | None = None,
    packet: str | None = None,
) -> io.BytesIO:
    exif = Image.Exif()
    if description:
        exif[0x010E] = description
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG", exif=exif)
    data, segments = made.getvalue(), b""
    if iptc:
        body = resource(0x0404, iptc) + (resource(0x0425, digest) if digest else b"")
        segments += segment(0xED, b"Photoshop 3.0\x00" + body)
    if packet:
        segments += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + packet.encode())
    return io.BytesIO(data[:2] + segments + data[2:])


def resource(number: int, body: bytes) -> bytes:
    head = b"8BIM" + number.to_bytes(2, "big") + b"\x00\x00" + len(body).to_bytes(4, "big")
    return head + body + bytes(len(body) % 2)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


IIM = block((2, 90, b"Metepec"), (2, 25, b"viejo"), (2, 105, b"Titular IIM"))
XMP = xmp(
    "photoshop:City='Toluca' photoshop:Headline='Titular XMP'",
    "<dc:subject><rdf:Bag><rdf:li>nuevo</rdf:li></rdf:Bag></dc:subject>",
)


@pytest.mark.parametrize("digest", [None, hashlib.md5(IIM, usedforsecurity=False).digest()])
def test_xmp_is_believed_while_iim_is_as_it_was(digest: bytes | None) -> None:
    said = metadata.read(jpeg(iptc=IIM, digest=digest, packet=XMP)).said
    assert (said["city"], said["keywords"], said["headline"]) == ("Toluca", ("nuevo",), "Titular XMP")


def test_iim_is_believed_when_its_digest_tells_that_it_was_changed_since() -> None:
    said = metadata.read(jpeg(iptc=IIM, digest=b"\x01" * 16, packet=XMP)).said
    assert (said["city"], said["keywords"], said["headline"]) == ("Metepec", ("viejo",), "Titular IIM")


def test_what_iim_cut_at_its_longest_is_whole_in_xmp() -> None:
    long = "Coacalco de Berriozábal, Ecatepec de Morelos"
    cut = long.encode()[:32]
    packet = xmp(f"photoshop:City='{long}'")
    said = metadata.read(jpeg(iptc=block((2, 90, cut)), digest=b"\x01" * 16, packet=packet)).said
    assert said["city"] == long


def test_exifs_own_description_is_first() -> None:
    packet = xmp("", "<dc:description><rdf:Alt><rdf:li>XMP</rdf:li></rdf:Alt></dc:description>")
    assert metadata.read(jpeg(description="EXIF", packet=packet)).said["caption"] == "EXIF"


@pytest.mark.parametrize(
    "spoiled", ["OLYMPUS DIGITAL CAMERA", "El l?der saluda", "El lider saluda", "El líd"]
)
def test_but_not_one_that_a_camera_or_a_program_spoiled(spoiled: str) -> None:
    packet = xmp("", "<dc:description><rdf:Alt><rdf:li>El líder saluda</rdf:li></rdf:Alt></dc:description>")
    assert metadata.read(jpeg(description=spoiled, packet=packet)).said["caption"] == "El líder saluda"


def test_a_cameras_date_comes_before_an_editors() -> None:
    weak = {"captured_at": "2026-06-01T10:00:00", "captured_source": "exif:DateTime"}
    own = {"captured_at": "2026-05-01T18:20:00", "captured_source": "xmp:DateTimeOriginal"}
    assert reconcile(weak, {}, own, iim_is_newer=False)["captured_at"] == own["captured_at"]
    assert reconcile(weak, {}, {}, iim_is_newer=False)["captured_at"] == weak["captured_at"]


def test_an_editors_zone_is_not_the_cameras() -> None:
    own = {"captured_at": "2026-05-01T18:20:00", "captured_source": "exif:DateTimeOriginal"}
    edited = {**own, "captured_source": "xmp:DateTimeOriginal", "utc_offset_minutes": 120}
    assert "utc_offset_minutes" not in reconcile(own, {}, edited, iim_is_newer=False)
    assert reconcile({}, {}, edited, iim_is_newer=False)["utc_offset_minutes"] == 120


@pytest.mark.parametrize(
    "said", ["SONY DSC", "SAMSUNG", "KONICA MINOLTA DIGITAL CAMERA", "DCIM\\100GOPRO\\G1.JPG"]
)
def test_a_cameras_standing_words_are_known(said: str) -> None:
    assert is_cameras(said)


@pytest.mark.parametrize(
    "said", ["SONY lanza cámara en Toluca", "HP dona equipo", "SAMSUNG DONA EQUIPO", "", "2026"]
)
def test_a_caption_that_names_a_maker_is_a_caption(said: str) -> None:
    assert not is_cameras(said)
