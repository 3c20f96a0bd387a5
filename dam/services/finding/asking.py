"""A query as people make it becomes what an engine is asked: stems, ids and ranges, and notes on the way."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from sqlalchemy import select

from dam.db import Transaction
from dam.models import IngestItem, Review
from dam.search.dates import range_of
from dam.search.folding import fold, key_of, stem, tokens
from dam.search.index import Asked, Clause, Condition, Either, Every, Filter, Word
from dam.search.typed import Field, FieldText, Note, Remark, Typed, read, words_of
from dam.services import access, shelves, synonyms
from dam.services.access import Actor
from dam.services.finding import naming
from dam.services.finding.everyday import (
    KIND_NAMES,
    Said,
    days_said,
    firsts_said,
    kinds_said,
    weekdays_said,
)
from dam.services.finding.query import Filters, Query
from dam.services.finding.recognising import OfficeHeld, recognise
from dam.services.synonyms import Meanings

REVIEW_NAMES = {
    Review.RECEIVED: "recibido recibida received nuevo",
    Review.IN_REVIEW: "revision revisando review",
    Review.APPROVED: "aprobado aprobada approved",
    Review.REJECTED: "rechazado rechazada rejected",
}
ORIENTATION_NAMES = {
    "landscape": "horizontal apaisada apaisado landscape",
    "portrait": "vertical retrato portrait",
    "square": "cuadrada cuadrado square",
}
WITHOUT = {
    "municipio": Filter.MUNICIPALITY, "municipality": Filter.MUNICIPALITY,
    "funcionario": Filter.APPEARS, "persona": Filter.APPEARS, "official": Filter.APPEARS,
    "evento": Filter.EVENT, "event": Filter.EVENT,
    "autor": Filter.BYLINE, "author": Filter.BYLINE,
    "fecha": Filter.TAKEN, "date": Filter.TAKEN,
    "pie": Filter.CAPTION, "caption": Filter.CAPTION, "descripcion": Filter.CAPTION,
    "cargo": Filter.OFFICE, "office": Filter.OFFICE,
    "clave": Filter.KEYWORD_LIKE, "claves": Filter.KEYWORD_LIKE, "keyword": Filter.KEYWORD_LIKE,
    "camara": Filter.CAMERA_LIKE, "camera": Filter.CAMERA_LIKE,
    "calificacion": Filter.RATING, "rating": Filter.RATING,
    "estado": Filter.STATE, "state": Filter.STATE, "distrito": Filter.DISTRICT, "district": Filter.DISTRICT,
}  # fmt: skip
_LOOK_UPS: dict[Field, tuple[Filter, Callable[[Transaction, str], tuple]]] = {
    Field.MUNICIPALITY: (Filter.MUNICIPALITY, naming.municipalities),
    Field.STATE: (Filter.STATE, naming.states),
    Field.DISTRICT: (Filter.DISTRICT, naming.districts),
    Field.OFFICIAL: (Filter.OFFICIAL, naming.officials),
    Field.APPEARS: (Filter.APPEARS, naming.officials),
    Field.ATTENDED: (Filter.ATTENDED, naming.officials),
    Field.EVENT: (Filter.EVENT, naming.events),
}
_CHOICES = {
    Field.KIND: (Filter.KIND, KIND_NAMES),
    Field.REVIEW: (Filter.REVIEW, REVIEW_NAMES),
    Field.ORIENTATION: (Filter.ORIENTATION, ORIENTATION_NAMES),
}


# Of these an asset has one: several in a query mean any of them, as in the filters beside it.
_ONE_EACH = {
    Filter.MUNICIPALITY, Filter.STATE, Filter.KIND, Filter.REVIEW, Filter.ORIENTATION, Filter.TAKEN,
    Filter.BYLINE_LIKE, Filter.CAMERA_LIKE, Filter.RATING, Filter.ADDED, Filter.ASSET,
}  # fmt: skip
_RATING = re.compile(r"(?:>=?\s*)?([0-5])\s*(\+|(?:\.\.|-)\s*([0-5])?)?")
STARS = 5


@dataclass(frozen=True)
class Around:
    """Where and when one asks: now in the office's ``zone``, naive, and the key of its ``home`` state."""

    now: datetime
    zone: tzinfo
    home: str


@dataclass
class _Making:
    tx: Transaction
    around: Around
    wanted: list[Clause]
    unwanted: list[Clause]
    always: list[Condition] = field(default_factory=list)
    shows: list[int] = field(default_factory=list)
    holds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)


