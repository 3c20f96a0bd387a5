"""Catalogue names that begin with one of the words of a query, and the words right before a name."""

from collections.abc import Collection, Sequence

from dam.services.synonyms import Meanings

CANDIDATES = 500  # rows looked at for one sort of name
_LAST = "zzz"  # behind every word that begins so, in any collation


def start_of(stemmed: str) -> str:
    """What a word of this stem surely begins with: a last c may stand for z."""
    return stemmed.removesuffix("c")


def begins(
    column: str, words: Sequence[str], meanings: Meanings, articles: Sequence[str] = ("",)
) -> tuple[str, dict[str, str]]:
    """A condition, with its values, for a column that begins with one of the words or of their synonyms.

    Ranges rather than LIKE: a plain index serves them. Written by hand, as the other questions that every
    search asks: SQLAlchemy takes longer to build such a condition than the database to answer it."""
    begin = {word for word in words if not word.isdigit()}
    begin |= {key.split()[0] for meaning in meanings for key in meaning.keys}
    starts = sorted({article + start_of(word) for word in begin for article in articles})
    values = {f"a{place}": start for place, start in enumerate(starts)}
    values |= {f"b{place}": start + _LAST for place, start in enumerate(starts)}
    ranges = (f"({column} >= :a{place} AND {column} < :b{place})" for place in range(len(starts)))
    return " OR ".join(ranges), values


def before(
    words: Sequence[str], end: int, taken: Collection[int], titles: Collection[str]
) -> tuple[int, ...]:
    """The places of the ``titles`` right before ``end``."""
    start = end
    while start and words[start - 1] in titles and start - 1 not in taken:
        start -= 1
    return tuple(range(start, end))
