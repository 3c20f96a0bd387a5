"""A bounded look at the directories of a TIFF-shaped file: raw files, and TIFF itself, are made of them.

Source: TIFF revision 6.0, section 2, and the SubIFDs of TIFF Technical Note 1. Nothing here decodes a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

ReadAt = Callable[[int, int], bytes]  # (offset, count) → bytes, fewer at the end of the file

SUB_IFDS, EXIF_IFD = 0x014A, 0x8769
MOST_DIRECTORIES = 32
MOST_ENTRIES = 512
MOST_NUMBERS = 4096
_WIDTH = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4}


@dataclass(frozen=True)
class Tag:
    """``place`` is where the value stands in the file, ``size`` its length in bytes."""

    kind: int
    count: int
    place: int
    size: int


@dataclass(frozen=True)
class Directory:
    """One IFD: ``depth`` 0 is the main chain, 1 stands below another."""

    read: ReadAt
    order: str
    tags: dict[int, Tag]
    depth: int = 0

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The whole numbers of a tag, at most 4096 of them; empty where it is absent or of another kind."""
        found = self.tags.get(tag)
        if found is None or found.kind not in _WIDTH:
            return ()
        width = _WIDTH[found.kind]
        data = self.read(found.place, min(found.count, MOST_NUMBERS) * width)
        return tuple(
            int.from_bytes(data[at : at + width], self.order)  # type: ignore[arg-type]
            for at in range(0, len(data) - width + 1, width)
        )

    def number(self, tag: int, default: int = 0) -> int:
        return next(iter(self.numbers(tag)), default)

    def text(self, tag: int) -> str:
        found = self.tags.get(tag)
        return self.read(found.place, min(found.size, 400)).decode("latin-1") if found else ""


def byte_order(head: bytes) -> str | None:
    """ "little" or "big" by the first two letters; None for a file that is no TIFF of any flavour."""
    return {b"II": "little", b"MM": "big"}.get(head[:2])


def directories(read: ReadAt, base: int = 0) -> Iterator[Directory]:
    """The main chain and what stands below it, each once. ``base``: where the TIFF header stands.

    Offsets come from strangers: what points nowhere ends the walk without an error.
    """

    def read_here(at: int, count: int) -> bytes:
        return read(base + at, count) if 0 <= at < 1 << 40 and 0 < count < 1 << 32 else b""

    head = read_here(0, 8)
    order = byte_order(head)
    if order is None or len(head) < 8:
        return
    waiting = [(int.from_bytes(head[4:8], order), 0)]  # type: ignore[arg-type]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_DIRECTORIES:
        at, depth = waiting.pop(0)
        if at == 0 or at in seen:
            continue
        seen.add(at)
        found, following = one(read_here, at, order, depth)
        if found is None:
            continue
        yield found
        if depth == 0:
            waiting.append((following, 0))
        if depth < 2:
            waiting += [(place, depth + 1) for place in found.numbers(SUB_IFDS)[:16]]


def one(read: ReadAt, at: int, order: str, depth: int = 0) -> tuple[Directory | None, int]:
    """(the directory at an offset or None, the offset of the one that follows in its chain)."""
    count = int.from_bytes(read(at, 2), order)  # type: ignore[arg-type]
    if not 0 < count <= MOST_ENTRIES:
        return None, 0
    data = read(at + 2, 12 * count + 4)
    tags = {}
    for place in range(0, min(len(data) - 11, 12 * count), 12):
        entry = data[place : place + 12]
        tag, kind = (int.from_bytes(entry[p : p + 2], order) for p in (0, 2))  # type: ignore[arg-type]
        number = int.from_bytes(entry[4:8], order)  # type: ignore[arg-type]
        size = number * _WIDTH.get(kind, 8)
        value = at + 2 + place + 8 if size <= 4 else int.from_bytes(entry[8:12], order)  # type: ignore[arg-type]
        tags[tag] = Tag(kind, number, value, size)
    following = int.from_bytes(data[12 * count : 12 * count + 4], order) if len(data) >= 12 * count + 4 else 0  # type: ignore[arg-type]
    return Directory(read, order, tags, depth), following
