"""A query as people make it becomes what an engine is asked: stems, ids and ranges, and notes on the way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import select

from dam.db import Transaction
from dam.models import IngestItem
from dam.search.dates import range_of
from dam.search.index import Asked, Clause, Condition, Either, Every, Filter, Phrase, Word
from dam.search.typed import ONE_EACH, Field, FieldText, Note, Remark, Typed, words_of
from dam.search.typed_reader import read
from dam.services import access, shelves, synonyms
from dam.services.access import Actor
from dam.services.finding.alternatives import (
    Part,
    Unit,
    carry_offices,
    chains,
    choices_of,
    leave_unlike,
    parts_of,
    with_lists,
)
from dam.services.finding.everyday import (
    Said,
    dates_said,
    days_said,
    firsts_said,
    kinds_said,
    orientations_said,
    weekdays_said,
)
from dam.services.finding.fields import FILTERS, SOUGHT, Around, is_value, meant, remark_of
from dam.services.finding.query import Filters, Query
from dam.services.finding.recognising import Former, OfficeHeld, Recognised, people, recognise
from dam.services.finding.recognising.formerly import ways
from dam.services.synonyms import Meanings

_ONE_EACH = {FILTERS[one] for one in ONE_EACH}  # of these several mean any of them, as in the filters beside


@dataclass
class _Making:
    """``replaced``: places in ``wanted`` whose words mean something else (None: nothing more). ``units``:
    what stands for one thing there, with what is told about it."""

    tx: Transaction
    around: Around
    wanted: list[Clause | FieldText]
    unwanted: list[Clause]
    always: list[Condition] = field(default_factory=list)
    shows: list[int] = field(default_factory=list)
    holds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)
    replaced: dict[int, Clause | None] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)


def ask(tx: Transaction, actor: Actor, query: Query, around: Around) -> tuple[Asked, tuple[Note, ...]]:
    """What to ask the engine for ``actor``, and what was recognised or not understood."""
    typed = read(query.text, partial(is_value, tx, around))
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
        typed = _take_words(making, typed, query.filters)
    _take_alternatives(making, typed)
    _take_excluded(making, typed)
    scope = access.scope(actor)
    if typed.unwanted and scope.everything:  # others are not told whom the catalogue has
        making.notes += _people_without(making, typed)
    kept = (making.replaced.get(place, clause) for place, clause in enumerate(making.wanted))
    making.holds += query.filters.office_keys
    asked = Asked(
        wanted=tuple(clause for clause in kept if clause is not None),
        unwanted=tuple(making.unwanted), always=tuple(making.always),
        filters=tuple(filters), shows=tuple(dict.fromkeys(making.shows)),
        holds=making.holds, places=making.places,
        stacked=not (query.filters.frames or query.filters.stack_ids or query.filters.collection_ids),
        scope=scope, order=query.order,
    )  # fmt: skip
    return asked, tuple(making.notes)


# plain words: names and synonyms


def _take_words(making: _Making, typed: Typed, filters: Filters) -> Typed:
    """Names among the words are recognised, unless people or places were asked for by field or filter;
    then synonyms join in. What stands on one side of an OR is looked at for itself. Returns ``typed``, where
    commas of lists are ORs too."""
    by_hand = {one.field for one in typed.fields if not one.negated}
    people_asked = bool(making.shows or making.holds) or bool(
        by_hand & {Field.OFFICIAL, Field.APPEARS, Field.ATTENDED}
    )
    places_asked = bool(filters.municipality_keys) or Field.MUNICIPALITY in by_hand
    tx, home, today = making.tx, making.around.home, making.around.now.date()
    parts: list[Part] = []
    for part in parts_of(typed):
        meanings = synonyms.meanings_of(tx, part.words)
        found = recognise(tx, part.words, meanings, home, today)
        if people_asked:
            found.former, found.office, found.title, found.people = None, None, None, []
        if places_asked:
            found.place = None
        parts.append((part, meanings, found))
    carry_offices(typed, parts)
    typed = with_lists(typed, parts)
    leave_unlike(typed, parts)
    for part, meanings, found in parts:
        _take_part(making, part, meanings, found)
    return typed


def _take_part(making: _Making, typed: Typed, meanings: Meanings, found: Recognised) -> None:
    taken: set[int] = set()
    if found.former:
        _take_former(making, typed, found.former)
        taken.update(found.former.words)
    if found.office:
        _take_office(making, typed, found.office)
        taken.update(found.office.words)
    if found.title:
        making.holds += found.title.keys
        _tell(making, typed, found.title.name, Field.OFFICE, found.title.keys, found.title.words)
    for person in found.people:
        making.shows += person.official_ids
        said = (*person.titles, *person.words)
        _tell(making, typed, person.name, Field.OFFICIAL, person.official_ids, said, person.titles)
        making.units.append(Unit(tuple(typed.places[word] for word in found.span(person)), making.notes[-1]))
        taken.update(said)
        making.replaced.update({typed.places[word]: None for word in person.titles})
    if found.place:
        making.places += found.place.municipality_keys
        said = (*found.place.titles, *found.place.words)
        _tell(making, typed, found.place.name, Field.MUNICIPALITY, found.place.municipality_keys, said,
              found.place.titles)  # fmt: skip
        taken.update(found.place.titles)
        making.replaced.update({typed.places[word]: None for word in found.place.titles})
    for word in weekdays_said(typed.words):
        making.replaced[typed.places[word]] = None
        taken.add(word)
    for word in firsts_said(typed.words):
        making.replaced[typed.places[word]] = Either((Word(typed.words[word]), Word("1")))
        taken.add(word)
    for run in dates_said(typed.words):
        before = typed.places[run[0]] - 1
        if before + 1 not in typed.joined or not _is_number(making.wanted[before]):  # "2 o 3 de mayo"
            making.units.append(Unit(tuple(typed.places[word] for word in run)))
    taken.update(_take_said(making, typed, Field.DATE, days_said(typed.words, making.around.now)))
    taken.update(_take_ways_of_ex(making, typed, taken))
    _take_synonyms(making, typed, meanings, taken)
    _take_said(making, typed, Field.KIND, kinds_said(typed.words))
    _take_said(making, typed, Field.ORIENTATION, orientations_said(typed.words))


def _is_number(clause: Clause | FieldText) -> bool:
    return isinstance(clause, Word) and clause.stem.isdigit()


def _take_former(making: _Making, typed: Typed, former: Former) -> None:
    """Whoever held it and holds it no more, whatever day the picture is of, or a text that says so."""
    either = Either((Condition(Filter.OFFICIAL, former.official_ids), *former.said))
    _replace(making, typed, former.words, either)
    making.shows += former.official_ids
    _tell(making, typed, former.name, Field.OFFICIAL, former.official_ids, former.words)


def _take_ways_of_ex(making: _Making, typed: Typed, taken: Collection[int]) -> list[int]:
    """ "exhacienda", "ex-hacienda" and "ex hacienda" are one."""
    found: list[int] = []
    for words, said in ways(typed.words):
        if not {*taken, *found} & set(words):
            _replace(making, typed, words, Either(said))
            found += words
    return found


def _replace(making: _Making, typed: Typed, words: Sequence[int], clause: Clause) -> None:
    making.replaced.update({typed.places[word]: None for word in words})
    making.replaced[typed.places[words[0]]] = clause
    making.units.append(Unit(tuple(typed.places[word] for word in words)))


def _take_office(making: _Making, typed: Typed, office: OfficeHeld) -> None:
    """Whoever held it on the day of the picture, or a text that says so."""
    _replace(making, typed, office.words, Either((Condition(Filter.OFFICE, office.keys), *office.phrases)))
    making.holds += office.keys
    _tell(making, typed, office.name, Field.OFFICE, office.keys, office.words)


def _take_said(making: _Making, typed: Typed, name: Field, said: Said | None) -> tuple[int, ...]:
    """The places of the words that it takes, unless some are taken already."""
    if said is None or any(typed.places[word] in making.replaced for word in said.places):
        return ()
    _replace(making, typed, said.places, said.either)
    _tell(making, typed, said.text, name, said.values, said.places)
    return said.places


def _take_synonyms(making: _Making, typed: Typed, meanings: Meanings, taken: Collection[int]) -> None:
    for meaning in meanings:
        run = range(meaning.start, meaning.start + meaning.length)
        if set(run) & set(taken):
            continue
        typed_words = tuple(
            clause for word in run if isinstance(clause := making.wanted[typed.places[word]], Word)
        )
        as_typed = Every(typed_words) if len(typed_words) > 1 else typed_words[0]
        _replace(making, typed, run, Either((as_typed, *meaning.choices)))
        making.notes.append(Note(
            Remark.ALSO, ", ".join(meaning.terms), words=tuple(typed.words[word] for word in run)
        ))  # fmt: skip


def _tell(
    making: _Making, typed: Typed, name: str, field_: Field, values: Sequence[object],
    places: Collection[int], titles: Collection[int] = (),
) -> None:  # fmt: skip
    """``places``: those of the words that say it; ``titles``: of these, what only addresses it."""
    said = tuple(typed.words[word] for word in sorted(places))
    addressed = tuple(typed.words[word] for word in titles)
    note = Note(Remark.RECOGNISED, name, field_, tuple(map(str, values)), said, addressed)
    making.notes.append(note)
    making.units.append(Unit(tuple(sorted(typed.places[word] for word in places)), note))


def _take_excluded(making: _Making, typed: Typed) -> None:
    """ "-video" and "-ayer" are no words only."""
    for word in [clause.stem for clause in typed.unwanted if isinstance(clause, Word)]:
        for said in (kinds_said([word]), orientations_said([word]), days_said([word], making.around.now)):
            conditions = [one for one in said.either.choices if isinstance(one, Condition)] if said else []
            making.always += [replace(condition, negated=True) for condition in conditions]


def _people_without(making: _Making, typed: Typed) -> list[Note]:
    """A person's name that was excluded: more goes with it than one may think."""
    excluded = {clause: said for clause, said in zip(typed.unwanted, typed.unsaid, strict=True)
                if isinstance(clause, Word | Phrase)}  # fmt: skip
    stems = {clause: (clause.stem,) if isinstance(clause, Word) else clause.stems for clause in excluded}
    named = people.named(making.tx, [one for some in stems.values() for one in some])
    return [Note(Remark.WITHOUT_PERSON, said) for clause, said in excluded.items()
            if people.best(named, stems[clause], (), len(stems[clause]))]  # fmt: skip


