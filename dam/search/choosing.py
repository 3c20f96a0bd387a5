"""Which assets a question chooses, in what order, and how many each filter would give: masks over columns."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dam.errors import Invalid
from dam.search.columns import APPEARS, ATTENDED, UNKNOWN, Array, Columns, Pairs, seconds
from dam.search.index import (
    Asked,
    Condition,
    Either,
    Every,
    Filter,
    Found,
    Order,
    Phrase,
    Prefix,
    Scope,
    Tally,
    Tier,
    Word,
)
from dam.search.offices import shown as shown_office

Atom = Word | Prefix | Phrase
Ids = Callable[[Atom], Array]  # the ids of the assets that hold a clause
Scores = Callable[[Sequence[Atom], int], Array]  # points for each id below the size, 0 to TOP_SCORE

TOP_SCORE = 2**20 - 1
TIERS = (Tier.APPEARS, Tier.ATTENDED, Tier.MENTIONED)  # where officials were asked for
PLACE_TIERS = (Tier.PLACED, Tier.MENTIONED)  # where only places were
COUNTED = (
    Filter.EVENT,
    Filter.MUNICIPALITY,
    Filter.STATE,
    Filter.OFFICIAL,
    Filter.OFFICE,
    Filter.KIND,
    Filter.TAKEN,
    Filter.BYLINE,
    Filter.REVIEW,
    Filter.ORIENTATION,
)
_TEXTS = {
    Filter.KIND: "kind",
    Filter.REVIEW: "review",
    Filter.ORIENTATION: "orientation",
    Filter.BYLINE: "byline",
}
_NUMBERS = {
    Filter.MUNICIPALITY: ("municipality", "05d"),
    Filter.STATE: ("state", "02d"),
    Filter.OWNER: ("owner", "d"),
    Filter.RATING: ("rating", "d"),
    Filter.CAPTION: ("captioned", "d"),
}
_LISTS = {Filter.OFFICE: "offices", Filter.KEYWORD_LIKE: "keywords"}
_ALIKE = {Filter.BYLINE_LIKE: "byline", Filter.CAMERA_LIKE: "camera"}


@dataclass(frozen=True)
class Choice:
    """What ``asked`` chooses of ``columns`` before (``base``) and after (``all``) the filters beside it."""

    columns: Columns
    asked: Asked
    base: Array
    per_filter: dict[Filter, Array]
    ids: Ids

    @property
    def all(self) -> Array:
        return self.without(None)

    def without(self, left_out: Filter | None) -> Array:
        mask = self.base
        for name, chosen in self.per_filter.items():
            if name is not left_out:
                mask = mask & chosen
        return _one_of_each_stack(self.columns, mask) if self.asked.stacked else mask


def choose(columns: Columns, asked: Asked, ids: Ids) -> Choice:
    base = columns.alive & in_scope(columns, asked.scope)
    for condition in asked.always:
        base &= meets(columns, condition)
    for clause in asked.wanted:
        base &= holds(columns, clause, ids)
    for clause in asked.unwanted:
        base &= ~holds(columns, clause, ids)
    per_filter: dict[Filter, Array] = {}
    for condition in asked.filters:
        chosen = meets(columns, condition)
        earlier = per_filter.get(condition.filter)
        per_filter[condition.filter] = chosen if earlier is None else earlier & chosen
    return Choice(columns, asked, base, per_filter, ids)


def _one_of_each_stack(columns: Columns, mask: Array) -> Array:
    """Without the frames whose cover is in ``mask`` too."""
    frames = columns.frames
    if not len(frames):
        return mask
    stacks = columns.numbers["stack"]
    covered = np.zeros(int(np.abs(stacks).max()) + 1, bool)
    covered[stacks[mask & (stacks > 0)]] = True
    mask = mask.copy()
    mask[frames[covered[-stacks[frames]]]] = False
    return mask


def in_scope(columns: Columns, scope: Scope) -> Array:
    """Mirrors dam.services.access.visible."""
    own = columns.numbers["owner"] == scope.owner_id if scope.owner_id else np.zeros(columns.size, bool)
    review = columns.coded["review"]
    if scope.everything:
        seen = np.ones(columns.size, bool)
    else:
        municipality = columns.numbers["municipality"]
        places = [int(key) for key in scope.territory if len(key) == 5]
        states = [int(key) for key in scope.territory if len(key) == 2]
        seen = np.isin(municipality, places) | (np.isin(municipality // 1000, states) & (municipality > 0))
        if scope.approved:
            seen |= review == columns.names["review"].code("approved")
    if not scope.rejected:
        seen &= review != columns.names["review"].code("rejected")
    return seen | own


def meets(columns: Columns, condition: Condition) -> Array:
    mask = _any_of(columns, condition.filter, condition.values)
    if condition.absent:
        mask |= ~_has(columns, condition.filter)
    return ~mask if condition.negated else mask


def _any_of(columns: Columns, name: Filter, values: Sequence[object]) -> Array:
    mask = np.zeros(columns.size, bool)
    if name in _TEXTS:
        column, names = columns.coded[_TEXTS[name]], columns.names[_TEXTS[name]]
        for code in {names.code(value) for value in values} - {None, 0}:
            mask |= column == code
    elif name in _NUMBERS:
        numbers = _whole(values)
        mask = np.isin(columns.numbers[_NUMBERS[name][0]], numbers[numbers > 0])
    elif name is Filter.TAKEN:
        taken = columns.numbers["taken"]
        for start, before in values:
            inside = taken != UNKNOWN
            if start is not None:
                inside &= taken >= seconds(start)
            if before is not None:
                inside &= taken < seconds(before)
            mask |= inside
    elif name is Filter.ADDED:
        added = columns.numbers["added"]
        for start, before in values:
            inside = np.ones(columns.size, bool)
            if start is not None:
                inside &= added >= math.ceil(start.timestamp())
            if before is not None:
                inside &= added < math.ceil(before.timestamp())
            mask |= inside
    elif name in _ALIKE:
        names = columns.names[_ALIKE[name]]
        alike = [code for text in values for code in names.codes_like(str(text)) if code]
        mask = np.isin(columns.coded[_ALIKE[name]], alike)
    elif name in _LISTS:
        pairs, names = getattr(columns, _LISTS[name]), columns.names[_LISTS[name]]
        codes = [names.codes_like(str(text)) if name is Filter.KEYWORD_LIKE else [names.code(text)]
                 for text in values]  # fmt: skip
        mask[pairs.assets[np.isin(pairs.values, [one for some in codes for one in some if one])]] = True
    elif name is Filter.STACK:
        numbers = _whole(values)
        mask = np.isin(np.abs(columns.numbers["stack"]), numbers[numbers > 0])
    elif name is Filter.ASSET:
        _mark(mask, _whole(values))
    else:
        pairs, flags = _pairs(columns, name)
        chosen = np.isin(pairs.values, _whole(values))
        if flags:
            chosen &= (pairs.flags & flags) > 0
        mask[pairs.assets[chosen]] = True
    return mask


def _has(columns: Columns, name: Filter) -> Array:
    if name in _TEXTS:
        return columns.coded[_TEXTS[name]] > 0
    if name in _NUMBERS:
        return columns.numbers[_NUMBERS[name][0]] > 0
    if name is Filter.TAKEN:
        return columns.numbers["taken"] != UNKNOWN
    if name is Filter.STACK:
        return columns.numbers["stack"] != 0
    if name is Filter.ADDED:
        return np.ones(columns.size, bool)
    if name in _ALIKE:
        return columns.coded[_ALIKE[name]] > 0
    mask = np.zeros(columns.size, bool)
    if name is not Filter.ASSET:
        pairs, flags = _pairs(columns, name)
        mask[pairs.assets[(pairs.flags & flags) > 0] if flags else pairs.assets] = True
    return mask


def _pairs(columns: Columns, name: Filter) -> tuple[Pairs, int]:
    if name is Filter.EVENT:
        return columns.events, 0
    if name is Filter.DISTRICT:
        return columns.districts, 0
    if name in _LISTS:
        return getattr(columns, _LISTS[name]), 0
    return columns.officials, {Filter.APPEARS: int(APPEARS), Filter.ATTENDED: int(ATTENDED)}.get(name, 0)


def _whole(values: Iterable[object]) -> Array:
    """The values that are whole numbers (as numbers or digits); others can match nothing."""
    texts = map(str, values)
    return np.array(
        [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10], np.int64
    )


def _mark(mask: Array, ids: Array) -> None:
    mask[ids[(ids > 0) & (ids < len(mask))]] = True


def holds(columns: Columns, clause: Atom | Either, ids: Ids) -> Array:
    mask = np.zeros(columns.size, bool)
    for choice in clause.choices if isinstance(clause, Either) else (clause,):
        if isinstance(choice, Condition):
            mask |= meets(columns, choice)
        elif isinstance(choice, Every):
            every = np.ones(columns.size, bool)
            for word in choice.words:
                every &= holds(columns, word, ids)
            mask |= every
        else:
            _mark(mask, ids(choice))
    return mask


def page(choice: Choice, after: Sequence[int] | None, limit: int, scores: Scores) -> Found:
    """The chosen assets in order: by tier, then by the asked order. Costs the same wherever the page lies."""
    columns, asked = choice.columns, choice.asked
    mask = choice.all
    candidates = np.flatnonzero(mask)
    ranking = columns.ranking(asked.order)
    tiers = _tiers(choice)[candidates]
    points = np.zeros(len(candidates), np.int64)
    if asked.order is Order.RELEVANCE:
        points = scores(tuple(_atoms(asked)), columns.size)[candidates].astype(np.int64)
    keys = _key(tiers.astype(np.int64), points, ranking.rank[candidates])
    chosen = np.arange(len(candidates))
    if after is not None:
        tier, point, key, asset_id = checked(after)
        chosen = np.flatnonzero(keys >= _key(tier, point, ranking.place_after(key, asset_id)))
    more = len(chosen) > limit
    if more:
        chosen = chosen[np.argpartition(keys[chosen], limit)[:limit]]
    chosen = chosen[np.argsort(keys[chosen])]
    ids = candidates[chosen]
    last = None
    if more and limit:
        end = chosen[-1]
        last = (int(tiers[end]), int(points[end]), int(ranking.key[ids[-1]]), int(ids[-1]))
    shown: tuple[Tier | None, ...] = (None,) * len(ids)
    per_tier: dict[Tier, int] = {}
    if asked.shows or asked.holds or asked.places:
        names = TIERS if asked.shows or asked.holds else PLACE_TIERS
        shown = tuple(names[tier // 2] for tier in tiers[chosen])
        per_tier = dict(zip(names, np.bincount(tiers // 2, minlength=len(names)).tolist(), strict=True))
    return Found(tuple(ids.tolist()), shown, len(candidates), per_tier, last)


def _key(tier: int | Array, points: int | Array, rank: int | Array) -> int | Array:
    return (tier << 56) | ((TOP_SCORE - points) << 34) | rank


def checked(after: Sequence[int]) -> Sequence[int]:
    """Raises Invalid unless ``after`` has the shape of a key."""
    good = len(after) == 4 and all(type(one) is int and abs(one) <= -UNKNOWN for one in after)
    if not good or not 0 <= after[0] < 8 or not 0 <= after[1] <= TOP_SCORE:
        raise Invalid("This place in the list of results is not one of ours.")
    return after


def _atoms(asked: Asked) -> Iterable[Atom]:
    for clause in asked.wanted:
        for choice in clause.choices if isinstance(clause, Either) else (clause,):
            if isinstance(choice, Every):
                yield from choice.words
            elif not isinstance(choice, Condition):
                yield choice


def _tiers(choice: Choice) -> Array:
    """Twice the tier, and one more where the asker typed ñ and the asset only has n."""
    columns, asked = choice.columns, choice.asked
    tiers = np.zeros(columns.size, np.uint8)
    people = bool(asked.shows or asked.holds)
    if people:
        tiers[:] = 4
        pairs = columns.officials
        asked_for = np.isin(pairs.values, np.array(asked.shows, np.int64))
        tiers[pairs.assets[asked_for]] = 2
        tiers[pairs.assets[asked_for & ((pairs.flags & APPEARS) > 0)]] = 0
        present = _any_of(columns, Filter.OFFICE, asked.holds)
        tiers[present] = np.minimum(tiers[present], 2)
        tiers[_any_of(columns, Filter.OFFICE, [shown_office(key) for key in asked.holds])] = 0
    if asked.places:
        elsewhere = ~np.isin(columns.numbers["municipality"], _whole(asked.places))
        tiers[elsewhere] = 4 if people else 2
    for atom in _atoms(asked):
        if isinstance(atom, Word) and atom.exact:
            exact = np.zeros(columns.size, bool)
            _mark(exact, choice.ids(Word(atom.exact)))
            tiers |= (~exact).astype(np.uint8)
    return tiers


def count(choice: Choice) -> Tally:
    """Each filter's values with their numbers of assets, most frequent first."""
    columns = choice.columns
    everything = np.flatnonzero(choice.all)
    tally = Tally()
    for name in COUNTED:
        ids = np.flatnonzero(choice.without(name)) if name in choice.per_filter else everything
        codes, numbers = _frequent(_codes(columns, name, ids))
        tally[name] = list(zip(_values(columns, name, codes), numbers, strict=True))
        if name in _TEXTS or name in _LISTS:  # their codes say nothing about order
            tally[name].sort(key=lambda one: (-one[1], one[0]))
    return tally


