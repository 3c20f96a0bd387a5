"""Writes CSV that a spreadsheet opens as it is meant: UTF-8 with BOM, and no cell becomes a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

BOM = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, also as East Asian keyboards write it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_lines(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file line by line, the heading first."""
    yield BOM + _line(heading)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _safe(cell: object) -> str:
    return as_text("" if cell is None else str(cell))
