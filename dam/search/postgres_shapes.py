"""How a document lies in PostgreSQL: its tags and words in one ``tsvector``, its values as numbers to count.

A *tag* is a lexeme that no text can hold, since it begins with ``=``: ``=e17`` is event 17, ``=E`` no event
at all. Words and filters are thus one GIN index and one query. ``values`` are unsigned numbers of 32 bits,
the filter above and the value below; counting reads them as an array.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dam.search import rows
from dam.search.columns import UNKNOWN, seconds
from dam.search.folding import fold
from dam.search.index import Filter, SearchDocument
from dam.search.reading import COMMON_STEMS

FORMAT = "4"  # counts up when what is kept changes shape: older indexes are rebuilt
EVERY = "="  # the tag of every document
FRAME = "=h"  # of the frames that a stack's cover stands for
PAIR = "w"  # the letter of tags of two words
SLICES = 32  # parts of the archive, each from all over it
RUN = 13  # bits of an asset's id below those that choose its slice: neighbours stay together
TAG_LIMIT = 300  # characters of one tag
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
SOUGHT = (Filter.BYLINE, Filter.CAMERA_LIKE, Filter.KEYWORD_LIKE)  # looked up by how their words begin
LETTERS = {
    Filter.EVENT: "e", Filter.MUNICIPALITY: "m", Filter.STATE: "s", Filter.DISTRICT: "d",
    Filter.OFFICIAL: "o", Filter.APPEARS: "a", Filter.ATTENDED: "t", Filter.OFFICE: "f", Filter.KIND: "p",
    Filter.BYLINE: "b", Filter.REVIEW: "r", Filter.ORIENTATION: "x", Filter.OWNER: "u", Filter.TAKEN: "y",
    Filter.KEYWORD_LIKE: "k", Filter.CAMERA_LIKE: "c", Filter.RATING: "g", Filter.CAPTION: "q",
    Filter.STACK: "z",
}  # fmt: skip
_FOLDED = {Filter.KIND, Filter.BYLINE, Filter.REVIEW, Filter.ORIENTATION, Filter.OFFICE, Filter.CAMERA_LIKE}

# The labels of a tsvector are four; ts_rank weighs them in this order, D first.
RANKS = "{0.15,0.3,0.55,1}"


def tag(name: Filter, value: object) -> str:
    text = fold(str(value)) if name in _FOLDED else str(value)
    return f"={LETTERS[name]}{text}"[:TAG_LIMIT]


def lacks_tag(name: Filter) -> str:
    """The tag of those that have no value at all. Most have one, and what most have is dear to index."""
    return f"={LETTERS[name].upper()}"


# What differs from asset to asset.
_OWN = frozenset(("headline", "caption", "alt_text", "keywords", "persons", "name"))


class Field(NamedTuple):
    """A field's text as it was read; and its stems, with the label of their weight, and its pairs of frequent
    words as ``tsvector`` reads them."""

    read: rows.Read
    vector: str


def fields_of(document: SearchDocument, frequent: frozenset[str]) -> list[Field]:
    """``frequent``: the words whose pairs are kept."""
    return [
        (_read if name in _OWN else _read_often)(name, text, frequent)
        for name, text in document.texts.items()
    ]


def _read(name: str, text: str, frequent: frozenset[str]) -> Field:
    """Stems are letters and digits: nothing in them needs quoting."""
    read = rows.read_once(text[: rows.TEXT_LIMIT])
    end = f":1{_LABELS.get(name, '')} "
    vector = f"{end.join(read.forms)}{end}" if read.forms else ""
    if len(frequent & read.forms) > 1:
        vector += "".join([f"'{pair}' " for pair in pairs_of(read.text.split(), frequent)])
    return Field(read, vector)


@lru_cache(maxsize=20_000)
def _read_often(name: str, text: str, frequent: frozenset[str]) -> Field:
    return _read(name, text, frequent)


def vector_of(document: SearchDocument, fields: Sequence[Field]) -> str:
    """The text PostgreSQL reads as a ``tsvector``: every stem with the labels of its fields, of which it
    keeps the greatest, the pairs, and the tags."""
    return "".join([*[one.vector for one in fields], *_tags(document)])


def pairs_of(stems: Iterable[str], frequent: frozenset[str]) -> list[str]:
    """A tag for each two frequent words that stand side by side, but for words too common to be in the index.
    A phrase of such words would otherwise be looked for in every document that has both somewhere."""
    told = [stem for stem in stems if stem not in COMMON_STEMS]
    return [
        f"={PAIR}{one} {next_one}"
        for one, next_one in pairwise(told)
        if one in frequent and next_one in frequent
    ]


def _label(weight: float) -> str:
    return "A" if weight >= 5 else "B" if weight >= 3 else "C" if weight >= 2 else ""


_LABELS = {name: _label(weight) for name, weight in rows.WEIGHTS.items()}


def _tags(document: SearchDocument) -> list[str]:
    """Each tag, or several, with a space behind."""
    appears, attended, taken = document.appears_ids, document.attended_ids, document.taken_at
    tags = [
        _SLICES[(document.asset_id >> RUN) % SLICES],
        _alike(
            document.event_ids, document.district_ids, attended, document.offices,
            document.municipality_key, document.state_key,
        ),
        *[_written(Filter.KEYWORD_LIKE, keyword) for keyword in document.keywords],
        *[_written(Filter.APPEARS, official) for official in appears],
        *[_written(Filter.OFFICIAL, official) for official in appears if official not in attended],
    ]  # fmt: skip
    if not appears:
        tags.append(_LACKED[Filter.APPEARS])
        if not attended:
            tags.append(_LACKED[Filter.OFFICIAL])
    if not document.keywords:
        tags.append(_LACKED[Filter.KEYWORD_LIKE])
    if not document.texts.get("caption"):
        tags.append(_LACKED[Filter.CAPTION])
    if document.stack_id is not None and not document.cover:
        tags.append(_HIDDEN)
    for name, value in (
        (Filter.KIND, document.kind), (Filter.REVIEW, document.review), (Filter.BYLINE, document.byline),
        (Filter.ORIENTATION, document.orientation), (Filter.OWNER, document.owner_id),
        (Filter.TAKEN, taken.year if taken else None), (Filter.CAMERA_LIKE, document.camera),
        (Filter.RATING, document.rating), (Filter.STACK, document.stack_id),
    ):  # fmt: skip
        tags.append(_written(name, value) if value else _LACKED[name])
    return tags


@lru_cache(maxsize=20_000)
def _alike(
    events: tuple[int, ...], districts: tuple[int, ...], attended: tuple[int, ...], offices: tuple[str, ...],
    municipality: str | None, state: str | None,
) -> str:  # fmt: skip
    """The tags in which the assets of an event are alike."""
    return "".join((
        _EVERY,
        *[_written(Filter.OFFICIAL, official) for official in attended],
        _each(Filter.EVENT, events), _each(Filter.DISTRICT, districts), _each(Filter.ATTENDED, attended),
        _each(Filter.OFFICE, offices),
        _each(Filter.MUNICIPALITY, (municipality,) if municipality else ()),
        _each(Filter.STATE, (state,) if state else ()),
    ))  # fmt: skip


def _each(name: Filter, values: Iterable[object]) -> str:
    return "".join([_written(name, value) for value in values]) or _LACKED[name]


@lru_cache(maxsize=100_000)
def _written(name: Filter, value: object) -> str:
    return f"{quoted(tag(name, value))} "


def quoted(lexeme: str) -> str:
    """As ``tsvector`` and ``tsquery`` read it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def slice_tag(number: int) -> str:
    """The tag of all documents of a slice, as ``tsquery`` reads it."""
    return quoted(f"=#{number}")


