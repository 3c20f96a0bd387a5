"""Municipalities whose names stand in the plain words of a query."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select, text

from dam.db import Transaction
from dam.models import Asset, Municipality
from dam.search.folding import key_of, stem
from dam.services.finding.recognising.beginnings import CANDIDATES, before, begins
from dam.services.synonyms import Meanings
from dam.services.synonyms.meaning import spans

SHORTEST = 4  # letters of a word that names a municipality by itself
_ARTICLES = ("", "el ", "la ", "los ", "las ")
# Stems of what may stand before a municipality's name and only says that it is one.
PLACE_WORDS = frozenset(map(stem, ("municipio", "mpio")))
CAPITAL, CAPITAL_WORDS = "09", frozenset(map(stem, ("alcaldia", "demarcacion", "delegacion")))


@dataclass(frozen=True)
class Place:
    """``titles``: places of the words before it that only say that it is a municipality."""

    municipality_keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]
    titles: tuple[int, ...] = ()


@dataclass(frozen=True)
class Known:
    """A municipality of the catalogue whose name begins with one of the words."""

    id: str
    name: str
    key: str
    state_key: str
    short: str


def known(tx: Transaction, words: Sequence[str], meanings: Meanings) -> list[Known]:
    condition, values = begins("m.folded", words, meanings, _ARTICLES)
    if not values:
        return []
    rows = tx.execute(
        text(
            "SELECT m.key, m.name, m.state_key, s.short FROM municipalities m "
            f"JOIN states s ON s.key = m.state_key WHERE {condition} ORDER BY m.key LIMIT {CANDIDATES}"
        ),
        values,
    )
    return [Known(row.key, row.name, key_of(row.name), row.state_key, row.short) for row in rows]


def best(
    tx: Transaction, words: Sequence[str], meanings: Meanings, places: Sequence[Known],
    taken: Collection[int], home: str, *, whole: bool = True,
) -> Place | None:  # fmt: skip
    """The longest run of free words that is a municipality's name, or (not ``whole``) begins one of the home
    state and no other there. Elsewhere only where something was taken: Reforma and La Cruz are words, too."""
    for start, length in spans(words, 6):
        run = range(start, start + length)
        if set(run) & set(taken):
            continue
        said = " ".join(words[start : start + length])
        keys = {said, *meanings.keys_at(start, length)} if len(said) >= SHORTEST else set()
        found = _whole(keys, places, home) if whole else _begun(keys, places, home)
        if found and found[0].state_key != home:
            found = _with_material(tx, found)
        if found:
            titles = before(words, start, taken, _titles_of(found[0]))
            return Place(tuple(one.id for one in found), _label(found, places), tuple(run), titles)
    return None


def _titles_of(one: Known) -> frozenset[str]:
    return PLACE_WORDS | CAPITAL_WORDS if one.state_key == CAPITAL else PLACE_WORDS


def _with_material(tx: Transaction, found: Sequence[Known]) -> list[Known]:
    there = exists().where(Asset.municipality_key == Municipality.key)
    keys = tx.scalars(
        select(Municipality.key).where(Municipality.key.in_([one.id for one in found]), there)
    ).all()
    return [one for one in found if one.id in keys]


def _whole(keys: Collection[str], places: Sequence[Known], home: str) -> list[Known]:
    same = [one for one in places if one.key in keys]
    near = [one for one in same if one.state_key == home]
    return near or (same if len(same) <= 5 else [])


def _begun(keys: Collection[str], places: Sequence[Known], home: str) -> list[Known]:
    begun = [one for one in places
             if one.state_key == home and any(one.key.startswith(f"{key} ") for key in keys)]  # fmt: skip
    return begun if len(begun) == 1 else []


def _label(found: Sequence[Known], places: Sequence[Known]) -> str:
    """With the state where another municipality has the name too."""
    one = found[0]
    namesakes = sum(other.key == one.key for other in places)
    return f"{one.name}, {one.short}" if namesakes > 1 and len(found) == 1 else one.name
