"""This OR that: which words of a query stand on each side, and what they are sought by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dam.search.folding import COMMON, fold
from dam.search.index import Clause, Condition, Either, Every, Phrase, Prefix, Word
from dam.search.typed import Field, FieldText, Note, Typed
from dam.services.finding.recognising import Recognised, offices
from dam.services.synonyms import Meanings

ARTICLES = {"el", "la", "los", "las"}
PARTS = 8  # of a query whose ORs part it, that are looked at for names

# The words between two ORs, their synonyms, and what they name.
Part = tuple[Typed, Meanings, Recognised]


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


def carry_offices(typed: Typed, parts: Sequence[Part]) -> None:
    """The office of "alcaldesa de Toluca o Metepec" is meant in both places."""
    for (left, _, before), (right, _, found) in pairwise(parts):
        first, office, place = right.places[0], before.office, found.place
        if first not in typed.joined | typed.listed or office is None or place is None or found.office:
            continue
        if office.words[-1] == len(left.words) - 1 and found.span(place)[0] == 0:
            found.office, found.place = offices.also_at(office, place, right.words), None


def with_lists(typed: Typed, parts: Sequence[Part]) -> Typed:
    """The commas of "Toluca, Metepec o Lerma" are ORs where all they part is of one sort, each one thing."""
    sorts: dict[int, Field] = {}
    whole: set[int] = set()  # places that begin a thing which ends at the next comma or OR
    for part, meanings, found in parts:
        sorts |= {part.places[word]: sort for sort, thing in found.sorts() for word in found.span(thing)}
        size = len(part.words)
        said = [len(found.span(thing)) for _, thing in found.sorts()]
        if size == 1 or size in said or any(one.length == size for one in meanings):
            whole.add(part.places[0])
    joined = set(typed.joined)
    for place in sorted(typed.listed, reverse=True):
        if place in whole and sorts.get(place - 1) == sorts.get(place):
            joined.add(place)
    return replace(typed, joined=frozenset(joined))


def leave_unlike(typed: Typed, parts: Sequence[Part]) -> None:
    """What is an alternative to something of another sort is words, no name: nothing of either would come
    first."""
    unlike = True
    while unlike:
        unlike = False
        said = {
            part.places[word]: (sort, found, thing)
            for part, _, found in parts
            for sort, thing in found.sorts()
            for word in found.span(thing)
        }
        for place in typed.joined:
            left, right = said.get(place - 1), said.get(place)
            if (left and left[0]) != (right and right[0]):
                for _, found, thing in filter(None, (left, right)):
                    found.leave(thing)
                unlike = True
                break


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
