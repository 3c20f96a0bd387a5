"""Pages by key. Few hits are sorted; of many, the newest are walked through until a page is full."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dam.search import choosing
from dam.search.choosing import PLACE_TIERS, TIERS, TOP_SCORE
from dam.search.index import Asked, Found, Order, Phrase, Tier, Word
from dam.search.postgres_query import Choice, Met, atoms, choose, tiers_of
from dam.search.postgres_reading import Reader
from dam.search.postgres_shapes import RANKS, quoted
from dam.search.postgres_tables import OLDEST, SCHEMA

CEILING = 10_000  # hits that are counted exactly
WALKED = 10_000  # rows looked at in order before all hits are sorted instead
MINUTES = 60.0  # seconds for which "more than the ceiling" is remembered

_DOCUMENTS = f"{SCHEMA}.documents d"


@dataclass(frozen=True)
class Sorting:
    """``key`` is an SQL expression, ``descending`` its direction and that of the ids."""

    key: str
    descending: bool

    @property
    def by(self) -> str:
        way = "DESC" if self.descending else "ASC"
        return f"key {way}, asset_id {way}"

    @property
    def beyond(self) -> str:
        return "<" if self.descending else ">"

    def after(self, key: str) -> str:
        return f"({key}, d.asset_id) {self.beyond} (%s, %s)"


SORTINGS = {
    Order.NEWEST: Sorting("d.taken", True),
    Order.RELEVANCE: Sorting("d.taken", True),
    Order.ADDED: Sorting("d.added", True),
    Order.OLDEST: Sorting(f"({OLDEST.replace('taken', 'd.taken')})", False),
}


@dataclass(frozen=True)
class Hit:
    tier: int
    points: int
    key: int
    asset_id: int

    @property
    def place(self) -> tuple[int, ...]:
        return (self.tier, self.points, self.key, self.asset_id)


@dataclass(frozen=True)
class Paging:
    reader: Reader
    asked: Asked

    @cached_property
    def choice(self) -> Choice:
        return choose(self.asked, self.reader)

    @cached_property
    def tiers(self) -> list[tuple[int, Met]]:
        chosen = self.choice.without(None)
        return [(number, chosen & met) for number, met in tiers_of(self.asked)]

    def page(self, after: Sequence[int] | None, limit: int) -> Found:
        start = choosing.checked(after) if after is not None else None
        self.reader.prepare()
        numbers: dict[int, int] = {}
        found: list[Hit] = []
        for tier, met in self.tiers:
            if (start is not None and tier < start[0]) or len(found) > limit:
                numbers[tier] = self._number(met)
                continue
            begin = start if start is not None and tier == start[0] else None
            numbers[tier], rows = self._looked(met, begin, limit + 1 - len(found))
            found += [Hit(tier, *row) for row in rows]
        shown = found[:limit]
        return Found(
            tuple(hit.asset_id for hit in shown),
            tuple(self._tier(hit.tier) for hit in shown),
            min(sum(numbers.values()), CEILING) if self._more(numbers) else sum(numbers.values()),
            self._per_tier(numbers),
            shown[-1].place if shown and len(found) > limit else None,
            more=self._more(numbers),
        )

    def _more(self, numbers: dict[int, int]) -> bool:
        return any(number > CEILING for number in numbers.values())

    def _names(self) -> tuple[Tier, ...]:
        return TIERS if self.asked.shows or self.asked.holds else PLACE_TIERS if self.asked.places else ()

    def _tier(self, number: int) -> Tier | None:
        names = self._names()
        return names[number // 2] if names else None

    def _per_tier(self, numbers: dict[int, int]) -> dict[Tier, int]:
        counted = dict.fromkeys(self._names(), 0)
        for number, many in numbers.items():
            if counted:
                counted[self._names()[number // 2]] += min(many, CEILING)
        return counted

    def _number(self, met: Met) -> int:
        """Hits, CEILING + 1 when there are more. That there are more is remembered for a minute."""
        text, values = met.whole("d")
        key = ("more", text, repr(values))
        known = self.reader.remembered.peek(key, MINUTES)
        if known is not None:
            return known
        query = f"SELECT count(*) FROM (SELECT FROM {_DOCUMENTS} WHERE {text} LIMIT {CEILING + 1}) hits"
        number = self.reader.execute(query, values)[0][0]
        if number > CEILING:
            self.reader.remembered.keep(key, number)
        return number

    def _looked(self, met: Met, start: Sequence[int] | None, limit: int) -> tuple[int, list[Any]]:
        """The number of hits, as ``_number``, and a page of them."""
        sorting = SORTINGS[self.asked.order]
        if self.asked.order is Order.RELEVANCE:
            number = self._number(met)
            if number <= CEILING:
                return number, self._weighed(met, start, limit) if number else []
        else:
            number, rows = self._counted(met, sorting, start, limit)
            if number <= CEILING:
                return number, rows
        rows = self._walked(met, sorting, start, limit)
        return number, self._sorted(met, sorting, start, limit) if rows is None else rows

    def _counted(
        self, met: Met, sorting: Sorting, start: Sequence[int] | None, limit: int
    ) -> tuple[int, list[Any]]:
        """Number and page in one look at the hits; no page where there are more than are counted."""
        text, values = met.whole("d")
        key = ("more", text, repr(values))
        known = self.reader.remembered.peek(key, MINUTES)
        if known is not None:
            return known, []
        begins = "" if start is None else f"WHERE (key, asset_id) {sorting.beyond} (%s, %s)"
        rows = self.reader.execute(
            f"WITH hits AS MATERIALIZED (SELECT {sorting.key} AS key, d.asset_id FROM {_DOCUMENTS}"
            f" WHERE {text} LIMIT {CEILING + 1}), page AS (SELECT key, asset_id FROM hits {begins}"
            f" ORDER BY {sorting.by} LIMIT {limit})"
            " SELECT number, 0, key, asset_id FROM (SELECT count(*) AS number FROM hits) counted"
            f" LEFT JOIN page ON true ORDER BY {sorting.by}",
            values if start is None else (*values, *start[2:]),
        )
        number = rows[0][0]
        if number > CEILING:
            self.reader.remembered.keep(key, number)
        return number, [row[1:] for row in rows if row[3] is not None]

    def _sorted(self, met: Met, sorting: Sorting, start: Sequence[int] | None, limit: int) -> list[Any]:
        text, values = met.whole("d")
        if start is not None:
            text, values = f"{text} AND {sorting.after(sorting.key)}", (*values, *start[2:])
        return self.reader.execute(
            f"WITH hits AS MATERIALIZED (SELECT {sorting.key} AS key, d.asset_id FROM {_DOCUMENTS}"
            f" WHERE {text}) SELECT 0, key, asset_id FROM hits ORDER BY {sorting.by} LIMIT {limit}",
            values,
        )

    def _walked(
        self, met: Met, sorting: Sorting, start: Sequence[int] | None, limit: int
    ) -> list[Any] | None:
        """None when WALKED rows did not fill the page."""
        ranges = Met("", tuple(one for one in met.sql if _is_range(one)), _values_of_ranges(met))
        inner, inner_values = ranges.whole("d")
        if start is not None:
            inner, inner_values = f"{inner} AND {sorting.after(sorting.key)}", (*inner_values, *start[2:])
        text, values = met.whole("d")
        rows = self.reader.execute(
            f"SELECT 0, key, asset_id FROM (SELECT {sorting.key} AS key, d.* FROM {_DOCUMENTS} WHERE {inner}"
            f" ORDER BY {sorting.by} LIMIT {WALKED}) d WHERE {text} LIMIT {limit}",
            (*inner_values, *values),
        )
        return rows if len(rows) >= limit else None

    def _weighed(self, met: Met, start: Sequence[int] | None, limit: int) -> list[Any]:
        text, values = met.whole("d")
        points, weighing = self._points()
        place, given = "", ()
        if start is not None:
            place = "WHERE points < %s OR (points = %s AND (key, asset_id) < (%s, %s))"
            given = (start[1], start[1], *start[2:])
        return self.reader.execute(
            f"WITH hits AS MATERIALIZED (SELECT d.taken AS key, d.asset_id, {points} AS points"
            f" FROM {_DOCUMENTS} WHERE {text}) SELECT points, key, asset_id FROM hits {place}"
            f" ORDER BY points DESC, key DESC, asset_id DESC LIMIT {limit}",
            (*weighing, *values, *given),
        )

    def _points(self) -> tuple[str, tuple[Any, ...]]:
        """The weights of the words found, rarer ones counting more, as a whole number up to TOP_SCORE."""
        words = dict.fromkeys(
            Word(stem) if isinstance(atom, Phrase) else atom
            for atom in atoms(self.asked)
            for stem in (atom.stems if isinstance(atom, Phrase) else ("",))
        )
        if not words:
            return "0", ()
        lexemes = [
            quoted(word.stem) if isinstance(word, Word) else f"{quoted(word.start)}:*" for word in words
        ]
        rarities = [math.log(1 + CEILING / (1 + self._number(Met(one)))) + 0.1 for one in lexemes]
        scale = TOP_SCORE / (sum(rarities) * 2)
        parts, values = [], []
        for lexeme, rarity in zip(lexemes, rarities, strict=True):
            parts.append("%s * ts_rank(%s::real[], d.words, %s::tsquery)")
            values += [rarity * scale, RANKS, lexeme]
        return f"least({' + '.join(parts)}, {TOP_SCORE})::bigint", tuple(values)


def _is_range(sql: str) -> bool:
    return sql.count("%s") == 1 and sql.startswith(("{d}.taken ", "{d}.added "))


def _values_of_ranges(met: Met) -> tuple[Any, ...]:
    values, at = [], 0
    for one in met.sql:
        count = one.count("%s")
        if _is_range(one):
            values += met.values[at : at + count]
        at += count
    return tuple(values)
