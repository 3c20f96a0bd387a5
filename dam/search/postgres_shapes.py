"""How a document lies in PostgreSQL: its tags and words in one ``tsvector``, its values as numbers to count.

A *tag* is a lexeme that no text can hold, since it begins with ``=``: ``=e17`` is event 17, ``=E`` any event.
Words and filters are thus one GIN index and one query. ``values`` are unsigned numbers of 32 bits, the
filter above and the value below; counting reads them as an array.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from dam.search import rows
from dam.search.columns import UNKNOWN, seconds
from dam.search.folding import fold
from dam.search.index import Filter, SearchDocument

FORMAT = "1"  # counts up when what is kept changes shape: older indexes are rebuilt
EVERY = "="  # the tag of every document
FRAME = "=h"  # of the frames that a stack's cover stands for
TAG_LIMIT = 300  # characters of one tag
BITS = 28  # of a value below its filter
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


def any_tag(name: Filter) -> str:
    """The tag of those that have any value at all."""
    return f"={LETTERS[name].upper()}"


def vector_of(document: SearchDocument) -> str:
    """The text PostgreSQL reads as a ``tsvector``: every stem with the labels of its fields, of which it
    keeps the greatest, and the tags."""
    words = [
        _words(text[: rows.TEXT_LIMIT], _label(rows.WEIGHTS.get(name, 1.0)))
        for name, text in document.texts.items()
    ]
    return " ".join([*words, *_tags(document)])


@lru_cache(maxsize=4096)
def _words(text: str, label: str) -> str:
    """Stems are letters and digits: nothing in them needs quoting."""
    return " ".join([f"{stem}:1{label}" for stem in rows.read_text(text).forms])


def _label(weight: float) -> str:
    return "A" if weight >= 5 else "B" if weight >= 3 else "C" if weight >= 2 else ""


def _tags(document: SearchDocument) -> Iterator[str]:
    yield quoted(EVERY)
    appears, attended, taken = document.appears_ids, document.attended_ids, document.taken_at
    many: dict[Filter, tuple[object, ...]] = {
        Filter.EVENT: document.event_ids,
        Filter.DISTRICT: document.district_ids,
        Filter.OFFICIAL: appears + attended,
        Filter.APPEARS: appears,
        Filter.ATTENDED: attended,
        Filter.OFFICE: document.offices,
        Filter.KEYWORD_LIKE: document.keywords,
    }
    one: dict[Filter, object] = {
        Filter.MUNICIPALITY: document.municipality_key,
        Filter.STATE: document.state_key,
        Filter.KIND: document.kind,
        Filter.BYLINE: document.byline,
        Filter.REVIEW: document.review,
        Filter.ORIENTATION: document.orientation,
        Filter.OWNER: document.owner_id,
        Filter.TAKEN: taken.year if taken else None,
        Filter.CAMERA_LIKE: document.camera,
        Filter.RATING: document.rating,
        Filter.CAPTION: 1 if document.texts.get("caption") else None,
        Filter.STACK: document.stack_id,
    }
    for name, values in many.items():
        if values:
            yield _written(name, values)
    for name, value in one.items():
        if value:
            yield _written(name, (value,))
    if document.stack_id is not None and not document.cover:
        yield quoted(FRAME)


@lru_cache(maxsize=20_000)
def _written(name: Filter, values: tuple[object, ...]) -> str:
    return " ".join(map(quoted, (any_tag(name), *(tag(name, value) for value in values))))


def quoted(lexeme: str) -> str:
    """As ``tsvector`` and ``tsquery`` read it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


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
    return split(*np.unique(codes, return_counts=True)) if len(codes) else iter(())


def split(codes: np.ndarray, numbers: np.ndarray) -> Iterator[tuple[Filter, np.ndarray, np.ndarray]]:
    """The same from codes that ascend and their numbers."""
    places = codes >> BITS
    for place in np.unique(places).tolist():
        here = places == place
        values, often = codes[here] & ((1 << BITS) - 1), numbers[here]
        order = np.argsort(-often, kind="stable")
        yield _NAMES[place], values[order], often[order]


@dataclass(frozen=True)
class Spelled:
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
