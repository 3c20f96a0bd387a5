"""One log file a program in data_dir/logs, cut off and kept a few times over."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LIMIT = 10 * 1024**2  # bytes
KEPT = 4


def path_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def open_log(folder: Path, name: str) -> BinaryIO:
    """For appending: whoever writes, writes at the end, also after the file was emptied."""
    return path_of(folder, name).open("ab", buffering=0)


def rotate(folder: Path) -> None:
    """Copy each log that grew too large and empty it; its writer keeps the file open and notices nothing."""
    for log in folder.glob("*.log"):
        if log.stat().st_size <= LIMIT:
            continue
        for number in range(KEPT, 1, -1):
            older = log.with_suffix(f".log.{number - 1}")
            if older.exists():
                older.replace(log.with_suffix(f".log.{number}"))
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def last_words(folder: Path, name: str, lines: int = 3) -> list[str]:
    """The last lines of a program's log that say something."""
    log = path_of(folder, name)
    if not log.exists():
        return []
    with log.open("rb") as handle:
        handle.seek(max(0, log.stat().st_size - 4096))
        text = handle.read().decode(errors="replace")
    return [line for line in text.splitlines() if line.strip()][-lines:]