def ask(tx: Transaction, actor: Actor, query: Query, around: Around) -> tuple[Asked, tuple[Note, ...]]:
    """What to ask the engine for ``actor``, and what was recognised or not understood."""
    typed = read(query.text)
    making = _Making(tx, around, list(typed.wanted), list(typed.unwanted), notes=list(typed.notes))
    for one in typed.fields:
        _take_field(making, one)
    making.always = _joined(making.always)
    filters = _filters(making, query.filters)
    if query.filters.collection_ids:
        inside = shelves.held(tx, actor, query.filters.collection_ids) or (0,)  # none, not all
        making.always.append(Condition(Filter.ASSET, inside))
    making.shows += query.filters.official_ids
    if typed.words:
        _take_words(making, typed, query.filters)
    making.holds += query.filters.office_keys
    asked = Asked(
        wanted=tuple(making.wanted), unwanted=tuple(making.unwanted), always=tuple(making.always),
        filters=tuple(filters), shows=tuple(dict.fromkeys(making.shows)),
        holds=making.holds, places=making.places,
        stacked=not (query.filters.frames or query.filters.stack_ids or query.filters.collection_ids),
        scope=access.scope(actor), order=query.order,
    )  # fmt: skip
    return asked, tuple(making.notes)


# plain words: names and synonyms


def _take_words(making: _Making, typed: Typed, filters: Filters) -> None:
    """Names among the words are recognised, unless people or places were asked for by field or filter;
    then synonyms join in."""
    meanings = synonyms.meanings_of(making.tx, typed.words)
    found = recognise(making.tx, typed.words, meanings, making.around.home)
    replaced: dict[int, Clause | None] = {}
    by_hand = {one.field for one in typed.fields if not one.negated}
    people_asked = bool(making.shows or making.holds) or bool(
        by_hand & {Field.OFFICIAL, Field.APPEARS, Field.ATTENDED}
    )
    taken: set[int] = set()
    if found.office and not people_asked:
        _take_office(making, typed, found.office, replaced)
        taken.update(found.office.words)
    if found.title and not people_asked:
        making.holds = found.title.keys
        making.notes.append(_recognised(
            typed, found.title.name, Field.OFFICE, found.title.keys, found.title.words
        ))  # fmt: skip
    if not people_asked:
        for person in found.people:
            making.shows += person.official_ids
            said = (*person.titles, *person.words)
            making.notes.append(_recognised(
                typed, person.name, Field.OFFICIAL, person.official_ids, said, person.titles
            ))  # fmt: skip
            taken.update(said)
            replaced.update({typed.places[word]: None for word in person.titles})
    if found.place and not filters.municipality_keys and Field.MUNICIPALITY not in by_hand:
        making.places = found.place.municipality_keys
        said = (*found.place.titles, *found.place.words)
        making.notes.append(_recognised(
            typed, found.place.name, Field.MUNICIPALITY, making.places, said, found.place.titles
        ))  # fmt: skip
        taken.update(found.place.titles)
        replaced.update({typed.places[word]: None for word in found.place.titles})
    for word in weekdays_said(typed.words):
        replaced[typed.places[word]] = None
        taken.add(word)
    for word in firsts_said(typed.words):
        replaced[typed.places[word]] = Either((Word(typed.words[word]), Word("1")))
        taken.add(word)
    taken.update(_take_said(making, typed, Field.DATE, days_said(typed.words, making.around.now), replaced))
    _take_synonyms(making, typed, meanings, taken, replaced)
    _take_said(making, typed, Field.KIND, kinds_said(typed.words), replaced)
    kept = (replaced.get(place, clause) for place, clause in enumerate(making.wanted))
    making.wanted = [clause for clause in kept if clause is not None]


def _take_office(
    making: _Making, typed: Typed, office: OfficeHeld, replaced: dict[int, Clause | None]
) -> None:
    """Whoever held it on the day of the picture, or a text that says so."""
    replaced.update({typed.places[word]: None for word in office.words})
    said = Either((Condition(Filter.OFFICE, office.keys), *office.phrases))
    replaced[typed.places[office.words[0]]] = said
    making.holds = office.keys
    making.notes.append(_recognised(typed, office.name, Field.OFFICE, office.keys, office.words))


