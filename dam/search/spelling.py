"""Words that are written nearly like a misspelled one, found among the words an index holds."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dam.search.folding import stem

SHORTEST = 3  # letters; shorter words are near everything
SURE = 5  # letters up to which only one may be wrong
APART = 2  # letters that may be wrong in longer ones
LOOKED_AT = 2000  # words compared letter by letter


def reach(word: str) -> int:
    """How many letters of ``word`` may be wrong, left out, doubled or swapped with the next."""
    return 0 if len(word) < SHORTEST else 1 if len(word) <= SURE else APART


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words with their lengths and the set of letters in each as 64 bits, so that most are passed over
    without being looked at letter by letter."""

    words: Sequence[str]
    lengths: np.ndarray
    letters: np.ndarray

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """Words that are all letters: numbers and marks have no spelling."""
        kept = [word for word in words if word.isalpha()]
        lengths = np.fromiter(map(len, kept), np.int16, len(kept))
        return cls(kept, lengths, np.fromiter(map(_letters, kept), np.uint64, len(kept)))

    def near(self, word: str) -> set[str]:
        """Those that ``word`` or its stem may be meant for, LOOKED_AT at most."""
        limit = reach(word)
        if not limit or not self.words:
            return set()
        found: set[str] = set()
        for written in dict.fromkeys((word, stem(word))):
            differing = np.bitwise_count(self.letters ^ np.uint64(_letters(written)))
            alike = (np.abs(self.lengths - len(written)) <= limit) & (differing <= 2 * limit)
            found.update(self.words[place] for place in np.flatnonzero(alike)[:LOOKED_AT].tolist()
                         if 0 < distance(written, self.words[place], limit) <= limit)  # fmt: skip
        return found


def nearest_first(word: str, candidates: Mapping[str, int]) -> list[str]:
    """Stems near ``word`` with their numbers of assets, in order: the fewest letters apart, what sounds
    alike before what does not, then the most frequent. Those too far away are left out."""
    limit = reach(word)
    stemmed, said = stem(word), {sound(word), sound(stem(word))}
    ranked = []
    for other, number in candidates.items():
        apart = min(distance(word, other, limit), distance(stemmed, other, limit))
        if 0 < apart <= limit and number:
            ranked.append((apart, sound(other) not in said, -number, other))
    return [other for *_, other in sorted(ranked)]


def sound(word: str) -> str:
    """How a folded word is said in Mexican Spanish: b = v, s = z = soft c, h unheard, ll = y, j = soft g."""
    for pattern, letters in _SOUNDS:
        word = pattern.sub(letters, word)
    return word


_SOUNDS = tuple((re.compile(pattern), letters) for pattern, letters in (
    ("ch", "#"), ("h", ""), ("qu(?=[ei])", "k"), ("c(?=[ei])|z", "s"), ("[cq]", "k"), ("g(?=[ei])|x", "j"),
    ("gu(?=[ei])", "g"), ("v", "b"), ("ll", "y"), (r"(.)\1+", r"\1"),
))  # fmt: skip


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits


def distance(one: str, other: str, limit: int) -> int:
    """Letters changed, left out, added or swapped with the next to make ``other`` of ``one`` (optimal string
    alignment); any number above ``limit`` once it is more than that."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, here[column - 1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > limit:
            return limit + 1
        before, last = last, here
    return last[-1]
