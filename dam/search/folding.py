"""The one normaliser: index, queries, suggestions and catalogue look-ups all see words through it.

Accents and case are never needed to find a word. ñ is a letter of its own: a word that is written with it
is known in both forms ("nin" and "niñ" for *niños*), so that a typed ñ can prefer ñ.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

WORD_LIMIT = 64  # characters of one word that count
SHORTEST = 3  # letters a stem keeps

# Letters that Unicode does not take apart into a base letter and a mark.
_WHOLE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_MARKS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_WORD = re.compile(r"[^\W_]+")

# Light plural and gender endings, in the manner of Savoy's UniNE stemmer for Spanish, longest first. The
# first one that leaves SHORTEST letters is taken away; a last z becomes c (luz, luces; índice, índices).
_ENDINGS = ("eses", "esas", "esa", "es", "os", "as", "o", "a", "e")
_LAST = ("a", "e", "o", "s", "z")  # letters that a word ends with of which something is taken away

# Words too common to tell pictures apart; they count inside phrases only.
COMMON = frozenset(
    (
        "a",
        "al",
        "con",
        "de",
        "del",
        "e",
        "el",
        "en",
        "la",
        "las",
        "los",
        "lo",
        "o",
        "para",
        "por",
        "que",
        "se",
        "su",
        "sus",
        "u",
        "un",
        "una",
        "unas",
        "unos",
        "y",
        "the",
        "of",
        "and",
        "in",
    )
)


def _plain(text: str) -> str:
    """Lower case, compatibility forms resolved, no accents; ñ stays ñ."""
    if text.isascii():
        return _CONTROL.sub(" ", text).lower()
    text = unicodedata.normalize("NFKD", _UNSEEN.sub("", text).casefold()).casefold()
    text = _MARKS.sub("", text.replace("n\u0303", "ñ"))
    return _CONTROL.sub(" ", text).translate(_WHOLE)


def fold(text: str) -> str:
    """``text`` without accents, case, control characters and double spaces; ñ becomes n.

    For the ``folded`` columns: "  Peña  NIETO " → "pena nieto".
    """
    return " ".join(_plain(text).replace("ñ", "n").split())


def tokens(text: str) -> list[str]:
    """The words of ``text`` as written but for accents and case: letters and digits, ñ kept, in order."""
    found = _WORD.findall(_plain(text))
    return found if len(text) <= WORD_LIMIT else [word[:WORD_LIMIT] for word in found]


@lru_cache(maxsize=100_000)  # the words of an archive come again and again
def read_run(run: str) -> tuple[str, frozenset[str]]:
    """The stems of ``run``, which holds no white space, one after another; and those worth an index."""
    words = [word[:WORD_LIMIT] for word in _WORD.findall(_plain(run))]
    return " ".join(map(stem, words)), frozenset(stem(word) for word in words if word not in COMMON)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A folded word without plural and gender: "inauguraciones" → "inauguracion", "diputadas" → "diputad"."""
    if not word.endswith(_LAST):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return word[: -len(ending)]
    if len(word) > SHORTEST and word.endswith("s") and word[-2] not in "siu":
        return word[:-1]
    if len(word) >= SHORTEST and word.endswith("z"):
        return word[:-1] + "c"
    return word


def without_tilde(word: str) -> str:
    return word.replace("ñ", "n")


@lru_cache(maxsize=10_000)  # keywords come again and again
def key_of(text: str) -> str:
    """A name reduced to what must agree: "Presidenta  municipal de Toluca" → "president municipal toluc"."""
    return " ".join(without_tilde(stem(token)) for token in tokens(text) if token not in COMMON)


def stems(text: str) -> Iterator[str]:
    """The stems of ``text`` in order, ñ kept; ``without_tilde`` gives the form every searcher finds."""
    return (stem(word) for word in tokens(text))
