"""The JPEG pictures that cameras put into their raw files, found without decoding anything.

Sources: TIFF 6.0 and TIFF/EP (ISO 12234-2) for CR2, NEF, NRW, ARW, DNG, PEF, SRW; ISO/IEC 14496-12 for CR3;
the layouts of RAF, RW2 and ORF as ExifTool's documentation of tag names describes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dam.media import tiffs
from dam.media.tiffs import Directory, ReadAt

WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC = 0x0100, 0x0101, 0x0103, 0x0106
STRIPS, STRIP_SIZES, TILES, TILE_SIZES, ORIENTATION = 0x0111, 0x0117, 0x0144, 0x0145, 0x0112
JPEG_AT, JPEG_SIZE, MAKER_NOTE = 0x0201, 0x0202, 0x927C
PANASONIC_JPEGS = (0x002E, 0x0127)  # up to 1920 pixels wide; of full size in newer cameras
SENSOR_BORDERS = (0x0004, 0x0005, 0x0006, 0x0007)  # Panasonic: top, left, bottom, right
CROP_SIZE, CFA, LINEAR_RAW = 0xC620, 32803, 34892
PICTURE_PACKINGS = (6, 7)  # JPEG, old and new
FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive: lossless JPEG (0xC3) is raw data
RAW_AT = 0x0118  # Panasonic: where the sensor data begins, when the strip's own tag says NOWHERE
NOWHERE = 0xFFFFFFFF
# Whose strips are as long as they say. Panasonic tells the unpacked length, or none
TRUE_LENGTHS = (
    "image/x-canon-cr2", "image/x-nikon-nef", "image/x-sony-arw", "image/x-adobe-dng", "image/x-pentax-pef",
    "image/x-samsung-srw", "image/x-olympus-orf",
)  # fmt: skip
MOST_FOUND = 24
MOST_SEGMENTS = 200


@dataclass(frozen=True)
class Preview:
    """A JPEG inside: where it stands, its bytes, its own width and height in pixels."""

    at: int
    bytes: int
    width: int
    height: int

    @property
    def longest(self) -> int:
        return max(self.width, self.height)


@dataclass(frozen=True)
class Inside:
    """``previews`` from the largest; ``size`` of the raw picture as stored, before any turn; ``orientation``
    as EXIF says it; ``whole`` False when the raw data is not all there."""

    previews: tuple[Preview, ...] = ()
    size: tuple[int, int] | None = None
    orientation: int | None = None
    whole: bool = True


def look(read: ReadAt, media_type: str, length: int) -> Inside:
    """What stands in a raw file of ``length`` bytes. Never raises: a stranger's offsets find nothing."""
    if media_type == "image/x-canon-cr3":
        return _of_cr3(read, length)
    if media_type == "image/x-fuji-raf":
        return _of_raf(read, length)
    return _of_tiff(read, length, media_type in TRUE_LENGTHS)


def _of_tiff(read: ReadAt, length: int, true_lengths: bool) -> Inside:
    places, size, orientation, whole, largest = [], None, None, True, (0, 0)
    for directory in tiffs.directories(read):
        places += _jpegs(directory)
        if directory.depth == 0 and orientation is None:
            orientation = directory.number(ORIENTATION) or None
        if _is_raw(directory):
            size = max(size or (0, 0), _raw_size(directory))
        if not _is_picture(directory):
            whole = whole and all(end <= length for end in _ends(directory, true_lengths))
        size = _said_size(directory, size)
        largest = max(largest, (directory.number(WIDTH), directory.number(HEIGHT)))
    previews = _measured(read, places, length)
    if size is None and all(largest) and all(max(largest) > one.longest for one in previews):
        size = largest  # directories that do not say what they hold: Olympus
    return Inside(previews, size, orientation, whole)


def _is_raw(directory: Directory) -> bool:
    if directory.number(PHOTOMETRIC) in (CFA, LINEAR_RAW):
        return True
    if all(tag in directory.tags for tag in SENSOR_BORDERS):
        return True
    packing = directory.number(COMPRESSION)
    return WIDTH in directory.tags and packing not in (0, 1, *PICTURE_PACKINGS)


def _is_picture(directory: Directory) -> bool:
    """A JPEG to be shown. CR2's sensor data is packed as JPEG too, in a directory that tells no size."""
    packed = directory.number(COMPRESSION) in PICTURE_PACKINGS
    return packed and WIDTH in directory.tags and not _is_raw(directory)


