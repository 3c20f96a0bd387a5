"""Officials, municipalities and offices whose names stand in the plain words of a query."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, or_, select, text

from dam.db import Transaction
from dam.models import Asset, District, Municipality, Office, State
from dam.search.folding import COMMON, key_of, stem, stems, without_tilde
from dam.search.index import Phrase
from dam.search.offices import district_place, office_at, office_key
from dam.services.officials import finding as officials
from dam.services.synonyms import Meanings
from dam.services.synonyms.meaning import spans

CANDIDATES = 500  # rows looked at for one sort of name
NAMESAKES = 20  # officials of one name whose pictures come first
PEOPLE = 3  # different people in one query
SHORTEST = 4  # letters of a word that names a municipality by itself
Titles = Mapping[str, Mapping[str, str]]  # of the catalogue by their keys: folded → as written
_ARTICLES = ("", "el ", "la ", "los ", "las ")
# Stems of what may stand before a person's name, or a municipality's, and says no more than it does.
COURTESIES = frozenset(map(stem, officials.COURTESIES))
PLACE_WORDS = frozenset(map(stem, ("municipio", "mpio")))
CAPITAL, CAPITAL_WORDS = "09", frozenset(map(stem, ("alcaldia", "demarcacion", "delegacion")))
_LAST = "zzz"  # behind every word that begins so, in any collation


@dataclass(frozen=True)
class Person:
    """Officials of one name; ``words`` are the places of the words that name them, ``titles`` of those before
    that only say how they are addressed ("Mtra.")."""

    official_ids: tuple[int, ...]
    name: str
    words: tuple[int, ...]
    titles: tuple[int, ...] = ()


@dataclass(frozen=True)
class Place:
    """``titles``: places of the words before it that only say that it is a municipality."""

    municipality_keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]
    titles: tuple[int, ...] = ()


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


@dataclass
class Recognised:
    """What the words of a query name. A word names one thing at most."""

    office: OfficeHeld | None = None
    title: Title | None = None
    place: Place | None = None
    people: list[Person] = field(default_factory=list)

    def taken(self) -> set[int]:
        """The places of words that name something already."""
        named = [*self.people, *filter(None, (self.office, self.place))]
        titles = {place for one in (*self.people, self.place) if one for place in one.titles}
        return titles | {place for one in named for place in one.words}


def recognise(tx: Transaction, words: Sequence[str], meanings: Meanings, home: str) -> Recognised:
    """What plain ``words`` (stems in the order typed) name: an office with its place; people of whose name
    two words are there; a municipality, of the ``home`` state (its key) before others; people who alone have
    a word in their name. PEOPLE different ones at most."""
    found = Recognised()
    if not words:
        return found
    places = _places(tx, words, meanings)
    titles = _titles(tx, words, meanings)
    found.office = _office(tx, words, meanings, places, titles)
    named = _people(tx, words)
    _add_people(found, named, words, 2)
    found.place = _place(tx, words, meanings, places, found.taken(), home)
    _add_people(found, named, words, 1, places)
    found.place = found.place or _place(tx, words, meanings, places, found.taken(), home, whole=False)
    if not found.office and not found.people:
        found.title = _title(words, meanings, titles, found.taken())
    return found


# officials


@dataclass(frozen=True)
class _Name:
    """A name or an alias of an official, as stems."""

    official_id: int
    stems: frozenset[str]
    called: str


def _people(tx: Transaction, words: Sequence[str]) -> list[_Name]:
    """Names and aliases that hold one of the words."""
    starts = sorted({start_of(word) for word in words if len(word) > 2 and not word.isdigit()})
    if not starts:
        return []
    like = " OR ".join(f"{{0}}.folded LIKE :w{place}" for place in range(len(starts)))
    rows = tx.execute(
        text(
            f"SELECT o.id, o.name AS written, o.name AS called FROM officials o WHERE {like.format('o')} "
            "UNION ALL SELECT o.id, a.name AS written, o.name AS called FROM official_aliases a "
            f"JOIN officials o ON o.id = a.official_id WHERE {like.format('a')} LIMIT {2 * CANDIDATES}"
        ),
        {f"w{place}": f"%{start}%" for place, start in enumerate(starts)},
    )
    return [
        _Name(row.id, frozenset(without_tilde(one) for one in stems(row.written)) - COMMON, row.called)
        for row in rows
    ]


def _add_people(
    found: Recognised, named: Sequence[_Name], words: Sequence[str], least: int,
    places: Sequence["_Known"] = (),
) -> None:  # fmt: skip
    while len(found.people) < PEOPLE:
        known = {one for person in found.people for one in person.official_ids}
        others = [one for one in named if one.official_id not in known]
        person = _person(others, words, found.taken(), least, places)
        if person is None:
            return
        found.people.append(person)


def _person(
    named: Sequence[_Name], words: Sequence[str], taken: Collection[int], least: int,
    places: Sequence["_Known"] = (),
) -> Person | None:  # fmt: skip
    """Whose name (or an alias) has most of the words still free: ``least`` of them, or more. One word alone
    has to be one person's only; where it begins a municipality's name, the person's has to begin so too."""
    free = {word: place for place, word in enumerate(words)
            if place not in taken and len(word) > 2 and not word.isdigit()}  # fmt: skip
    fits: defaultdict[frozenset[str], dict[int, _Name]] = defaultdict(dict)
    for one in named:
        fits[one.stems.intersection(free)].setdefault(one.official_id, one)
    best = max(map(len, fits), default=0)
    if best < least:
        return None
    longest = [fit for fit in fits if len(fit) == best]
    for said in sorted(longest, key=lambda fit: (fit <= COURTESIES, min(free[word] for word in fit))):
        chosen = list(fits[said].values())
        # Where a word fits different people, nobody is meant.
        disputed = any(said & other and fits[other].keys() != fits[said].keys() for other in longest)
        if disputed or len(chosen) > NAMESAKES:
            continue
        if best == 1 and (len(chosen) > 1 or _is_rather_a_place(chosen[0], said, places)):
            continue
        at = sorted(free[word] for word in said)
        ids = tuple(one.official_id for one in chosen)
        return Person(ids, chosen[0].called, tuple(at), _before(words, at[0], taken, COURTESIES))
    return None


