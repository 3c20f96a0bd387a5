"""One question's look at the columns, the index and the rows: where words become assets."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from dam.search import choosing, rows, spelling
from dam.search.cache import ArrayCache
from dam.search.choosing import TOP_SCORE, Atom
from dam.search.columns import Columns
from dam.search.folding import COMMON, stem
from dam.search.index import Asked, IndexDamaged, Phrase, Prefix, RowSource, Word

Postings = tuple[np.ndarray, np.ndarray]  # numbers of the documents that hold a word, its weight in each
COMMON_STEMS = frozenset(map(stem, COMMON))  # not in the index
MEANT = 200  # words that a misspelled one may be meant for
MANY = 20_000  # assets to look at one by one; beyond that the whole table is read


class Segment(Protocol):
    id: str

    @property
    def vocabulary(self) -> spelling.Vocabulary: ...


class View(Protocol):
    """An index as of one commit: each segment with the asset of each of its documents (0: deleted)."""

    build: str
    parts: tuple[tuple[Segment, np.ndarray], ...]


@dataclass(frozen=True)
class Reading:
    """``view`` is None while the index cannot be read: words are then sought in the rows. ``read`` decodes
    the postings of a word in a segment, ``report`` takes note of damage."""

    columns: Columns
    rows: RowSource
    cache: ArrayCache
    view: View | None
    read: Callable[[Segment, Word | Prefix], Postings]
    report: Callable[[IndexDamaged], None]

    def choose(self, asked: Asked) -> choosing.Choice:
        return choosing.choose(self.columns, asked, self.ids)

    def ids(self, atom: Atom) -> np.ndarray:
        """The assets that hold ``atom``; 0 may be among them."""
        if isinstance(atom, Phrase):
            return self._phrase(atom)
        found = self._in_index(atom)
        return self._in_rows(atom) if found is None else found

    def _in_index(self, atom: Word | Prefix) -> np.ndarray | None:
        if self.view is None:
            return None
        try:
            parts = [assets[self._postings(segment, atom)[0]] for segment, assets in self.view.parts]
        except IndexDamaged as damage:
            self.report(damage)
            return None
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def _postings(self, segment: Segment, atom: Word | Prefix) -> Postings:
        """From memory where possible: a segment never changes."""
        atom = replace(atom, exact=None) if isinstance(atom, Word) else atom
        documents = self.cache.get((segment.id, atom))
        weights = self.cache.get((segment.id, atom, "weights"))
        if documents is None or weights is None:
            documents, weights = self.read(segment, atom)
            self.cache.keep((segment.id, atom), documents)
            self.cache.keep((segment.id, atom, "weights"), weights)
        return documents, weights

    def _phrase(self, phrase: Phrase) -> np.ndarray:
        """Those that hold each word, then those of them whose text has the words in a row. Remembered until
        the next commit."""
        key = (self.columns.seq, phrase)
        found = self.cache.get(key)
        if found is None:
            found = self.cache.keep(key, self._in_rows(phrase, self._holding_each(phrase)))
        return found

    def _holding_each(self, phrase: Phrase) -> list[int] | None:
        words = [Word(one) for one in phrase.stems if one not in COMMON_STEMS]
        if self.view is None or not words:
            return None
        mask = self.columns.alive.copy()
        for word in words:
            mask &= choosing.holds(self.columns, word, self.ids)
        among = np.flatnonzero(mask)
        return among.tolist() if len(among) <= MANY else None

    def _in_rows(self, atom: Atom, among: Sequence[int] | None = None) -> np.ndarray:
        found = [self.rows.holding(pattern, among) for pattern in rows.pattern_of(atom)]
        return np.unique(np.concatenate([np.array(some, np.int64) for some in found]))

    def near(self, word: str, limit: int) -> tuple[str, ...]:
        """Stems written nearly like ``word``, of assets that are still there."""
        if self.view is None:
            return ()
        try:
            found = {stem for segment, _ in self.view.parts for stem in segment.vocabulary.near(word)}
            numbers = {stem: int(np.count_nonzero(self.ids(Word(stem)))) for stem in sorted(found)[:MEANT]}
        except IndexDamaged as damage:
            self.report(damage)
            return ()
        return tuple(spelling.nearest_first(word, numbers)[:limit])

    def scores(self, atoms: Sequence[Atom], size: int) -> np.ndarray:
        """The weights of what was found, rarer words counting more, as integers up to TOP_SCORE."""
        total, best = np.zeros(size, np.float64), 0.0
        for atom in _words_of(atoms):
            points = self._points(atom, size)
            rarity = math.log(1 + size / (1 + np.count_nonzero(points)))
            total += points * rarity
            best += float(points.max(initial=0.0)) * rarity
        return (total * (TOP_SCORE / best)).astype(np.int64) if best else np.zeros(size, np.int64)

    def _points(self, atom: Word | Prefix, size: int) -> np.ndarray:
        points = np.zeros(size, np.float64)
        try:
            for segment, assets in self.view.parts if self.view else ():
                documents, weights = self._postings(segment, atom)
                ids = assets[documents]
                known = (ids > 0) & (ids < size)
                points[ids[known]] = weights[known]
        except IndexDamaged as damage:
            self.report(damage)
        return points


def _words_of(atoms: Sequence[Atom]) -> list[Word | Prefix]:
    words: list[Word | Prefix] = []
    for atom in atoms:
        words += map(Word, atom.stems) if isinstance(atom, Phrase) else [atom]
    return words
