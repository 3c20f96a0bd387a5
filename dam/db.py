"""The database: one declarative base, engines, and a transaction that sends jobs after its commit."""

import fcntl
import json
import logging
import math
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

WRITERS = 0xAC0  # the advisory lock that writers take turns by on PostgreSQL
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


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
        return _open_server(url)
    engine = create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, json_serializer=_json
    )

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


def _open_server(url: str) -> Engine:
    """An engine for a database server: PostgreSQL."""
    engine = create_engine(
        url, pool_pre_ping=True, pool_size=10, max_overflow=20, json_serializer=_json,
        connect_args={"application_name": "acervo"},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        from psycopg.types.string import StrDumperUnknown  # only where PostgreSQL is used

        class WithoutNul(StrDumperUnknown):
            """PostgreSQL's text holds no NUL, SQLite's does; a person who sends one gets no error page."""

            def dump(self, obj: str) -> Any:
                return super().dump(obj.replace("\0", "\ufffd"))

        connection.adapters.register_dumper(str, WithoutNul)
        connection.execute("SET lock_timeout = '30s'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # Writers take turns here as they do on SQLite: what a service looked at stays so until it commits.
        if not connection.get_execution_options().get("reading"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    return engine


def _json(value: Any) -> str:
    """``value`` for a JSON column. Infinite and undefined numbers, which cameras' files do hold and JSON
    (and PostgreSQL) does not know, become null."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


class Turns:
    """Whose turn it is to write into one SQLite file, among all processes of this machine.

    SQLite's own waiting sleeps up to 100 ms at a time while the lock may lie free; whoever waits for a lock
    of the kernel's is woken at once, in the order in which they came. The kernel gives back a dead process's
    turn.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn and keep it. Raises RuntimeError where this very thread has it already,
        Unavailable where there is no folder for a database yet."""
        if getattr(self._mine, "held", False):
            raise RuntimeError("a transaction inside a transaction would wait for itself")
        try:
            opened = self._file.open("ab")
        except FileNotFoundError as error:
            raise Unavailable(
                f"There is no archive in {self._file.parent}. Start it once with script/server."
            ) from error
        with opened as handle:
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
        snapshot = {} if self.engine.dialect.name == "sqlite" else SNAPSHOT  # SQLite reads so anyway
        self._reading = self.engine.execution_options(reading=True, **snapshot)
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