def _is_rather_a_place(one: _Name, said: frozenset[str], places: Sequence["_Known"]) -> bool:
    begins_so = key_of(one.called).split()[0] in said
    return not begins_so and any(place.key.split()[0] in said for place in places)


def _before(
    words: Sequence[str], end: int, taken: Collection[int], titles: Collection[str]
) -> tuple[int, ...]:
    """The places of the ``titles`` right before ``end``."""
    start = end
    while start and words[start - 1] in titles and start - 1 not in taken:
        start -= 1
    return tuple(range(start, end))


# municipalities


@dataclass(frozen=True)
class _Known:
    """A municipality of the catalogue whose name begins with one of the words."""

    id: str
    name: str
    key: str
    state_key: str
    short: str


def _places(tx: Transaction, words: Sequence[str], meanings: Meanings) -> list[_Known]:
    begins, values = _begins("m.folded", words, meanings, _ARTICLES)
    if not values:
        return []
    rows = tx.execute(
        text(
            "SELECT m.key, m.name, m.state_key, s.short FROM municipalities m "
            f"JOIN states s ON s.key = m.state_key WHERE {begins} ORDER BY m.key LIMIT {CANDIDATES}"
        ),
        values,
    )
    return [_Known(row.key, row.name, key_of(row.name), row.state_key, row.short) for row in rows]


