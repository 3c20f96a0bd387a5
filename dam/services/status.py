"""How the archive is doing, in simple facts: for /healthz, the administrator's page and ``doctor``."""

import platform
import shutil
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from dam.archive import Archive
from dam.errors import Unavailable
from dam.models import Asset, IndexTicket, Processing
from dam.queue import Lane
from storage import BlobStore, StoreError

NEVER = "0" * 64  # a key no file has: asking for it makes a store say whether it is there at all
PARTS = ("Flask", "SQLAlchemy", "Pillow", "whoosh-reloaded", "rq")


@dataclass(frozen=True)
class Room:
    """Bytes of the disk that holds ``what``."""

    what: str
    path: str
    total: int
    free: int

    @property
    def is_low(self) -> bool:
        return self.free < max(5 * 1000**3, self.total // 20)


@dataclass(frozen=True)
class State:
    """``workers`` and ``waiting`` by lane, None where the queue does not answer. ``unfinished`` counts
    assets by how far the machine is; ``unindexed`` those that finding does not know as they are now."""

    serving: dict[str, bool]
    workers: dict[Lane, int | None]
    waiting: dict[Lane, int | None]
    unfinished: dict[Processing, int]
    unindexed: int
    rooms: list[Room]
    versions: dict[str, str]


def serving(archive: Archive) -> dict[str, bool]:
    """Which of the parts that a page needs answer: database, originals, renditions."""
    return {
        "database": _database_answers(archive),
        "originals": _store_answers(archive.originals),
        "renditions": _store_answers(archive.renditions),
    }


def look(archive: Archive) -> State:
    """Everything at once; cheap enough for a page that one person looks at."""
    return State(
        serving=serving(archive),
        workers={lane: _asked(archive.queue.workers, lane) for lane in Lane},
        waiting={lane: _asked(archive.queue.waiting, lane) for lane in Lane},
        unfinished=_unfinished(archive),
        unindexed=unindexed(archive),
        rooms=rooms(archive),
        versions=_versions(archive),
    )


def _database_answers(archive: Archive) -> bool:
    try:
        with archive.reading() as tx:
            tx.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _store_answers(store: BlobStore) -> bool:
    try:
        store.exists(NEVER)
    except StoreError:
        return False
    return True


def _asked(question, lane: Lane) -> int | None:  # type: ignore[no-untyped-def]
    try:
        return int(question(lane))
    except Unavailable:
        return None


def _unfinished(archive: Archive) -> dict[Processing, int]:
    rows = select(Asset.processing, func.count()).where(Asset.processing != Processing.READY)
    with archive.reading() as tx:
        counted = {state: count for state, count in tx.execute(rows.group_by(Asset.processing))}
    return {state: counted.get(state, 0) for state in Processing if state != Processing.READY}


def unindexed(archive: Archive) -> int:
    """Assets that finding does not know as they are now."""
    with archive.reading() as tx:
        return tx.scalar(select(func.count(IndexTicket.asset_id.distinct()))) or 0


def rooms(archive: Archive) -> list[Room]:
    """Free space of each disk the archive uses, named once."""
    settings = archive.settings
    folders = {
        "data": settings.data_dir, "originals": settings.originals_dir, "renditions": settings.renditions_dir
    }  # fmt: skip
    found: dict[int, Room] = {}
    for what, folder in folders.items():
        if folder.exists():
            usage = shutil.disk_usage(folder)
            found.setdefault(folder.stat().st_dev, Room(what, str(folder), usage.total, usage.free))
    return list(found.values())


def _versions(archive: Archive) -> dict[str, str]:
    engine = archive.database.engine.dialect.name
    database = f"SQLite {sqlite3.sqlite_version}" if engine == "sqlite" else _server_version(archive)
    named = {"Python": platform.python_version(), "database": database}
    return named | {part: version(part) for part in PARTS}


def _server_version(archive: Archive) -> str:
    with archive.database.engine.connect() as connection:
        return f"PostgreSQL {'.'.join(map(str, connection.dialect.server_version_info or ()))}"
