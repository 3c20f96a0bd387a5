"""How many assets each value would give: the values of all hits in one read, counted as an array."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dam.search.choosing import COUNTED
from dam.search.index import Asked, Filter, Tally
from dam.search.postgres_hits import DOCUMENTS, Hits, in_slices, within_slices
from dam.search.postgres_query import Choice, choose, choose_some
from dam.search.postgres_reading import Reader
from dam.search.postgres_tables import SCHEMA
from dam.search.postgres_values import NAMED, counted, split

CEILING = 50_000  # hits that are counted; of more, so many
LASTING = 60.0  # seconds for which the counts of all one may see are remembered

Values = tuple[np.ndarray, np.ndarray]
_NONE: Values = (np.empty(0, np.uint32), np.empty(0, np.int64))


@dataclass(frozen=True)
class Counting:
    reader: Reader
    asked: Asked

    @cached_property
    def choice(self) -> Choice:
        return choose(self.asked, self.reader)

    @cached_property
    def some(self) -> Choice | None:
        return choose_some(self.asked, self.reader)

    def tally(self) -> Tally:
        now = self.reader.index
        if not self.choice.bare:
            return self._tally()
        # All of the office's: suggestions ask for it with every letter. It is the same until the next commit.
        key = ("all of the office's", self.asked.stacked)
        known = self.reader.remembered.peek(key, math.inf)
        if known is None or known[0] != now:
            known = self.reader.remembered.keep(key, (now, self._tally()))
        return known[1]

    def _tally(self) -> Tally:
        found, more = self._everything()
        for name in self.choice.per_filter:
            if name in COUNTED:
                aside, ceiling = self._counted(name)
                found[name] = aside.get(name, _NONE)
                more = more or ceiling
        texts = self._texts(found)
        return Tally({name: _named(name, found.get(name, _NONE), texts) for name in COUNTED}, at_least=more)

    def _everything(self) -> tuple[dict[Filter, Values], bool]:
        if self.asked.wanted or self.asked.unwanted or self.asked.always or self.choice.per_filter:
            return self._counted(None)
        if self.choice.bare and not (self.asked.stacked and self._has_frames()):
            return self._totals(), False
        key = ("all", repr(self.choice.without(None)))
        return self.reader.remembered.get(key, LASTING, lambda: self._counted(None, whole=True))

    def _has_frames(self) -> bool:
        return bool(
            self.reader.execute(f"SELECT EXISTS (SELECT FROM {SCHEMA}.documents WHERE stack < 0)", ())[0][0]
        )

    def _totals(self) -> dict[Filter, Values]:
        """Kept by the indexer: what all documents have."""
        rows = self.reader.execute(
            "SELECT string_agg(int4send((code - 2147483648)::integer), NULL ORDER BY code),"
            " string_agg(int4send(number), NULL ORDER BY code)"
            f" FROM {SCHEMA}.totals WHERE number > 0", ()
        )  # fmt: skip
        codes, numbers = rows[0]
        if codes is None:
            return {}
        ascending = (np.frombuffer(codes, ">i4").astype(np.int64) + 2**31).astype(np.uint32)
        return {name: (values, often) for name, values, often in
                split(ascending, np.frombuffer(numbers, ">i4").astype(np.int64))}  # fmt: skip

    def _counted(self, aside: Filter | None, *, whole: bool = False) -> tuple[dict[Filter, Values], bool]:
        """Of what is chosen but by the filter ``aside``. Of many hits those are counted that come first."""
        met = self.choice.without(aside)
        some = self.some.without(aside) if self.some else met
        if not whole and in_slices(some) and Hits(self.reader).are_many(met, some):
            number, found = self._read(*within_slices(some, "d.counted", CEILING + 1))
            if number > CEILING or some is met:
                return found, number > CEILING
        text, values = met.whole("d")
        limit = "" if whole else f"LIMIT {CEILING + 1}"
        number, found = self._read(f"SELECT d.counted FROM {DOCUMENTS} WHERE {text} {limit}", values)
        return found, not whole and number > CEILING

    def _read(self, hits: str, values: Sequence[object]) -> tuple[int, dict[Filter, Values]]:
        query = f"SELECT count(*), string_agg(counted, NULL) FROM ({hits}) hits"
        number, blob = self.reader.execute(query, values)[0]
        return number, {name: (one, often) for name, one, often in counted(bytes(blob or b""))}

    def _texts(self, found: dict[Filter, Values]) -> dict[int, str]:
        ids = [one for name in NAMED if name in found for one in found[name][0].tolist()]
        rows = (
            self.reader.execute(f"SELECT id, shown FROM {SCHEMA}.texts WHERE id = ANY(%s)", (ids,))
            if ids
            else []
        )
        return {row[0]: row[1] for row in rows}


def _named(name: Filter, values: Values, texts: dict[int, str]) -> list[tuple[object, int]]:
    pairs: Sequence[tuple[int, int]] = list(zip(values[0].tolist(), values[1].tolist(), strict=True))
    if name in NAMED:
        shown = ((texts.get(value), number) for value, number in pairs)
        return sorted(
            ((text, number) for text, number in shown if text is not None), key=lambda one: (-one[1], one[0])
        )
    return [(_value(name, value), number) for value, number in pairs]


def _value(name: Filter, value: int) -> Any:
    if name is Filter.MUNICIPALITY:
        return format(value, "05d")
    if name is Filter.STATE:
        return format(value, "02d")
    return (value // 12, value % 12 + 1) if name is Filter.TAKEN else value
