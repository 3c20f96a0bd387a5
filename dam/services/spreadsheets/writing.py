"""Writes CSV that a spreadsheet opens as it is meant: UTF-8 with BOM, and no cell becomes a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

BOM = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file line by line, the heading first."""
    yield BOM + _line(heading)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text
