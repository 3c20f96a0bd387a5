"""Reading a card or folder on this machine into the archive, without ever changing it."""

import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import select

from dam.archive import Archive
from dam.models import Original, Outcome
from dam.services.ingest import receiving
from dam.services.ingest.reasons import IngestReason
from storage import transfer

JUNK_NAMES = {
    ".ds_store",
    "thumbs.db",
    "desktop.ini",
    ".spotlight-v100",
    ".trashes",
    ".fseventsd",
    "__macosx",
}


@dataclass(frozen=True)
class Found:
    """One path on the card: ``given`` as it is reported, ``size`` in bytes (None when it is no file)."""

    path: Path
    given: str
    size: int | None


def walk(paths: Sequence[str]) -> Iterator[Found]:
    """Every file below ``paths``, folders in order of their names; links are named, never followed.

    What file managers leave behind (.DS_Store, Thumbs.db, ``._*``) is passed over.
    """
    for given in paths:
        path = Path(given)
        if path.is_dir() and not path.is_symlink():
            yield from _walk_folder(path)
        else:
            yield _found(path)


def _walk_folder(folder: Path) -> Iterator[Found]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if is_junk(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk_folder(Path(entry.path))
        else:
            yield _found(Path(entry.path))


def _found(path: Path) -> Found:
    try:
        status = path.lstat()
    except OSError:
        return Found(path, str(path), None)
    return Found(path, str(path), status.st_size if stat.S_ISREG(status.st_mode) else None)


def is_junk(name: str) -> bool:
    return name.lower() in JUNK_NAMES or name.startswith("._")


def bring(archive: Archive, batch_id: int, found: Found) -> tuple[int, Outcome]:
    """Read one file into the archive: the item's id and what became of it.

    What cannot be read is an outcome with its reason; a full or missing store is an error and stops.
    """
    announce = partial(receiving.expect_item, batch_id=batch_id, path=found.given)
    try:
        source = os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        link = found.path.is_symlink()
        return _refuse(archive, announce, IngestReason.NOT_A_FILE if link else IngestReason.UNREADABLE_SOURCE)
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            return _refuse(archive, announce, IngestReason.NOT_A_FILE)
        return _receive(archive, batch_id, found, source, status)
    finally:
        os.close(source)


def _receive(
    archive: Archive, batch_id: int, found: Found, source: int, status: os.stat_result
) -> tuple[int, Outcome]:
    announce = partial(
        receiving.expect_item,
        batch_id=batch_id,
        path=found.given,
        bytes=status.st_size,
        modified_ms=status.st_mtime_ns // 1_000_000,
    )
    with archive.reading() as tx:
        twins = tx.scalars(select(Original.id).where(Original.bytes == status.st_size).limit(1)).first()
    temporary = archive.settings.uploads_dir / f"card-{secrets.token_hex(12)}"
    try:
        if twins and (known := _known(archive, source)):
            # These bytes are here: nothing needs copying. The read hash stands for the file.
            try:
                return receiving.join_known(archive, announce, known)
            except receiving.Emptied:
                os.lseek(source, 0, os.SEEK_SET)  # the bin let go of them meanwhile: they are copied
        received = transfer.receive(source, temporary)
        return receiving.take_in(archive, announce, temporary, received)
    except transfer.ChangedWhileRead:
        return _refuse(archive, announce, IngestReason.CHANGED_WHILE_READ)
    except transfer.SourceFailed:
        return _refuse(archive, announce, IngestReason.UNREADABLE_SOURCE)
    finally:
        temporary.unlink(missing_ok=True)


def _known(archive: Archive, source: int) -> transfer.Received | None:
    try:
        received = transfer.digest_open(source)
    except OSError as error:
        raise transfer.SourceFailed(str(error)) from error
    os.lseek(source, 0, os.SEEK_SET)
    with archive.reading() as tx:
        here = tx.scalars(select(Original.id).where(Original.sha256 == received.sha256)).first()
    return received if here else None


def _refuse(archive: Archive, announce: receiving.Announce, reason: IngestReason) -> tuple[int, Outcome]:
    with archive.transaction() as tx:
        item = announce(tx)
        receiving.refuse_item(tx, item.id, reason)
        return item.id, Outcome.FAILED
