"""Which words behind a colon are values of the field: ``municipio:valle de bravo, toluca o lerma becas``."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from dam.search.dates import range_of
from dam.search.folding import COMMON, fold
from dam.search.typed import ONE_EACH, Field, is_or

DATE_WORDS = 5  # of a date typed without quotes: fecha:1 de mayo de 2026
NAME_WORDS = 5  # of a name typed without quotes: municipio:san felipe del progreso
ANY_DAY = datetime(2000, 1, 15)  # which words are a date does not hang on the day
_DATED = {Field.DATE, Field.ADDED}
# Fields that go on without quotes while the words are a name of theirs.
_NAMED = {
    Field.MUNICIPALITY, Field.STATE, Field.OFFICIAL, Field.APPEARS, Field.ATTENDED, Field.EVENT, Field.OFFICE,
}  # fmt: skip
_AND = {"y", "e", "and"}
_COMMAS = str.maketrans(";|", ",,")  # between values

Names = Callable[[Field, str], bool]  # is the text a value of the field?


def values_of(names: Names, known: Field, pieces: Sequence[re.Match[str]]) -> tuple[list[str], int]:
    """The values of a field from its first piece on, and how many more pieces they take. A comma goes on to
    the next; with a space behind it, or for an OR, only where what follows is such a value."""
    values, end = _value(names, known, pieces, 0)
    while end < len(pieces):
        before, one = pieces[end - 1], pieces[end]
        comma = (before["word"] or "").endswith((",", ";")) or (one["word"] or "").startswith((",", ";"))
        either = is_or(one) or (known in ONE_EACH and (one["word"] or "").lower() in _AND)
        if not (comma or either) or one["field"] or one["minus"]:
            break
        start = end + (1 if either or one["word"] in (",", ";") else 0)
        if start >= len(pieces) or pieces[start]["field"] or pieces[start]["minus"]:
            break
        more, after = _value(names, known, pieces, start)
        glued = not either and one.start() == before.end() and pieces[start].start() <= one.end()
        if not glued and not all(names(known, value) for value in more):
            break
        values, end = values + more, after
    return values, end - 1


def _value(
    names: Names, known: Field, pieces: Sequence[re.Match[str]], start: int
) -> tuple[list[str], int]:
    """The text of one piece, taken apart at its commas unless it is in quotes, with the words behind it that
    belong to the last of them; and where they end."""
    piece = pieces[start]
    if piece["phrase"] is not None:
        return [piece["phrase"].strip()], start + 1
    word = piece["word"].translate(_COMMAS)
    *texts, last = word.rstrip(",").split(",")
    longer = 0
    if not word.endswith(","):
        following = pieces[start + 1 :]
        if known in _DATED:
            last, longer = _whole_date(last, following)
        else:
            last, longer = _whole_name(last, following)
            if known in _NAMED:
                last, longer = _named_run(names, known, last, longer, following)
    return [text for text in (*texts, last.strip(",;")) if text], start + 1 + longer


def _whole_name(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """``text`` with what follows it while it is but an article or "en": municipio:la paz."""
    words = [text]
    for piece in following:
        if fold(words[-1]) not in COMMON or piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    return " ".join(words), len(words) - 1


def _named_run(
    names: Names, known: Field, text: str, longer: int, following: Sequence[re.Match[str]]
) -> tuple[str, int]:
    """``text``, which takes ``longer`` words of ``following``, with as many more as are a name with it."""
    words = [text]
    for piece in following[longer : longer + NAME_WORDS - 1]:
        plain = piece["word"] is not None and not (piece["minus"] or piece["field"] or is_or(piece))
        if not plain or words[-1].endswith((",", ";")):
            break
        words.append(piece["word"])
    for length in range(len(words), 1, -1):
        run = " ".join(words[:length]).rstrip(",;")
        if fold(words[length - 1]) not in COMMON and names(known, run):
            return run, longer + length - 1
    return text, longer


def _whole_date(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """The longest run of words from ``text`` on that is a date, and how many more words it takes."""
    words = [text]
    for piece in following[:DATE_WORDS]:
        if piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    for length in range(len(words), 1, -1):
        run = " ".join(words[:length]).rstrip(",")
        if range_of(run, ANY_DAY):
            return run, length - 1
    return text, 0