def _take_said(
    making: _Making, typed: Typed, name: Field, said: Said | None, replaced: dict[int, Clause | None]
) -> tuple[int, ...]:
    """The places of the words that it takes, unless some are taken already."""
    if said is None or any(typed.places[word] in replaced for word in said.places):
        return ()
    replaced.update({typed.places[word]: None for word in said.places})
    replaced[typed.places[said.places[0]]] = said.either
    making.notes.append(_recognised(typed, said.text, name, said.values, said.places))
    return said.places


def _take_synonyms(
    making: _Making, typed: Typed, meanings: Meanings, taken: Collection[int],
    replaced: dict[int, Clause | None],
) -> None:  # fmt: skip
    for meaning in meanings:
        run = range(meaning.start, meaning.start + meaning.length)
        if set(run) & set(taken):
            continue
        typed_words = tuple(
            clause for word in run if isinstance(clause := making.wanted[typed.places[word]], Word)
        )
        as_typed = Every(typed_words) if len(typed_words) > 1 else typed_words[0]
        replaced.update({typed.places[word]: None for word in run})
        replaced[typed.places[meaning.start]] = Either((as_typed, *meaning.choices))
        making.notes.append(Note(
            Remark.ALSO, ", ".join(meaning.terms), words=tuple(typed.words[word] for word in run)
        ))  # fmt: skip


def _recognised(
    typed: Typed, name: str, field_: Field, values: Sequence[object], places: Collection[int],
    titles: Collection[int] = (),
) -> Note:  # fmt: skip
    """``places``: those of the words that say it; ``titles``: of these, what only addresses it."""
    words = tuple(typed.words[word] for word in sorted(places))
    addressed = tuple(typed.words[word] for word in titles)
    return Note(Remark.RECOGNISED, name, field_, tuple(map(str, values)), words, addressed)


# fields


def _take_field(making: _Making, one: FieldText) -> None:
    if one.field in _LOOK_UPS:
        _look_up(making, one)
    elif one.field in _CHOICES:
        name, names = _CHOICES[one.field]
        words = {stem(word) for word in tokens(one.text)}
        values = tuple(
            value for value, known in names.items() if words & {stem(word) for word in known.split()}
        )
        _condition(making, one, name, values, Remark.BAD_VALUE)
    elif one.field is Field.DATE:
        span = range_of(one.text, making.around.now)
        _condition(making, one, Filter.TAKEN, (span,) if span else (), Remark.BAD_DATE)
    elif one.field is Field.ADDED:
        span = range_of(one.text, making.around.now)
        instants = tuple(end.replace(tzinfo=making.around.zone) if end else None for end in span or ())
        _condition(making, one, Filter.ADDED, (instants,) if span else (), Remark.BAD_DATE)
    elif one.field in _LIKE:
        name, shape = _LIKE[one.field]
        _condition(making, one, name, tuple(filter(None, [shape(one.text)])), Remark.BAD_VALUE)
    elif one.field is Field.ASSET:
        if numbers := _numbers(one.text):
            making.always.append(Condition(Filter.ASSET, numbers, one.negated))
        else:
            _seek_words(making, one)
    elif one.field is Field.OFFICE:
        _look_up_office(making, one)
    elif one.field is Field.RATING:
        _rate(making, one)
    elif one.field is Field.WITHOUT and fold(one.text) in WITHOUT:
        making.always.append(Condition(WITHOUT[fold(one.text)], (), negated=one.negated, absent=True))
    else:
        making.notes.append(Note(Remark.BAD_VALUE, one.text, one.field))


_LIKE: dict[Field, tuple[Filter, Callable[[str], str]]] = {
    Field.BYLINE: (Filter.BYLINE_LIKE, str),
    Field.CAMERA: (Filter.CAMERA_LIKE, str),
    Field.KEYWORD: (Filter.KEYWORD_LIKE, key_of),
}


def _look_up(making: _Making, one: FieldText) -> None:
    """A name that means nobody is sought as words."""
    name, look_up = _LOOK_UPS[one.field]
    found = look_up(making.tx, one.text)
    if not found:
        _seek_words(making, one)
        return
    making.always.append(Condition(name, found, one.negated))
    if name is Filter.OFFICIAL and not one.negated:
        making.shows += found