def _ends(directory: Directory, true_lengths: bool) -> Iterator[int]:
    """Where the strips or tiles end; where they begin, if the lengths cannot be believed."""
    starts = _either(directory, STRIPS, TILES)
    if starts == (NOWHERE,):
        starts = directory.numbers(RAW_AT)
    counts = _either(directory, STRIP_SIZES, TILE_SIZES)
    return (at + count * true_lengths for at, count in zip(starts, counts, strict=False))


def _raw_size(directory: Directory) -> tuple[int, int]:
    crop = directory.numbers(CROP_SIZE)
    if len(crop) == 2 and all(0 < side < 100_000 for side in crop):
        return crop[0], crop[1]
    if all(tag in directory.tags for tag in SENSOR_BORDERS):
        top, left, bottom, right = (directory.number(tag) for tag in SENSOR_BORDERS)
        return max(0, right - left), max(0, bottom - top)
    return directory.number(WIDTH), directory.number(HEIGHT)


def _said_size(directory: Directory, size: tuple[int, int] | None) -> tuple[int, int] | None:
    """EXIF's PixelXDimension and PixelYDimension tell the camera's own crop, where they are of that size."""
    if CROP_SIZE in directory.tags:
        return size
    for place in directory.numbers(tiffs.EXIF_IFD):
        exif, _ = tiffs.one(directory.read, place, directory.order)
        said = (exif.number(0xA002), exif.number(0xA003)) if exif else (0, 0)
        if all(said) and (size is None or all(s > 0.8 * z for s, z in zip(said, size, strict=True))):
            return said
    return size


def _either(directory: Directory, *tags: int) -> tuple[int, ...]:
    return next((found for tag in tags if (found := directory.numbers(tag))), ())


def _jpegs(directory: Directory) -> Iterator[tuple[int, int]]:
    at, count = directory.number(JPEG_AT), directory.number(JPEG_SIZE)
    if at and count:
        yield at, count
    starts, counts = directory.numbers(STRIPS), directory.numbers(STRIP_SIZES)
    if directory.number(COMPRESSION) in PICTURE_PACKINGS and len(starts) == len(counts) == 1:
        yield starts[0], counts[0]
    for panasonic in (directory.tags[tag] for tag in PANASONIC_JPEGS if tag in directory.tags):
        yield panasonic.place, panasonic.size
    for place in directory.numbers(tiffs.EXIF_IFD):
        exif, _ = tiffs.one(directory.read, place, directory.order)
        if exif and (note := exif.tags.get(MAKER_NOTE)):
            yield from _of_maker_note(directory.read, note.place, note.size)


def _of_maker_note(read: ReadAt, at: int, size: int) -> Iterator[tuple[int, int]]:
    """Olympus: its directory's offsets count from the note's own start; the preview stands in CameraSettings
    (0x2020: 0x0101, 0x0102). Nikon: a TIFF of its own ten bytes in, whose PreviewIFD is 0x0011."""
    head = read(at, 18)
    if head.startswith((b"OLYMPUS\x00", b"OM SYSTEM\x00")):
        start = 12 if head.startswith(b"OLYMPUS") else 16
        order = tiffs.byte_order(read(at + start - 4, 2))
        shifted = lambda place, count: read(at + place, count)  # noqa: E731 - the note's own coordinates
        settings, pair = 0x2020, (0x0101, 0x0102)
    elif head.startswith(b"Nikon\x00") and tiffs.byte_order(head[10:12]):
        at, order = at + 10, tiffs.byte_order(head[10:12])
        start = int.from_bytes(head[14:18], order)  # type: ignore[arg-type]
        shifted = lambda place, count: read(at + place, count)  # noqa: E731
        settings, pair = 0x0011, (JPEG_AT, JPEG_SIZE)
    else:
        return
    if order is None:
        return
    note, _ = tiffs.one(shifted, start, order)
    if note is None:
        return
    for place in note.numbers(settings):
        inner, _ = tiffs.one(shifted, place, order)
        if inner and inner.number(pair[0]) and inner.number(pair[1]):
            yield at + inner.number(pair[0]), inner.number(pair[1])


def _of_raf(read: ReadAt, length: int) -> Inside:
    """The header names the JPEG at byte 84 and the raw picture at 100, big-endian."""
    head = read(84, 24)
    at, count, meta, _meta_size, raw_at, raw_size = (
        int.from_bytes(head[p : p + 4], "big") for p in range(0, 24, 4)
    )
    found = _measured(read, [(at, count)], length)
    return Inside(found, _raf_size(read, meta), _orientation_of(read, at), raw_at + raw_size <= length)


