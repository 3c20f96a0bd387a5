"""What stands behind a colon becomes conditions: ``municipio:toluca,metepec`` is either municipality."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dam.db import Transaction
from dam.models import Review
from dam.search.dates import range_of
from dam.search.folding import COMMON, fold, key_of, stem, tokens
from dam.search.index import Condition, Filter, Word
from dam.search.typed import Field, FieldText, Remark, words_of
from dam.services import synonyms
from dam.services.finding import naming
from dam.services.finding.everyday import KIND_NAMES, ORIENTATION_WORDS
from dam.services.finding.recognising import formerly, recognise

REVIEW_NAMES = {
    Review.RECEIVED: "recibido recibida received nuevo",
    Review.IN_REVIEW: "revision revisando review",
    Review.APPROVED: "aprobado aprobada approved",
    Review.REJECTED: "rechazado rechazada rejected",
}
# Among plain words a "retrato" is a picture of somebody.
ORIENTATION_NAMES = ORIENTATION_WORDS | {"portrait": f"{ORIENTATION_WORDS['portrait']} retrato portrait"}
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
_LIKE: dict[Field, tuple[Filter, Callable[[str], str]]] = {
    Field.BYLINE: (Filter.BYLINE_LIKE, str),
    Field.CAMERA: (Filter.CAMERA_LIKE, str),
    Field.KEYWORD: (Filter.KEYWORD_LIKE, key_of),
}
_OTHERS = {
    Field.DATE: Filter.TAKEN, Field.ADDED: Filter.ADDED, Field.RATING: Filter.RATING,
    Field.ASSET: Filter.ASSET, Field.OFFICE: Filter.OFFICE,
}  # fmt: skip
FILTERS = _OTHERS | {field: one[0] for some in (_LOOK_UPS, _CHOICES, _LIKE) for field, one in some.items()}
# What is no name in these is sought as words.
SOUGHT = {*_LOOK_UPS, Field.ASSET, Field.OFFICE}
_RATING = re.compile(r"(?:>=?\s*)?([0-5])\s*(\+|(?:\.\.|-)\s*([0-5])?)?")
STARS = 5


@dataclass(frozen=True)
class Around:
    """Where and when one asks: now in the office's ``zone``, naive, and the key of its ``home`` state."""

    now: datetime
    zone: tzinfo
    home: str


@dataclass(frozen=True)
class Meant:
    """Any of the ``conditions``, none of them turned round; ``unknown`` texts named nothing."""

    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]


def meant(tx: Transaction, around: Around, one: FieldText) -> Meant:
    """What the texts of ``one`` mean."""
    values: list[object] = []
    former: list[int] = []
    unknown = []
    for text, found in _found(tx, around, one):
        if found:
            values += found
        elif one.field is Field.OFFICE and (ids := _former(tx, around, text)):
            former += ids
        else:
            unknown.append(text)
    conditions = _conditions(one.field, tuple(dict.fromkeys(values)))
    if former:
        conditions += (Condition(Filter.OFFICIAL, tuple(dict.fromkeys(former))),)
    return Meant(conditions, tuple(unknown))


def is_value(tx: Transaction, around: Around, field: Field, text: str) -> bool:
    """Can ``text``, in a list after a comma or an "o", be one more value of ``field``?"""
    if field in _LIKE:
        return key_of(text) != ""
    if field in _CHOICES:
        known = {stem(word) for names in _CHOICES[field][1].values() for word in names.split()}
        return all(stem(word) in known for word in tokens(text) if word not in COMMON)
    if field is Field.OFFICE:
        return bool(_offices(tx, around, text, whole=True) or _former(tx, around, text))
    found = values_of(tx, around, field, text)
    if field is Field.MUNICIPALITY:  # Reforma and Carmen are words, too
        return any(key.startswith(around.home) for key in found) or naming.pictured(tx, found)
    return bool(found)


