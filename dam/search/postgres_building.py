"""A new index beside the current one: filled by one process or by several at once, then given its indexes."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg

from dam.search import postgres_tables as tables
from dam.search.columns import care
from dam.search.index import SearchDocument
from dam.search.postgres_lines import Lines
from dam.search.postgres_texts import Key, SharedTexts
from dam.search.postgres_values import tally
from dam.search.rows import weighed_stems

FREQUENT = 0.04  # of the documents have the word


@dataclass
class Learned:
    """What is known of the whole index: how often each value comes, its words, how its texts are written."""

    totals: Counter[int] = field(default_factory=Counter)
    words: set[str] = field(default_factory=set)
    texts: dict[Key, str] = field(default_factory=dict)

    def add(self, other: "Learned") -> None:
        self.totals.update(other.totals)
        self.words |= other.words
        for key, shown in other.texts.items():
            self.texts[key] = max(self.texts.get(key, shown), shown, key=care)


class Portion:
    """Puts documents into a build. Can be sent to another process, which opens a connection of its own."""

    def __init__(self, url: str, schema: str) -> None:
        self._url, self._schema = url, schema
        self._connection: psycopg.Connection | None = None
        self._known: set[str] = set()
        self._learned = Learned()

    def __reduce__(self) -> tuple[Any, ...]:
        return Portion, (self._url, self._schema)

    def put(self, documents: Sequence[SearchDocument]) -> None:
        if self._connection is None:
            self._connection = connected(self._url)
            self._cursor = self._connection.cursor()
            self._texts = SharedTexts(self._cursor, self._schema)
            self._lines = Lines(self._texts, tables.frequent(self._cursor, self._schema))
        lines = self._lines.of(documents)
        tables.copy(self._cursor, self._schema, lines)
        self._learned.totals.update(tally(line.counted for line in lines))
        self._learned.words |= self._lines.met() - self._known
        self._known |= self._learned.words

    def learned(self) -> Learned:
        """What is new since this was last asked."""
        if self._connection is not None:
            self._learned.texts, self._texts.news = self._texts.news, {}
        told, self._learned = self._learned, Learned()
        return told

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Building:
    """An index that is being filled; nothing is to be read from it before it is finished."""

    def __init__(self, url: str, schema: str) -> None:
        self._url, self._schema = url, schema
        self._own = Portion(url, schema)
        self._learned = Learned()

    def sample(self, documents: Sequence[SearchDocument]) -> None:
        """Which words are so frequent that their pairs are worth a place."""
        often: Counter[str] = Counter()
        for document in documents:
            often.update(weighed_stems(document).keys())
        least = FREQUENT * len(documents)
        frequent = sorted(word for word, number in often.items() if number >= least and len(documents))
        with connected(self._url) as connection:
            connection.execute(f"UPDATE {self._schema}.meta SET frequent = %s::text[]", (frequent,))

    def put(self, documents: Sequence[SearchDocument]) -> None:
        self._own.put(documents)

    def portion(self) -> Portion:
        return Portion(self._url, self._schema)

    def join(self, learned: Learned) -> None:
        self._learned.add(learned)

    def finish(self) -> None:
        """Everything is in: what is known of the whole, and the indexes, at the same time."""
        self.join(self._own.learned())
        halves = [partial(tables.index, schema=self._schema, table=table) for table in tables.halves()]
        work = [*halves, self._vocabulary]
        with ThreadPoolExecutor(len(work)) as pool:
            for done in [pool.submit(self._with_connection, one) for one in work]:
                done.result()

    def close(self) -> None:
        self._own.close()

    def _vocabulary(self, cursor: Any) -> None:
        tables.add_words(cursor, self._schema, self._learned.words)
        tables.add_totals(cursor, self._schema, self._learned.totals)
        tables.add_texts(cursor, self._schema, self._learned.texts)
        tables.index_vocabulary(cursor, self._schema)

    def _with_connection(self, action: Callable[[Any], None]) -> None:
        with connected(self._url) as connection:
            action(connection.cursor())


def connected(url: str) -> psycopg.Connection:
    """What is written by it need not be on the disk before the index is swapped in, which waits for it."""
    connection = psycopg.connect(url, autocommit=True, **tables.CONNECTION)
    connection.execute("SET synchronous_commit = off")
    return connection
