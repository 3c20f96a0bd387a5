"""Raw files as cameras lay them out, small, and made here: no camera's own file is needed."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

Entry = tuple[int, int, Sequence[int] | bytes]  # tag, kind, values
SHORT, LONG, RATIONAL, SRATIONAL, BYTE, ASCII, UNDEFINED = 3, 4, 5, 10, 1, 2, 7
WIDTH = {SHORT: 2, LONG: 4, RATIONAL: 8, SRATIONAL: 8, BYTE: 1, ASCII: 1, UNDEFINED: 1}
CODE = {SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i", BYTE: "B", ASCII: "B", UNDEFINED: "B"}
COLOUR = (60, 160, 90)


def jpeg(size: tuple[int, int], colour: tuple[int, int, int] = COLOUR) -> bytes:
    """A JPEG whose upper left quarter is white: which way up it lies can be seen."""
    picture = Image.new("RGB", size, colour)
    picture.paste("white", (0, 0, size[0] // 2, size[1] // 2))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


class Tiff:
    """Blocks one after another, and directories that point to them."""

    def __init__(self, start: bytes = b"II*\0\0\0\0\0") -> None:
        self.data = bytearray(start)

    def block(self, data: bytes) -> int:
        at = len(self.data)
        self.data += data + b"\0" * (len(data) % 2)
        return at

    def directory(self, entries: list[Entry], following: int = 0) -> int:
        told = []
        for tag, kind, values in sorted(entries, key=lambda entry: entry[0]):
            packed = bytes(values) if isinstance(values, bytes) else b"".join(
                struct.pack("<" + CODE[kind], value) for value in values
            )  # fmt: skip
            count = len(packed) // WIDTH[kind]
            value = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", self.block(packed))
            told.append(struct.pack("<HHI", tag, kind, count) + value)
        return self.block(struct.pack("<H", len(told)) + b"".join(told) + struct.pack("<I", following))

    def finish(self, path: Path, first: int) -> Path:
        self.data[4:8] = struct.pack("<I", first)
        path.write_bytes(self.data)
        return path


def camera_tiff(
    path: Path, previews: Sequence[tuple[int, int]], *, raw: tuple[int, int] = (3000, 2000),
    orientation: int = 1,
    make: bytes = b"NIKON CORPORATION\0", packing: int = 34713, cut: bool = False,
) -> Path:  # fmt: skip
    """As NEF, ARW, SRW and PEF are: previews in a chain, and packed raw data below, which nobody decodes."""
    tiff = Tiff()
    pixels = tiff.block(bytes(raw[0] * raw[1] // 16))
    below = tiff.directory([
        (0x00FE, LONG, [0]), (0x0100, LONG, [raw[0]]), (0x0101, LONG, [raw[1]]), (0x0103, SHORT, [packing]),
        (0x0106, SHORT, [32803]), (0x0111, LONG, [pixels]),
        (0x0117, LONG, [raw[0] * raw[1] // 16 * (1000 if cut else 1)]),
    ])  # fmt: skip
    following = 0
    for size in reversed(previews[1:]):
        data = jpeg(size)
        following = tiff.directory(
            [(0x0201, LONG, [tiff.block(data)]), (0x0202, LONG, [len(data)])], following
        )
    entries: list[Entry] = [(0x010F, ASCII, make), (0x0112, SHORT, [orientation]), (0x014A, LONG, [below])]
    if previews:
        data = jpeg(previews[0])
        entries += [(0x0201, LONG, [tiff.block(data)]), (0x0202, LONG, [len(data)])]
    return tiff.finish(path, tiff.directory(entries, following))


def dng(
    path: Path, *, size: tuple[int, int] = (320, 240), preview: tuple[int, int] | None, orientation: int = 1
) -> Path:
    """A DNG that LibRaw develops: 16 bits, RGGB, a green field with a bright upper left quarter."""
    width, height = size
    mosaic = np.zeros((height, width), "<u2")
    mosaic[0::2, 0::2], mosaic[1::2, 1::2] = 4000, 6000  # red, blue
    mosaic[0::2, 1::2] = mosaic[1::2, 0::2] = 20000
    mosaic[: height // 2, : width // 2] = 60000
    tiff = Tiff()
    pixels = tiff.block(mosaic.tobytes())
    below = tiff.directory([
        (0x00FE, LONG, [0]), (0x0100, LONG, [width]), (0x0101, LONG, [height]), (0x0102, SHORT, [16]),
        (0x0103, SHORT, [1]), (0x0106, SHORT, [32803]), (0x0111, LONG, [pixels]), (0x0115, SHORT, [1]),
        (0x0116, LONG, [height]), (0x0117, LONG, [mosaic.nbytes]), (0x828D, SHORT, [2, 2]),
        (0x828E, BYTE, [0, 1, 1, 2]), (0xC61D, LONG, [65535]),
    ])  # fmt: skip
    identity = [10000 if row == column else 0 for row in range(3) for column in range(3)]
    entries: list[Entry] = [
        (0x010F, ASCII, b"TestCam\0"), (0x0110, ASCII, b"Model One\0"), (0x0112, SHORT, [orientation]),
        (0x014A, LONG, [below]), (0xC612, BYTE, [1, 4, 0, 0]), (0xC614, ASCII, b"TestCam Model One\0"),
        (0xC621, SRATIONAL, [number for value in identity for number in (value, 10000)]),
        (0xC628, RATIONAL, [1, 1, 1, 1, 1, 1]),
    ]  # fmt: skip
    if preview:
        data = jpeg(preview)
        entries += [
            (0x00FE, LONG, [1]), (0x0100, LONG, [preview[0]]), (0x0101, LONG, [preview[1]]),
            (0x0103, SHORT, [7]), (0x0106, SHORT, [6]), (0x0111, LONG, [tiff.block(data)]),
            (0x0117, LONG, [len(data)]),
        ]  # fmt: skip
    return tiff.finish(path, tiff.directory(entries))


def cr2(path: Path, preview: tuple[int, int], *, raw: tuple[int, int] = (3000, 2000)) -> Path:
    """Canon: the preview first, the sensor's data last, in a directory that tells no size."""
    tiff = Tiff(b"II*\0\0\0\0\0CR\2\0\0\0\0\0")
    data, small = jpeg(preview), jpeg((160, 120))
    picture, thumbnail = tiff.block(data), tiff.block(small)
    exif = tiff.directory([(0xA002, SHORT, [raw[0]]), (0xA003, SHORT, [raw[1]])])
    sensor = bytes(raw[0] * raw[1] // 16)
    length = len(sensor)
    third = tiff.directory([(0x0103, SHORT, [6]), (0x0111, LONG, [0]), (0x0117, LONG, [length])])
    first = tiff.directory([(0x0201, LONG, [thumbnail]), (0x0202, LONG, [len(small)])], third)
    zeroth = tiff.directory([
        (0x0100, SHORT, [preview[0]]), (0x0101, SHORT, [preview[1]]), (0x0103, SHORT, [6]),
        (0x010F, ASCII, b"Canon\0"), (0x0111, LONG, [picture]), (0x0112, SHORT, [1]),
        (0x0117, LONG, [len(data)]), (0x8769, LONG, [exif]),
    ], first)  # fmt: skip
    tiff.data[third + 2 + 12 + 8 : third + 2 + 12 + 12] = struct.pack("<I", tiff.block(sensor))
    return tiff.finish(path, zeroth)


def raf(path: Path, preview: tuple[int, int]) -> Path:
    """Fujifilm: the JPEG's place at byte 84."""
    data = jpeg(preview)
    sizes = struct.pack(">IHHHH", 1, 0x0111, 4, 4000, 6000)
    head = b"FUJIFILMCCD-RAW 0201FF393101X-T5".ljust(84, b"\0")
    head += struct.pack(">6I", 160, len(data), 112, len(sizes), 160 + len(data), 400_000)
    path.write_bytes(head.ljust(112, b"\0") + sizes.ljust(48, b"\0") + data + bytes(400_000))
    return path


def rw2(path: Path, preview: tuple[int, int], large: tuple[int, int] | None = None) -> Path:
    """Panasonic: JPEGs are values of 0x002E and 0x0127; the strip is nowhere, and as long as unpacked."""
    tiff = Tiff(b"IIU\0\0\0\0\0")
    sensor = tiff.block(bytes(4000 * 3000 // 16))
    return tiff.finish(
        path,
        tiff.directory(
            [
                (0x0004, SHORT, [8]),
                (0x0005, SHORT, [12]),
                (0x0006, SHORT, [3008]),
                (0x0007, SHORT, [4012]),
                (0x002E, UNDEFINED, jpeg(preview)),
                (0x0111, LONG, [0xFFFFFFFF]),
                (0x0117, LONG, [4000 * 3000 * 2]),
                (0x0118, LONG, [sensor]),
                (0x0112, SHORT, [1]),
                *([(0x0127, UNDEFINED, jpeg(large))] if large else []),
            ]
        ),
    )


def orf(path: Path, preview: tuple[int, int]) -> Path:
    """Olympus: inside CameraSettings of the maker note, which counts places from its own start."""
    tiff = Tiff(b"IIRO\0\0\0\0")
    data = jpeg(preview)
    note = Tiff(b"OLYMPUS\0II\x03\0")
    picture = note.block(data)
    settings = note.directory([(0x0101, LONG, [picture]), (0x0102, LONG, [len(data)])])
    body = note.data
    directory = struct.pack("<HHHII", 1, 0x2020, LONG, 1, settings + 18) + bytes(4)
    whole = body[:12] + directory + body[12:]
    whole[12:] = directory + _shifted(body[12:], len(directory), picture, settings)
    place = tiff.block(bytes(whole))
    exif = tiff.directory([(0x927C, UNDEFINED, b"")])
    tiff.data[exif + 2 : exif + 14] = struct.pack("<HHII", 0x927C, UNDEFINED, len(whole), place)
    return tiff.finish(path, tiff.directory([(0x0112, SHORT, [1]), (0x8769, LONG, [exif])]))


def _shifted(rest: bytearray, by: int, picture: int, settings: int) -> bytearray:
    """The note's own directory stands before everything else, which so moves along."""
    at = settings - 12 + 2 + 8
    rest[at : at + 4] = struct.pack("<I", picture + by)
    return rest


def cr3(path: Path, previews: Sequence[tuple[int, int]], *, orientation: int = 1) -> Path:
    """Canon: a full-size JPEG as a track's sample, PRVW in a box of its own, EXIF's directory as CMT1."""
    large, small = jpeg(previews[0]), jpeg(previews[1])
    cmt1 = Tiff()
    cmt1.data[4:8] = struct.pack("<I", cmt1.directory([
        (0x0100, SHORT, [previews[0][0]]), (0x0101, SHORT, [previews[0][1]]), (0x0112, SHORT, [orientation]),
    ]))  # fmt: skip
    ftyp = _box(b"ftyp", b"crx \0\0\0\x01crx isom")
    prvw = _box(b"PRVW", bytes(6) + struct.pack(">HHHI", 1, *previews[1], len(small)) + small)
    preview = _box(b"uuid", bytes(16) + bytes(8) + prvw)

    def movie(at: int) -> bytes:
        table = _box(b"stsz", struct.pack(">III", 0, len(large), 1)) + _box(
            b"co64", struct.pack(">IIQ", 0, 1, at)
        )
        track = _box(b"trak", _box(b"mdia", _box(b"minf", _box(b"stbl", table))))
        return _box(b"moov", _box(b"uuid", bytes(16) + _box(b"CMT1", bytes(cmt1.data))) + track)

    place = len(ftyp) + len(movie(0)) + len(preview) + 8
    path.write_bytes(
        ftyp + movie(place) + preview + _box(b"mdat", large + bytes(previews[0][0] * previews[0][1] // 60))
    )
    return path


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content
