"""For the printer: the whole picture as a TIFF of 16 bits a channel, upright, in its own colours.

Pillow reads every colour picture as 8 bits, so 16-bit originals are read by others: TIFF by tifffile, what it
cannot unpack and PNG by OpenCV, raw files by LibRaw. All are imported in the child that needs them. Where the
original has only 8 bits, or no reader knows its depth, the detail says so: nothing is gained by the others.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from PIL import Image

from dam.media.colour import Colour, flatten, resizable, to_srgb
from dam.media.sniff import Sniffed

Answer = dict[str, Any]
RESOLUTION = 300  # dots an inch
DEEP = 65535 // 255
ORIENTATION = 0x0112
TURNS = {2: (0, True), 3: (2, False), 4: (2, True), 5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}


def write(
    file: BinaryIO,
    found: Sniffed,
    picture: Image.Image,
    orientation: int | None,
    colour: Colour,
    depth: int | None,
    out: BinaryIO,
) -> Answer:
    """Fill ``out``; (width, height) and what the row keeps: ``source_bits`` and, where bits were lost,
    ``lost`` as a word."""
    import numpy

    profile = picture.info.get("icc_profile")
    pixels = lost = None
    if found.reader == "RAW":
        pixels, profile = _developed(file), colour.embedded
        depth, orientation = 16, None
    elif found.reader == "TIFF" and picture.format is None:  # a rare one, read by its upper bits
        lost = "depth"
    elif (depth or 8) > 8:
        stored = getattr(picture, "tag_v2", {}).get(ORIENTATION) if found.reader == "TIFF" else orientation
        pixels = _deep(file, found, picture)
        lost = None if pixels is not None else "depth"
        orientation = stored if pixels is not None else orientation
    if pixels is None:
        flat = flatten(resizable(picture))
        if flat.mode == "LAB":  # no printer's file has such channels here
            flat, profile = to_srgb(flat, None, colour)[0], colour.embedded
        pixels = numpy.asarray(flat).astype(numpy.uint16) * DEEP
    turned = _upright(numpy, pixels, orientation)
    _save(turned, profile or _untagged(turned, colour), out)
    detail = {"source_bits": depth or 8} | ({"lost": lost} if lost else {})
    return {"width": int(turned.shape[1]), "height": int(turned.shape[0]), "detail": detail}


def _deep(file: BinaryIO, found: Sniffed, picture: Image.Image) -> Any:
    """Real 16 bits as (height, width[, channels]) of uint16, or None where nobody can read them."""
    data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    pixels = None
    if found.reader in ("HEIF", "AVIF"):
        return _heif(data)
    if found.reader == "TIFF":
        pixels = _tiff(data)
    if pixels is None and found.reader in ("TIFF", "PNG") and picture.mode != "CMYK":
        pixels = _by_opencv(data)
    if pixels is None or str(pixels.dtype) != "uint16" or pixels.ndim not in (2, 3):
        return None
    if pixels.shape[:2] not in (picture.size[::-1], picture.size):
        return None
    return _on_white(pixels) if pixels.ndim == 3 and picture.mode != "CMYK" else pixels


def _tiff(data: bytes) -> Any:
    import tifffile

    try:
        page = tifffile.TiffFile(io.BytesIO(data)).pages[0]
        pixels = page.asarray()
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError, ImportError, tifffile.TiffFileError):
        return None  # a packing it knows only with more codecs
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels = 65535 - pixels if str(pixels.dtype) == "uint16" else pixels
    elif page.photometric not in (
        tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.SEPARATED,
    ):  # fmt: skip
        return None
    return pixels


def _heif(data: bytes) -> Any:
    """10 and 12 bits, scaled to 16 and turned upright by libheif."""
    import numpy
    import pillow_heif

    try:
        pixels = numpy.asarray(pillow_heif.open_heif(data, convert_hdr_to_8bit=False, bgr_mode=False))
    except (ValueError, RuntimeError, EOFError, SyntaxError):
        return None
    return _on_white(pixels) if str(pixels.dtype) == "uint16" and pixels.ndim == 3 else None


def _by_opencv(data: bytes) -> Any:
    import cv2
    import numpy

    cv2.setNumThreads(1)
    pixels = cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim == 2:
        return pixels
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _on_white(pixels: Any) -> Any:
    """Two or four channels: the last is glass, and white stands behind it."""
    if pixels.shape[2] not in (2, 4):
        return pixels
    glass = pixels[:, :, -1:].astype("uint32")
    mixed = (pixels[:, :, :-1].astype("uint32") * glass + (65535 - glass) * 65535) // 65535
    flat = mixed.astype("uint16")
    return flat[:, :, 0] if flat.shape[2] == 1 else flat


def _developed(file: BinaryIO) -> Any:
    """The raw data itself at full size, 16 bits, sRGB."""
    import rawpy

    file.seek(0)
    with rawpy.imread(file) as raw:
        return raw.postprocess(use_camera_wb=True, output_bps=16, gamma=(2.4, 12.92))


def _upright(numpy: Any, pixels: Any, orientation: int | None) -> Any:
    """EXIF's 2 to 8: quarter turns to the left, then a mirror."""
    quarters, mirrored = TURNS.get(orientation or 1, (0, False))
    turned = numpy.rot90(pixels, quarters)
    return numpy.ascontiguousarray(turned[:, ::-1] if mirrored else turned)


def _untagged(pixels: Any, colour: Colour) -> bytes | None:
    """RGB without a profile is sRGB, and says so from now on."""
    return colour.embedded if pixels.ndim == 3 and pixels.shape[2] == 3 else None


def _save(pixels: Any, profile: bytes | None, out: BinaryIO) -> None:
    import tifffile

    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    file = io.BytesIO()  # the child's file is write-only, and a TIFF is written back and forth
    tifffile.imwrite(
        file, pixels, photometric={1: "minisblack", 3: "rgb", 4: "separated"}[channels],
        compression="zlib", compressionargs={"level": 3}, rowsperstrip=64, iccprofile=profile,
        resolution=(RESOLUTION, RESOLUTION), resolutionunit="INCH", metadata=None, software=False,
    )  # fmt: skip
    out.write(file.getbuffer())
    out.flush()
