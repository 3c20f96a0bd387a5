"""What is counted of an asset, in PostgreSQL: numbers of 32 bits in one ``bytea``, the filter above and the
value below. Counting reads those of many assets as an array."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from struct import pack

import numpy as np

from dam.search.folding import fold
from dam.search.index import Filter, Occasion, Traits

BITS = 28  # of a value below its filter
COUNTABLE = 18  # bits of values up to which an array has a place for each of them
COUNTED = (Filter.EVENT, Filter.MUNICIPALITY, Filter.STATE, Filter.OFFICIAL, Filter.TAKEN)
NAMED = (
    Filter.OFFICE,
    Filter.KIND,
    Filter.BYLINE,
    Filter.REVIEW,
    Filter.ORIENTATION,
)  # numbers stand for texts
Number = Callable[[Filter, str], int]  # a text's number, made when it is new
_PLACES = {name: place for place, name in enumerate((*COUNTED, *NAMED), 1)}
_NAMES = dict(zip(_PLACES.values(), _PLACES, strict=True))


def code(name: Filter, value: int) -> int:
    return (_PLACES[name] << BITS) | value


def packed(codes: Sequence[int]) -> bytes:
    """As an asset's row has them."""
    return pack(f"<{len(codes)}I", *codes)


def occasion_values(occasion: Occasion, number: Number) -> list[int]:
    """Each value once."""
    people = dict.fromkeys(occasion.appears_ids + occasion.attended_ids)
    places = (Filter.MUNICIPALITY, occasion.municipality_key), (Filter.STATE, occasion.state_key)
    return [
        *[code(Filter.EVENT, one) for one in occasion.event_ids],
        *[code(Filter.OFFICIAL, one) for one in people],
        *[code(name, int(key)) for name, key in places if key],
        *[code(Filter.OFFICE, number(Filter.OFFICE, one)) for one in occasion.offices],
    ]


def traits_values(traits: Traits, number: Number) -> list[int]:
    texts = (
        (Filter.KIND, traits.kind), (Filter.BYLINE, traits.byline),
        (Filter.REVIEW, traits.review), (Filter.ORIENTATION, traits.orientation),
    )  # fmt: skip
    return [code(name, number(name, text)) for name, text in texts if text and fold(text)]


def tally(rows: Iterable[bytes]) -> Counter[int]:
    """How often each code comes."""
    codes, numbers = np.unique(np.frombuffer(b"".join(rows), "<u4"), return_counts=True)
    return Counter(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))


def counted(values: bytes) -> Iterator[tuple[Filter, np.ndarray, np.ndarray]]:
    """Of the values of many documents one after another: each filter's values, and how often they come, most
    frequent first and then by value."""
    codes = np.frombuffer(values, "<u4")
    return split(*_distinct(codes)) if len(codes) else iter(())


def _distinct(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The codes in order and how often each comes. Where all values are small they are not sorted for that:
    an array has a place for each."""
    values = codes & ((1 << BITS) - 1)
    width = int(values.max()).bit_length()
    if width > COUNTABLE:
        return np.unique(codes, return_counts=True)
    numbers = np.bincount(((codes >> BITS) << width) | values)
    found = np.flatnonzero(numbers)
    return ((found >> width) << BITS) | (found & ((1 << width) - 1)), numbers[found]


def split(codes: np.ndarray, numbers: np.ndarray) -> Iterator[tuple[Filter, np.ndarray, np.ndarray]]:
    """The same from codes that ascend and their numbers."""
    places = codes >> BITS
    for place in np.unique(places).tolist():
        here = places == place
        values, often = codes[here] & ((1 << BITS) - 1), numbers[here]
        order = np.argsort(-often, kind="stable")
        yield _NAMES[place], values[order], often[order]
