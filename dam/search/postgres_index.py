"""The engine for the whole plan: PostgreSQL finds, orders and counts, in tables beside the archive's own.

Words are normalised by us (``dam.search.folding``), as for the embedded engine. The index lies in the same
database as what it describes, so that a backup holds both as of one moment.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors

from dam.search import postgres_tables as tables
from dam.search.cache import ArrayCache
from dam.search.index import (
    Asked,
    Found,
    IndexDamaged,
    NewIndex,
    RowSource,
    SearchDocument,
    State,
    Tally,
)
from dam.search.postgres_building import Building
from dam.search.postgres_counting import Counting
from dam.search.postgres_lines import Lines
from dam.search.postgres_paging import Paging
from dam.search.postgres_reading import Reader, Remembered
from dam.search.postgres_spelling import near
from dam.search.postgres_texts import KnownTexts
from dam.search.postgres_values import tally

FOUND = 32_000_000  # bytes of hits that are remembered


class PostgresIndex:
    """``dam.search.index.SearchIndex`` in the database of ``url`` (SQLAlchemy's way to write it). Opens
    nothing before it is asked to; what reads is the connection of the rows that are handed in."""

    needs_rows = False

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._kept: tuple[str, KnownTexts, Lines] | None = None  # of a build
        self._remembered, self._arrays = Remembered(), ArrayCache(FOUND)

    # -- writing: the one indexer

    def put(self, documents: Sequence[SearchDocument], without: Iterable[int] = ()) -> None:
        with self._writing() as cursor:
            build, _ = tables.meta(cursor)
            texts, lines = self._kept_of(cursor, build)
            changed: Counter[int] = Counter()
            gone = [*without, *(document.asset_id for document in documents)]
            cursor.execute(
                f"DELETE FROM {tables.SCHEMA}.documents WHERE asset_id = ANY(%s) RETURNING counted", (gone,)
            )
            changed.subtract(tally(bytes(one) for (one,) in cursor.fetchall()))
            put = lines.of(documents)
            changed.update(tally(line.counted for line in put))
            tables.copy(cursor, tables.SCHEMA, put)
            tables.add_words(cursor, tables.SCHEMA, lines.met())
            tables.add_totals(cursor, tables.SCHEMA, changed)
            texts.save(cursor, tables.SCHEMA)
            cursor.execute(f"UPDATE {tables.SCHEMA}.meta SET generation = generation + 1")

    def remove(self, asset_ids: Iterable[int]) -> None:
        self.put((), without=asset_ids)

    def check(self, state: State) -> None:
        with self._writing() as cursor:
            build, generation = tables.meta(cursor)
        known, _, seen = state.stamp.partition("/")
        if known != build or not seen.isdigit() or int(seen) > generation:
            raise IndexDamaged("The search index is older than the database.")

    def stamp(self) -> str:
        with self._writing() as cursor:
            build, generation = tables.meta(cursor)
        return f"{build}/{generation}"

    def warm(self, rows: RowSource) -> None:
        """Nothing is kept in memory."""

    def worn(self) -> bool:
        """Autovacuum sees to the rest."""
        with self._writing() as cursor:
            tables.meta(cursor)
            return tables.lacks_pairs(cursor)

    @contextmanager
    def rebuilding(self) -> Iterator[NewIndex]:
        name = secrets.token_hex(4)
        schema = f"search_build_{name}"
        with self._writing() as cursor:
            self._bring_trigrams(cursor)
            for before in tables.left_behind(cursor):
                cursor.execute(f"DROP SCHEMA {before} CASCADE")
            tables.create(cursor, schema, name)
        fresh = Building(self._url, schema)
        try:
            with self._telling():
                yield fresh
                fresh.finish()
        except BaseException:
            fresh.close()
            with suppress(IndexDamaged), self._writing() as cursor:  # else the next one sweeps it away
                cursor.execute(f"DROP SCHEMA {schema} CASCADE")
            raise
        fresh.close()
        self._kept = None
        with self._writing() as cursor:
            tables.swap(cursor, schema)

    def _bring_trigrams(self, cursor: Any) -> None:
        """Without them everything works but the suggestions for misspelled words."""
        try:
            with cursor.connection.transaction():
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except (errors.InsufficientPrivilege, errors.UndefinedFile, errors.FeatureNotSupported):
            pass  # the doctor tells

    def _kept_of(self, cursor: Any, build: str) -> tuple[KnownTexts, Lines]:
        """Texts and their numbers, and what puts documents into shape."""
        if self._kept is None or self._kept[0] != build:
            cursor.execute(f"SELECT id, filter, folded, shown FROM {tables.SCHEMA}.texts")
            texts = KnownTexts(cursor.fetchall())
            self._kept = (build, texts, Lines(texts, tables.frequent(cursor, tables.SCHEMA)))
        return self._kept[1:]

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """A connection beside the archive's: its writers do not wait for the index. What was not committed is
        not known."""
        try:
            with self._telling(), psycopg.connect(self._url, **tables.CONNECTION) as connection:
                yield connection.cursor()
        except BaseException:
            self._kept = None
            raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except errors.UndefinedTable as error:
            raise IndexDamaged("The search index is not whole.") from error
        except psycopg.OperationalError as error:
            raise IndexDamaged(f"The database does not answer: {error}") from OSError(str(error))

    # -- reading: everybody

    def find(
        self, rows: RowSource, asked: Asked, after: Sequence[int] | None = None, limit: int = 50
    ) -> Found:
        return Paging(self._reader(rows), asked).page(after, limit)

    def counts(self, rows: RowSource, asked: Asked) -> Tally:
        return Counting(self._reader(rows), asked).tally()

    def near(self, rows: RowSource, word: str, limit: int = 8) -> tuple[str, ...]:
        return near(self._reader(rows), word, limit)

    def _reader(self, rows: RowSource) -> Reader:
        return Reader(rows.execute, self._remembered, self._arrays)
