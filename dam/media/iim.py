"""IPTC-IIM 4.2: datasets as Photoshop and picture agencies write them; meanings of IPTC Photo Metadata."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from dam.media import dates
from dam.media.charsets import decode, detect
from dam.media.exif import clean

MOST_SETS = 5000
MOST_LIST = 200
MOST_TEXT = 8000
UTF8_MARK = b"\x1b%G"  # ISO 2022 escapes in 1:90, CodedCharacterSet
LATIN1_MARKS = (b"\x1b.A", b"\x1b-A", b"\x1b/A")

TEXT = {
    5: "title", 105: "headline", 120: "caption", 80: "byline", 110: "credit", 116: "copyright", 90: "city",
    95: "state", 101: "country",
}  # fmt: skip
LISTS = {25: "keywords"}
CREATED, CLOCK = 55, 60
# Longest values in bytes (IIM 4.2): what is exactly as long may have been cut, and XMP knows the rest
LONGEST = {
    "title": 64, "headline": 256, "caption": 2000, "byline": 32, "credit": 32, "copyright": 128, "city": 32,
    "state": 32, "country": 64, "keywords": 64,
}  # fmt: skip

Sets = dict[tuple[int, int], list[bytes]]


def datasets(block: bytes) -> Sets:
    """(record, dataset) → its values in their order. Stops at what is no dataset."""
    found: Sets = {}
    at = 0
    for _ in range(MOST_SETS):
        if block[at : at + 1] != b"\x1c" or len(block) < at + 5:
            break
        key = (block[at + 1], block[at + 2])
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:  # an extended dataset: so many bytes tell the length
            wide = length & 0x7FFF
            length = int.from_bytes(block[at : at + wide], "big") if wide <= 4 else len(block)
            at += wide
        values = found.setdefault(key, [])
        if len(values) < MOST_LIST:
            values.append(block[at : at + length])
        at += length
    return found


def read(block: bytes) -> dict[str, Any]:
    """What the block says, by the names of Facts."""
    sets = datasets(block)
    written = {key[1]: values for key, values in sets.items() if key[0] == 2}
    alphabet = _alphabet(b"".join(sets.get((1, 90), [])), written)
    said: dict[str, Any] = {}
    for number, name in TEXT.items():
        if texts := _texts(written.get(number, []), alphabet):
            said[name] = "; ".join(texts) if name == "byline" else texts[0]
    for number, name in LISTS.items():
        if texts := _texts(written.get(number, []), alphabet):
            said[name] = tuple(dict.fromkeys(texts))
    return said | _created(written)


def raw(block: bytes) -> dict[str, str]:
    """Every text as it was read, by "record:dataset"."""
    sets = datasets(block)
    alphabet = _alphabet(b"".join(sets.get((1, 90), [])), {k[1]: v for k, v in sets.items() if k[0] == 2})
    return {
        f"{record}:{number}": "; ".join(decode(v, alphabet)[:400].replace("\x00", "") for v in values[:50])
        for (record, number), values in sets.items()
        if record == 2 and number != 0
    }


def digest(block: bytes) -> bytes:
    """MD5, as Photoshop keeps it in resource 0x0425 to tell whether somebody changed the block since."""
    return hashlib.md5(block, usedforsecurity=False).digest()


def _alphabet(mark: bytes, written: dict[int, list[bytes]]) -> str:
    """The mark counts unless the bytes contradict it."""
    texts = [value for number in (*TEXT, *LISTS) for value in written.get(number, [])]
    found = detect(texts)
    if mark in LATIN1_MARKS and found != "utf-8":
        return "cp1252"
    return found


def _texts(values: list[bytes], alphabet: str) -> list[str]:
    texts = (clean(decode(value[: MOST_TEXT * 4], alphabet)[:MOST_TEXT]) for value in values)
    return [text for text in texts if text]


def _created(written: dict[int, list[bytes]]) -> dict[str, Any]:
    """Date Created is CCYYMMDD, Time Created HHMMSS±HHMM. Zeros for the month or day: not known."""
    day = (written.get(CREATED) or [b""])[0].decode("ascii", errors="replace").strip()
    clock = (written.get(CLOCK) or [b""])[0].decode("ascii", errors="replace").strip()
    if not re.fullmatch(r"\d{8}", day):
        return {}
    text = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if found := re.fullmatch(r"(\d{2})(\d{2})(\d{2})([+-]\d{4})?", clock):
        hours, minutes, seconds, zone = found.groups()
        text += f"T{hours}:{minutes}:{seconds}{zone or ''}"
    return dates.captured(text, "iptc:DateCreated")
