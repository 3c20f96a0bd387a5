"""The zip format as far as we write it: stored entries whose sizes are known before a byte is sent.

Source: PKWARE APPNOTE 6.3.10. Nothing is compressed (photos and clips are already), so every offset follows
from names and sizes alone, and a zip that was cut is gone on with from any byte. Checksums come after each
file (general purpose bit 3), as nobody has read the files beforehand. Names are UTF-8 (bit 11). Zip64 where a
size, an offset or the count asks for it.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

LIMIT = 0xFFFFFFFF
MOST_PLAIN = 0xFFFF
FLAGS = 0x0808  # the checksum follows the file; names are UTF-8
PLAIN, ZIP64 = 20, 45
UNIX_FILE = 0o100644 << 16


@dataclass(frozen=True)
class Entry:
    """One file: its name inside, with / between folders, and its size in bytes."""

    name: str
    size: int

    @property
    def large(self) -> bool:
        return self.size >= LIMIT

    @property
    def encoded(self) -> bytes:
        return self.name.encode("utf-8")


class Layout:
    """Where everything lies in a zip of these entries. ``offsets`` and ``size`` in bytes."""

    def __init__(self, entries: Sequence[Entry], moment: datetime) -> None:
        self.entries = list(entries)
        self.date, self.time = _dos(moment)
        self.offsets = []
        at = 0
        for entry in self.entries:
            self.offsets.append(at)
            at += len(self.head(entry)) + entry.size + tail_size(entry)
        self.directory_at = at
        crcs = [0] * len(self.entries)
        self.size = at + len(self.directory(crcs))

    def head(self, entry: Entry) -> bytes:
        """What stands before the file."""
        return head(entry, self.date, self.time)

    def directory(self, crcs: Sequence[int]) -> bytes:
        """What stands at the end: every entry once more, with its checksum and its place."""
        rows = [
            directory_row(entry, offset, crc, self.date, self.time)
            for entry, offset, crc in zip(self.entries, self.offsets, crcs, strict=True)
        ]
        return ending(rows, self.directory_at)


def head(entry: Entry, date: int, time: int) -> bytes:
    """Local file header (APPNOTE 4.3.7)."""
    name = entry.encoded
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.large else b""
    size = LIMIT if entry.large else 0
    version = ZIP64 if entry.large else PLAIN
    return struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", version, FLAGS, 0, time, date, 0, size, size, len(name), len(extra)
    ) + name + extra  # fmt: skip


def tail(entry: Entry, crc: int) -> bytes:
    """Data descriptor (4.3.9)."""
    return struct.pack("<4sLQQ" if entry.large else "<4sLLL", b"PK\x07\x08", crc, entry.size, entry.size)


def tail_size(entry: Entry) -> int:
    return 24 if entry.large else 16


def directory_row(entry: Entry, offset: int, crc: int, date: int, time: int) -> bytes:
    """Central directory file header (4.3.12)."""
    name, far = entry.encoded, offset >= LIMIT
    wide = ([entry.size, entry.size] if entry.large else []) + ([offset] if far else [])
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = ZIP64 if wide else PLAIN
    size = LIMIT if entry.large else entry.size
    return struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 3 << 8 | version, version, FLAGS, 0, time, date, crc, size, size,
        len(name), len(extra), 0, 0, 0, UNIX_FILE, LIMIT if far else offset,
    ) + name + extra  # fmt: skip


def ending(rows: Sequence[bytes], start: int) -> bytes:
    """The central directory that begins at ``start``, and its end record (4.3.14 to 4.3.16)."""
    directory = b"".join(rows)
    count, size = len(rows), len(directory)
    wide = b""
    if count >= MOST_PLAIN or size >= LIMIT or start >= LIMIT:
        wide = struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, 3 << 8 | ZIP64, ZIP64, 0, 0, count, count, size, start
        ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
    plain = min(count, MOST_PLAIN)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, plain, plain, min(size, LIMIT), min(start, LIMIT), 0)
    return directory + wide + end


def flow(
    layout: Layout,
    read: Callable[[int, int], Iterator[bytes]],
    crcs: list[int | None],
    start: int = 0,
    stop: int | None = None,
) -> Iterator[bytes]:
    """The zip's bytes from ``start`` up to ``stop``.

    ``read(number, from)`` gives the bytes of an entry from a place in it. ``crcs`` holds the checksums known
    so far, and is filled in as entries are read; of what was skipped and never read, they are read for.
    """
    end = layout.size if stop is None else min(stop, layout.size)
    at = start
    for number, entry in enumerate(layout.entries):
        begins = layout.offsets[number]
        top = layout.head(entry)
        data = begins + len(top)
        after = data + entry.size + tail_size(entry)
        if after <= start:
            continue
        if at >= end:
            return
        if at < data:
            piece = top[at - begins : end - begins]
            yield piece
            at += len(piece)
        if data <= at < min(data + entry.size, end):
            for piece in _file(read, number, at - data, crcs):
                short = piece[: end - at] if end - at < len(piece) else piece
                yield short
                at += len(short)
                if at >= end:
                    break
        if data + entry.size <= at < end:
            known = crcs[number]
            if known is None:
                known = crcs[number] = _whole(read, number)
            piece = tail(entry, known)[at - data - entry.size : end - data - entry.size]
            yield piece
            at += len(piece)
    if at >= end:
        return
    for number, crc in enumerate(crcs):
        if crc is None:
            crcs[number] = _whole(read, number)
    whole = layout.directory([crc or 0 for crc in crcs])
    yield whole[at - layout.directory_at : end - layout.directory_at]


def _file(
    read: Callable[[int, int], Iterator[bytes]], number: int, skip: int, crcs: list[int | None]
) -> Iterator[bytes]:
    crc = 0
    for piece in read(number, skip):
        if skip == 0:
            crc = zlib.crc32(piece, crc)
        yield piece
    if skip == 0:
        crcs[number] = crc


def _whole(read: Callable[[int, int], Iterator[bytes]], number: int) -> int:
    crc = 0
    for piece in read(number, 0):
        crc = zlib.crc32(piece, crc)
    return crc


def _dos(moment: datetime) -> tuple[int, int]:
    """MS-DOS date and time (two-second steps, 1980 to 2107)."""
    year = min(max(moment.year, 1980), 2107)
    return (
        (year - 1980) << 9 | moment.month << 5 | moment.day,
        moment.hour << 11 | moment.minute << 5 | moment.second // 2,
    )
