"""Where a GoPro was: the first fix in its telemetry (GPMF, github.com/gopro/gpmf-parser)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from dam.media.exif import on_earth
from dam.media.packets import iso
from dam.media.packets.found import read

SAMPLES = 30  # looked into, one a second, for the first fix
MOST_SAMPLE = 1024 * 1024
NESTED = 0
FIX = 2  # 2D
WHOLE = {b"l": "i", b"L": "I", b"s": "h", b"S": "H", b"b": "b", b"B": "B", b"f": "f"}


def first_fix(file: BinaryIO) -> dict[str, Any]:
    """latitude, longitude, altitude and gps_utc by the names of Facts; empty where no satellite was heard."""
    for place, length in _samples(file):
        for stream in _streams(read(file, place, min(length, MOST_SAMPLE))):
            if found := _fix(stream):
                return found
    return {}


def _samples(file: BinaryIO) -> list[tuple[int, int]]:
    """Place and length of the telemetry's first samples, one to a chunk as GoPro writes them."""
    end = file.seek(0, 2)
    for moov in _inner(file, 0, end, b"moov"):
        for trak in _inner(file, *moov, b"trak"):
            for mdia in _inner(file, *trak, b"mdia"):
                for minf in _inner(file, *mdia, b"minf"):
                    for stbl in _inner(file, *minf, b"stbl"):
                        tables = {kind: (first, last) for kind, first, last in iso.boxes(file, *stbl)}
                        first, last = tables.get(b"stsd", (0, 0))
                        if b"gpmd" in read(file, first, min(last - first, 64)):
                            return _places(file, tables)
    return []


def _inner(file: BinaryIO, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    for kind, first, last in iso.boxes(file, start, end):
        if kind == wanted:
            yield first, last


def _places(file: BinaryIO, tables: dict[bytes, tuple[int, int]]) -> list[tuple[int, int]]:
    wide = 8 if b"co64" in tables else 4
    at, _ = tables[b"co64" if wide == 8 else b"stco"]
    count = min(int.from_bytes(read(file, at + 4, 4), "big"), SAMPLES)
    chunks = read(file, at + 8, count * wide)
    places = [int.from_bytes(chunks[n : n + wide], "big") for n in range(0, len(chunks), wide)]
    at, _ = tables[b"stsz"]
    same, many = struct.unpack(">II", read(file, at + 4, 8))
    sizes = [same] * count
    if not same:
        sizes = list(struct.unpack(f">{min(many, count)}I", read(file, at + 12, 4 * min(many, count))))
    return list(zip(places, sizes, strict=False))


def _streams(data: bytes) -> Iterator[dict[bytes, tuple[bytes, int, bytes]]]:
    """key → type, length of one, and bytes, of each stream of each device."""
    for key, kind, _, body in _entries(data):
        if key == b"DEVC" and kind == NESTED:
            for inner, inner_kind, _, stream in _entries(body):
                if inner == b"STRM" and inner_kind == NESTED:
                    yield {k: (bytes([t]), size, b) for k, t, size, b in _entries(stream)}


def _entries(data: bytes) -> Iterator[tuple[bytes, int, int, bytes]]:
    at = 0
    while at + 8 <= len(data):
        key, kind, size, repeat = data[at : at + 4], data[at + 4], data[at + 5], data[at + 6 : at + 8]
        length = size * int.from_bytes(repeat, "big")
        yield key, kind, size, data[at + 8 : at + 8 + length]
        at += 8 + length + -length % 4


def _fix(stream: dict[bytes, tuple[bytes, int, bytes]]) -> dict[str, Any]:
    """GPS5 is latitude, longitude, altitude, two speeds, with GPSF and GPSU beside it; GPS9, of newer
    cameras, holds day, second and fix itself."""
    if b"GPS5" in stream:
        if int.from_bytes(stream.get(b"GPSF", (b"", 0, b"\x03"))[2], "big") < FIX:
            return {}
        values, moment = _scaled(stream, b"GPS5", ">5i"), _moment(stream)
    elif b"GPS9" in stream:
        values = _scaled(stream, b"GPS9", ">7i2H")
        if len(values) < 9 or values[8] < FIX:
            return {}
        moment = None
    else:
        return {}
    if len(values) < 3:
        return {}
    place = on_earth(values[0], values[1])
    if place:
        place["altitude"] = round(values[2], 3)
        if moment:
            place["gps_utc"] = moment
    return place


def _scaled(stream: dict[bytes, tuple[bytes, int, bytes]], key: bytes, form: str) -> list[float]:
    body = stream[key][2][: struct.calcsize(form)]
    kind, size, scales = stream.get(b"SCAL", (b"", 0, b""))
    if len(body) < struct.calcsize(form) or kind not in WHOLE or not size:
        return []
    divisors = struct.unpack(f">{len(scales) // size}{WHOLE[kind]}", scales[: len(scales) // size * size])
    values = struct.unpack(form, body)
    return [v / d for v, d in zip(values, divisors * (9 if len(divisors) == 1 else 1), strict=False) if d]


def _moment(stream: dict[bytes, tuple[bytes, int, bytes]]) -> str | None:
    """GPSU: "yymmddhhmmss.sss"."""
    found = re.match(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", stream.get(b"GPSU", (b"", 0, b""))[2])
    if not found:
        return None
    year, month, day, hour, minute, second = (part.decode() for part in found.groups())
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}Z"
