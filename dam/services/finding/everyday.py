"""Everyday words that no text of a picture has: when it was taken ("ayer"), and that it is a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from dam.models import Kind
from dam.search.dates import DAYS, MONTHS, Range, range_of
from dam.search.index import Condition, Either, Every, Filter, Word
from dam.search.typed import words_of
from dam.services.synonyms.meaning import spans

KIND_NAMES = {
    Kind.PHOTO: "foto fotos fotografia photo photos imagen picture",
    Kind.VIDEO: "video videos clip clips",
    Kind.AUDIO: "audio audios sonido",
    Kind.DOCUMENT: "documento documentos document",
}
# A weekday alone is as often somebody's name, or a place's.
_SPANS = (
    "hoy", "ayer", "antier", "anteayer", "antes de ayer", "esta semana", "semana pasada",
    "este fin de semana", "fin de semana pasado", "este mes", "mes pasado", "este año", "año pasado",
    "today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year",
    *(f"{day} pasado" for day in DAYS), *(f"last {day}" for day in DAYS),
)  # fmt: skip
ORIENTATION_WORDS = {
    "landscape": "horizontal apaisada landscape",
    "portrait": "vertical",
    "square": "cuadrada square",
}
LONGEST = 3  # words of a span that count


@dataclass(frozen=True)
class Said:
    """What the words at the ``places`` say: ``text`` as people call it, ``values`` as the address bar does.
    ``either``: what is so, or a text that has the very words."""

    text: str
    values: tuple[str, ...]
    places: tuple[int, ...]
    either: Either


def _stems(text: str) -> tuple[str, ...]:
    return tuple(clause.stem for clause in words_of(text) if isinstance(clause, Word))


_BY_STEMS: Mapping[tuple[str, ...], str] = {_stems(span): span for span in _SPANS}
_FIRST = {"primer", "1o", "1ro", "1ero"}
_WEEKDAYS = {one for day in DAYS for one in _stems(day)}
_MONTHS = {one for month in MONTHS for one in _stems(month)}
_KINDS = {one: kind for kind, names in KIND_NAMES.items() for one in _stems(names)}
_ORIENTATIONS = {one: shape for shape, names in ORIENTATION_WORDS.items() for one in _stems(names)}


def days_said(words: Sequence[str], today: datetime) -> Said | None:
    """The first span of days, the longest there ("semana pasada"), among ``words`` (stems), and those that
    follow upon it: "ayer y hoy" are both."""
    said: list[tuple[range, Range]] = []
    for start, length in spans(words, LONGEST):
        run = tuple(words[start : start + length])
        place, span = range(start, start + length), None
        if run in _BY_STEMS and not any(set(place) & set(other) for other, _ in said):
            span = range_of(_BY_STEMS[run], today)
        if span and (not said or span[0] == _whole(said)[1] or span[1] == _whole(said)[0]):
            said.append((place, span))
    if not said:
        return None
    said.sort(key=lambda one: one[0].start)
    texts = [_BY_STEMS[tuple(words[place] for place in run)] for run, _ in said]
    written = (Every(tuple(Word(words[place]) for place in run)) for run, _ in said)
    then = Condition(Filter.TAKEN, (_whole(said),))
    places = tuple(place for run, _ in said for place in run)
    return Said(", ".join(texts), _days(_whole(said)), places, Either((then, *written)))


def _whole(said: Sequence[tuple[range, Range]]) -> Range:
    return min(span[0] for _, span in said), max(span[1] for _, span in said)


def kinds_said(words: Sequence[str]) -> Said | None:
    """All the kinds among ``words`` together: "fotos y videos" are either."""
    return _all_said(words, Filter.KIND, _KINDS)


def orientations_said(words: Sequence[str]) -> Said | None:
    """All the shapes among ``words`` together: "fotos verticales"."""
    return _all_said(words, Filter.ORIENTATION, _ORIENTATIONS)


def _all_said(words: Sequence[str], name: Filter, known: Mapping[str, str]) -> Said | None:
    places = tuple(place for place, word in enumerate(words) if word in known)
    if not places:
        return None
    values = tuple(dict.fromkeys(known[words[place]] for place in places))
    written = tuple(Word(words[place]) for place in places)
    return Said(", ".join(values), values, places, Either((Condition(name, values), *written)))


def firsts_said(words: Sequence[str]) -> list[int]:
    """Places of words for the first of a month, which the archive writes as 1: "primero de mayo"."""
    return [place for place, (word, following) in enumerate(pairwise(words))
            if word in _FIRST and following in _MONTHS]  # fmt: skip


def dates_said(words: Sequence[str]) -> list[tuple[int, ...]]:
    """Places of the words of each date: "3 de mayo", "3 de mayo de 2026"."""
    found = []
    for place, word in enumerate(words):
        if word in _MONTHS:
            day = place > 0 and (words[place - 1].isdigit() or words[place - 1] in _FIRST)
            year = place + 1 < len(words) and words[place + 1].isdigit() and len(words[place + 1]) == 4
            if day:
                found.append(tuple(range(place - 1, place + 1 + year)))
    return found


def weekdays_said(words: Sequence[str]) -> list[int]:
    """Places of weekdays that say nothing more than the day behind them: "sábado 3 de mayo"."""
    return [place for place, (word, day, month) in enumerate(zip(words, words[1:], words[2:], strict=False))
            if word in _WEEKDAYS and (day.isdigit() or day in _FIRST) and month in _MONTHS]  # fmt: skip


def _days(span: Range) -> tuple[str, str]:
    begin, before = span
    return str(begin.date()), str((before - timedelta(days=1)).date())
