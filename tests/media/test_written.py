import io
from pathlib import Path

import pytest
from PIL import Image

from dam.media import exif, iim, packets
from dam.media import xmp as xmp_reader
from dam.media.embed import Caption, Scribe
from dam.media.sandbox import Sandbox

HEAD = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' "
    "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/' "
    "xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'><rdf:Description "
)
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"


def xmp(attributes: str = "", elements: str = "") -> str:
    return f"{HEAD}{attributes}>{elements}{TAIL}"


def test_lists_alternatives_and_attributes_are_read() -> None:
    said = xmp_reader.read(
        xmp(
            "photoshop:City='Nezahualcóyotl' xmp:Rating='4'",
            "<dc:subject><rdf:Bag><rdf:li>uno</rdf:li><rdf:li>dos</rdf:li><rdf:li>uno</rdf:li></rdf:Bag></dc:subject>"
            "<dc:title><rdf:Alt><rdf:li xml:lang='en'>Rally</rdf:li>"
            "<rdf:li xml:lang='x-default'>Mitin</rdf:li></rdf:Alt></dc:title>"
            "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Óscar</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>"
            "<dc:creator><rdf:Seq><rdf:li>José Ñandú</rdf:li></rdf:Seq></dc:creator>",
        )
    )
    assert said["keywords"] == ("uno", "dos")
    assert said["title"] == "Mitin"
    assert said["persons"] == ("Óscar",)
    assert (said["city"], said["rating"], said["byline"]) == ("Nezahualcóyotl", 4, "José Ñandú")


def test_a_place_in_xmp_is_read_with_its_side() -> None:
    said = xmp_reader.read(xmp("exif:GPSLatitude='19,17.55N' exif:GPSLongitude='99,39,24.8W'"))
    assert said["latitude"] == pytest.approx(19.2925)
    assert said["longitude"] == pytest.approx(-99.6568889)


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_xmp_is_read(coding: str) -> None:
    packet = ("\ufeff" + xmp("photoshop:City='Ñuñoa'")).encode(coding)
    assert xmp_reader.read(packet)["city"] == "Ñuñoa"


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_entities_are_refused_in_every_encoding(coding: str) -> None:
    packet = '<!DOCTYPE x [<!ENTITY a "b">]>' + xmp()
    with pytest.raises(xmp_reader.UnsafeXmp):
        xmp_reader.read(("\ufeff" + packet).encode(coding))


def iptc_block(*records: tuple[int, int, bytes]) -> bytes:
    """A Photoshop segment that holds IIM records (record, data set, value)."""
    body = b"".join(bytes((0x1C, r, d)) + len(v).to_bytes(2, "big") + v for r, d, v in records)
    padded = body + bytes(len(body) % 2)
    return b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + len(body).to_bytes(4, "big") + padded


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([(1, 90, b"\x1b%G"), (2, 120, "Ñandú".encode())], "Ñandú"),
        ([(2, 120, "Ñandú".encode())], "Ñandú"),
        ([(2, 120, "Ñandú".encode("latin-1"))], "Ñandú"),
        ([(2, 120, b"it\x92s")], "it’s"),
    ],
)
def test_captions_of_every_age_keep_their_accents(
    records: list[tuple[int, int, bytes]], expected: str
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    data, block = file.getvalue(), iptc_block(*records)
    data = data[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + data[2:]
    found = packets.find(io.BytesIO(data)).iptc
    assert found is not None
    assert iim.read(found)["caption"] == expected


def test_what_the_scribe_writes_the_visit_reads(sandbox: Sandbox, tmp_path: Path, into: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48)).save(path)
    with Scribe() as scribe:
        scribe.write(
            path,
            Caption(
                headline="Encabezado", caption="Pie con ñ", keywords=("á", "é"), byline="José", credit="PT",
                copyright="© PT", persons=("Óscar", "Ana"), city="Toluca", state="México",
                created_at="2026-05-01T18:20:00", utc_offset_minutes=-360,
            ),
        )  # fmt: skip
    facts = sandbox.visit(path, (), into).facts
    assert (facts.headline, facts.caption, facts.keywords) == ("Encabezado", "Pie con ñ", ("á", "é"))
    assert (facts.byline, facts.credit, facts.copyright) == ("José", "PT", "© PT")
    assert (facts.persons, facts.city, facts.state) == (("Óscar", "Ana"), "Toluca", "México")
    assert (facts.captured_at, facts.utc_offset_minutes) == ("2026-05-01T18:20:00", -360)


def test_control_characters_and_lone_surrogates_never_come_through() -> None:
    assert exif.clean("a\x07b\ud800c\x00hidden") == "abc"
    assert exif.clean(" \x00 ") is None
