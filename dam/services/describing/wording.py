"""Text that people typed, made fit to keep: what is written stays, what cannot be shown goes."""

import unicodedata
from collections.abc import Iterable

from dam.errors import Invalid

LONGEST_WORD = 120  # characters of one keyword
# Marks that reorder what is read without being seen (TRUST: right-to-left override in names and captions).
_DECEPTIVE = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def line(text: str | None, most: int, field: str) -> str | None:
    """One line: white space collapsed, NFC, or None when nothing is left. Raises Invalid over ``most``."""
    clean = " ".join(_visible(text or "").split())
    return _bounded(clean, most, field)


def lines(text: str | None, most: int, field: str) -> str | None:
    """Several lines: as ``line``, but line breaks stay and no more than one empty line follows another."""
    rows = [" ".join(row.split()) for row in _visible(text or "").splitlines()]
    clean = "\n".join(rows).strip()
    while "\n\n\n" in clean:
        clean = clean.replace("\n\n\n", "\n\n")
    return _bounded(clean, most, field)


def words(given: Iterable[str]) -> tuple[str, ...]:
    """Keywords: each a line, once each (whatever its case), in the order given."""
    kept: dict[str, str] = {}
    for text in given:
        word = line(text, LONGEST_WORD, "keyword")
        if word:
            kept.setdefault(same_word(word), word)
    return tuple(kept.values())


def same_word(word: str) -> str:
    """Two keywords are the same when this is."""
    return unicodedata.normalize("NFC", " ".join(word.split())).casefold()


def _visible(text: str) -> str:
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode()).translate(_DECEPTIVE)
    return "".join(mark if unicodedata.category(mark) != "Cc" or mark in "\n\r\t" else " " for mark in text)


def _bounded(text: str, most: int, field: str) -> str | None:
    if len(text) > most:
        raise Invalid(
            "This text is too long: %(length)d of at most %(most)d characters.",
            field=field, length=len(text), most=most,
        )  # fmt: skip
    return text or None