# this OR that


def _take_alternatives(making: _Making, typed: Typed) -> None:
    """Alternatives become one clause. Names of one sort are told together: they are one choice."""
    for chain in chains(typed, making.units):
        choices = [choice for unit in chain for choice in _choices(making, unit)]
        places = [place for unit in chain for place in unit.places]
        said = " / ".join(dict.fromkeys(unit.said(typed) for unit in chain))
        making.replaced.update(dict.fromkeys(places))
        if choices:
            making.replaced[places[0]] = Either(tuple(dict.fromkeys(choices)))
        notes = [unit.note for unit in chain if unit.note]
        making.notes = [note for note in making.notes if note not in notes]
        making.notes.append(Note(Remark.EITHER, said))
        fields = {note.field for note in notes}
        if len(notes) == len(chain) and len(fields) == 1 and fields != {Field.DATE}:
            making.notes.append(_together(notes))


def _together(notes: Sequence[Note]) -> Note:
    """Any of what several notes name, told as one."""
    return Note(
        Remark.RECOGNISED, " / ".join(dict.fromkeys(note.text for note in notes)), notes[0].field,
        values=tuple(dict.fromkeys(one for note in notes for one in note.values)),
        words=tuple(one for note in notes for one in note.words),
        titles=tuple(one for note in notes for one in note.titles),
    )  # fmt: skip


