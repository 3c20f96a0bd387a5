"""What was found, and the readers of numbers that all finders share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

MOST_BLOCK = 8 * 1024 * 1024  # bytes of one block; a longer one is not metadata


@dataclass
class Packets:
    """``exif`` are TIFF structures, the first the main one; ``iptc`` IIM datasets, ``iptc_digest`` the MD5 of
    them that Photoshop left when it last wrote XMP; ``texts`` are named texts of PNG and GIF; ``parts`` are
    single directories ("EXIF", "GPS") that Canon's CR3 keeps apart."""

    exif: list[bytes] = field(default_factory=list)
    iptc: bytes | None = None
    iptc_digest: bytes | None = None
    xmp: bytes | None = None
    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, bytes] = field(default_factory=dict)
    broken: str | None = None

    def add_exif(self, block: bytes) -> None:
        block = block.removeprefix(b"Exif\x00\x00")
        if block[:2] in (b"II", b"MM") and block not in self.exif:
            self.exif.append(block)


def read(file: BinaryIO, at: int, length: int) -> bytes:
    """Raises ValueError for a length no metadata has, EOFError when the file ends before."""
    if not 0 <= length <= MOST_BLOCK:
        raise ValueError(f"a block of {length} bytes")
    file.seek(at)
    data = file.read(length)
    if len(data) < length:
        raise EOFError("the file ends inside a block")
    return data
