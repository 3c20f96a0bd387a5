"""Putting a file where it belongs in somebody's folder: whole or not at all, and never over another one."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from storage.transfer import digest

CHUNK = 1024 * 1024


class Place(StrEnum):
    WRITTEN = "written"
    THERE = "there"  # the very same file lay there already
    TAKEN = "taken"  # something else lies there: it was left alone
    DAMAGED = "damaged"  # the archive's own file is not what its digest says


def put_original(target: Path, sha256: str, size: int, pieces: Iterable[bytes]) -> Place:
    """Write the bytes of an original, verified by its digest on the way. What is there already is read
    through and compared. Raises OSError (a full disk), KeyError when the archive has lost the file."""
    if target.is_symlink() or target.exists():
        same = target.is_file() and not target.is_symlink() and target.stat().st_size == size
        return Place.THERE if same and digest(target).sha256 == sha256 else Place.TAKEN
    with _beside(target) as (handle, part):
        sha = hashlib.sha256()
        for piece in pieces:
            sha.update(piece)
            handle.write(piece)
        if sha.hexdigest() != sha256:
            return Place.DAMAGED
        handle.flush()
        os.fsync(handle.fileno())
        return _name(part, target)


def put_text(target: Path, text: bytes, *, ours: bytes) -> Place:
    """Write a file of our own making. One that says so by holding ``ours`` is written anew."""
    if target.is_symlink() or target.exists():
        if not target.is_file() or target.is_symlink():
            return Place.TAKEN
        there = target.read_bytes()
        if there == text:
            return Place.THERE
        if ours not in there:
            return Place.TAKEN
        with _beside(target) as (handle, part):
            handle.write(text)
            handle.flush()
            part.replace(target)
        return Place.WRITTEN
    with _beside(target) as (handle, part):
        handle.write(text)
        handle.flush()
        return _name(part, target)


@contextmanager
def _beside(target: Path) -> Iterator[tuple["tempfile._TemporaryFileWrapper[bytes]", Path]]:
    """A file in the same folder that is gone at the end, unless it was given its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as handle:
        part = Path(handle.name)
        try:
            part.chmod(0o644)
            yield handle, part
        finally:
            part.unlink(missing_ok=True)


def _name(part: Path, target: Path) -> Place:
    try:
        os.link(part, target)  # never replaces what is there
    except FileExistsError:
        return Place.TAKEN
    except OSError:  # a card or a share without hard links
        if target.exists():
            return Place.TAKEN
        part.rename(target)
    return Place.WRITTEN
