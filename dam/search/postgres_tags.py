"""An asset's *tags* in PostgreSQL: lexemes beside those of its words, in the same ``tsvector``.

A tag is a lexeme that no text can hold, since it begins with ``=``: ``=e17`` is event 17, ``=E`` no event
at all. Words and filters are thus one GIN index and one query.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from dam.search.folding import fold
from dam.search.index import Filter, Occasion, SearchDocument, Traits
from dam.search.reading import COMMON_STEMS

EVERY = "="  # the tag of every document
FRAME = "=h"  # of the frames that a stack's cover stands for
PAIR = "w"  # the letter of tags of two words
SLICES = 32  # parts of the archive, each from all over it
RUN = 13  # bits of an asset's id below those that choose its slice: neighbours stay together
TAG_LIMIT = 300  # characters of one tag
LETTERS = {
    Filter.EVENT: "e", Filter.MUNICIPALITY: "m", Filter.STATE: "s", Filter.DISTRICT: "d",
    Filter.OFFICIAL: "o", Filter.APPEARS: "a", Filter.ATTENDED: "t", Filter.OFFICE: "f", Filter.KIND: "p",
    Filter.BYLINE: "b", Filter.REVIEW: "r", Filter.ORIENTATION: "x", Filter.OWNER: "u", Filter.TAKEN: "y",
    Filter.KEYWORD_LIKE: "k", Filter.CAMERA_LIKE: "c", Filter.RATING: "g", Filter.CAPTION: "q",
    Filter.STACK: "z",
}  # fmt: skip
_FOLDED = {Filter.KIND, Filter.BYLINE, Filter.REVIEW, Filter.ORIENTATION, Filter.OFFICE, Filter.CAMERA_LIKE}


def tag(name: Filter, value: object) -> str:
    text = fold(str(value)) if name in _FOLDED else str(value)
    return f"={LETTERS[name]}{text}"[:TAG_LIMIT]


def lacks_tag(name: Filter) -> str:
    """The tag of those that have no value at all. Most have one, and what most have is dear to index."""
    return f"={LETTERS[name].upper()}"


def slice_tag(number: int) -> str:
    """The tag of all documents of a slice."""
    return f"=#{number}"


def traits_tags(traits: Traits) -> Iterator[str]:
    yield EVERY
    for name, value in (
        (Filter.KIND, traits.kind), (Filter.REVIEW, traits.review), (Filter.BYLINE, traits.byline),
        (Filter.ORIENTATION, traits.orientation), (Filter.OWNER, traits.owner_id),
        (Filter.CAMERA_LIKE, traits.camera), (Filter.RATING, traits.rating),
    ):  # fmt: skip
        yield tag(name, value) if value else lacks_tag(name)


def occasion_tags(occasion: Occasion) -> Iterator[str]:
    place, state = occasion.municipality_key, occasion.state_key
    for name, values in (
        (Filter.EVENT, occasion.event_ids), (Filter.DISTRICT, occasion.district_ids),
        (Filter.APPEARS, occasion.appears_ids), (Filter.ATTENDED, occasion.attended_ids),
        (Filter.OFFICIAL, {*occasion.appears_ids, *occasion.attended_ids}),
        (Filter.OFFICE, occasion.offices),
        (Filter.MUNICIPALITY, (place,) if place else ()), (Filter.STATE, (state,) if state else ()),
    ):  # fmt: skip
        yield from [tag(name, one) for one in values] or [lacks_tag(name)]


def own_tags(document: SearchDocument) -> list[str]:
    """What differs even from one asset to the next, beside its keywords."""
    tags = [_SLICES[(document.asset_id >> RUN) % SLICES]]
    if not document.keywords:
        tags.append(lacks_tag(Filter.KEYWORD_LIKE))
    if not document.texts.get("caption"):
        tags.append(lacks_tag(Filter.CAPTION))
    if document.stack_id is None:
        tags.append(_ALONE)
    else:
        tags.append(tag(Filter.STACK, document.stack_id))
        if not document.cover:
            tags.append(FRAME)
    return tags


_SLICES = [slice_tag(number) for number in range(SLICES)]
_ALONE = lacks_tag(Filter.STACK)


def pairs_of(stems: Iterable[str], frequent: frozenset[str]) -> list[tuple[str, str]]:
    """Frequent words that stand side by side, but for words too common to be in the index. A phrase of such
    words would otherwise be looked for in every document that has both somewhere: pairs have a tag."""
    told = [stem for stem in stems if stem not in COMMON_STEMS]
    return [pair for pair in pairwise(told) if pair[0] in frequent and pair[1] in frequent]


def pair_tag(one: str, next_one: str) -> str:
    return f"={PAIR}{one} {next_one}"


def quoted(lexeme: str) -> str:
    """As ``tsquery`` reads it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
