"""Officials, municipalities and offices whose names stand in the plain words of a query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select

from dam.db import Transaction
from dam.models import District, Municipality, Office, Official, OfficialAlias, State
from dam.search.folding import COMMON, fold, key_of, stems, without_tilde
from dam.search.index import Phrase
from dam.search.offices import district_place, office_at, office_key
from dam.services.synonyms import Meanings
from dam.services.synonyms.meaning import spans

CANDIDATES = 500  # rows looked at for one sort of name
NAMESAKES = 20  # officials of one name whose pictures come first
PEOPLE = 3  # different people in one query
SHORTEST = 4  # letters of a word that names a municipality by itself
_ARTICLES = ("", "el ", "la ", "los ", "las ")
_LAST = "zzz"  # behind every word that begins so, in any collation


@dataclass(frozen=True)
class Person:
    """Officials of one name; ``words`` are the places of the words that name them."""

    official_ids: tuple[int, ...]
    name: str
    words: tuple[int, ...]


@dataclass(frozen=True)
class Place:
    municipality_keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]


@dataclass(frozen=True)
class OfficeHeld:
    """An office in one place. ``phrases``: how a caption would say it."""

    keys: tuple[str, ...]
    name: str
    words: tuple[int, ...]
    phrases: tuple[Phrase, ...]


@dataclass
class Recognised:
    """What the words of a query name. A word names one thing at most."""

    office: OfficeHeld | None = None
    place: Place | None = None
    people: list[Person] = field(default_factory=list)

    def taken(self) -> set[int]:
        """The places of words that name something already."""
        named = [*self.people, *filter(None, (self.office, self.place))]
        return {place for one in named for place in one.words}


def recognise(tx: Transaction, words: Sequence[str], meanings: Meanings, home: str) -> Recognised:
    """What plain ``words`` (stems in the order typed) name: an office with its place; people of whose name
    two words are there; a municipality, of the ``home`` state (its key) before others; people who alone have
    a word in their name."""
    found = Recognised()
    if not words:
        return found
    places = _places(tx, words, meanings, home)
    found.office = _office(tx, words, meanings, places)
    while len(found.people) < PEOPLE and (person := _person(tx, words, found.taken(), 2)):
        found.people.append(person)
    found.place = _place(words, meanings, places, found.taken(), home)
    if len(found.people) < PEOPLE and (person := _person(tx, words, found.taken(), 1, places)):
        found.people.append(person)
    found.place = found.place or _place(words, meanings, places, found.taken(), home, whole=False)
    return found


# officials


def _person(
    tx: Transaction, words: Sequence[str], taken: Collection[int], least: int,
    places: Sequence["_Known"] = (),
) -> Person | None:  # fmt: skip
    """Whose name (or an alias) has most of the words still free: ``least`` of them, or more. One word alone
    has to be one person's only; where it begins a municipality's name, the person's has to begin so too."""
    free = {word: place for place, word in enumerate(words)
            if place not in taken and len(word) > 2 and not word.isdigit()}  # fmt: skip
    if not free:
        return None
    names: defaultdict[int, list[set[str]]] = defaultdict(list)
    shown: dict[int, str] = {}
    by_name = select(Official.id, Official.name, Official.name.label("called")).where(
        _any_word(Official.folded, free)
    )
    by_alias = (
        select(Official.id, OfficialAlias.name, Official.name.label("called"))
        .join(OfficialAlias, OfficialAlias.official_id == Official.id)
        .where(_any_word(OfficialAlias.folded, free))
    )
    for query in (by_name, by_alias):
        for official_id, name, called in tx.execute(query.limit(CANDIDATES)):
            names[official_id].append({without_tilde(one) for one in stems(name)} - COMMON)
            shown.setdefault(official_id, called)
    scores = {one: max(len(free.keys() & name) for name in many) for one, many in names.items()}
    best = max(scores.values(), default=0)
    chosen = [one for one, score in scores.items() if score == best]
    if best < least or len(chosen) > NAMESAKES:
        return None
    said = set().union(*(max(names[one], key=lambda name: len(free.keys() & name)) for one in chosen))
    meant = free.keys() & said
    if best == 1 and len(chosen) > 1:
        return None
    begins_so = key_of(shown[chosen[0]]).split()[0] in meant
    if best == 1 and not begins_so and any(one.key.split()[0] in meant for one in places):
        return None
    fits = {frozenset(free.keys() & name) for one in chosen for name in names[one]}
    if sum(len(fit) == best for fit in fits) > 1:
        return None  # different words fit different people
    return Person(tuple(chosen), shown[chosen[0]], tuple(sorted(free[word] for word in meant)))


