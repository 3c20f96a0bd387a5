"""A question becomes a condition: mostly one ``tsquery``, and SQL for what no lexeme can say."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from dam.search.columns import UNKNOWN, seconds
from dam.search.folding import fold
from dam.search.index import (
    Asked,
    Clause,
    Condition,
    Either,
    Every,
    Filter,
    Phrase,
    Prefix,
    Scope,
    Word,
)
from dam.search.offices import shown
from dam.search.postgres_tags import EVERY, FRAME, lacks_tag, pair_tag, pairs_of, quoted, tag
from dam.search.reading import COMMON_STEMS
from dam.search.rows import pattern_of

NOTHING = "'=-'"  # a tag nobody has
_TOKEN = re.compile(r"'(?:[^']|'')*'|[()&!]")
YEARS = 12  # of a span of time that are looked up one by one


class Known(Protocol):
    """What the index says of its own words and texts."""

    def texts(self, name: Filter, text: str) -> Sequence[str]:
        """Folded texts of a filter in which each word of ``text`` begins a word."""

    @property
    def frequent(self) -> frozenset[str]:
        """The words whose pairs are kept."""


@dataclass(frozen=True)
class Met:
    """``lexemes``: a tsquery, "" for everything; ``sql``: more conditions, all to be met, with ``{d}`` for
    the document's alias; ``values``: what stands for their %s, in order; ``rare``: a word that is not
    frequent has to be there."""

    lexemes: str = ""
    sql: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    rare: bool = False

    def __and__(self, other: "Met") -> "Met":
        lexemes = " & ".join(filter(None, (self.lexemes, other.lexemes)))
        return Met(lexemes, self.sql + other.sql, self.values + other.values, self.rare or other.rare)

    def apart(self, alias: str = "{d}") -> tuple[str, str]:
        """Its tsquery ("" for everything) and its other conditions ("" for none), whose values it has."""
        # With a tag all documents have, a query of mere exclusions need not look at every row.
        lexemes = f"{quoted(EVERY)} & {self.lexemes}" if _excludes(self.lexemes) else self.lexemes
        return lexemes, " AND ".join(self.sql).replace("{d}", alias)

    def whole(self, alias: str = "{d}") -> tuple[str, tuple[Any, ...]]:
        """As one SQL condition, and its values."""
        lexemes, rest = self.apart(alias)
        found = f"{alias}.words @@ %s::tsquery" if lexemes else ""
        text = " AND ".join(filter(None, (found, rest))) or "true"
        return text, ((lexemes,) if lexemes else ()) + self.values

    def inverted(self) -> "Met":
        if not self.sql:
            return Met(f"!({self.lexemes})") if self.lexemes else Met(NOTHING)
        text, values = self.whole()
        return Met("", (f"NOT ({text})",), values)


def _excludes(lexemes: str) -> bool:
    """Is there an exclusion in all parts of a tsquery that have to be met?"""
    parts, depth = [""], 0
    for token in _TOKEN.findall(lexemes):
        depth += (token == "(") - (token == ")")
        if token == "&" and not depth:
            parts.append("")
        elif token == "!":
            parts[-1] = token
    return all(parts)


def any_of(choices: Iterable[Met]) -> Met:
    choices = list(choices)
    if len(choices) == 1:
        return choices[0]
    if all(not one.sql for one in choices):
        lexemes = [f"({one.lexemes or quoted(EVERY)})" for one in choices]
        return Met("(" + " | ".join(lexemes) + ")") if lexemes else Met(NOTHING)
    wholes = [one.whole() for one in choices]
    text = " OR ".join(f"({text})" for text, _ in wholes)
    return Met("", (f"({text})",), tuple(value for _, values in wholes for value in values))


def all_of(parts: Iterable[Met]) -> Met:
    met = Met()
    for one in parts:
        met &= one
    return met


@dataclass(frozen=True)
class Choice:
    """What is chosen before (``base``) and by each of the filters beside it."""

    base: Met
    per_filter: dict[Filter, Met] = field(default_factory=dict)
    stacked: bool = False

    def without(self, left_out: Filter | None) -> Met:
        met = all_of([self.base, *(one for name, one in self.per_filter.items() if name is not left_out)])
        return _one_of_each_stack(met) if self.stacked else met

    @property
    def bare(self) -> bool:
        """Nothing is asked for but what one may see."""
        return not self.per_filter and self.base == Met()


def choose(asked: Asked, known: Known) -> Choice:
    base = all_of([
        in_scope(asked.scope),
        *(meets(condition, known) for condition in asked.always),
        *(holds(clause, known) for clause in asked.wanted),
        *(holds(clause, known).inverted() for clause in asked.unwanted),
    ])  # fmt: skip
    per_filter: dict[Filter, Met] = {}
    for condition in asked.filters:
        met = meets(condition, known)
        per_filter[condition.filter] = per_filter.get(condition.filter, Met()) & met
    return Choice(base, per_filter, asked.stacked)


def choose_some(asked: Asked, known: Known) -> Choice | None:
    """Where a prefix is wanted: what is found more cheaply, nothing else and hardly all. Frequent words stand
    in its place, and frames of stacks are left out. None where no prefix begins a frequent word."""
    spelled = _spelled_out(asked, known.frequent)
    if spelled is None:
        return None
    choice = choose(replace(spelled, stacked=False), known)
    return replace(choice, base=choice.base & Met(f"!{quoted(FRAME)}"))


def _spelled_out(asked: Asked, frequent: Iterable[str]) -> Asked | None:
    """The same with ``frequent`` words in the place of each wanted prefix; None where there are none."""
    frequent = sorted(frequent)
    prefixes = [one for one in atoms(asked) if isinstance(one, Prefix)]
    begun = {one: tuple(Word(word) for word in frequent if word.startswith(one.start)) for one in prefixes}
    if not begun or not all(begun.values()):
        return None

    def spelled(clause: Any) -> Any:
        if isinstance(clause, Prefix):
            return Either(begun[clause])
        return Either(tuple(map(spelled, clause.choices))) if isinstance(clause, Either) else clause

    return replace(asked, wanted=tuple(map(spelled, asked.wanted)))


def _one_of_each_stack(met: Met) -> Met:
    """Without the frames whose cover is among the chosen too."""
    text, values = met.whole("cover")
    hidden = f"({{d}}.stack >= 0 OR NOT EXISTS (SELECT FROM search_index.documents cover WHERE cover.stack = -{{d}}.stack AND {text}))"  # noqa: E501
    return replace(met, sql=(*met.sql, hidden), values=met.values + values)


def in_scope(scope: Scope) -> Met:
    """Mirrors dam.services.access.visible."""
    own = [Met(quoted(tag(Filter.OWNER, scope.owner_id)))] if scope.owner_id else []
    if scope.everything:
        seen = Met()
    else:
        places = [Met(quoted(tag(Filter.MUNICIPALITY, key))) for key in scope.territory if len(key) == 5]
        places += [Met(quoted(tag(Filter.STATE, key))) for key in scope.territory if len(key) == 2]
        approved = [Met(quoted(tag(Filter.REVIEW, "approved")))] if scope.approved else []
        seen = any_of(sorted((*places, *approved), key=lambda one: one.lexemes))
    if not scope.rejected:
        seen &= Met(quoted(tag(Filter.REVIEW, "rejected"))).inverted()
    return seen if seen == Met() else any_of([seen, *own]) if own else seen


def meets(condition: Condition, known: Known) -> Met:
    met = _any_value(condition, known)
    if condition.absent:
        met = any_of([met, _lacks(condition.filter)])
    return met.inverted() if condition.negated else met


def _any_value(condition: Condition, known: Known) -> Met:
    name, values = condition.filter, condition.values
    if name is Filter.TAKEN:
        return any_of(_taken(*span) for span in values)
    if name is Filter.ADDED:
        ends = ([math.ceil(end.timestamp()) if end else None for end in span] for span in values)
        return any_of(_span("added", *span) for span in ends)
    if name is Filter.ASSET:
        ids = [int(text) for text in map(str, values) if text.isascii() and text.isdigit() and len(text) < 10]
        return Met("", ("{d}.asset_id = ANY(%s)",), (ids,))
    if name in (Filter.BYLINE_LIKE, Filter.CAMERA_LIKE, Filter.KEYWORD_LIKE):
        kept = Filter.BYLINE if name is Filter.BYLINE_LIKE else name
        return _tagged(kept, (found for text in values for found in known.texts(kept, str(text))))
    if name is Filter.BYLINE or name in (Filter.KIND, Filter.REVIEW, Filter.ORIENTATION):
        return _tagged(name, (value for value in values if fold(str(value))))
    return _tagged(name, values)


def _tagged(name: Filter, values: Iterable[object]) -> Met:
    return any_of(Met(quoted(one)) for one in dict.fromkeys(tag(name, value) for value in values))


def _taken(start: datetime | None, before: datetime | None) -> Met:
    """Between two moments: in the index by the years, which are tags, then by the second."""
    met = _span("taken", *(seconds(end) if end else None for end in (start, before)))
    if start and before and start.year <= before.year < start.year + YEARS:
        met &= _tagged(Filter.TAKEN, range(start.year, before.year + 1))
    return met


def _span(column: str, start: int | None, before: int | None) -> Met:
    sql, values = [], []
    if column == "taken":
        sql, values = ["{d}.taken > %s"], [UNKNOWN]
    if start is not None:
        sql.append(f"{{d}}.{column} >= %s")
        values.append(start)
    if before is not None:
        sql.append(f"{{d}}.{column} < %s")
        values.append(before)
    return Met("", tuple(sql), tuple(values))


def _lacks(name: Filter) -> Met:
    if name is Filter.ADDED:
        return Met(NOTHING)
    if name is Filter.ASSET:
        return Met()
    return Met(quoted(lacks_tag(Filter.BYLINE if name is Filter.BYLINE_LIKE else name)))


def holds(clause: Clause | Every | Condition, known: Known) -> Met:
    if isinstance(clause, Either):
        return any_of(holds(choice, known) for choice in clause.choices)
    if isinstance(clause, Every):
        return all_of(holds(word, known) for word in clause.words)
    if isinstance(clause, Condition):
        return meets(clause, known)
    if isinstance(clause, Word):
        return Met(quoted(clause.stem), rare=clause.stem not in known.frequent)
    return _run(clause, known)


def _run(clause: Prefix | Phrase, known: Known) -> Met:
    if isinstance(clause, Prefix):
        return Met(f"({quoted(clause.start)}:* | {quoted(clause.stem)})")
    words = [one for one in clause.stems if one not in COMMON_STEMS]
    pairs = [pair_tag(*pair) for pair in pairs_of(words, known.frequent)] if len(words) > 1 else ()
    (pattern,) = pattern_of(clause)
    return Met(" & ".join(map(quoted, (*words, *pairs))), ("strpos({d}.text, %s) > 0",), (pattern,))


def tiers_of(asked: Asked) -> list[tuple[int, Met]]:
    """The numbers of the tiers, as ``dam.search.choosing`` counts them, with what belongs to each: twice the
    tier, and one more where the asker typed ñ and the asset only has n."""
    holders = [shown(key) for key in asked.holds]
    appears = any_of([_tagged(Filter.APPEARS, asked.shows), _tagged(Filter.OFFICE, holders)])
    present = any_of([_tagged(Filter.OFFICIAL, asked.shows), _tagged(Filter.OFFICE, asked.holds)])
    here = _tagged(Filter.MUNICIPALITY, asked.places) if asked.places else Met()
    if asked.shows or asked.holds:
        first, second = here & appears, here & present & appears.inverted()
        rest = any_of([here & appears, here & present]).inverted()
        tiers = [(0, first), (2, second), (4, rest)]
    elif asked.places:
        tiers = [(0, here), (2, here.inverted())]
    else:
        tiers = [(0, Met())]
    exact = all_of(Met(quoted(word.exact)) for word in _words(asked) if word.exact)
    if exact == Met():
        return tiers
    return [
        part
        for number, met in tiers
        for part in ((number, met & exact), (number + 1, met & exact.inverted()))
    ]


def _words(asked: Asked) -> Iterable[Word]:
    return (atom for atom in atoms(asked) if isinstance(atom, Word))


def atoms(asked: Asked) -> Iterable[Word | Prefix | Phrase]:
    for clause in asked.wanted:
        for choice in clause.choices if isinstance(clause, Either) else (clause,):
            if isinstance(choice, Every):
                yield from choice.words
            elif not isinstance(choice, Condition):
                yield choice
