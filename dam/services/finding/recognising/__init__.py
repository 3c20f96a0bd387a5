"""Officials, municipalities and offices whose names stand in the plain words of a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from dam.db import Transaction
from dam.search.typed import Field
from dam.services.finding.recognising import formerly, offices, people, places
from dam.services.finding.recognising.formerly import Former
from dam.services.finding.recognising.offices import OfficeHeld, Title
from dam.services.finding.recognising.people import Named, Person
from dam.services.finding.recognising.places import Known, Place
from dam.services.synonyms import Meanings

PEOPLE = 3  # different people in one query
_TAKEN = "-"  # stands in the place of a word that names something already: no name has it

__all__ = ["Former", "Named", "OfficeHeld", "Person", "Place", "Recognised", "recognise"]


@dataclass
class Recognised:
    """What the words of a query name. A word names one thing at most."""

    former: Former | None = None
    office: OfficeHeld | None = None
    title: Title | None = None
    place: Place | None = None
    people: list[Person] = field(default_factory=list)
    titled: frozenset[int] = frozenset()  # places of words that are an office, whoever holds it

    def span(self, thing: Former | OfficeHeld | Title | Place | Person) -> tuple[int, ...]:
        """The places of the words of ``thing``, with how it is addressed: "senador Óscar González"."""
        said = {*thing.words, *getattr(thing, "titles", ())}
        first = min(said)
        while isinstance(thing, Person) and first - 1 in self.titled - self.taken():
            first -= 1
            said.add(first)
        return tuple(sorted(said))

    def taken(self) -> set[int]:
        """The places of words that name something already."""
        named = [*self.people, *filter(None, (self.former, self.office, self.place))]
        titles = {place for one in (*self.people, self.place) if one for place in one.titles}
        return titles | {place for one in named for place in one.words}

    def sorts(self) -> list[tuple[Field, Former | OfficeHeld | Title | Place | Person]]:
        """Each thing named, with the field that asks for such a thing."""
        known = [
            (Field.OFFICIAL, self.former), (Field.OFFICE, self.office), (Field.OFFICE, self.title),
            (Field.MUNICIPALITY, self.place), *((Field.OFFICIAL, person) for person in self.people),
        ]  # fmt: skip
        return [(sort, thing) for sort, thing in known if thing is not None]

    def leave(self, thing: Former | OfficeHeld | Title | Place | Person) -> None:
        """Forget that it was named."""
        self.people = [one for one in self.people if one is not thing]
        for name in ("former", "office", "title", "place"):
            if getattr(self, name) is thing:
                setattr(self, name, None)


def recognise(
    tx: Transaction, words: Sequence[str], meanings: Meanings, home: str, today: date
) -> Recognised:
    """What plain ``words`` (stems in the order typed) name: who held an office before ``today``; an office
    with its place; people of whose name two words are there; a municipality, of the ``home`` state (its key)
    before others; people who alone have a word in their name. PEOPLE different ones at most."""
    found = Recognised()
    if not words:
        return found
    found.former = formerly.held(tx, words, today)
    if found.former:
        words = [_TAKEN if place in found.former.words else word for place, word in enumerate(words)]
        meanings = meanings.apart_from(found.former.words)
    municipalities = places.known(tx, words, meanings)
    titles = offices.titles_of(tx, words, meanings)
    found.titled = offices.titled(words, meanings, titles)
    found.office = offices.placed(tx, words, meanings, municipalities, titles)
    named = people.named(tx, words)
    _add_people(found, named, words, 2)
    found.place = places.best(tx, words, meanings, municipalities, found.taken(), home)
    _add_people(found, named, words, 1, municipalities)
    found.place = found.place or places.best(
        tx, words, meanings, municipalities, found.taken(), home, whole=False
    )
    if not found.office and not found.people and not found.former:
        found.title = offices.alone(words, meanings, titles, found.taken())
    return found


def _add_people(
    found: Recognised, named: Sequence[Named], words: Sequence[str], least: int,
    municipalities: Sequence[Known] = (),
) -> None:  # fmt: skip
    while len(found.people) < PEOPLE:
        known = {one for person in found.people for one in person.official_ids}
        others = [one for one in named if one.official_id not in known]
        taken = found.taken()
        if least == 1:  # what is in a name that was found is no other's
            theirs = {word for one in named if one.official_id in known for word in one.stems}
            taken |= {place for place, word in enumerate(words) if word in theirs}
        person = people.best(others, words, taken, least, municipalities)
        if person is None:
            return
        found.people.append(person)