def _look_up_office(making: _Making, one: FieldText) -> None:
    """An office with its place ("presidenta municipal de Toluca"), or every office so called."""
    words = tuple(clause.stem for clause in words_of(one.text) if isinstance(clause, Word))
    meanings = synonyms.meanings_of(making.tx, words)
    office = recognise(making.tx, words, meanings, making.around.home).office
    if office is not None:
        keys = office.keys
    else:
        keys = naming.offices(making.tx, one.text, meanings.keys_at(0, len(words)))
    if keys:
        making.always.append(Condition(Filter.OFFICE, keys, one.negated))
        making.holds += () if one.negated else keys
    else:
        _seek_words(making, one)


def _seek_words(making: _Making, one: FieldText) -> None:
    making.notes.append(Note(Remark.NOT_FOUND, one.text, one.field))
    (making.unwanted if one.negated else making.wanted).extend(words_of(one.text))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in tokens(text) if word.isascii() and word.isdigit() and len(word) < 10)


def _rate(making: _Making, one: FieldText) -> None:
    """``4``, ``4+``, ``>=4``, ``3..5``; 0 is without any."""
    read = _RATING.fullmatch(one.text.strip())
    if read is None:
        making.notes.append(Note(Remark.BAD_VALUE, one.text, one.field))
        return
    least = int(read[1])
    most = int(read[3]) if read[3] else STARS if read[2] or one.text.lstrip().startswith(">") else least
    values = tuple(range(max(1, least), most + 1))
    making.always.append(Condition(Filter.RATING, values, one.negated, absent=least == 0))


def _condition(making: _Making, one: FieldText, name: Filter, values: tuple, otherwise: Remark) -> None:
    if values:
        making.always.append(Condition(name, values, one.negated))
    else:
        making.notes.append(Note(otherwise, one.text, one.field))


def _joined(conditions: Sequence[Condition]) -> list[Condition]:
    """Several values of what an asset has one of: any of them."""
    made: list[Condition] = []
    first: dict[Filter, int] = {}
    for one in conditions:
        if one.filter in _ONE_EACH and not one.negated:
            if one.filter in first:
                before = made[first[one.filter]]
                made[first[one.filter]] = replace(
                    before, values=before.values + one.values, absent=before.absent or one.absent
                )
                continue
            first[one.filter] = len(made)
        made.append(one)
    return made


# filters


def _filters(making: _Making, filters: Filters) -> list[Condition]:
    """The filters beside the box. Those without counts of their own join the query."""
    chosen = {
        Filter.EVENT: filters.event_ids,
        Filter.MUNICIPALITY: filters.municipality_keys,
        Filter.STATE: filters.state_keys,
        Filter.OFFICIAL: filters.official_ids,
        Filter.OFFICE: filters.office_keys,
        Filter.KIND: filters.kinds,
        Filter.BYLINE: filters.bylines,
        Filter.REVIEW: filters.reviews,
        Filter.ORIENTATION: filters.orientations,
        Filter.TAKEN: tuple(span for date in filters.dates if (span := _range(making, date))),
    }
    always = {
        Filter.DISTRICT: filters.district_ids,
        Filter.OWNER: filters.owner_ids,
        Filter.STACK: filters.stack_ids,
        Filter.APPEARS: filters.official_ids if filters.appears_only else (),
    }
    making.always += [Condition(name, values) for name, values in always.items() if values]
    if filters.batch_ids:
        making.always.append(Condition(Filter.ASSET, _assets_of(making.tx, filters.batch_ids)))
    if filters.arrived_from or filters.arrived_before:
        since = filters.arrived_from and filters.arrived_from.replace(microsecond=0)  # indexed to the second
        making.always.append(Condition(Filter.ADDED, ((since, filters.arrived_before),)))
    made = [Condition(name, values) for name, values in chosen.items() if values]
    return made + _days(making, filters)


def _days(making: _Making, filters: Filters) -> list[Condition]:
    """From one day to another, beside the months and years that were chosen."""
    first = _range(making, filters.date_from) if filters.date_from else None
    last = _range(making, filters.date_to) if filters.date_to else None
    if not first and not last:
        return []
    return [Condition(Filter.TAKEN, ((first[0] if first else None, last[1] if last else None),))]


def _range(making: _Making, date: str) -> tuple | None:
    span = range_of(date, making.around.now)
    if span is None:
        making.notes.append(Note(Remark.BAD_DATE, date[:40]))
    return span


def _assets_of(tx: Transaction, batch_ids: tuple[int, ...]) -> tuple[int, ...]:
    found = select(IngestItem.asset_id).where(
        IngestItem.batch_id.in_(batch_ids), IngestItem.asset_id.is_not(None)
    )
    return tuple(tx.scalars(found))
