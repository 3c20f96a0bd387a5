"""Moving bytes: hash while copying, and make them survive a power cut."""

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from storage.base import OutOfSpace, StoreError

CHUNK = 256 * 1024  # into one buffer that stays in the processor's cache


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
    buffer = memoryview(bytearray(CHUNK))
    while length := os.readv(source, [buffer]):
        sha.update(buffer[:length])
        size += length
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
    buffer = memoryview(bytearray(CHUNK))
    try:
        with target.open("xb", buffering=0) as handle:
            while length := _read(source, buffer):
                sha.update(buffer[:length])
                size += length
                _write_all(handle.fileno(), buffer[:length])
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
    buffer = memoryview(bytearray(CHUNK))
    with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
        while length := reader.readinto(buffer):
            _write_all(writer.fileno(), buffer[:length])
            size += length
        os.fsync(writer.fileno())
    return size


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(source: int, buffer: memoryview) -> int:
    try:
        return os.readv(source, [buffer])
    except OSError as error:
        raise SourceFailed(str(error)) from error


def _write_all(descriptor: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(descriptor, piece) :]


def as_store_error(error: OSError, key: str) -> StoreError:
    """What went wrong, as the family of errors that callers know."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfSpace("The disk of the archive is full.")
    return StoreError(f"{key} could not be stored: {error.strerror or error}")
