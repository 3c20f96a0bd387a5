"""Which documents meet a condition. Few are read once and kept until the index changes; of many it is
known that they are, and no more.

A hundred thousand hits are not gathered to learn that they are more than ten thousand: every document is
in one of 32 slices, and whether hits are many is asked of one slice, then of one after another until
enough are found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dam.search.postgres_query import Met
from dam.search.postgres_reading import Reader
from dam.search.postgres_tables import SCHEMA
from dam.search.postgres_tags import SLICES, quoted, slice_tag

CEILING = 10_000  # hits that are counted exactly
MINUTES = 60.0  # seconds for which "more than the ceiling" is remembered
LARGE = 200_000  # documents from which on a slice is asked first
MARGIN = 8  # times the ceiling that a slice must promise: of fewer, gathering all is no dearer

DOCUMENTS = f"{SCHEMA}.documents d"
_ROW = np.dtype([("points", ">i8"), ("key", ">i8"), ("asset_id", ">i4")])  # as PostgreSQL sends them

Place = tuple[int, ...]  # of a hit: points, key, asset id
Weighing = tuple[str, tuple[object, ...]]  # SQL for a hit's points, and its values
UNWEIGHED: Weighing = ("0", ())


@dataclass(frozen=True)
class Sorting:
    """``key`` is an SQL expression, ``descending`` its direction and that of points and ids."""

    key: str
    descending: bool

    @property
    def by(self) -> str:
        way = "DESC" if self.descending else "ASC"
        return f"key {way}, asset_id {way}"

    def after(self, key: str) -> str:
        return f"({key}, d.asset_id) {'<' if self.descending else '>'} (%s, %s)"


@dataclass(frozen=True)
class Hits:
    reader: Reader

    def number(self, met: Met, least: Met | None = None) -> int:
        """Of ``met``; CEILING + 1 when there are more. ``least`` finds nothing else, but perhaps not all,
        and is asked more cheaply."""
        if self.are_many(met, least):
            return CEILING + 1
        key = ("number", self.reader.index, repr(met))
        return self._told(
            met, self.reader.remembered.get(key, MINUTES, lambda: self._up_to(CEILING + 1, met))
        )

    def are_many(self, met: Met, least: Met | None = None) -> bool:
        """Is it known that there are more than the ceiling? That is remembered for a minute; that it was
        looked for in vain, until the index changes."""
        if self.reader.remembered.peek(("many", repr(met)), MINUTES):
            return True
        key = ("seen", self.reader.index, repr(met))
        seen = self.reader.remembered.get(key, MINUTES, lambda: self._seen(least or met))
        return self._told(met, seen) > CEILING

    def _told(self, met: Met, number: int) -> int:
        if number > CEILING:
            self.reader.remembered.keep(("many", repr(met)), True)
        return number

    def _seen(self, met: Met) -> int:
        """CEILING + 1 where that many are soon found; 0 where they are not looked for."""
        if self.reader.documents < LARGE or met.rare or not in_slices(met):
            return 0
        promise = CEILING * MARGIN // SLICES
        if self._up_to(promise, met & Met(quoted(slice_tag(0)))) < promise:
            return 0
        hits, values = within_slices(met, "", CEILING + 1)
        return self.reader.execute(f"SELECT count(*) FROM ({hits}) hits", values)[0][0]

    def _up_to(self, most: int, met: Met) -> int:
        text, values = met.whole("d")
        query = f"SELECT count(*) FROM (SELECT FROM {DOCUMENTS} WHERE {text} LIMIT {most}) hits"
        return self.reader.execute(query, values)[0][0]

    def in_order(self, met: Met, sorting: Sorting, weighing: Weighing = UNWEIGHED) -> np.ndarray | None:
        """All of them: points, key, asset_id. None where they turn out to be many."""
        points, weights = weighing
        key = (self.reader.index, repr(met), sorting.key, points, repr(weights))
        kept = self.reader.arrays.get(key)
        if kept is not None:
            return kept
        text, values = met.whole("d")
        number, sent = self.reader.execute(
            "SELECT count(*), string_agg(int8send(points) || int8send(key) || int4send(asset_id), NULL)"
            f" FROM (SELECT {points} AS points, {sorting.key} AS key, d.asset_id FROM {DOCUMENTS}"
            f" WHERE {text} LIMIT {CEILING + 1}) hits",
            (*weights, *values),
        )[0]
        if self._told(met, number) > CEILING:
            return None
        return self.reader.arrays.keep(key, _sorted(bytes(sent or b""), sorting.descending))


def in_slices(met: Met) -> bool:
    """Is a slice cheaper than the whole? Not with a prefix: each time all its words would be put together."""
    return ":*" not in met.lexemes


def within_slices(met: Met, columns: str, limit: int) -> tuple[str, Sequence[object]]:
    """Some ``limit`` hits, looked for in one slice after another until there are enough."""
    lexemes, rest = met.apart("d")
    text = " AND ".join(
        filter(None, ("d.words @@ (%s::tsquery && slice)" if lexemes else "d.words @@ slice", rest))
    )
    return (
        f"SELECT {columns} FROM unnest(%s::tsquery[]) slice CROSS JOIN LATERAL"
        f" (SELECT {columns} FROM {DOCUMENTS} WHERE {text}) d LIMIT {limit}",
        ([quoted(slice_tag(one)) for one in range(SLICES)], *((lexemes,) if lexemes else ()), *met.values),
    )


def _sorted(sent: bytes, descending: bool) -> np.ndarray:
    rows = np.frombuffer(sent, _ROW).astype(_ROW.newbyteorder("="))
    order = np.lexsort((rows["asset_id"], rows["key"], rows["points"]))
    return rows[order[::-1] if descending else order]


def after(hits: np.ndarray, sorting: Sorting, start: Place | None, limit: int) -> list[Place]:
    """Those that follow ``start`` in the order they are in."""
    first = 0 if start is None else len(hits) - int(np.count_nonzero(_beyond(hits, sorting, start)))
    return [tuple(row) for row in hits[first : first + limit].tolist()]


def _beyond(hits: np.ndarray, sorting: Sorting, start: Place) -> np.ndarray:
    further = np.less if sorting.descending else np.greater
    beyond = further(hits["asset_id"], start[2])
    for name, value in (("key", start[1]), ("points", start[0])):
        beyond = further(hits[name], value) | ((hits[name] == value) & beyond)
    return beyond
