"""The index's tables, in a schema of their own beside the archive's: made, filled and swapped."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dam.search import rows
from dam.search.columns import care
from dam.search.index import Filter, IndexDamaged, SearchDocument
from dam.search.postgres_shapes import (
    FORMAT,
    fold_known,
    order_of,
    spelled,
    values_of,
    vector_of,
)

SCHEMA = "search_index"
MAINTENANCE = "512MB"  # while the indexes of a new build are made

TABLES = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.meta (format text, build text, generation bigint);
INSERT INTO {schema}.meta VALUES ('{format}', '{build}', 0);
CREATE TABLE {schema}.documents (
    asset_id integer NOT NULL, taken bigint NOT NULL, added bigint NOT NULL, stack integer NOT NULL,
    counted bytea NOT NULL, words tsvector NOT NULL, text text NOT NULL
);
CREATE TABLE {schema}.texts (
    id integer PRIMARY KEY, filter text NOT NULL, folded text NOT NULL, shown text NOT NULL,
    UNIQUE (filter, folded)
);
CREATE TABLE {schema}.words (word text NOT NULL);
CREATE TABLE {schema}.totals (code bigint PRIMARY KEY, number integer NOT NULL);
"""
INDEXES = """
SET LOCAL maintenance_work_mem = '{memory}';
ALTER TABLE {schema}.documents ADD PRIMARY KEY (asset_id);
CREATE INDEX ON {schema}.documents (taken, asset_id);
CREATE INDEX ON {schema}.documents (({oldest}), asset_id);
CREATE INDEX ON {schema}.documents (added, asset_id);
CREATE INDEX ON {schema}.documents (stack) WHERE stack <> 0;
CREATE INDEX ON {schema}.documents USING gin (words) WITH (fastupdate = off);
ALTER TABLE {schema}.words ADD PRIMARY KEY (word);
"""
TRIGRAMS = """
CREATE INDEX ON {schema}.words USING gin (word gin_trgm_ops);
CREATE INDEX ON {schema}.texts USING gin (folded gin_trgm_ops);
"""
OLDEST = "CASE WHEN taken = -4611686018427387904 THEN 4611686018427387904 ELSE taken END"
_COLUMNS = "(asset_id, taken, added, stack, counted, words, text)"


class Texts:
    """Numbers for texts that are counted by number; new ones are remembered until they are ``saved``."""

    def __init__(self, known: Iterable[tuple[int, str, str, str]] = ()) -> None:
        self._ids: dict[tuple[str, str], int] = {}
        self._shown: dict[tuple[str, str], str] = {}
        self._new: set[tuple[str, str]] = set()
        for number, name, folded, shown in known:
            self._ids[name, folded], self._shown[name, folded] = number, shown

    def number(self, name: Filter, text: str, folded: str | None = None) -> int:
        """Of two writings of a name the one with accents is shown."""
        key = (name.value, fold_known(text) if folded is None else folded)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self._ids) + 1
            self._shown[key] = text
            self._new.add(key)
        elif text != self._shown[key] and care(text) > care(self._shown[key]):
            self._shown[key] = text
            self._new.add(key)
        return found

    def save(self, cursor: Any, schema: str) -> None:
        if self._new:
            cursor.executemany(
                f"INSERT INTO {schema}.texts VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET shown = excluded.shown",
                [(self._ids[key], *key, self._shown[key]) for key in sorted(self._new)],
            )
            self._new.clear()


def create(cursor: Any, schema: str, build: str) -> None:
    cursor.execute(TABLES.format(schema=schema, format=FORMAT, build=build))


@dataclass(frozen=True)
class Line:
    """One document as COPY reads it, and what is counted of it."""

    text: str
    counted: bytes