def _raf_size(read: ReadAt, at: int) -> tuple[int, int] | None:
    """The cropped size (0x0111), height first, of the list of records that RAF's header names."""
    for _ in range(min(int.from_bytes(read(at, 4), "big"), 256)):
        head = read(at + 4, 8)
        if len(head) < 8:
            return None
        if head[:2] == b"\x01\x11":
            height, width = int.from_bytes(head[4:6], "big"), int.from_bytes(head[6:8], "big")
            return (width, height) if width and height else None
        at += 4 + int.from_bytes(head[2:4], "big")
    return None


def _orientation_of(read: ReadAt, at: int) -> int | None:
    """Of the EXIF block of the JPEG at ``at``: a RAF keeps its facts there."""
    head = read(at, 64)
    found = head.find(b"Exif\x00\x00")
    if found < 0:
        return None
    first = next(tiffs.directories(read, at + found + 6), None)
    return (first.number(ORIENTATION) or None) if first else None


def _of_cr3(read: ReadAt, length: int) -> Inside:
    """JPEG tracks of full size in the movie, PRVW in a uuid box, THMB in Canon's; CMT1 is an IFD."""
    places: list[tuple[int, int]] = []
    size, orientation, whole = None, None, True
    for name, at, end in _boxes(read, 0, length):
        if at + end > length:
            whole = False
        if name == b"moov":
            for inner, start, count in _boxes(read, at, at + end):
                if inner == b"uuid":
                    for leaf, first, many in _boxes(read, start + 16, start + count):
                        if leaf == b"THMB":
                            places.append((first + 16, int.from_bytes(read(first + 8, 4), "big")))
                        elif leaf == b"CMT1":
                            ifd = next(tiffs.directories(read, first), None)
                            orientation = (ifd.number(ORIENTATION) or None) if ifd else None
                            if ifd:
                                size = (ifd.number(WIDTH), ifd.number(HEIGHT))
                        del many
                elif inner == b"trak":
                    samples = _samples(read, start, start + count)
                    whole = whole and all(first + many <= length for first, many in samples)
                    places += samples
        elif name == b"uuid":
            found = read(at + 16, 64)
            place = found.find(b"PRVW")
            if place >= 4:
                first = at + 16 + place + 4
                places.append((first + 16, int.from_bytes(read(first + 12, 4), "big")))
    return Inside(_measured(read, places, length), size if size and all(size) else None, orientation, whole)


def _boxes(read: ReadAt, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content starts, length of its content) of each box between two places."""
    for _ in range(200):
        if at + 8 > end:
            return
        head = read(at, 16)
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < start or len(head) < 8:
            return
        yield head[4:8], at + start, size - start
        at += size


def _samples(read: ReadAt, at: int, end: int) -> list[tuple[int, int]]:
    """The first sample of a track: for Canon's picture tracks its only one."""
    inside = {name: (start, count) for name, start, count in _boxes(read, at, end)}
    for name in (b"mdia", b"minf", b"stbl"):
        if name not in inside:
            return []
        start, count = inside[name]
        inside = {name: (first, many) for name, first, many in _boxes(read, start, start + count)}
    sizes = read(inside.get(b"stsz", (0, 0))[0] + 4, 12)
    size = int.from_bytes(sizes[:4], "big") or int.from_bytes(sizes[8:12], "big")
    for name, width in ((b"co64", 8), (b"stco", 4)):
        if name in inside:
            return [(int.from_bytes(read(inside[name][0] + 8, width), "big"), size)]
    return []


def _measured(read: ReadAt, places: list[tuple[int, int]], length: int) -> tuple[Preview, ...]:
    """Those that are JPEGs one can show, whole, and once each, from the largest."""
    found = {}
    for at, count in dict.fromkeys(places[:MOST_FOUND]):
        if 0 < at < length and count > 0 and at + count <= length and (size := _jpeg_size(read, at, count)):
            found[at] = Preview(at, count, *size)
    return tuple(sorted(found.values(), key=lambda one: (-one.width * one.height, -one.bytes)))


def _jpeg_size(read: ReadAt, at: int, count: int) -> tuple[int, int] | None:
    """(width, height) by the frame header (ITU-T T.81, B.2.2); None for no JPEG, or a lossless one."""
    if read(at, 3) != b"\xff\xd8\xff":
        return None
    place = at + 2
    for _ in range(MOST_SEGMENTS):
        head = read(place, 9)
        if len(head) < 9 or head[0] != 0xFF or place > at + count:
            return None
        if head[1] in FRAMES:
            height, width = int.from_bytes(head[5:7], "big"), int.from_bytes(head[7:9], "big")
            return (width, height) if width and height else None
        if head[1] in (0xC3, 0xC5, 0xC6, 0xC7, 0xD9, 0xDA):
            return None
        place += 1 if head[1] == 0xFF else 2 + int.from_bytes(head[2:4], "big")
    return None
