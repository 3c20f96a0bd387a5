"""A query as people make it becomes what an engine is asked: stems, ids and ranges, and notes on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from dam.db import Transaction
from dam.models import IngestItem, Kind, Review
from dam.search.dates import range_of
from dam.search.folding import fold, stem, tokens
from dam.search.index import Asked, Clause, Condition, Filter
from dam.search.typed import Field, FieldText, Note, Remark, read, words_of
from dam.services import access
from dam.services.access import Actor
from dam.services.finding import naming
from dam.services.finding.query import Filters, Query

KIND_NAMES = {
    Kind.PHOTO: "foto fotos fotografia photo photos imagen picture",
    Kind.VIDEO: "video videos clip clips",
    Kind.AUDIO: "audio audios sonido",
    Kind.DOCUMENT: "documento documentos document",
}
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


@dataclass
class _Making:
    tx: Transaction
    today: datetime
    wanted: list[Clause]
    unwanted: list[Clause]
    always: list[Condition] = field(default_factory=list)
    shows: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def ask(tx: Transaction, actor: Actor, query: Query, today: datetime) -> tuple[Asked, tuple[Note, ...]]:
    """What to ask the engine for ``actor``, and what was recognised or not understood. ``today``: now in
    the office's zone, naive."""
    typed = read(query.text)
    making = _Making(tx, today, list(typed.wanted), list(typed.unwanted), notes=list(typed.notes))
    for one in typed.fields:
        _take_field(making, one)
    filters = _filters(making, query.filters)
    making.shows += query.filters.official_ids
    if typed.words and not making.shows:
        for official in naming.recognise_officials(tx, typed.words):
            making.shows.append(int(official.key))
            making.notes.append(Note(Remark.RECOGNISED, official.name, Field.OFFICIAL, str(official.key)))
    asked = Asked(
        wanted=tuple(making.wanted), unwanted=tuple(making.unwanted), always=tuple(making.always),
        filters=tuple(filters), shows=tuple(dict.fromkeys(making.shows)), scope=access.scope(actor),
        order=query.order,
    )  # fmt: skip
    return asked, tuple(making.notes)


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
        span = range_of(one.text, making.today)
        _condition(making, one, Filter.TAKEN, (span,) if span else (), Remark.BAD_DATE)
    elif one.field is Field.BYLINE:
        making.always.append(Condition(Filter.BYLINE_LIKE, (one.text,), one.negated))
    elif one.field is Field.WITHOUT and fold(one.text) in WITHOUT:
        making.always.append(Condition(WITHOUT[fold(one.text)], (), negated=one.negated, absent=True))
    else:
        making.notes.append(Note(Remark.BAD_VALUE, one.text, one.field))


def _look_up(making: _Making, one: FieldText) -> None:
    """A name that means nobody is sought as words."""
    name, look_up = _LOOK_UPS[one.field]
    found = look_up(making.tx, one.text)
    if not found:
        making.notes.append(Note(Remark.NOT_FOUND, one.text, one.field))
        (making.unwanted if one.negated else making.wanted).extend(words_of(one.text))
        return
    making.always.append(Condition(name, found, one.negated))
    if name is Filter.OFFICIAL and not one.negated:
        making.shows += found


def _condition(making: _Making, one: FieldText, name: Filter, values: tuple, otherwise: Remark) -> None:
    if values:
        making.always.append(Condition(name, values, one.negated))
    else:
        making.notes.append(Note(otherwise, one.text, one.field))


def _filters(making: _Making, filters: Filters) -> list[Condition]:
    """The filters beside the box. Those without counts of their own join the query."""
    chosen = {
        Filter.EVENT: filters.event_ids,
        Filter.MUNICIPALITY: filters.municipality_keys,
        Filter.STATE: filters.state_keys,
        Filter.OFFICIAL: filters.official_ids,
        Filter.KIND: filters.kinds,
        Filter.BYLINE: filters.bylines,
        Filter.REVIEW: filters.reviews,
        Filter.ORIENTATION: filters.orientations,
        Filter.TAKEN: tuple(span for date in filters.dates if (span := _range(making, date))),
    }
    if filters.district_ids:
        making.always.append(Condition(Filter.DISTRICT, filters.district_ids))
    if filters.owner_ids:
        making.always.append(Condition(Filter.OWNER, filters.owner_ids))
    if filters.appears_only and filters.official_ids:
        making.always.append(Condition(Filter.APPEARS, filters.official_ids))
    if filters.batch_ids:
        making.always.append(Condition(Filter.ASSET, _assets_of(making.tx, filters.batch_ids)))
    _take_days(making, filters)
    return [Condition(name, values) for name, values in chosen.items() if values]


def _take_days(making: _Making, filters: Filters) -> None:
    first = _range(making, filters.date_from) if filters.date_from else None
    last = _range(making, filters.date_to) if filters.date_to else None
    if first or last:
        span = (first[0] if first else None, last[1] if last else None)
        making.always.append(Condition(Filter.TAKEN, (span,)))


def _range(making: _Making, date: str) -> tuple | None:
    span = range_of(date, making.today)
    if span is None:
        making.notes.append(Note(Remark.BAD_DATE, date[:40]))
    return span


def _assets_of(tx: Transaction, batch_ids: tuple[int, ...]) -> tuple[int, ...]:
    found = select(IngestItem.asset_id).where(
        IngestItem.batch_id.in_(batch_ids), IngestItem.asset_id.is_not(None)
    )
    return tuple(tx.scalars(found))
