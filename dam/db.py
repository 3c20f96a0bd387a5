"""The database: one declarative base, engines, and a transaction that sends jobs after its commit."""

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from dam.errors import Unavailable
from dam.queue import Job, JobQueue, Lane

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, UTC in the database (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Transaction(Session):
    """A session whose jobs leave only when its rows are there to be found."""

    def __init__(self, *args: Any, queue: JobQueue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue = queue
        self._to_send: list[tuple[Job, int, Lane]] = []
        self._to_do: list[Callable[[], None]] = []

    def after_commit(self, job: Job, subject_id: int, lane: Lane) -> None:
        """Send ``job`` for the row ``subject_id`` once this transaction is committed, and never otherwise."""
        self._to_send.append((job, subject_id, lane))

    def afterwards(self, action: Callable[[], None]) -> None:
        """Call ``action`` once this transaction is committed (for deleting files that no row names now)."""
        self._to_do.append(action)

    def send(self) -> None:
        """Send what waits. A queue that is away is no error: the rows say what is to be done, and the
        reconciler sends it again."""
        for job, subject_id, lane in self._to_send:
            try:
                self._queue.enqueue(job, subject_id, lane)
            except Unavailable as error:
                log.warning("%s for %s waits for the reconciler: %s", job, subject_id, error)
                break
        for action in self._to_do:
            action()


def open_engine(url: str) -> Engine:
    """An engine with the settings the archive relies on (TRUST: SQLite in WAL, fully synchronous)."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred writer fails at once with "locked"; an immediate one waits its turn.
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


class Turns:
    """Whose turn it is to write into one SQLite file, among all processes of this machine.

    SQLite's own waiting sleeps up to 100 ms at a time while the lock may lie free; whoever waits for a lock of
    the kernel's is woken at once, in the order in which they came. The kernel gives back a dead process's turn.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn and keep it. Raises RuntimeError where this very thread has it already."""
        if getattr(self._mine, "held", False):
            raise RuntimeError("a transaction inside a transaction would wait for itself")
        with self._file.open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._mine.held = True
            try:
                yield
            finally:
                self._mine.held = False


class Database:
    """Opens transactions on one engine."""

    def __init__(self, url: str, queue: JobQueue) -> None:
        self.url = url
        self.engine = open_engine(url)
        self._reading = self.engine.execution_options(reading=True)
        self._queue = queue
        file = self.engine.url.database if url.startswith("sqlite") else None
        self._turns = Turns(Path(f"{file}-turn")) if file and file != ":memory:" else None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: committed at the end of the block, rolled back when it raises, jobs sent after."""
        with Transaction(self.engine, queue=self._queue, expire_on_commit=False) as tx:
            with self._turns.taken() if self._turns else nullcontext(), tx.begin():
                yield tx
            tx.send()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read only: nothing is committed, writers are not kept waiting. Rows read stay readable after."""
        with Transaction(self._reading, queue=self._queue, expire_on_commit=False, autoflush=False) as tx:
            yield tx

    def dispose(self, *, close: bool = True) -> None:
        """Give connections back; ``close=False`` in a forked child, whose parent still uses them."""
        self.engine.dispose(close=close)
