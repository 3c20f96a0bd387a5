"""Pages by key. Few hits are sorted; of many, the newest are walked through until a page is full."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dam.search import choosing
from dam.search.choosing import PLACE_TIERS, TIERS, TOP_SCORE
from dam.search.index import Asked, Found, Order, Phrase, Tier, Word
from dam.search.postgres_hits import CEILING, DOCUMENTS, UNWEIGHED, Hits, Sorting, after
from dam.search.postgres_lines import RANKS
from dam.search.postgres_query import Choice, Met, atoms, choose, choose_some, tiers_of
from dam.search.postgres_reading import Reader
from dam.search.postgres_tables import OLDEST
from dam.search.postgres_tags import quoted

WALKED = 10_000  # rows looked at in order before all hits are sorted instead

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
    def hits(self) -> Hits:
        return Hits(self.reader)

    @cached_property
    def tiers(self) -> list[tuple[int, Met, Met | None]]:
        """Each tier's number, what belongs to it, and less that is asked more cheaply where prefixes are."""
        whole = _tiers(self.asked, self.choice)
        some = choose_some(self.asked, self.reader)
        least = _tiers(self.asked, some) if some else [(number, None) for number, _ in whole]
        return [(number, met, less) for (number, met), (_, less) in zip(whole, least, strict=True)]

    def page(self, place: Sequence[int] | None, limit: int) -> Found:
        start = choosing.checked(place) if place is not None else None
        self.reader.begin()
        numbers: dict[int, int] = {}
        found: list[Hit] = []
        for tier, met, least in self.tiers:
            if (start is not None and tier < start[0]) or len(found) > limit:
                numbers[tier] = self.hits.number(met, least)
                continue
            begin = start if start is not None and tier == start[0] else None
            numbers[tier], rows = self._looked(met, least, begin, limit + 1 - len(found))
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

    def _looked(
        self, met: Met, least: Met | None, start: Sequence[int] | None, limit: int
    ) -> tuple[int, list[Any]]:
        """The number of hits, CEILING + 1 when there are more, and a page of them."""
        sorting = SORTINGS[self.asked.order]
        if not self.hits.are_many(met, least):
            weighing = self._points() if self.asked.order is Order.RELEVANCE else UNWEIGHED
            hits = self.hits.in_order(met, sorting, weighing)
            if hits is not None:
                place = tuple(start[1:]) if start is not None else None
                return len(hits), after(hits, sorting, place, limit)
        rows = self._walked(met, sorting, start, limit)
        return CEILING + 1, self._sorted(met, sorting, start, limit) if rows is None else rows

    def _sorted(self, met: Met, sorting: Sorting, start: Sequence[int] | None, limit: int) -> list[Any]:
        text, values = met.whole("d")
        if start is not None:
            text, values = f"{text} AND {sorting.after(sorting.key)}", (*values, *start[2:])
        return self.reader.execute(
            f"WITH hits AS MATERIALIZED (SELECT {sorting.key} AS key, d.asset_id FROM {DOCUMENTS}"
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
            f"SELECT 0, key, asset_id FROM (SELECT {sorting.key} AS key, d.* FROM {DOCUMENTS} WHERE {inner}"
            f" ORDER BY {sorting.by} LIMIT {WALKED}) d WHERE {text} LIMIT {limit}",
            (*inner_values, *values),
        )
        return rows if len(rows) >= limit else None

    def _points(self) -> tuple[str, tuple[Any, ...]]:
        """The weights of the words found, rarer ones counting more, as a whole number up to TOP_SCORE."""
        words = dict.fromkeys(
            Word(stem) if isinstance(atom, Phrase) else atom
            for atom in atoms(self.asked)
            for stem in (atom.stems if isinstance(atom, Phrase) else ("",))
        )
        if not words:
            return UNWEIGHED
        lexemes = [
            quoted(word.stem) if isinstance(word, Word) else f"{quoted(word.start)}:*" for word in words
        ]
        rarities = [math.log(1 + CEILING / (1 + self.hits.number(Met(one)))) + 0.1 for one in lexemes]
        scale = TOP_SCORE / (sum(rarities) * 2)
        parts, values = [], []
        for lexeme, rarity in zip(lexemes, rarities, strict=True):
            parts.append("%s * ts_rank(%s::real[], d.words, %s::tsquery)")
            values += [rarity * scale, RANKS, lexeme]
        return f"least({' + '.join(parts)}, {TOP_SCORE})::bigint", tuple(values)


def _tiers(asked: Asked, choice: Choice) -> list[tuple[int, Met]]:
    chosen = choice.without(None)
    return [(number, chosen & met) for number, met in tiers_of(asked)]


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
