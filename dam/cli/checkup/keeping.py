"""What is kept: the data folder, the database, the two stores, the index."""

import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dam import migrations
from dam.archive import Archive
from dam.cli.checkup.finding import Finding, good, mind, wrong
from dam.services import status
from storage import LocalStore, StoreError

START = "script/server makes and updates it when it starts."


def data_folder(archive: Archive) -> Iterator[Finding]:
    folder = archive.settings.data_dir
    if not folder.is_dir():
        yield mind("data folder", f"{folder} is not there yet", START)
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        advice = f"chmod 700 {folder}: other accounts of this machine can read it."
        yield wrong("data folder", f"{folder} has mode {mode:04o}", advice)
    elif not _writable(folder):
        yield wrong("data folder", f"{folder} cannot be written to", "Check its owner and the free space.")
    else:
        yield good("data folder", f"{folder}, private and writable")
    for room in status.rooms(archive):
        said = f"{room.free / 1e9:,.1f} of {room.total / 1e9:,.1f} GB free for {room.what} ({room.path})"
        if room.is_low:
            yield mind(f"room for {room.what}", said, "Free or add disk space before the next big event.")
        else:
            yield good(f"room for {room.what}", said)


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
            probe.flush()
    except OSError:
        return False
    return True


def database(archive: Archive) -> Iterator[Finding]:
    engine = archive.database.engine
    if engine.dialect.name == "sqlite":
        yield from sqlite_version(sqlite3.sqlite_version_info)
        if not Path(engine.url.database or "").is_file():
            yield mind("database", f"{engine.url.database} is not there yet", START)
            return
    try:
        current, newest = migrations.versions(engine)
    except SQLAlchemyError as error:
        advice = "Check DAM_DATABASE_URL and whether the database server runs."
        yield wrong("database", f"It does not answer: {str(error).splitlines()[0]}", advice)
        return
    if current is None:
        yield mind("database", "It has no tables yet", START)
    elif current != newest:
        yield wrong("database", f"Its version is {current}, this program's is {newest}", f"Restart: {START}")
    else:
        yield good("database", f"{engine.dialect.name}, version {current}, up to date")
        if archive.settings.search_engine == "postgres":
            yield from _trigrams(archive)


def _trigrams(archive: Archive) -> Iterator[Finding]:
    with archive.database.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").first()
    if found is None:
        advice = "As the database's administrator: CREATE EXTENSION pg_trgm; then script/dam reindex."
        yield mind("spelling", "No suggestions for misspelled words: pg_trgm is not there", advice)


def sqlite_version(version: tuple[int, int, int]) -> Iterator[Finding]:
    said = f"SQLite {'.'.join(map(str, version))}"
    # A rare corruption of WAL databases: https://sqlite.org/wal.html#walresetbug
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    if version < (3, 35):
        yield wrong("sqlite", said, "SQLite 3.35 or later is needed; use a newer system.")
    elif not fixed:
        advice = "Its write-ahead log has a rare bug (fixed in 3.44.6, 3.50.7, 3.51.3): keep daily backups."
        yield mind("sqlite", said, advice)
    else:
        yield good("sqlite", said)


def stores(archive: Archive) -> Iterator[Finding]:
    for name, store in (("originals", archive.originals), ("renditions", archive.renditions)):
        folder = store.folder if isinstance(store, LocalStore) else None
        if folder is not None and not archive.settings.data_dir.is_dir():
            yield mind(f"store {name}", f"{folder} is not there yet", START)
            continue
        try:
            store.exists(status.NEVER)
        except StoreError as error:
            advice = f"Mount its disk at {folder}; nothing is lost. Never make the marker by hand."
            yield wrong(f"store {name}", str(error), advice)
            continue
        if folder is not None and not _writable(folder):
            yield wrong(f"store {name}", f"{folder} cannot be written to", "Check owner and mount options.")
        else:
            yield good(f"store {name}", f"{folder or type(store).__name__}, mounted and writable")
