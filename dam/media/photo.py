"""One visit of a photo: what it says, then its pixels once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from dam.media import dates, exif, exif_spare, image, iptc_xmp
from dam.media.colour import Colour, profile_name
from dam.media.endings import cut_short, zero_filled
from dam.media.limits import Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

Answer = dict[str, Any]
DATE_FACTS = {"captured_at", "captured_source", "subsec", "utc_offset_minutes"}
WEAK_DATE = "exif:DateTime"  # the last change of the file, often by an editor


def visit(
    file: BinaryIO,
    found: Sniffed,
    wanted: dict[Recipe, BinaryIO],
    colour: Colour,
    limits: Limits,
    tell: Callable[[Facts], None],
) -> Answer:
    """Facts are told before any pixel is decoded, so that they survive a failure. Raises Unreadable."""
    said: dict[str, Any] = {}
    readers: dict[str, str] = {}
    warnings: list[str] = []
    tags = _exif(file, found, readers)
    said |= exif.facts(tags)
    try:
        picture = image.open_picture(file, found.reader, limits.photo_pixels)
        if not tags and (block := _exif_block(picture)):
            tags = _exif_from_block(block, readers)
            said = exif.facts(tags) or exif_spare.facts(block)
        said = _merge(said, _iptc(picture, readers, warnings), _xmp(picture, readers, warnings))
        if "captured_at" not in said and found.reader == "PNG":
            said |= _png_date(picture)
        orientation = None if found.reader in image.TURNED_BY_READER else said.get("orientation")
        said["width"], said["height"] = image.displayed(picture.size, orientation)
        said["color_profile"] = profile_name(picture.info.get("icc_profile"))
        facts = _facts(found, said, tags, readers)
        tell(facts)
        if found.reader == "JPEG" and zero_filled(file):
            raise Unreadable(Reason.CUT_SHORT, "the end of the file is zeros")
        return {**_pixels(picture, wanted, orientation, colour, warnings), "warnings": warnings}
    except Unreadable:
        tell(_facts(found, said, tags, readers))
        raise
    except Exception as error:
        tell(_facts(found, said, tags, readers))
        raise _unreadable(error, file, found) from error


def _pixels(
    picture: Image.Image,
    wanted: dict[Recipe, BinaryIO],
    orientation: int | None,
    colour: Colour,
    warnings: list[str],
) -> Answer:
    if not wanted:
        return {"made": []}
    made, last = [], picture
    for recipe, rendition, warning in image.renditions(picture, list(wanted), orientation, colour):
        image.save_jpeg(rendition, wanted[recipe], recipe, colour)
        made.append(
            {"preset": recipe.preset, "width": rendition.width, "height": rendition.height, "detail": {}}
        )
        if warning:
            warnings.append(warning)
        last = rendition
    return {"made": made, **looks(last)}


def looks(picture: Image.Image) -> Answer:
    """What a small rendition tells about the whole: hash, placeholder, colour."""
    small = image.shrink(picture, 64)
    return {
        "perceptual_hash": image.difference_hash(picture),
        "placeholder": image.placeholder(small),
        "average_color": image.average_color(small),
    }


def _exif(file: BinaryIO, found: Sniffed, readers: dict[str, str]) -> exif.Tags:
    if found.reader not in ("JPEG", "TIFF"):
        return {}
    try:
        tags = exif.read(file)
    except Exception as error:  # ExifRead raises anything on a damaged block: an outcome, told in readers
        readers["exif"] = f"ExifRead failed: {type(error).__name__}"
        return {}
    if tags:
        readers["exif"] = "ExifRead"
    return tags


def _exif_from_block(block: bytes, readers: dict[str, str]) -> exif.Tags:
    try:
        tags = exif.read_block(block)
    except Exception as error:
        readers["exif"] = f"ExifRead failed: {type(error).__name__}"
        return {}
    if tags:
        readers["exif"] = "ExifRead, from the block Pillow found"
    return tags


def _exif_block(picture: Image.Image) -> bytes | None:
    if block := picture.info.get("exif"):
        return block
    text = picture.info.get("Raw profile type exif")  # ImageMagick's way of putting EXIF into PNG
    if isinstance(text, str):
        try:
            return bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return None
    return None


def _iptc(picture: Image.Image, readers: dict[str, str], warnings: list[str]) -> dict[str, Any]:
    if picture.format not in ("JPEG", "MPO", "TIFF"):
        return {}
    try:
        said = iptc_xmp.read_iptc(picture)
    except Exception as error:
        warnings.append(f"IPTC could not be read: {type(error).__name__}")
        return {}
    if said:
        readers["iptc"] = "Pillow"
    return said


def _xmp(picture: Image.Image, readers: dict[str, str], warnings: list[str]) -> dict[str, Any]:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    if not packet and picture.format == "TIFF":
        packet = getattr(picture, "tag_v2", {}).get(700)
    if not packet:
        return {}
    try:
        said = iptc_xmp.read_xmp(packet)
    except Exception as error:
        warnings.append(f"XMP could not be read: {type(error).__name__}: {error}"[:200])
        return {}
    readers["xmp"] = "ElementTree"
    return said


def _png_date(picture: Image.Image) -> dict[str, Any]:
    """The text chunk "Creation Time": when the image was first made (PNG, third edition, 11.3.3.2)."""
    written = picture.info.get("Creation Time")
    moment = dates.parse(written) if isinstance(written, str) else None
    if moment is None:
        return {}
    return {"captured_at": moment[0], "utc_offset_minutes": moment[2], "captured_source": "png:Creation Time"}


def _merge(from_exif: dict[str, Any], from_iptc: dict[str, Any], from_xmp: dict[str, Any]) -> dict[str, Any]:
    """EXIF speaks first for what the camera knows, XMP and then IPTC for what people wrote."""
    people = ("headline", "title", "caption", "byline", "credit", "copyright", "city", "state", "country")
    said = dict(from_exif)
    if said.get("captured_source") == WEAK_DATE and ("captured_at" in from_xmp or "captured_at" in from_iptc):
        for name in DATE_FACTS:
            said.pop(name, None)
    for source in (from_xmp, from_iptc):
        place = {"latitude", "longitude", "altitude"}
        skip = (DATE_FACTS if "captured_at" in said else set()) | (place if "latitude" in said else set())
        said |= {k: v for k, v in source.items() if k not in said and k not in skip}
    for name in people:
        value = from_xmp.get(name) or from_iptc.get(name) or from_exif.get(name)
        if value:
            said[name] = value
    for name in ("keywords", "persons"):
        both = [*from_xmp.get(name, ()), *from_iptc.get(name, ())]
        said[name] = iptc_xmp.unique(both)
    return said


def _facts(found: Sniffed, said: dict[str, Any], tags: exif.Tags, readers: dict[str, str]) -> Facts:
    return Facts.from_dict(
        {
            **said,
            "kind": found.kind,
            "media_type": found.media_type,
            "raw": {"exif": exif.raw(tags)},
            "readers": readers,
        }
    )


def _unreadable(error: Exception, file: BinaryIO, found: Sniffed) -> Unreadable:
    said = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return Unreadable(Reason.BOMB, said)
    if isinstance(error, MemoryError):
        return Unreadable(Reason.TOO_MUCH_MEMORY, said)
    if "truncated" in said.lower() or isinstance(error, EOFError) or cut_short(file, found.reader):
        return Unreadable(Reason.CUT_SHORT, said)
    if isinstance(error, UnidentifiedImageError):
        return Unreadable(Reason.DECODER_FAILED, f"not a readable {found.reader} picture")
    return Unreadable(Reason.DECODER_FAILED, said)
