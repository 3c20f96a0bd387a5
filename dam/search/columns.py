"""Every searchable asset's ids in memory, addressed by asset id: order, filters and counts are read from it.

A ``Columns`` never changes: ``learn`` makes the next one from what changed, so that a search under way keeps
the one it began with. The two share every array in which nothing changed. About 60 bytes an asset, and 9 for
each event and official of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice

import numpy as np

from dam.search.folding import fold
from dam.search.index import Asked, Order, Row, Tally

EPOCH = datetime(1970, 1, 1)
UNKNOWN = -(2**62)  # a date that is not known
APPEARS, ATTENDED = np.uint8(1), np.uint8(2)
SLACK = 1024  # ids of room, so that an upload does not grow the arrays row by row
NO_TEXT = 0  # the code of an absent text

NUMBERS = {
    "taken": np.int64,
    "added": np.int64,
    "owner": np.int32,
    "municipality": np.int32,
    "state": np.int16,
    "rating": np.int8,
    "captioned": np.int8,
    "stack": np.int32,  # negative: a frame that its stack's cover stands for
}
TEXTS = ("kind", "review", "orientation", "byline", "camera")
LISTS = ("offices", "keywords")  # texts of which an asset can have several

Array = np.ndarray


@dataclass(frozen=True)
class Pairs:
    """(asset, value) pairs of what an asset can have several of, with flags where they matter."""

    assets: Array
    values: Array
    flags: Array

    def replaced(self, dirty: Array, pairs: Sequence[tuple[int, int, int]]) -> "Pairs":
        """With ``pairs`` instead of those of ``dirty`` assets; the same where these have them already."""
        theirs = dirty[self.assets]
        if set(pairs) == self._listed(np.flatnonzero(theirs)):
            return self
        keep = ~theirs
        new = np.array(pairs, np.int64).reshape(-1, 3)
        return Pairs(
            np.concatenate((self.assets[keep], new[:, 0].astype(np.int32))),
            np.concatenate((self.values[keep], new[:, 1].astype(np.int32))),
            np.concatenate((self.flags[keep], new[:, 2].astype(np.uint8))),
        )

    def _listed(self, places: Array) -> set[tuple[int, int, int]]:
        parts = (part[places].tolist() for part in (self.assets, self.values, self.flags))
        return set(zip(*parts, strict=True))


def _no_pairs() -> Pairs:
    return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint8))


@dataclass(frozen=True)
class Names:
    """Texts as small numbers; two writings that fold alike are one. ``shown[code]`` is the most careful
    writing."""

    codes: dict[str, int] = field(default_factory=dict)
    shown: tuple[str, ...] = ("",)

    @classmethod
    def of(cls, shown: Sequence[str]) -> "Names":
        return cls({fold(text): code for code, text in enumerate(shown) if code}, tuple(shown))

    def code(self, text: object) -> int | None:
        return self.codes.get(fold(str(text)))

    def codes_like(self, text: str) -> list[int]:
        """Those in which each word of ``text`` begins a word."""
        wanted = fold(text).split()
        return [
            code for folded, code in self.codes.items()
            if wanted and all(any(word.startswith(start) for word in folded.split()) for start in wanted)
        ]  # fmt: skip

    def with_texts(self, texts: Iterable[object]) -> "Names":
        """These too; the same where none is new nor written with more care."""
        better = [text for text in map(str, texts) if self._gains(text)]
        if not better:
            return self
        codes, shown = dict(self.codes), list(self.shown)
        for text in better:
            code = codes.setdefault(fold(text), len(shown))
            if code == len(shown):
                shown.append(text)
            shown[code] = max(shown[code], text, key=care)
        return Names(codes, tuple(shown))

    def _gains(self, text: str) -> bool:
        code = self.code(text)
        return code is None or (self.shown[code] != text and care(text) > care(self.shown[code]))


def care(text: str) -> tuple[int, int, str]:
    """Of two writings of a name the one with accents is shown, then the one with capitals."""
    return sum(not letter.isascii() for letter in text), sum(map(str.isupper, text)), text


@dataclass(frozen=True, eq=False)
class Columns:
    """All assets as of ``seq``. ``numbers`` and ``coded`` hold one value for each id below ``size``."""

    seq: int
    size: int
    alive: Array
    numbers: dict[str, Array]
    coded: dict[str, Array]
    names: dict[str, Names]
    events: Pairs
    districts: Pairs
    officials: Pairs  # flags: APPEARS, ATTENDED or both
    offices: Pairs  # values: codes of ``names``, as in ``coded``
    keywords: Pairs

    @cached_property
    def frames(self) -> Array:
        """Ids of the frames that a cover stands for, where that is found."""
        return np.flatnonzero(self.numbers["stack"] < 0)

    @cached_property
    def months(self) -> Array:
        """year * 12 + month - 1 of ``taken``; 0 where unknown."""
        taken = self.numbers["taken"]
        months = taken.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        return np.where(taken == UNKNOWN, 0, months).astype(np.int32)

    @cached_property
    def _orders(self) -> dict[Order, "Ranking"]:
        return {}

    @cached_property
    def tallies(self) -> dict[Asked, Tally]:
        """Counts of all that somebody may see, which suggestions ask for with every letter."""
        return {}

    def inherit(self, old: "Columns") -> None:
        """What ``old`` has reckoned from columns that are the same here need not be reckoned again."""
        same = {name for name in NUMBERS if self.numbers[name] is old.numbers[name]}
        for name, column in (("months", "taken"), ("frames", "stack")):
            if column in same and name in old.__dict__:
                self.__dict__[name] = old.__dict__[name]  # where cached_property keeps it
        for order, ranking in old._orders.items():
            if ("added" if order is Order.ADDED else "taken") in same:
                self._orders[order] = ranking

    def ranking(self, order: Order) -> "Ranking":
        """The assets in ``order`` (by relevance: newest among equals), unknown dates last."""
        order = Order.NEWEST if order is Order.RELEVANCE else order
        found = self._orders.get(order)
        if found is None:
            found = self._orders[order] = self._rank(order)
        return found

    def _rank(self, order: Order) -> "Ranking":
        if order is Order.OLDEST:
            taken = self.numbers["taken"]
            key = np.where(taken == UNKNOWN, -UNKNOWN, taken)
            return Ranking(key, np.argsort(key, kind="stable"), descending=False)
        key = -(self.numbers["added"] if order is Order.ADDED else self.numbers["taken"])
        ids = self.size - 1 - np.argsort(key[::-1], kind="stable")  # equal keys: greater ids first
        return Ranking(key, ids, descending=True)


class Ranking:
    """``ids`` in order; ``key`` ascends along it and ``rank[id]`` is the id's place."""

    def __init__(self, key: Array, ids: Array, *, descending: bool) -> None:
        self.key, self.ids, self._descending = key, ids, descending
        self.rank = np.empty(len(ids), np.int64)
        self.rank[ids] = np.arange(len(ids))

    @cached_property
    def _keys(self) -> Array:
        return self.key[self.ids]

    def place_after(self, key: int, asset_id: int) -> int:
        """The place of what comes right after ``(key, asset_id)``, whether or not that is still there."""
        low, high = np.searchsorted(self._keys, key, "left"), np.searchsorted(self._keys, key, "right")
        same = self.ids[low:high]
        if self._descending:
            return int(low + np.searchsorted(-same, -asset_id, "right"))
        return int(low + np.searchsorted(same, asset_id, "right"))


