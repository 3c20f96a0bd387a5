"""This OR that: which words of a query stand on each side, and what they are sought by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dam.search.folding import COMMON, fold
from dam.search.index import Clause, Condition, Either, Every, Phrase, Prefix, Word
from dam.search.typed import FieldText, Note, Typed

ARTICLES = {"el", "la", "los", "las"}
PARTS = 8  # of a query whose ORs part it, that are looked at for names


@dataclass(frozen=True)
class Unit:
    """What stands at ``places`` of the wanted clauses is one thing; ``note``: what it was recognised as."""

    places: tuple[int, ...]
    note: Note | None = None

    def said(self, typed: Typed) -> str:
        """As it was typed, without a preposition before it. (A name of the catalogue would tell that it is
        there to whoever may not see any of its material.)"""
        words = " ".join(typed.said[place] for place in self.places).split()
        while words and fold(words[0]) in COMMON - ARTICLES:
            words.pop(0)
        return " ".join(words)


def parts_of(typed: Typed) -> Iterator[Typed]:
    """The query as its ORs part it, with the words of each part; the last one has all that is left."""
    start, parts = 0, 1
    for end in range(1, len(typed.words) + 1):
        cut = end < len(typed.words) and any(
            place in typed.joined | typed.listed
            for place in range(typed.places[end - 1] + 1, typed.places[end] + 1)
        )
        if end == len(typed.words) or (cut and parts < PARTS):
            yield replace(typed, words=typed.words[start:end], places=typed.places[start:end])
            start, parts = end, parts + 1


def chains(typed: Typed, units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The alternatives to one another, each as the longest unit that holds the clause beside the OR."""
    units = [*units, *(Unit(tuple(range(start, end))) for start, end in typed.pieces)]

    def unit_at(place: int) -> Unit:
        return max((one for one in units if place in one.places), key=_weight, default=Unit((place,)))

    chain: list[Unit] = []
    for place in sorted(typed.joined):
        left, right = unit_at(place - 1), unit_at(place)
        if chain and left != chain[-1]:
            yield chain
            chain = []
        chain = [*(chain or [left]), *([right] if right != left else [])]
    if chain:
        yield chain


def _weight(unit: Unit) -> tuple[int, bool]:
    return len(unit.places), unit.note is not None


def choices_of(
    unit: Unit, wanted: Sequence[Clause | FieldText], replaced: Mapping[int, Clause | None]
) -> tuple[Word | Prefix | Phrase | Every | Condition, ...]:
    """Any of these is the unit: all its words, or what they were replaced by where that is one clause."""
    left = [place for place in unit.places if replaced.get(place, wanted[place]) is not None]
    if len(left) == 1:
        one = replaced.get(left[0], wanted[left[0]])
        return one.choices if isinstance(one, Either) else (one,)
    words = tuple(wanted[place] for place in left)
    return (Every(tuple(word for word in words if isinstance(word, Word))),) if words else ()