def _choices(making: _Making, unit: Unit) -> Sequence[Clause | Every | Condition]:
    if isinstance(one := making.wanted[unit.places[0]], FieldText):
        known = _meant(making, one)
        return _as_words(one) if known is None else known
    return choices_of(unit, making.wanted, making.replaced)


# fields


def _take_field(making: _Making, one: FieldText) -> None:
    conditions = _meant(making, one)
    if conditions is None and one.negated:
        making.unwanted += [clause for text in one.texts for clause in words_of(text)]
    elif conditions is None and one.others:
        making.wanted.append(Either(_as_words(one)))
    elif conditions is None:
        making.wanted += words_of(one.text)
    elif one.negated:
        making.always += [replace(condition, negated=True) for condition in conditions]
    elif len(conditions) > 1:
        making.wanted.append(Either(conditions))
    else:
        making.always += conditions
    if conditions and not one.negated:
        for condition in conditions:
            if condition.filter is Filter.OFFICIAL:
                making.shows += condition.values
            elif condition.filter is Filter.OFFICE and one.field is Field.OFFICE:
                making.holds += condition.values


def _meant(making: _Making, one: FieldText) -> tuple[Condition, ...] | None:
    """Any of the conditions, and notes about what named nothing. None: it is to be sought as words."""
    found = meant(making.tx, making.around, one)
    for text in found.unknown:
        making.notes.append(Note(remark_of(one.field, others=bool(found.conditions)), text, one.field))
    return None if not found.conditions and one.field in SOUGHT else found.conditions


def _as_words(one: FieldText) -> tuple[Every, ...]:
    """Texts that named nothing: the words of any of them."""
    words = ([clause for clause in words_of(text) if isinstance(clause, Word)] for text in one.texts)
    return tuple(Every(tuple(some)) for some in words if some)


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