def remark_of(field: Field, *, others: bool) -> Remark:
    """What is told about a text that named nothing, alone or among ``others`` that did."""
    if field in (Field.DATE, Field.ADDED):
        return Remark.BAD_DATE
    if field in SOUGHT:
        return Remark.NOT_AMONG if others else Remark.NOT_FOUND
    return Remark.BAD_VALUE


def _found(tx: Transaction, around: Around, one: FieldText) -> Iterator[tuple[str, tuple]]:
    """Each text with its values. "Metepec, México" and "mayo, 2026" are one."""
    texts = list(one.texts)
    while texts:
        text = texts.pop(0)
        if texts and one.field in (Field.MUNICIPALITY, Field.DATE):
            both = f"{text}, {texts[0]}" if one.field is Field.MUNICIPALITY else f"{text} {texts[0]}"
            if found := values_of(tx, around, one.field, both):
                texts.pop(0)
                yield both, found
                continue
        yield text, values_of(tx, around, one.field, text)


def _conditions(field: Field, values: tuple) -> tuple[Condition, ...]:
    if not values:
        return ()
    if field is Field.WITHOUT:
        return tuple(Condition(name, (), absent=True) for name in values)
    if field is Field.RATING:
        stars = tuple(value for value in values if value)
        return (Condition(Filter.RATING, stars, absent=0 in values),)
    return (Condition(FILTERS[field], values),)


def values_of(tx: Transaction, around: Around, field: Field, text: str) -> tuple:
    """Ids, keys, ranges… of what one text names; none where it names nothing."""
    if field in _LOOK_UPS:
        return _LOOK_UPS[field][1](tx, text)
    if field in _CHOICES:
        words = {stem(word) for word in tokens(text)}
        names = _CHOICES[field][1].items()
        return tuple(value for value, known in names if words & {stem(word) for word in known.split()})
    if field in _LIKE:
        return tuple(filter(None, [_LIKE[field][1](text)]))
    match field:
        case Field.DATE:
            return tuple(filter(None, [range_of(text, around.now)]))
        case Field.ADDED:
            span = range_of(text, around.now)
            return (tuple(end.replace(tzinfo=around.zone) if end else None for end in span),) if span else ()
        case Field.ASSET:
            return tuple(
                int(word) for word in tokens(text) if word.isascii() and word.isdigit() and len(word) < 10
            )
        case Field.OFFICE:
            return _offices(tx, around, text)
        case Field.RATING:
            return _ratings(text)
        case Field.WITHOUT:
            return tuple(filter(None, [WITHOUT.get(fold(text))]))
    return ()


def _offices(tx: Transaction, around: Around, text: str, *, whole: bool = False) -> tuple[str, ...]:
    """An office with its place ("presidenta municipal de Toluca"), of which all the words are part where the
    ``whole`` text is meant; or every office so called."""
    words = tuple(clause.stem for clause in words_of(text) if isinstance(clause, Word))
    meanings = synonyms.meanings_of(tx, words)
    office = recognise(tx, words, meanings, around.home, around.now.date()).office
    if office and (not whole or len(office.words) == len(words)):
        return office.keys
    return naming.offices(tx, text, meanings.keys_at(0, len(words)))


def _former(tx: Transaction, around: Around, text: str) -> tuple[int, ...]:
    """Officials, of "ex alcalde de Toluca", if ``text`` is that and no more."""
    words = tuple(clause.stem for clause in words_of(text) if isinstance(clause, Word))
    former = formerly.held(tx, words, around.now.date())
    return former.official_ids if former and len(former.words) == len(words) else ()


def _ratings(text: str) -> tuple[int, ...]:
    """``4``, ``4+``, ``>=4``, ``3..5``; 0 is without any."""
    read = _RATING.fullmatch(text.strip())
    if read is None:
        return ()
    least = int(read[1])
    most = int(read[3]) if read[3] else STARS if read[2] or text.lstrip().startswith(">") else least
    return tuple(range(least, most + 1))
