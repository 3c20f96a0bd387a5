"""The small chart of time beside the results: how much there is of each month, quarter or year."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dam.services import finding
from dam.services.finding import Count, Query
from dam.web import rail
from dam.web.grid import month_label

MONTHS, QUARTERS = 48, 160  # months up to which a bar is a month, and up to which it is a quarter
BARS = 120  # at most: beyond them the oldest share one bar
STEPS = 10


@dataclass(frozen=True)
class Bar:
    """``start`` and ``end`` are months ("2026-05"), both included; ``height`` 0 to STEPS."""

    start: str
    end: str
    label: str
    count: int
    height: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Chart:
    """``address`` is the search without any date; ``kept`` its arguments, for a form beside the chart."""

    bars: tuple[Bar, ...]
    address: str
    kept: tuple[tuple[str, str], ...]
    date_from: str
    date_to: str


def chart(query: Query, months: Sequence[Count]) -> Chart | None:
    """None where there is nothing to choose from: one month, or none."""
    numbers = {_month(one.value): one.count for one in months if one.count}
    bare = replace(query, filters=replace(query.filters, dates=(), date_from=None, date_to=None))
    if len(numbers) < 2 and not (query.filters.date_from or query.filters.date_to):
        return None
    bars = tuple(_bars(query, bare, numbers)) if numbers else ()
    filters = query.filters
    return Chart(bars, rail.address(bare), tuple(finding.to_args(bare)),
                 _day(filters.date_from, first=True), _day(filters.date_to, first=False))  # fmt: skip


def _bars(query: Query, bare: Query, numbers: dict[int, int]) -> list[Bar]:
    first, last = min(numbers), max(numbers)
    span = last - first + 1
    step = 1 if span <= MONTHS else 3 if span <= QUARTERS else 12
    first -= first % step
    first = max(first, last - last % step - step * (BARS - 1))
    sums: dict[int, int] = {}
    for month, number in numbers.items():
        begin = max(first, month - month % step)
        sums[begin] = sums.get(begin, 0) + number
    most = max(sums.values())
    within = rail.adding(bare, "from", "to")
    made = []
    for begin in range(first, last + 1, step):
        count, end = sums.get(begin, 0), begin + step - 1
        made.append(Bar(
            _spelled(begin), _spelled(end), _label(begin, step), count,
            -(-count * STEPS // most), within(_spelled(begin), _spelled(end)), _is_chosen(query, begin, end),
        ))  # fmt: skip
    return made


def _is_chosen(query: Query, begin: int, end: int) -> bool:
    filters = query.filters
    dates = [date for date in filters.dates if _spelled(begin)[: len(date)] == date[:7]]
    if not (filters.date_from or filters.date_to):
        return bool(dates)
    after = not filters.date_from or filters.date_from[:7] <= _spelled(end)
    before = not filters.date_to or filters.date_to[:7] >= _spelled(begin)
    return after and before


def _label(begin: int, step: int) -> str:
    if step == 12:
        return str(begin // 12)
    first = month_label(_spelled(begin))
    return first if step == 1 else f"{first} – {month_label(_spelled(begin + step - 1))}"


def _month(text: str) -> int:
    year, _, month = text.partition("-")
    return int(year) * 12 + int(month) - 1


def _spelled(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"


def _day(text: str | None, *, first: bool) -> str:
    """For an <input type="date">: the first or the last day of a month or year."""
    if not text:
        return ""
    if len(text) == 4:
        return f"{text}-01-01" if first else f"{text}-12-31"
    if len(text) == 7:
        year, month = text.split("-") if "-" in text else ("", "")
        if not (year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
            return ""
        return f"{text}-01" if first else f"{text}-{monthrange(int(year), int(month))[1]:02}"
    return text if len(text) == 10 else ""
