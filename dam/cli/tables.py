"""Lists and CSV imports in a terminal."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from dam.archive import Archive
from dam.cli.desk import Desk, print_json
from dam.services.access import Actor
from dam.services.spreadsheets import ImportReport, decode

DONE_IN_PART = 3


def print_table(rows: Iterable[Sequence[object]]) -> None:
    """Columns padded to their widest cell."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not cells:
        return
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def import_csv(
    desk: Desk, file: str, as_json: bool, take: Callable[[Archive, Actor, str], ImportReport]
) -> None:
    """Import ``file`` ("-": standard input) and tell what became of it. Exit code 3: rows were left out."""
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    report = take(desk.archive, desk.actor, decode(raw))
    if as_json:
        problems = [{"line": problem.line, "reason": problem.reason} for problem in report.problems]
        print_json({"created": report.created, "updated": report.updated, "unchanged": report.unchanged,
                    "problems": problems})  # fmt: skip
    else:
        click.echo(f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged.")
        for problem in report.problems:
            click.echo(f"line {problem.line}: {problem.reason}", err=True)
    if report.problems:
        sys.exit(DONE_IN_PART)