# What COPY's text format gives a meaning to.
_MARKS = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def line_of(document: SearchDocument, texts: Texts) -> Line:
    for one in spelled(document):
        texts.number(one.name, one.shown, one.folded)
    stack = document.stack_id or 0
    counted = values_of(document, texts.number)
    vector = vector_of(document)
    if "\\" in vector or not vector.isprintable():
        vector = vector.translate(_MARKS)
    fields = (
        str(document.asset_id),
        str(order_of(document.taken_at)),
        str(int(document.added_at.timestamp())),
        str(stack if document.cover else -stack),
        f"\\\\x{counted.hex()}",
        vector,
        rows.text_of(document),
    )
    return Line("\t".join(fields), counted)


def copy(cursor: Any, schema: str, lines: Sequence[Line]) -> None:
    """Add rows; the assets must not be there yet."""
    with cursor.copy(f"COPY {schema}.documents {_COLUMNS} FROM STDIN") as written:
        written.write("".join(f"{line.text}\n" for line in lines))


def words_of(documents: Iterable[SearchDocument]) -> set[str]:
    """The words that a misspelled one may be meant for."""
    found: set[str] = set()
    for document in documents:
        found.update(*(rows.read_text(text[: rows.TEXT_LIMIT]).forms for text in document.texts.values()))
    return found


def add_words(cursor: Any, schema: str, words: Iterable[str]) -> None:
    cursor.execute(
        f"INSERT INTO {schema}.words SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
        (sorted(filter(str.isalpha, words)),),
    )


def add_totals(cursor: Any, schema: str, totals: Mapping[int, int]) -> None:
    """Count what all documents have: ``totals`` is what changed."""
    changed = {value: number for value, number in sorted(totals.items()) if number}
    if changed:
        cursor.execute(
            f"INSERT INTO {schema}.totals AS t SELECT unnest(%s::bigint[]), unnest(%s::integer[])"
            " ON CONFLICT (code) DO UPDATE SET number = t.number + excluded.number",
            (list(changed), list(changed.values())),
        )


def tally(values: Iterable[bytes]) -> Counter[int]:
    codes, numbers = np.unique(np.frombuffer(b"".join(values), "<u4"), return_counts=True)
    return Counter(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))


def finish(cursor: Any, schema: str) -> None:
    """The indexes, once everything is in."""
    cursor.execute(INDEXES.format(schema=schema, memory=MAINTENANCE, oldest=OLDEST))
    if trigrams(cursor):
        cursor.execute(TRIGRAMS.format(schema=schema))
    cursor.execute(f"ANALYZE {schema}.documents; ANALYZE {schema}.words; ANALYZE {schema}.texts")


def trigrams(cursor: Any) -> bool:
    """Is pg_trgm there? The database's owner may bring it in by himself (PostgreSQL 13 and later)."""
    cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
    return bool(cursor.fetchone()[0])


def swap(cursor: Any, schema: str) -> None:
    """Put ``schema`` in the current one's place, within one transaction."""
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (SCHEMA,))
    if cursor.fetchone():
        cursor.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO search_index_before")
    cursor.execute(f"ALTER SCHEMA {schema} RENAME TO {SCHEMA}")
    cursor.execute("DROP SCHEMA IF EXISTS search_index_before CASCADE")


def left_behind(cursor: Any) -> list[str]:
    """Schemas of builds that were never finished."""
    cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^search_build_[0-9a-f]+$'")
    return [name for (name,) in cursor.fetchall()]


def meta(cursor: Any) -> tuple[str, int]:
    """Build and generation of the current index. Raises IndexDamaged where there is none to be used."""
    cursor.execute("SELECT to_regclass('search_index.meta') IS NOT NULL")
    if not cursor.fetchone()[0]:
        raise IndexDamaged("There is no search index yet.")
    cursor.execute(f"SELECT format, build, generation FROM {SCHEMA}.meta")
    found = cursor.fetchone()
    if found is None or found[0] != FORMAT:
        raise IndexDamaged("The search index was made by another version.")
    return found[1], found[2]
