"""The bytes of an upload on their way: one file per upload, held by one writer at a time."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dam.errors import Conflict, StoreFull
from storage.transfer import sync_folder


class Busy(Conflict):
    """Another request is writing to this upload now."""

    code = "upload_busy"


class Partial:
    """An open partial file whose lock this process holds. Offsets in bytes."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def go_to(self, offset: int) -> None:
        """Forget what lies beyond ``offset`` (nobody vouched for it) and write on from there."""
        if self.size() > offset:
            os.ftruncate(self._descriptor, offset)
        os.lseek(self._descriptor, offset, os.SEEK_SET)

    def write(self, piece: bytes) -> None:
        """Raises StoreFull; other failures of the disk stay OSError."""
        view = memoryview(piece)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise _as_full(error) from error

    def sync(self) -> None:
        """What was written survives a power cut. Raises StoreFull, OSError."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _as_full(error) from error


@contextmanager
def held(path: Path) -> Iterator[Partial]:
    """Open ``path``, making it where it is missing, and keep every other writer out meanwhile.

    The lock belongs to the open file, so it works between threads and between processes, and it ends with
    the process that held it. Raises Busy at once when somebody else has it, StoreFull.
    """
    new = not path.exists()
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _as_full(error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy("This file is being sent by another request; try again in a moment.") from error
        if new:
            sync_folder(path.parent)
        yield Partial(path, descriptor)
    finally:
        os.close(descriptor)


def _as_full(error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull("The disk of the archive is full. What had arrived before is kept.")
    return error
