"""What a service is handed. Built by dam.bootstrap and nowhere else (tests build their own)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from dam.db import Database, Transaction
from dam.media.embed import Scribe
from dam.media.sandbox import Sandbox
from dam.queue import JobQueue
from dam.search.index import SearchIndex
from dam.settings import Settings
from storage import BlobStore


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Archive:
    """Stores, database, queue, index and tools, chosen once. Holds no state of its own."""

    settings: Settings
    database: Database
    queue: JobQueue
    originals: BlobStore
    renditions: BlobStore
    index: SearchIndex
    sandbox: Sandbox  # not started: a worker starts it before it forks
    scribe: Scribe  # started by its first use
    clock: Callable[[], datetime] = _utc_now  # aware, UTC

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Write; jobs asked for with ``tx.after_commit`` are sent after it."""
        return self.database.transaction()

    def reading(self) -> AbstractContextManager[Transaction]:
        """Read only."""
        return self.database.reading()
