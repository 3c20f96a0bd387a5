"""How a folder that an export wrote is told from any other: by files with names and a format of ours."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dam.services.ingest import cards

FORMAT = "acervo export"  # what our own JSON files say they are
MARKER = "export.json"  # in the folder's root: says what this is
TABLE = "export.csv"
PEOPLE = "officials.json"
EVENT = "event.json"  # beside an event's pictures
OURS = frozenset((MARKER, TABLE, PEOPLE, EVENT))
LONGEST = 16 * 1024 * 1024  # bytes of one of our JSON files


def is_export(folder: Path) -> bool:
    """Was this folder written by an export?"""
    return read(folder / MARKER).get("format") == FORMAT


def is_part_of(path: Path) -> bool:
    """A file that an export writes about its folder, and no material. Told by its name and by what it
    says."""
    if path.name == TABLE:
        return is_export(path.parent)
    return path.name in OURS and read(path).get("format") == FORMAT


def material(paths: Sequence[str]) -> list[cards.Found]:
    """Every file below ``paths`` but what an export wrote about its folders."""
    return [found for found in cards.walk(paths) if not is_part_of(found.path)]


def read(file: Path) -> dict[str, Any]:
    """A JSON object of ours, empty where there is none."""
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > LONGEST:
            return {}
        return parsed(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def parsed(text: str) -> dict[str, Any]:
    """A JSON object, empty for anything else."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
