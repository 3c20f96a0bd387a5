"""Moving bytes: hash while copying, and make them survive a power cut."""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from storage.base import OutOfSpace, StoreError

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Received:
    """What was copied: SHA-256 as 64 hex digits, size in bytes."""

    sha256: str
    size: int


class ChangedWhileRead(Exception):
    """The source grew, shrank or was replaced while it was being read: nothing was kept."""


class SourceFailed(Exception):
    """The source could not be read to its end: nothing was kept."""


def digest(path: Path) -> Received:
    """Hash a file that lies still."""
    with path.open("rb", buffering=0) as handle:
        return digest_open(handle.fileno())


def digest_open(source: int) -> Received:
    """Hash an open file descriptor from where it stands to its end."""
    sha = hashlib.sha256()
    size = 0
    while piece := os.read(source, CHUNK):
        sha.update(piece)
        size += len(piece)
    return Received(sha.hexdigest(), size)


def receive(source: int, target: Path) -> Received:
    """Copy the open file descriptor ``source`` (a regular file, at its start) to the new file ``target``,
    hashing on the way; synced when this returns.

    Raises ChangedWhileRead when the source's size or time changed meanwhile, SourceFailed when it cannot be
    read (a card that was pulled out), OutOfSpace and StoreError for the target.
    """
    before = os.fstat(source)
    sha = hashlib.sha256()
    size = 0
    try:
        with target.open("xb", buffering=0) as handle:
            while piece := _read(source):
                sha.update(piece)
                size += len(piece)
                _write_all(handle.fileno(), piece)
            os.fsync(handle.fileno())
    except OSError as error:
        raise as_store_error(error, target.name) from error
    after = os.fstat(source)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise ChangedWhileRead(f"{size} bytes were read from a file that now has {after.st_size}")
    return Received(sha.hexdigest(), size)


def copy_durably(source: Path, target: Path) -> int:
    """Copy to the new file ``target`` and sync it. Bytes copied."""
    size = 0
    with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
        while piece := reader.read(CHUNK):
            _write_all(writer.fileno(), piece)
            size += len(piece)
        os.fsync(writer.fileno())
    return size


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(source: int) -> bytes:
    try:
        return os.read(source, CHUNK)
    except OSError as error:
        raise SourceFailed(str(error)) from error


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def as_store_error(error: OSError, key: str) -> StoreError:
    """What went wrong, as the family of errors that callers know."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfSpace("The disk of the archive is full.")
    return StoreError(f"{key} could not be stored: {error.strerror or error}")