def no_columns() -> Columns:
    """Before anything was read."""
    return Columns(
        seq=-1, size=0, alive=np.zeros(0, bool),
        numbers={name: np.zeros(0, kind) for name, kind in NUMBERS.items()},
        coded={name: np.zeros(0, np.int32) for name in TEXTS},
        names={name: Names() for name in (*TEXTS, *LISTS)},
        events=_no_pairs(), districts=_no_pairs(), officials=_no_pairs(),
        offices=_no_pairs(), keywords=_no_pairs(),
    )  # fmt: skip


def learn(old: Columns, changed: Iterable[Row], seq: int) -> Columns:
    """The columns after ``changed``. ``old`` stays as it is."""
    rows = list(changed)
    if not rows:
        return replace(old, seq=seq)
    ids = np.array([row.asset_id for row in rows], np.int64)
    size = old.size if ids.max() < old.size else int(ids.max()) + 1 + SLACK
    alive = _with(old.alive, size, ids, [not row.gone for row in rows])
    numbers = {name: _with(old.numbers[name], size, ids, given) for name, given in _numbers_of(rows).items()}
    coded, names = {}, {}
    for name in TEXTS:
        texts = [row.fields.get(name) for row in rows]
        names[name] = old.names[name].with_texts({text for text in texts if text is not None})
        codes = [NO_TEXT if text is None else names[name].code(text) for text in texts]
        coded[name] = _with(old.coded[name], size, ids, codes)
    dirty = np.zeros(size, bool)
    dirty[ids] = True
    lists: dict[str, Pairs] = {}
    for name in LISTS:
        given = {text for row in rows for text in row.fields.get(name, ())}
        names[name] = old.names[name].with_texts(given)
        lists[name] = getattr(old, name).replaced(dirty, list(_coded_pairs(rows, name, names[name])))
    made = Columns(
        seq,
        size,
        alive,
        numbers,
        coded,
        names,
        events=old.events.replaced(dirty, list(_pairs_of(rows, "events"))),
        districts=old.districts.replaced(dirty, list(_pairs_of(rows, "districts"))),
        officials=old.officials.replaced(dirty, list(_officials_of(rows))),
        **lists,
    )
    made.inherit(old)
    return made


