"""Days, months and years as people type them, as ranges of local time."""

import re
from datetime import datetime, timedelta

from dam.search.folding import fold

Range = tuple[datetime | None, datetime | None]  # from (inclusive) and before (exclusive); None = open

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


def range_of(text: str, today: datetime) -> Range | None:
    """``2026``, ``2026-05``, ``2026-05-01``, ``2026-05-01..2026-05-15`` (either end may be missing), ``hoy``,
    ``ayer``, ``esta semana``, ``este mes``, ``este año`` and the same in English; None when it is none of
    these. ``today`` is now in the office's zone, naive; weeks begin on Monday."""
    folded = fold(text)
    if ".." in folded:
        first, _, last = (part.strip() for part in folded.partition(".."))
        begin, end = _span(first, today) if first else None, _span(last, today) if last else None
        if (first and begin is None) or (last and end is None) or not (first or last):
            return None
        return (begin[0] if begin else None, end[1] if end else None)
    return _span(folded, today)


def _span(folded: str, today: datetime) -> Range | None:
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    if folded in ("hoy", "today"):
        return midnight, midnight + timedelta(days=1)
    if folded in ("ayer", "yesterday"):
        return midnight - timedelta(days=1), midnight
    if folded in ("semana", "esta semana", "this week", "week"):
        monday = midnight - timedelta(days=midnight.weekday())
        return monday, monday + timedelta(days=7)
    if folded in ("mes", "este mes", "this month", "month"):
        return _span(f"{today:%Y-%m}", today)
    if folded in ("este ano", "this year"):
        return _span(f"{today.year:04}", today)
    return _calendar(folded)


def _calendar(folded: str) -> Range | None:
    match = _DATE.fullmatch(folded)
    if match is None or not folded.isascii():
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        start = datetime(year, month or 1, day or 1)
        if day:
            return start, start + timedelta(days=1)
        if month:
            return start, datetime(year + month // 12, month % 12 + 1, 1)
        return start, datetime(year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
