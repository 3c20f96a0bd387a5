"""Files of one shot, made by the tests: RAW files (DNG), sidecars, Live Photos, motion photos, bursts."""

import struct
import subprocess
import uuid
from io import BytesIO
from pathlib import Path

from PIL import Image

from dam.archive import Archive
from dam.models import Asset, IngestItem, Original
from tests import material

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmp:Rating="{rating}" {place}>
<photoshop:Headline>{headline}</photoshop:Headline>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{caption}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>mitin</rdf:li><rdf:li>banderas</rdf:li></rdf:Bag></dc:subject>
<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Begoña Núñez</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
PLACED = 'exif:GPSLatitude="19,17.5N" exif:GPSLongitude="99,39.4W"'


def sidecar(path: Path, *, caption: str = "Pie del archivo XMP", rating: int = 4, place: str = "") -> Path:
    text = XMP.format(caption=caption, rating=rating, headline="Encabezado XMP", place=place)
    path.write_text(text, encoding="utf-8")
    return path


def raw(path: Path, *, seed: int = 1, taken: str = "2026:05:01 18:20:00", serial: str | None = None,
        caption: str | None = None) -> Path:  # fmt: skip
    """A DNG with nothing but its preview (640 × 480, as large as it says the raw picture is), and what a
    camera says: enough to be shown."""
    made = material.photo(path.with_suffix(".made.jpg"), seed=seed, taken=None)
    with Image.open(made) as picture:
        bare = BytesIO()
        picture.convert("RGB").save(bare, "JPEG")
    made.unlink()
    jpeg = bare.getvalue()
    exif: dict[int, object] = {0x9003: taken}
    if serial:
        exif[0xA431] = serial
    main: dict[int, object] = {0x010F: "TestCam", 0x0110: "Model One", 0x0202: len(jpeg)}
    main |= {0xC612: bytes((1, 4, 0, 0)), 0x0100: 640, 0x0101: 480, 0x0106: 34892, 0x0103: 1}
    if caption:
        main[0x010E] = caption
    # Two passes: the first one only measures how long the directories are.
    for _ in range(2):
        at = 8 + len(_directory(main | {0x8769: 0, 0x0201: 0}, 8))
        end = at + len(_directory(exif, at))
        head = _directory(main | {0x8769: at, 0x0201: end}, 8)
    path.write_bytes(b"II*\x00" + struct.pack("<I", 8) + head + _directory(exif, at) + jpeg)
    return path


def _directory(entries: dict[int, object], at: int) -> bytes:
    """A TIFF directory that begins at the byte ``at``: numbers, texts and bytes (TIFF 6.0, section 2)."""
    rows, beyond = b"", b""
    start = at + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        if isinstance(value, int):
            rows += struct.pack("<HHII", tag, 4, 1, value)
            continue
        kind, data = (1, value) if isinstance(value, bytes) else (2, str(value).encode() + b"\x00")
        if len(data) <= 4:
            rows += struct.pack("<HHI", tag, kind, len(data)) + data.ljust(4, b"\x00")
        else:
            rows += struct.pack("<HHII", tag, kind, len(data), start + len(beyond))
            beyond += data + b"\x00" * (len(data) % 2)
    return struct.pack("<H", len(entries)) + rows + b"\x00" * 4 + beyond


def apple_note(identifier: str) -> bytes:
    """A maker note as iPhones write it, with nothing but the content identifier in it."""
    text = identifier.encode() + b"\x00"
    entry = struct.pack(">HHII", 0x0011, 2, len(text), 14 + 2 + 12 + 4)
    return b"Apple iOS\x00\x00\x01MM" + struct.pack(">H", 1) + entry + b"\x00" * 4 + text


def live_pair(folder: Path, stem: str, *, identifier: str | None = "", seed: int = 5) -> tuple[Path, Path]:
    """A picture and a clip; with an identifier both carry it ("" makes one up)."""
    identifier = str(uuid.uuid4()).upper() if identifier == "" else identifier
    photo = material.photo(folder / f"{stem}.JPG", seed=seed, taken="2026:05:01 18:20:00")
    clip = folder / f"{stem}.MOV"
    material.clip(clip, seconds=1, size="160x90", seed=seed)
    if identifier:
        picture = Image.open(photo)
        exif = picture.getexif()
        exif.get_ifd(0x8769)[0x927C] = apple_note(identifier)
        picture.save(photo, exif=exif)
        told = clip.with_name("told.mov")
        subprocess.run(
            [
                "ffmpeg", "-v", "error", "-y", "-i", str(clip), "-c", "copy", "-map_metadata", "0",
                "-movflags", "use_metadata_tags", "-metadata",
                f"com.apple.quicktime.content.identifier={identifier}", str(told),
            ],
            check=True,
        )  # fmt: skip
        told.rename(clip)
    return photo, clip


def motion_photo(path: Path, *, seed: int = 6) -> tuple[Path, bytes]:
    """A JPEG that says where its clip begins (Google's Motion Photo format 1.0), and the clip's bytes."""
    clip = material.clip(path.with_suffix(".mp4"), seconds=1, size="160x90", seed=seed).read_bytes()
    path.with_suffix(".mp4").unlink()
    material.photo(path, seed=seed)
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"'
        ' xmlns:Container="http://ns.google.com/photos/1.0/container/"'
        ' xmlns:Item="http://ns.google.com/photos/1.0/container/item/" GCamera:MotionPhoto="1">'
        '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource">'
        '<Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0"/></rdf:li>'
        '<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto"'
        f' Item:Length="{len(clip)}"/></rdf:li></rdf:Seq></Container:Directory>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    picture = Image.open(path)
    picture.save(path, exif=picture.getexif(), xmp=packet.encode())
    path.write_bytes(path.read_bytes() + clip)
    return path, clip


def item(archive: Archive, item_id: int) -> IngestItem:
    with archive.reading() as tx:
        return tx.get_one(IngestItem, item_id)


def asset(archive: Archive, asset_id: int | None) -> Asset:
    with archive.reading() as tx:
        found = tx.get_one(Asset, asset_id)
        _ = found.originals, found.renditions, found.placements, found.appearances
        return found


def roles(archive: Archive, asset_id: int | None) -> dict[str, str]:
    """Name of the original → its role."""
    with archive.reading() as tx:
        rows = tx.query(Original).filter(Original.asset_id == asset_id).all()
        return {one.name: str(one.role) for one in rows}
