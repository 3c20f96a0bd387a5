"""Photoshop's files: the merged picture of a PSD or PSB, band by band, so that a poster needs no more memory
than a photo.

Source: Adobe Photoshop File Formats Specification (2019). Layers are never looked at.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageChops

from dam.media.image import open_picture
from dam.media.limits import Limits
from dam.media.opened import Opened
from dam.media.reasons import Reason, Unreadable

BITMAP, GREY, INDEXED, RGB, CMYK, MULTICHANNEL, DUOTONE, LAB = 0, 1, 2, 3, 4, 7, 8, 9
MODES = {
    BITMAP: ("1", 1), GREY: ("L", 1), INDEXED: ("P", 1), RGB: ("RGB", 3), CMYK: ("CMYK", 4),
    MULTICHANNEL: ("L", 1), DUOTONE: ("L", 1), LAB: ("LAB", 3),
}  # fmt: skip
NAMES = {"1": "Grey", "L": "Grey", "P": "RGB", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
IPTC, THUMBNAIL, PROFILE, VERSION_INFO, EXIF, XMP = 1028, 1036, 1039, 1057, 1058, 1060
KEPT = (IPTC, THUMBNAIL, PROFILE, VERSION_INFO, EXIF, XMP)
MOST_CHANNELS = 56  # by the specification
MOST_THUMBNAIL = 4_000_000  # pixels
MOST_RESOURCE = 16 * 1024 * 1024
BAND = 4 * 1024 * 1024  # bytes decoded at a time
ENOUGH = 4096  # pixels of the longest side; larger pictures are averaged down in whole steps while read
RAW, PACKBITS, ZIP = 0, 1, 2


@dataclass(frozen=True)
class Head:
    large: bool
    channels: int
    size: tuple[int, int]
    depth: int
    mode: int

    @property
    def step(self) -> int:
        """How many pixels become one while reading."""
        return max(1, max(self.size) // ENOUGH)


def open_psd(file: BinaryIO, limits: Limits) -> Opened:
    """The merged picture. Raises Unreadable: CUT_SHORT, BOMB, NO_PICTURE where it was saved without one."""
    file.seek(0)
    head = _head(file.read(26))
    if head.size[0] * head.size[1] > limits.photo_pixels:
        raise Unreadable(Reason.BOMB, f"{head.size[0]}×{head.size[1]}")
    palette = _block(file, "I")
    resources = _resources(_block(file, "I", most=limits.photo_file))
    _skip(file, "Q" if head.large else "I")
    merged = resources.get(VERSION_INFO, b"\0\0\0\0\1")[4:5] != b"\0"
    warnings, how = [], "merged picture"
    picture = _merged(file, head, palette) if merged and head.depth in (1, 8, 16) else None
    if picture is None:
        picture = _thumbnail(resources)
        how = f"embedded thumbnail, {picture.width}×{picture.height}"
        warnings.append("saved without its merged picture: only the thumbnail inside could be shown")
    for name, number in (("icc_profile", PROFILE), ("exif", EXIF), ("xmp", XMP)):
        if number in resources and (name != "icc_profile" or not warnings):
            picture.info[name] = resources[number]
    if IPTC in resources:
        picture.info["photoshop"] = {IPTC: resources[IPTC]}
    facts = {"bit_depth": head.depth, "color_space": NAMES[MODES[head.mode][0]]}
    return Opened(picture, size=head.size, how=how, facts=facts, warnings=warnings)


def _head(data: bytes) -> Head:
    if len(data) < 26:
        raise Unreadable(Reason.CUT_SHORT, "no header")
    version, channels, height, width, depth, mode = struct.unpack(">4xH6xHIIHH", data)
    if width < 1 or height < 1 or mode not in MODES or not MODES[mode][1] <= channels <= MOST_CHANNELS:
        raise Unreadable(Reason.DECODER_FAILED, f"mode {mode}, {channels} channels, {width}×{height}")
    return Head(version == 2, channels, (width, height), depth, mode)


def _skip(file: BinaryIO, width: str) -> None:
    data = file.read(struct.calcsize(">" + width))
    if len(data) < struct.calcsize(">" + width):
        raise Unreadable(Reason.CUT_SHORT, "ends before its picture")
    file.seek(struct.unpack(">" + width, data)[0], os.SEEK_CUR)


def _block(file: BinaryIO, width: str, most: int = MOST_RESOURCE) -> bytes:
    data = file.read(4)
    if len(data) < 4:
        raise Unreadable(Reason.CUT_SHORT, "ends before its picture")
    length = struct.unpack(">" + width, data)[0]
    if length > most:
        raise Unreadable(Reason.BOMB, f"a block of {length} bytes")
    return file.read(length)


def _resources(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 12 <= len(data) and len(data[at : at + 4]) == 4:
        number, name = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 6]
        at += 6 + (name + 2) // 2 * 2  # a Pascal string, padded to even
        size = int.from_bytes(data[at : at + 4], "big")
        if number in KEPT and size <= MOST_RESOURCE:
            found.setdefault(number, data[at + 4 : at + 4 + size])
        at += 4 + (size + 1) // 2 * 2
    return found


def _thumbnail(resources: dict[int, bytes]) -> Image.Image:
    """A JPEG behind 28 bytes of its own header."""
    if THUMBNAIL not in resources:
        raise Unreadable(Reason.NO_PICTURE, "saved without its merged picture")
    try:
        picture = open_picture(io.BytesIO(resources[THUMBNAIL][28:]), "JPEG", MOST_THUMBNAIL)
        picture.load()
    except OSError as error:
        raise Unreadable(Reason.NO_PICTURE, f"thumbnail: {error}") from error
    picture.info = {}
    return picture


def _merged(file: BinaryIO, head: Head, palette: bytes) -> Image.Image | None:
    """None for a packing that merged pictures do not use. Alpha is passed over: the picture lies on white."""
    data = file.read(2)
    if len(data) < 2:
        raise Unreadable(Reason.CUT_SHORT, "ends before its picture")
    packing = int.from_bytes(data, "big")
    mode, count = MODES[head.mode]
    channels = _channels(file, head, packing, count)
    if channels is None:
        return None
    planes = [_plane(rows, head) for rows in channels]
    if head.mode == CMYK:
        planes = [ImageChops.invert(plane) for plane in planes]
    picture = planes[0] if count == 1 else Image.merge(mode, planes)
    if head.mode == INDEXED and len(palette) >= 768:
        picture.putpalette(bytes(palette[256 * band + place] for place in range(256) for band in range(3)))
        picture = picture.convert("RGB")
    return picture


Band = tuple[int, bytes, bool]  # rows, their bytes, still packed


def _channels(file: BinaryIO, head: Head, packing: int, count: int) -> list[Iterator[Band]] | None:
    width, height = head.size
    row = (width * head.depth + 7) // 8
    rows = max(1, BAND // row // head.step) * head.step
    at = file.tell()
    if packing == RAW:
        return [_plain(file, at + channel * row * height, row, height, rows) for channel in range(count)]
    if packing == PACKBITS:
        wide = 4 if head.large else 2
        table = file.read(wide * head.channels * height)
        if len(table) < wide * head.channels * height:
            raise Unreadable(Reason.CUT_SHORT, "ends before its picture")
        lengths = struct.unpack(f">{head.channels * height}{'I' if head.large else 'H'}", table)
        start, found = at + len(table), []
        for channel in range(count):
            mine = lengths[channel * height : (channel + 1) * height]
            found.append(_packed(file, start, mine, rows))
            start += sum(mine)
        return found
    if packing == ZIP:
        whole = zlib.decompressobj().decompress(file.read(), row * height * count)
        return [
            _plain(io.BytesIO(whole), channel * row * height, row, height, rows) for channel in range(count)
        ]
    return None


def _plain(file: BinaryIO, at: int, row: int, height: int, rows: int) -> Iterator[Band]:
    for first in range(0, height, rows):
        many = min(rows, height - first)
        file.seek(at + first * row)
        yield many, file.read(many * row), False


def _packed(file: BinaryIO, at: int, lengths: tuple[int, ...], rows: int) -> Iterator[Band]:
    for first in range(0, len(lengths), rows):
        mine = lengths[first : first + rows]
        file.seek(at)
        yield len(mine), file.read(sum(mine)), True
        at += sum(mine)


def _plane(bands: Iterator[Band], head: Head) -> Image.Image:
    """One channel as 8 bits (of 16 the upper), averaged down by whole steps where it is large."""
    width, height = head.size
    step = head.step
    plane = Image.new("L", (-(-width // step), -(-height // step)))
    top = 0
    for rows, data, packed in bands:
        wide, mode = (2 * width, "L") if head.depth == 16 else (width, "1" if head.depth == 1 else "L")
        kind = "1;I" if mode == "1" else "L"
        try:
            band = Image.frombytes(mode, (wide, rows), data, "packbits" if packed else "raw", kind)
        except ValueError as error:
            raise Unreadable(Reason.CUT_SHORT, f"row {top}: {error}") from error
        if head.depth == 16:
            band = Image.frombytes("L", (width, rows), band.tobytes()[::2])
        if head.depth == 1:
            band = band.convert("L")
        plane.paste(band.reduce(step) if step > 1 else band, (0, top // step))
        top += rows
    return plane
