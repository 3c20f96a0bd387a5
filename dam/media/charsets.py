"""Which alphabet a text without a mark was written in: UTF-8, Windows-1252 (with Latin-1), MacRoman.

IPTC-IIM says its alphabet in 1:90, if at all; EXIF's ASCII fields cannot. UTF-8 proves itself. Between the
two others the text decides: in the wrong one, accents turn into symbols or capitals inside words.
"""

from __future__ import annotations

import unicodedata
from itertools import takewhile

CANDIDATES = ("cp1252", "mac_roman")
SPANISH = frozenset("áéíóúñü")
OTHERS = frozenset("àèìòùâêîôûäëïöçãõåæøß")
OPENING, CLOSING = frozenset("“‘«¿¡"), frozenset("”»")
DASHES, SMALL_SIGNS = frozenset("–—…·•"), frozenset("ªº°®©")
CONTRACTED = ("s", "t", "d", "m", "ll", "re", "ve")  # it’s, don’t…


def decode(value: bytes, alphabet: str | None = None) -> str:
    """``alphabet`` as ``detect`` found it for all texts that were written together."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode(alphabet or detect([value]), errors="replace")


def detect(values: list[bytes]) -> str:
    """The alphabet of texts that one program wrote: "utf-8", "cp1252" or "mac_roman"."""
    odd = [value for value in values if not value.isascii()]
    proofs = [_utf8(value) for value in odd]
    if None not in proofs and (any(proofs) or not odd):
        return "utf-8"
    return max(CANDIDATES, key=lambda name: sum(_likeness(v.decode(name, errors="replace")) for v in odd))


def _utf8(value: bytes) -> bool | None:
    """True where it proves itself, None where it cannot be. False where only its last letter may be one that
    was cut: so ends every "José" in the older alphabets too."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        return not value[: error.start].isascii()
    return True


def _likeness(text: str) -> int:
    """How much the letters beyond ASCII look like writing, by what stands at their sides."""
    return sum(_fits(text, at) for at, letter in enumerate(text) if not letter.isascii())


def _fits(text: str, at: int) -> int:
    letter, before, after = text[at], text[:at][-1:], text[at + 1 : at + 2]
    inside = before.isalpha() and after.isalpha()
    if letter in SPANISH or letter in OTHERS:
        if before.isdigit() or after.isdigit() or not (before.isalpha() or after.isalpha()):
            return -2
        return 3 if letter in SPANISH else 1
    if letter == "’":
        return (3 if _contracts(text, at) else -2) if inside else (3 if "‘" in text else 1)
    if letter in OPENING:
        return 3 if after.isalnum() and not before.isalpha() else -1
    if letter in CLOSING:
        return -2 if inside else 2
    if letter in DASHES:
        return 0 if inside else 2
    if letter in SMALL_SIGNS:
        return 1
    if letter.isalpha() and letter.isupper():
        return -3 if before.islower() else 2 if inside or after.isalpha() else -1
    return 1 if letter.isalpha() else -2


def _contracts(text: str, at: int) -> bool:
    """it’s, don’t; l’eau, d’hier."""
    rest = "".join(takewhile(str.isalpha, text[at + 1 :]))
    first = "".join(takewhile(str.isalpha, reversed(text[:at])))
    return rest.casefold() in CONTRACTED or (len(first) == 1 and rest[0].casefold() in "aeiouhéèêâàîôû")


def without_accents(text: str) -> str:
    """The plain letters, as a program without accents writes them."""
    parted = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parted if not unicodedata.combining(letter))
