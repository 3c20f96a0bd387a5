"""Days, months and years as people type them, as ranges of local time."""

import re
from datetime import datetime, timedelta

from dam.search.folding import fold

Range = tuple[datetime | None, datetime | None]  # from (inclusive) and before (exclusive); None = open

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan", "febrero feb february", "marzo mar march", "abril abr april apr",
            "mayo may", "junio jun june", "julio jul july", "agosto ago august aug",
            "septiembre setiembre sep sept september", "octubre oct october", "noviembre nov november",
            "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
DAYS = {
    name: number
    for number, names in enumerate(
        ("lunes monday", "martes tuesday", "miercoles wednesday", "jueves thursday", "viernes friday",
         "sabado saturday", "domingo sunday")
    )
    for name in names.split()
}  # fmt: skip
_TODAY = {"hoy", "today"}
_YESTERDAY = {"ayer", "yesterday"}
_BEFORE_YESTERDAY = {"antier", "anteayer", "antes de ayer"}
_WEEK = {"semana", "esta semana", "this week", "week"}
_LAST_WEEK = {"semana pasada", "la semana pasada", "last week"}
_WEEKEND = {"fin de semana", "este fin de semana", "this weekend", "weekend"}
_LAST_WEEKEND = {"fin de semana pasado", "el fin de semana pasado", "last weekend"}
_MONTH = {"mes", "este mes", "this month", "month"}
_LAST_MONTH = {"mes pasado", "el mes pasado", "last month"}
_YEAR = {"ano", "este ano", "this year", "year"}
_LAST_YEAR = {"ano pasado", "el ano pasado", "last year"}

_ISO = re.compile(r"(\d{4})(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?")
_SLASHED = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4}|\d{2})")  # day first, as in Mexico
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/](\d{4})")
_SPOKEN = re.compile(r"(?:(\d{1,2})(?: de)? )?([a-z]+)(?:(?: de| del)? (\d{4}))?")
_PAST_DAY = re.compile(rf"(?:el )?({'|'.join(DAYS)}) pasado|last ({'|'.join(DAYS)})")
_OPEN = re.compile(r"(>=?|desde|since|<=?|hasta|until) ?(.+)")
_LATELY = re.compile(r"(?:(?:los )?ultimos|last) (\d{1,4}) (?:dias|days)")


def range_of(text: str, today: datetime) -> Range | None:
    """``2026``, ``2026-05``, ``2026-05-01``, ``01/05/2026`` (day first), ``mayo``, ``mayo 2026``, ``1 de mayo
    de 2026``; ``hoy``, ``ayer``, ``antier``, ``lunes`` (the last one), ``lunes pasado`` (never today), ``esta
    semana``, ``semana pasada``, ``fin de semana (pasado)``, ``este mes``, ``mes pasado``, ``este año``, ``año
    pasado``, ``últimos 7 días``, and the same in English; any two of these with ``..`` between them (either
    end may be missing); one of them behind ``desde``, ``hasta``, ``>``, ``>=``, ``<`` or ``<=``.

    None when it is none of these. ``today`` is now in the office's zone, naive; weeks begin on Monday; a day
    or month without a year is the last one that has begun."""
    folded = fold(text)
    if ".." in folded:
        first, _, last = (part.strip() for part in folded.partition(".."))
        begin, end = _span(first, today) if first else None, _span(last, today) if last else None
        if (first and begin is None) or (last and end is None) or not (first or last):
            return None
        return (begin[0] if begin else None, end[1] if end else None)
    if bound := _OPEN.fullmatch(folded):
        return _open(bound[1], _span(bound[2], today))
    return _span(folded, today)


def _open(sign: str, span: Range | None) -> Range | None:
    if span is None:
        return None
    begin, before = span
    match sign:
        case ">":
            return before, None
        case ">=" | "desde" | "since":
            return begin, None
        case "<":
            return None, begin
    return None, before


def _span(folded: str, today: datetime) -> Range | None:
    if not folded.isascii():
        return None
    try:
        return _relative(folded, today) or _calendar(folded) or _spoken(folded, today)
    except (ValueError, OverflowError):
        return None


def _relative(folded: str, today: datetime) -> Range | None:
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    day, monday = timedelta(days=1), midnight - timedelta(days=midnight.weekday())
    first = midnight.replace(day=1)
    if folded in _TODAY:
        return midnight, midnight + day
    if folded in _YESTERDAY:
        return midnight - day, midnight
    if folded in _BEFORE_YESTERDAY:
        return midnight - 2 * day, midnight - day
    if folded in DAYS:
        that = midnight - timedelta(days=(midnight.weekday() - DAYS[folded]) % 7)
        return that, that + day
    if folded in _LAST_WEEKEND:
        return monday - 2 * day, monday
    if past := _PAST_DAY.fullmatch(folded):
        weekday = DAYS[past[1] or past[2]]
        that = midnight - timedelta(days=(midnight.weekday() - weekday) % 7 or 7)
        return that, that + day
    if folded in _WEEK:
        return monday, monday + 7 * day
    if folded in _LAST_WEEK:
        return monday - 7 * day, monday
    if folded in _WEEKEND:
        saturday = monday + 5 * day if midnight.weekday() >= 5 else monday - 2 * day
        return saturday, saturday + 2 * day
    if folded in _MONTH:
        return first, _next_month(first)
    if folded in _LAST_MONTH:
        return (first - day).replace(day=1), first
    if folded in _YEAR:
        return _year(today.year)
    if folded in _LAST_YEAR:
        return _year(today.year - 1)
    if lately := _LATELY.fullmatch(folded):
        return midnight - timedelta(days=int(lately[1]) - 1), midnight + day
    return None


def _calendar(folded: str) -> Range | None:
    if iso := _ISO.fullmatch(folded):
        year, month, day = (int(part) if part else None for part in iso.groups())
    elif slashed := _SLASHED.fullmatch(folded):
        day, month, year = map(int, slashed.groups())
        year += 2000 if year < 100 else 0
    elif both := _MONTH_YEAR.fullmatch(folded):
        (month, year), day = map(int, both.groups()), None
    else:
        return None
    if month is None:
        return _year(year)
    start = datetime(year, month, 1 if day is None else day)
    return (start, _next_month(start)) if day is None else (start, start + timedelta(days=1))


def _spoken(folded: str, today: datetime) -> Range | None:
    spoken = _SPOKEN.fullmatch(folded)
    if spoken is None or spoken[2] not in MONTHS:
        return None
    month, day = MONTHS[spoken[2]], int(spoken[1]) if spoken[1] else None
    year = int(spoken[3]) if spoken[3] else today.year
    start = datetime(year, month, day or 1)
    if not spoken[3] and start > today:
        start = start.replace(year=year - 1)
    return (start, start + timedelta(days=1)) if day else (start, _next_month(start))


def _year(year: int) -> Range:
    return datetime(year, 1, 1), datetime(year + 1, 1, 1)


def _next_month(start: datetime) -> datetime:
    return datetime(start.year + start.month // 12, start.month % 12 + 1, 1)