_EVERY = f"{quoted(EVERY)} "
_HIDDEN = f"{quoted(FRAME)} "
_SLICES = [f"{slice_tag(number)} " for number in range(SLICES)]
_LACKED = {name: f"{quoted(lacks_tag(name))} " for name in LETTERS}

Number = Callable[[Filter, str], int]  # a text's number, made when it is new


def values_of(document: SearchDocument, number: Number) -> bytes:
    """What is counted, each value once."""
    taken = document.taken_at
    found = [
        _codes(Filter.EVENT, document.event_ids),
        _codes(Filter.OFFICIAL, document.appears_ids + document.attended_ids),
        _codes(Filter.MUNICIPALITY, (int(document.municipality_key or 0),)),
        _codes(Filter.STATE, (int(document.state_key or 0),)),
        _codes(Filter.TAKEN, (taken.year * 12 + taken.month - 1,) if taken else ()),
        _codes(Filter.OFFICE, tuple([number(Filter.OFFICE, one) for one in document.offices])),
    ]
    for name, text in (
        (Filter.KIND, document.kind), (Filter.BYLINE, document.byline),
        (Filter.REVIEW, document.review), (Filter.ORIENTATION, document.orientation),
    ):  # fmt: skip
        if text and fold_known(text):
            found.append(_codes(name, (number(name, text),)))
    return b"".join(found)


@lru_cache(maxsize=20_000)
def _codes(name: Filter, values: tuple[int, ...]) -> bytes:
    codes = [code(name, value) for value in dict.fromkeys(values) if value]
    return np.array(codes, "<u4").tobytes()


@lru_cache(maxsize=5000)
def fold_known(text: str) -> str:
    """``fold`` of what comes again and again."""
    return fold(text)


_PLACES = {name: place for place, name in enumerate((*COUNTED, *NAMED), 1)}
_NAMES = dict(zip(_PLACES.values(), _PLACES, strict=True))


def code(name: Filter, value: int) -> int:
    return (_PLACES[name] << BITS) | value


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


class Spelled(NamedTuple):
    """A text that is looked up by its folded form; ``shown`` is the most careful writing."""

    name: Filter
    folded: str
    shown: str


def spelled(document: SearchDocument) -> Iterable[Spelled]:
    """The texts of ``document`` that are sought by how their words begin."""
    if document.camera:
        yield Spelled(Filter.CAMERA_LIKE, fold_known(document.camera), document.camera)
    for keyword in document.keywords:
        yield Spelled(Filter.KEYWORD_LIKE, keyword, keyword)


def order_of(moment: datetime | None) -> int:
    """Naive local time as whole seconds; UNKNOWN sorts before all."""
    return UNKNOWN if moment is None else seconds(moment)
