"""Texts that stand in an asset's row as small numbers, because they are counted; and how each is written."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Protocol

from dam.search.columns import care
from dam.search.folding import fold
from dam.search.index import Filter
from dam.search.postgres_values import NAMED

Key = tuple[str, str]  # a filter and a folded text


class Texts(Protocol):
    def number(self, name: Filter, text: str, folded: str | None = None) -> int:
        """Made when ``text`` is new. Of two writings that fold alike the more careful one is shown."""


class KnownTexts:
    """Of a finished index, whose only writer this is; new ones are remembered until they are ``saved``."""

    def __init__(self, known: Iterable[tuple[int, str, str, str]] = ()) -> None:
        self._ids: dict[Key, int] = {}
        self._shown: dict[Key, str] = {}
        self._new: set[Key] = set()
        for number, name, folded, shown in known:
            self._ids[name, folded], self._shown[name, folded] = number, shown
        self._last = max(self._ids.values(), default=0)

    def number(self, name: Filter, text: str, folded: str | None = None) -> int:
        key = (name, fold_known(text) if folded is None else folded)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = self._last = self._last + 1
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
                [(self._ids[key], str(key[0]), key[1], self._shown[key]) for key in sorted(self._new)],
            )
            self._new.clear()


class SharedTexts:
    """Of an index that several processes build. The database gives the numbers, so that they agree; what is
    only looked up and never counted has 0."""

    def __init__(self, cursor: Any, schema: str) -> None:
        self._cursor, self._schema = cursor, schema
        self._ids: dict[Key, int] = {}
        self._shown: dict[Key, str] = {}
        self.news: dict[Key, str] = {}

    def number(self, name: Filter, text: str, folded: str | None = None) -> int:
        key = (name, fold_known(text) if folded is None else folded)
        shown = self._shown.get(key)
        if shown is None:
            self._ids[key] = self._numbered(key, text) if name in NAMED else 0
        if shown is None or (text != shown and care(text) > care(shown)):
            self._shown[key] = self.news[key] = text
        return self._ids[key]

    def _numbered(self, key: Key, text: str) -> int:
        values = (str(key[0]), key[1])
        self._cursor.execute(
            f"INSERT INTO {self._schema}.texts (filter, folded, shown) VALUES (%s, %s, %s)"
            " ON CONFLICT (filter, folded) DO NOTHING",
            (*values, text),
        )
        self._cursor.execute(f"SELECT id FROM {self._schema}.texts WHERE filter = %s AND folded = %s", values)
        return int(self._cursor.fetchone()[0])


@lru_cache(maxsize=5000)
def fold_known(text: str) -> str:
    """``fold`` of what comes again and again."""
    return fold(text)