def _with(column: Array, size: int, ids: Array, values: Sequence[object]) -> Array:
    """``column`` with ``values`` at ``ids``: itself where that changes nothing."""
    given = np.array(values, column.dtype)
    if size == len(column) and np.array_equal(column[ids], given):
        return column
    grown = np.zeros(size, column.dtype)
    grown[: len(column)] = column
    grown[ids] = given
    return grown


def batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    rows = iter(rows)
    while some := list(islice(rows, size)):
        yield some


def seconds(moment: datetime | None) -> int:
    """A naive local time as seconds since 1970, for comparison only."""
    return UNKNOWN if moment is None else int((moment - EPOCH).total_seconds())


def _numbers_of(rows: Sequence[Row]) -> dict[str, list[int]]:
    return {
        "taken": [seconds(row.taken_at) for row in rows],
        "added": [int(row.fields.get("added", 0)) for row in rows],
        "owner": [int(row.fields.get("owner", 0)) for row in rows],
        "municipality": [int(row.fields.get("municipality", 0)) for row in rows],
        "state": [int(row.fields.get("state", 0)) for row in rows],
        "rating": [min(max(int(row.fields.get("rating", 0)), -1), 100) for row in rows],
        "captioned": [int(row.fields.get("captioned", 0)) for row in rows],
        "stack": [int(row.fields.get("stack", 0)) for row in rows],
    }


def _pairs_of(rows: Sequence[Row], name: str) -> Iterator[tuple[int, int, int]]:
    for row in rows:
        for value in row.fields.get(name, ()):
            yield row.asset_id, value, 0


def _coded_pairs(rows: Sequence[Row], name: str, names: Names) -> Iterator[tuple[int, int, int]]:
    for row in rows:
        for code in dict.fromkeys(names.code(text) for text in row.fields.get(name, ())):
            if code:
                yield row.asset_id, code, 0


def _officials_of(rows: Sequence[Row]) -> Iterator[tuple[int, int, int]]:
    for row in rows:
        flags: dict[int, int] = {}
        for name, flag in (("appears", APPEARS), ("attended", ATTENDED)):
            for official in row.fields.get(name, ()):
                flags[official] = flags.get(official, 0) | int(flag)
        for official, flag in flags.items():
            yield row.asset_id, official, flag
