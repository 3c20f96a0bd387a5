"""Offices whose titles stand in the plain words of a query."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, text

from dam.db import Transaction
from dam.models import District, Office, State
from dam.search.folding import key_of, stems, without_tilde
from dam.search.index import Phrase
from dam.search.offices import district_place, office_at, office_key
from dam.services.finding.recognising.beginnings import CANDIDATES, begins
from dam.services.finding.recognising.places import SHORTEST, Known, Place
from dam.services.synonyms import Meanings
from dam.services.synonyms.meaning import spans

Titles = Mapping[str, Mapping[str, str]]  # of the catalogue by their keys: folded → as written


@dataclass(frozen=True)
class OfficeHeld:
    """An office in one place. ``phrases``: how a caption would say it."""

    keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Title:
    """An office wherever it is held, where nobody is named: who held it that day comes first."""

    keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]


def placed(
    tx: Transaction, words: Sequence[str], meanings: Meanings, places: Sequence[Known],
    titles: Titles,
) -> OfficeHeld | None:  # fmt: skip
    """A title of the catalogue, and behind it where the office is held."""
    for start, length in spans(words):
        run = " ".join(words[start : start + length])
        keys = [key for key in (run, *meanings.keys_at(start, length)) if key in titles]
        if not keys or start + length >= len(words):
            continue
        where = where_held(tx, words, start + length, meanings, places)
        if where is None:
            continue
        end, name, ids = where
        if not _ever_held(tx, [title for key in keys for title in titles[key]], ids):
            continue
        placed = tuple(office_at(key, one) for key in keys for one in ids)
        said = in_texts(words[start + length : end], name)
        phrases = tuple(Phrase((*key.split(), *middle, *said))
                        for key in dict.fromkeys((run, *keys, *meanings.keys_at(start, length)))
                        for middle in (("de",), ()))[:8]  # fmt: skip
        return OfficeHeld(placed, f"{called(titles[keys[0]])} · {name}", tuple(range(start, end)), phrases)
    return None


def also_at(office: OfficeHeld, place: Place, words: Sequence[str]) -> OfficeHeld:
    """The same office in one more ``place`` that ``words`` name: "alcaldesa de Toluca o Metepec"."""
    titles = list(dict.fromkeys(key.partition("@")[0] for key in office.keys))
    keys = tuple(office_at(title, one) for title in titles for one in place.municipality_keys)
    said = in_texts([words[word] for word in place.words], place.name)
    phrases = tuple(Phrase((*title.split(), *middle, *said)) for title in titles for middle in (("de",), ()))
    name = f"{office.name.partition(' · ')[0]} · {place.name}"
    return OfficeHeld(keys, name, tuple(sorted((*place.titles, *place.words))), phrases)


def in_texts(words: Sequence[str], name: str) -> Sequence[str]:
    """How a text writes the place that ``words`` name: with the "de" that they lack, if they are whole."""
    return [without_tilde(one) for one in stems(name)] if key_of(name) == " ".join(words) else words


def alone(words: Sequence[str], meanings: Meanings, titles: Titles, taken: Collection[int]) -> Title | None:
    """The longest run of free words that is a title of the catalogue."""
    for start, length in spans(words):
        run = range(start, start + length)
        said = " ".join(words[start : start + length])
        keys = tuple(key for key in (said, *meanings.keys_at(start, length)) if key in titles)
        if keys and not set(run) & set(taken):
            return Title(keys, called(titles[keys[0]]), tuple(run))
    return None


def titled(words: Sequence[str], meanings: Meanings, titles: Titles) -> frozenset[int]:
    """The places of all words that are titles of the catalogue, or begin one."""
    split = [title.split() for title in titles]
    begun = {" ".join(title[:end]) for title in split for end in range(1, len(title) + 1)}
    return frozenset(
        place for start, length in spans(words)
        if begun.intersection((" ".join(words[start : start + length]), *meanings.keys_at(start, length)))
        for place in range(start, start + length)
    )  # fmt: skip


def called(titles: Mapping[str, str]) -> str:
    return next(iter(titles.values()))


def titles_of(tx: Transaction, words: Sequence[str], meanings: Meanings) -> Titles:
    """Titles of the catalogue that begin with one of the words."""
    condition, values = begins("folded", words, meanings)
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    if values:
        query = (
            f"SELECT folded, max(title) AS title FROM offices WHERE {condition} "
            f"GROUP BY folded ORDER BY folded LIMIT {CANDIDATES}"
        )
        for row in tx.execute(text(query), values):
            found[office_key(row.folded)][row.folded] = row.title
    return found


def where_held(
    tx: Transaction, words: Sequence[str], start: int, meanings: Meanings, places: Sequence[Known]
) -> tuple[int, str, list[str]] | None:
    """The place that the words from ``start`` on name: where it ends, its name, its keys in offices."""
    for length in range(min(6, len(words) - start), 0, -1):
        said = " ".join(words[start : start + length])
        keys = {said, *meanings.keys_at(start, length)}
        same = [one for one in places if one.key in keys] or [
            one for one in places if one.key.startswith(f"{said} ") and len(said) >= SHORTEST
        ]
        if same:
            return start + length, same[0].name, [one.id for one in same[:20]]
        states = [one for one in tx.execute(select(State.key, State.name, State.short))
                  if keys & {key_of(one.name), key_of(one.short.replace(".", ""))}]  # fmt: skip
        if states:
            return start + length, states[0].name, [one.key for one in states]
    if words[start] in ("distrit", "distrito") and len(words) > start + 1 and words[start + 1].isdigit():
        number = words[start + 1]
        if len(number) < 4:
            ids = tx.scalars(select(District.id).where(District.number == int(number)).limit(50)).all()
            if ids:
                return start + 2, f"distrito {int(number)}", [district_place(one) for one in ids]
    return None


def _ever_held(tx: Transaction, titles: Sequence[str], places: Sequence[str]) -> bool:
    """Did anybody ever hold an office of one of these titles in one of these places?"""
    query = select(Office.official_id).where(Office.folded.in_(titles), held_in(places))
    return tx.scalar(query.limit(1)) is not None


def held_in(places: Sequence[str]) -> ColumnElement[bool]:
    """Is the office held in one of these places, as ``dam.search.offices`` writes them?"""
    return or_(
        Office.municipality_key.in_([one for one in places if len(one) == 5 and one.isdigit()]),
        Office.state_key.in_([one for one in places if len(one) == 2]),
        Office.district_id.in_([int(one[1:]) for one in places if one.startswith("d")]),
    )