def _place(
    tx: Transaction, words: Sequence[str], meanings: Meanings, places: Sequence[_Known],
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
            titles = _before(words, start, taken, _titles_of(found[0]))
            return Place(tuple(one.id for one in found), _label(found, places), tuple(run), titles)
    return None


def _titles_of(one: _Known) -> frozenset[str]:
    return PLACE_WORDS | CAPITAL_WORDS if one.state_key == CAPITAL else PLACE_WORDS


def _with_material(tx: Transaction, found: Sequence[_Known]) -> list[_Known]:
    there = exists().where(Asset.municipality_key == Municipality.key)
    keys = tx.scalars(
        select(Municipality.key).where(Municipality.key.in_([one.id for one in found]), there)
    ).all()
    return [one for one in found if one.id in keys]


def _whole(keys: Collection[str], places: Sequence[_Known], home: str) -> list[_Known]:
    same = [one for one in places if one.key in keys]
    near = [one for one in same if one.state_key == home]
    return near or (same if len(same) <= 5 else [])


def _begun(keys: Collection[str], places: Sequence[_Known], home: str) -> list[_Known]:
    begun = [one for one in places
             if one.state_key == home and any(one.key.startswith(f"{key} ") for key in keys)]  # fmt: skip
    return begun if len(begun) == 1 else []


def _label(found: Sequence[_Known], places: Sequence[_Known]) -> str:
    """With the state where another municipality has the name too."""
    one = found[0]
    namesakes = sum(other.key == one.key for other in places)
    return f"{one.name}, {one.short}" if namesakes > 1 and len(found) == 1 else one.name


# offices


def _office(
    tx: Transaction, words: Sequence[str], meanings: Meanings, places: Sequence[_Known],
    titles: Titles,
) -> OfficeHeld | None:  # fmt: skip
    """A title of the catalogue, and behind it where the office is held."""
    for start, length in spans(words):
        run = " ".join(words[start : start + length])
        keys = [key for key in (run, *meanings.keys_at(start, length)) if key in titles]
        if not keys or start + length >= len(words):
            continue
        where = _where(tx, words, start + length, meanings, places)
        if where is None:
            continue
        end, name, ids = where
        if not _ever_held(tx, [title for key in keys for title in titles[key]], ids):
            continue
        placed = tuple(office_at(key, one) for key in keys for one in ids)
        said = words[start + length : end]
        phrases = tuple(Phrase((*key.split(), *middle, *said))
                        for key in dict.fromkeys((run, *keys, *meanings.keys_at(start, length)))
                        for middle in (("de",), ()))[:8]  # fmt: skip
        return OfficeHeld(placed, f"{_called(titles[keys[0]])} · {name}", tuple(range(start, end)), phrases)
    return None


def _title(words: Sequence[str], meanings: Meanings, titles: Titles, taken: Collection[int]) -> Title | None:
    """The longest run of free words that is a title of the catalogue."""
    for start, length in spans(words):
        run = range(start, start + length)
        said = " ".join(words[start : start + length])
        keys = tuple(key for key in (said, *meanings.keys_at(start, length)) if key in titles)
        if keys and not set(run) & set(taken):
            return Title(keys, _called(titles[keys[0]]), tuple(run))
    return None


def _called(titles: Mapping[str, str]) -> str:
    return next(iter(titles.values()))


def _titles(tx: Transaction, words: Sequence[str], meanings: Meanings) -> Titles:
    """Titles of the catalogue that begin with one of the words."""
    begins, values = _begins("folded", words, meanings)
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    if values:
        query = (
            f"SELECT folded, max(title) AS title FROM offices WHERE {begins} "
            f"GROUP BY folded ORDER BY folded LIMIT {CANDIDATES}"
        )
        for row in tx.execute(text(query), values):
            found[office_key(row.folded)][row.folded] = row.title
    return found


def _where(
    tx: Transaction, words: Sequence[str], start: int, meanings: Meanings, places: Sequence[_Known]
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
    districts = [int(one[1:]) for one in places if one.startswith("d")]
    query = select(Office.official_id).where(
        Office.folded.in_(titles),
        or_(
            Office.municipality_key.in_([one for one in places if len(one) == 5 and one.isdigit()]),
            Office.state_key.in_([one for one in places if len(one) == 2]),
            Office.district_id.in_(districts),
        ),
    )
    return tx.scalar(query.limit(1)) is not None


def start_of(stemmed: str) -> str:
    """What a word of this stem surely begins with: a last c may stand for z."""
    return stemmed.removesuffix("c")


def _begins(
    column: str, words: Sequence[str], meanings: Meanings, before: Sequence[str] = ("",)
) -> tuple[str, dict[str, str]]:
    """A condition, with its values, for a column that begins with one of the words or of their synonyms.

    Ranges rather than LIKE: a plain index serves them. Written by hand, as the other questions that every
    search asks: SQLAlchemy takes longer to build such a condition than the database to answer it."""
    begin = {word for word in words if not word.isdigit()}
    begin |= {key.split()[0] for meaning in meanings for key in meaning.keys}
    starts = sorted({article + start_of(word) for word in begin for article in before})
    values = {f"a{place}": start for place, start in enumerate(starts)}
    values |= {f"b{place}": start + _LAST for place, start in enumerate(starts)}
    ranges = (f"({column} >= :a{place} AND {column} < :b{place})" for place in range(len(starts)))
    return " OR ".join(ranges), values
