"""Which plain words of a query have other ways of being said."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from dam.db import Transaction
from dam.search.folding import key_of, stem, tokens, without_tilde
from dam.search.index import Phrase, Word
from dam.services.synonyms.keeping import WORDS

PHRASES = 8  # of several words, looked for in one query


@dataclass(frozen=True)
class Meaning:
    """The words from ``start`` on, ``length`` of them, are also said as ``terms``; ``keys`` of these, and
    ``choices`` to search them by."""

    start: int
    length: int
    terms: tuple[str, ...]
    keys: tuple[str, ...]
    choices: tuple[Word | Phrase, ...]


class Meanings(tuple[Meaning, ...]):
    """In the order of the words; none overlaps another."""

    def keys_at(self, start: int, length: int) -> tuple[str, ...]:
        """Other keys of exactly these words."""
        return next((one.keys for one in self if (one.start, one.length) == (start, length)), ())

    def apart_from(self, places: Collection[int]) -> "Meanings":
        """Those of other words than the ones at ``places``."""
        return Meanings(
            one for one in self if not set(range(one.start, one.start + one.length)) & set(places)
        )


def spans(words: Sequence[str], longest: int = WORDS) -> list[tuple[int, int]]:
    """(start, length) of every run of words, longer ones first."""
    return [
        (start, length)
        for length in range(min(longest, len(words)), 0, -1)
        for start in range(len(words) - length + 1)
    ]


def meanings_of(tx: Transaction, words: Sequence[str]) -> Meanings:
    """The synonyms of plain ``words`` (stems in the order typed). Longer expressions go before shorter ones.
    One query."""
    runs = spans(words)
    keys = {" ".join(words[start : start + length]) for start, length in runs}
    if not keys:
        return Meanings()
    values = {f"k{place}": key for place, key in enumerate(sorted(keys))}
    rows = tx.execute(
        text(  # by hand: every search asks it
            "SELECT a.key AS said, b.term, b.key FROM synonyms a JOIN synonyms b ON b.group_id = a.group_id "
            f"WHERE a.key IN ({', '.join(f':{name}' for name in values)}) AND b.key <> a.key ORDER BY b.id"
        ),
        values,
    ).all()
    others: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        others[row.said].setdefault(row.key, row.term)
    taken: set[int] = set()
    found, phrases = [], 0
    for start, length in runs:
        said = others.get(" ".join(words[start : start + length]))
        if not said or taken & set(range(start, start + length)):
            continue
        choices = [_clause(term) for term in said.values()]
        phrases += sum(isinstance(one, Phrase) for one in choices)
        if phrases > PHRASES:
            break
        taken |= set(range(start, start + length))
        found.append(Meaning(start, length, tuple(said.values()), tuple(said), tuple(choices)))
    return Meanings(sorted(found, key=lambda one: one.start))


def _clause(term: str) -> Word | Phrase:
    """The very expression where it has several words: its words apart would mean anything."""
    stems = [without_tilde(stem(token)) for token in tokens(term)]
    key = key_of(term)
    return Phrase(tuple(stems)) if " " in key else Word(key)
