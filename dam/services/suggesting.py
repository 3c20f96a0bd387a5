"""Finding catalogue rows by the beginning of any of their words, and what lists and typing ahead answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Case, ColumnElement, and_, case, or_

from dam.search.folding import fold

T = TypeVar("T")

SHORTEST = 2  # letters before typing ahead answers
CANDIDATES = 12


@dataclass(frozen=True)
class Suggested:
    """One line of a list that opens while one types. ``key`` is an id, or a municipality's INEGI key."""

    key: int | str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Listed(Generic[T]):
    """A page of a list. ``next`` is what to hand back as ``after``; None at the end."""

    rows: tuple[T, ...]
    next: str | None


def has_words(column: ColumnElement[str], folded: str) -> ColumnElement[bool]:
    """Each word of ``folded`` begins a word of ``column``, in any order."""
    return and_(*(
        or_(column.startswith(word, autoescape=True), column.contains(f" {word}", autoescape=True))
        for word in folded.split()
    ))  # fmt: skip


def nearness(column: ColumnElement[str], folded: str) -> Case[int]:
    """0 the very name, 1 the name begins so, 2 a later word does."""
    return case((column == folded, 0), (column.startswith(folded, autoescape=True), 1), else_=2)


def prefer_as_typed(typed: str, found: Sequence[Suggested]) -> list[Suggested]:
    """What carries the typed ñ comes before what only folds to the same letters; the rest keeps its order."""
    if "ñ" not in typed.casefold():
        return list(found)
    wanted = [word for word in typed.casefold().split() if "ñ" in word]
    return sorted(found, key=lambda one: not all(word in one.label.casefold() for word in wanted))


def too_short(text: str) -> bool:
    """Too little was typed to suggest anything."""
    return len(fold(text)) < SHORTEST
