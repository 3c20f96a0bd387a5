"""Reads a CSV as people make them: comma, semicolon or tab, English or Spanish headings, with or without BOM.

A row that cannot be used is told with its line and does not stop the others; each row happens whole or not.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import DamError, Forbidden, Invalid
from dam.search.folding import fold
from dam.services import audit
from dam.services.access import Actor
from dam.services.spreadsheets.writing import FORMULA_STARTS

LARGEST = 5 * 1024 * 1024  # bytes
MOST_ROWS = 20_000
MOST_COLUMNS = 200  # that are looked at
AT_ONCE = 50  # rows in one transaction: nobody waits long for the writer
SEVERAL = "|"  # between values of one cell
PROBLEMS_KEPT = 500


class RowOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Problem:
    """``line`` of the file (1 is the heading), and why the row was left out."""

    line: int
    error: DamError

    @property
    def reason(self) -> str:
        """In English, with the candidates where a name was not clear."""
        candidates = self.error.detail.get("candidates")
        told = "; ".join(candidates) if isinstance(candidates, list) else ""
        return f"{self.error.message} {told}".strip()


@dataclass(frozen=True)
class ImportReport:
    """How many rows made something new, changed something, or said what was known; and those left out."""

    created: int
    updated: int
    unchanged: int
    problems: tuple[Problem, ...]


Row = Mapping[str, str]
Take = Callable[[Transaction, Row], RowOutcome]


def decode(raw: bytes) -> str:
    """UTF-8, or else what Excel writes on Windows. Raises Invalid when it is too large or no text."""
    if len(raw) > LARGEST:
        raise Invalid("The file is larger than %(most)s MB. Divide it.", most=LARGEST // 1024**2)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if b"\0" in raw:
        raise Invalid("This is no CSV. In the spreadsheet choose “Save as” and “CSV UTF-8”.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def import_rows(
    archive: Archive, actor: Actor, deed: str, text: str, columns: Mapping[str, Sequence[str]], take: Take
) -> ImportReport:
    """Take each row in, and record the whole as ``deed``.

    ``columns``: our name of each → headings that mean it; the first column is needed.

    Raises Invalid when the heading is wrong, Forbidden when the actor may not do this at all.
    """
    rows = list(_rows(text, columns))
    counted = dict.fromkeys(RowOutcome, 0)
    problems: list[Problem] = []
    for start in range(0, len(rows), AT_ONCE):
        with archive.transaction() as tx:
            for line, row in rows[start : start + AT_ONCE]:
                try:
                    with tx.begin_nested():
                        outcome = take(tx, row)
                except Forbidden:
                    raise
                except DamError as error:
                    if len(problems) < PROBLEMS_KEPT:
                        problems.append(Problem(line, error))
                else:
                    counted[outcome] += 1
    with archive.transaction() as tx:
        audit.record(tx, actor, deed, **counted, problems=len(problems))
    return ImportReport(
        counted[RowOutcome.CREATED],
        counted[RowOutcome.UPDATED],
        counted[RowOutcome.UNCHANGED],
        tuple(problems),
    )


def _rows(text: str, columns: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, Row]]:
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [_column(cell, columns) for cell in next(reader, [])[:MOST_COLUMNS]]
        needed = next(iter(columns))
        if needed not in names:
            raise Invalid(
                "The first line must name the columns. “%(needed)s” is missing; known are: %(all)s.",
                needed=needed,
                all=", ".join(columns),
            )
        line = reader.line_num
        for count, cells in enumerate(reader, 1):
            if count > MOST_ROWS:
                raise Invalid("The file has more than %(most)s rows. Divide it.", most=MOST_ROWS)
            first, line = line + 1, reader.line_num
            row = {name: _cell(cell) for name, cell in zip(names, cells, strict=False) if name}
            if any(row.values()):
                yield first, {name: row.get(name, "") for name in columns}
    except csv.Error as error:
        raise Invalid("The file is no CSV that can be read (line %(line)s).", line=reader.line_num) from error


def _column(cell: str, columns: Mapping[str, Sequence[str]]) -> str | None:
    folded = fold(cell.replace("_", " ").lstrip("\ufeff"))
    return next(
        (name for name, also in columns.items() if folded in (fold(name.replace("_", " ")), *also)), None
    )


def _cell(cell: str) -> str:
    """Our own exports put an apostrophe before what a spreadsheet would take for a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def several(cell: str) -> list[str]:
    """Values of a cell that holds more than one: "Neza | Ciudad Neza"."""
    return [value.strip() for value in cell.split(SEVERAL) if value.strip()]


def read_day(cell: str, *, last: bool = False) -> date | None:
    """From "2026-05-01", "01/05/2026", "2026-05" or "2026"; a month or year alone means its first day, or the
    ``last`` one. Raises Invalid."""
    cell = cell.strip()
    if not cell:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            return datetime.strptime(cell, form).date()
        except ValueError:
            continue
    parts = cell.split("-")
    try:
        year = int(parts[0]) if len(parts[0]) == 4 and len(parts) <= 2 else 0
        month = int(parts[1]) if len(parts) == 2 else (12 if last else 1)
        if not last:
            return date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(following.toordinal() - 1)
    except ValueError as error:
        raise Invalid("“%(text)s” is no date such as 2026-05-01 or 01/05/2026.", text=cell) from error


def read_time(cell: str) -> time | None:
    """From "18:40". Raises Invalid."""
    if not cell.strip():
        return None
    try:
        return datetime.strptime(cell.strip()[:5], "%H:%M").time()
    except ValueError as error:
        raise Invalid("“%(text)s” is no time such as 18:40.", text=cell) from error


def read_yes(cell: str) -> bool:
    """Raises Invalid when it says neither yes nor no."""
    word = fold(cell)
    if word in ("", "0", "no", "n", "false", "falso"):
        return False
    if word in ("1", "si", "s", "yes", "y", "true", "verdadero", "x"):
        return True
    raise Invalid("“%(text)s” should be yes or no.", text=cell)


def read_choice(cell: str, words: Mapping[str, StrEnum], default: StrEnum) -> StrEnum:
    """``words``: folded word → what it means; the codes themselves are understood too. Raises Invalid."""
    folded = fold(cell.replace("_", " "))
    if not folded:
        return default
    codes = {str(value).replace("_", " "): value for value in type(default)}
    found = codes.get(folded) or words.get(folded)
    if found is None:
        raise Invalid("“%(text)s” is not one of: %(all)s.", text=cell, all=", ".join(type(default)))
    return found