# municipalities


@dataclass(frozen=True)
class _Known:
    """A municipality of the catalogue whose name begins with one of the words."""

    id: str
    name: str
    key: str
    state_key: str
    short: str


def _places(tx: Transaction, words: Sequence[str], meanings: Meanings, home: str) -> list[_Known]:
    begin = {word for word in words if not word.isdigit()}
    begin |= {key.split()[0] for meaning in meanings for key in meaning.keys}
    rows = tx.execute(
        select(Municipality.key, Municipality.name, Municipality.state_key, State.short)
        .join(State, State.key == Municipality.state_key)
        .where(_begins(Municipality.folded, begin, _ARTICLES)).order_by(Municipality.key).limit(CANDIDATES)
    ) if begin else ()  # fmt: skip
    return [_Known(row.key, row.name, key_of(row.name), row.state_key, row.short) for row in rows]


def _place(
    words: Sequence[str], meanings: Meanings, places: Sequence[_Known], taken: Collection[int], home: str,
    *, whole: bool = True,
) -> Place | None:  # fmt: skip
    """The longest run of free words that is a municipality's name, or (not ``whole``) begins one of the home
    state and no other there."""
    for start, length in spans(words, 6):
        run = range(start, start + length)
        if set(run) & set(taken):
            continue
        said = " ".join(words[start : start + length])
        keys = {said, *meanings.keys_at(start, length)} if len(said) >= SHORTEST else set()
        found = _whole(keys, places, home) if whole else _begun(keys, places, home)
        if found:
            return Place(tuple(one.id for one in found), _label(found, places), tuple(run))
    return None


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
    tx: Transaction, words: Sequence[str], meanings: Meanings, places: Sequence[_Known]
) -> OfficeHeld | None:
    """A title of the catalogue, and behind it where the office is held."""
    titles = _titles(tx, words, meanings)
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
                        for middle in (("de",), ()))[:6]  # fmt: skip
        title = titles[keys[0]][0]
        return OfficeHeld(placed, f"{title[:1].upper()}{title[1:]} · {name}",
                          tuple(range(start, end)), phrases)  # fmt: skip
    return None


def _titles(tx: Transaction, words: Sequence[str], meanings: Meanings) -> dict[str, list[str]]:
    """Folded titles of the catalogue by their keys: those that begin with one of the words."""
    begin = {word for word in words if not word.isdigit()}
    begin |= {key.split()[0] for meaning in meanings for key in meaning.keys}
    found: defaultdict[str, list[str]] = defaultdict(list)
    if begin:
        titles = select(Office.folded).where(_begins(Office.folded, begin)).distinct().limit(CANDIDATES)
        for title in tx.scalars(titles):
            found[office_key(title)].append(title)
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
    column: ColumnElement[str], starts: Iterable[str], before: Sequence[str] = ("",)
) -> ColumnElement[bool]:
    """Ranges rather than LIKE: a plain index serves them."""
    plain = sorted({fold(start_of(start)) for start in starts} - {""})
    whole = [article + start for start in plain for article in before]
    return or_(*(and_(column >= start, column < start + _LAST) for start in whole))


def _any_word(column: ColumnElement[str], words: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(column.contains(start_of(word), autoescape=True) for word in words))