def _codes(columns: Columns, name: Filter, ids: Array) -> Array:
    if name in _TEXTS:
        return columns.coded[_TEXTS[name]][ids]
    if name in _NUMBERS:
        return columns.numbers[_NUMBERS[name][0]][ids]
    if name is Filter.TAKEN:
        return columns.months[ids]
    pairs = _pairs(columns, name)[0]
    if len(ids) == columns.size:
        return pairs.values
    mask = np.zeros(columns.size, bool)
    mask[ids] = True
    return pairs.values[mask[pairs.assets]]


def _frequent(codes: Array) -> tuple[list[int], list[int]]:
    """Codes and how often they come, most frequent first."""
    numbers = np.bincount(codes[codes > 0])
    found = np.flatnonzero(numbers)
    order = found[np.argsort(-numbers[found], kind="stable")]
    return order.tolist(), numbers[order].tolist()


def _values(columns: Columns, name: Filter, codes: Sequence[int]) -> Sequence[object]:
    if name in _TEXTS or name in _LISTS:
        shown = columns.names[_TEXTS.get(name) or _LISTS[name]].shown
        return [shown[code] for code in codes]
    if name in _NUMBERS:
        shape = _NUMBERS[name][1]
        return [format(code, shape) for code in codes]
    if name is Filter.TAKEN:
        return [(code // 12, code % 12 + 1) for code in codes]
    return codes
