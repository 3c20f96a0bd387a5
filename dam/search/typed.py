"""What a person types, read: words, "phrases", -exclusions, prefix*, either OR other, and fields.

Nothing typed is an error. What cannot be read is left out or taken as words, and a note says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.index import Clause, Either, Phrase, Prefix, Word

TEXT_LIMIT = 1000  # characters that are read
CLAUSE_LIMIT = 32  # words, phrases and fields that count
COSTLY_LIMIT = 8  # phrases and prefixes among them

_PIECE = re.compile(
    r"""
    (?P<minus>-)?
    (?:(?P<field>[^\W\d_]{1,24}):)?
    (?:"(?P<phrase>[^"]*)"? | (?P<word>[^\s"]+))
""",
    re.VERBOSE,
)


class Field(StrEnum):
    """What can stand before a colon."""

    MUNICIPALITY = "municipality"
    STATE = "state"
    DISTRICT = "district"
    OFFICIAL = "official"
    APPEARS = "appears"
    ATTENDED = "attended"
    EVENT = "event"
    KIND = "kind"
    DATE = "date"
    BYLINE = "byline"
    REVIEW = "review"
    ORIENTATION = "orientation"
    WITHOUT = "without"


NAMES = {
    Field.MUNICIPALITY: ("municipio", "municipality", "demarcacion", "alcaldia"),
    Field.STATE: ("estado", "state", "entidad"),
    Field.DISTRICT: ("distrito", "district"),
    Field.OFFICIAL: ("funcionario", "funcionaria", "persona", "official", "person"),
    Field.APPEARS: ("aparece", "aparecen", "appears", "shows"),
    Field.ATTENDED: ("asistio", "asiste", "asistieron", "attended"),
    Field.EVENT: ("evento", "event"),
    Field.KIND: ("tipo", "kind", "type"),
    Field.DATE: ("fecha", "date"),
    Field.BYLINE: ("autor", "autora", "author", "byline", "fotografo", "fotografa", "photographer"),
    Field.REVIEW: ("estatus", "status", "review"),
    Field.ORIENTATION: ("orientacion", "orientation"),
    Field.WITHOUT: ("sin", "without"),
}
_FIELDS = {name: key for key, names in NAMES.items() for name in names}
# Fields whose words are simply sought; their own meaning comes later.
_AS_WORDS = {"cargo", "office", "clave", "keyword", "camara", "camera", "lugar", "place", "pie", "caption"}


class Remark(StrEnum):
    """What is told about a query. ``Note.text`` is what it is about, as typed."""

    UNKNOWN_FIELD = "unknown_field"  # text: what stands before the colon; what follows it was sought
    NOT_FOUND = "not_found"  # text: a name nobody and nothing has; its words were sought
    BAD_DATE = "bad_date"  # text: left out
    BAD_VALUE = "bad_value"  # text: left out
    TOO_COMMON = "too_common"  # text: words found everywhere, left out
    TOO_LONG = "too_long"  # text: where the reading stopped
    RECOGNISED = "recognised"  # text: the official's or the municipality's name; value: what it is


@dataclass(frozen=True)
class Note:
    remark: Remark
    text: str
    field: Field | None = None
    value: str | None = None  # the id or key of what was recognised


@dataclass(frozen=True)
class FieldText:
    """``municipio:toluca``: the text after the colon, still to be looked up."""

    field: Field
    text: str
    negated: bool = False


@dataclass(frozen=True)
class Typed:
    """``words`` are the plain wanted words (folded stems) among which names are recognised."""

    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    fields: tuple[FieldText, ...] = ()
    notes: tuple[Note, ...] = ()
    words: tuple[str, ...] = ()


@dataclass
class _Reading:
    wanted: list[list[Clause]] = field(default_factory=list)  # each inner list: any one of these
    unwanted: list[Clause] = field(default_factory=list)
    fields: list[FieldText] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    costly: int = 0
    either: bool = False  # an OR was read and waits for its right side

    def size(self) -> int:
        return sum(map(len, self.wanted)) + len(self.unwanted) + len(self.fields)


def read(text: str) -> Typed:
    """Read what was typed: TEXT_LIMIT characters and CLAUSE_LIMIT clauses of it. Never raises."""
    reading = _Reading()
    for piece in _PIECE.finditer(text[:TEXT_LIMIT]):
        if reading.size() >= CLAUSE_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, piece.group()[:40]))
            break
        _take(reading, piece)
    else:
        if len(text) > TEXT_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, text[TEXT_LIMIT : TEXT_LIMIT + 40]))
    if reading.common and not reading.size():
        reading.notes.append(Note(Remark.TOO_COMMON, " ".join(reading.common)))
    return Typed(
        tuple(some[0] if len(some) == 1 else Either(tuple(some)) for some in reading.wanted),
        tuple(dict.fromkeys(reading.unwanted)),
        tuple(reading.fields),
        tuple(dict.fromkeys(reading.notes)),
        tuple(some[0].stem for some in reading.wanted if len(some) == 1 and isinstance(some[0], Word)),
    )


def words_of(text: str) -> tuple[Clause, ...]:
    """Plain words, for a field's text that named nothing."""
    return tuple(_word(token) for token in tokens(text[:TEXT_LIMIT])[:CLAUSE_LIMIT] if token not in COMMON)


def _take(reading: _Reading, piece: re.Match[str]) -> None:
    if piece["word"] in ("OR", "|") and not piece["field"] and not piece["minus"]:
        reading.either = bool(reading.wanted)
        return
    negated, text = bool(piece["minus"]), piece["phrase"] if piece["phrase"] is not None else piece["word"]
    if piece["field"]:
        known = _FIELDS.get(fold(piece["field"]))
        if known is not None:
            if tokens(text):
                reading.fields.append(FieldText(known, text.strip(), negated))
            else:
                reading.notes.append(Note(Remark.BAD_VALUE, piece.group()[:40], known))
            return
        if fold(piece["field"]) not in _AS_WORDS:
            reading.notes.append(Note(Remark.UNKNOWN_FIELD, piece["field"]))
    _take_clauses(reading, list(_clauses(reading, text, phrase=piece["phrase"] is not None)), negated)


def _take_clauses(reading: _Reading, clauses: list[Clause], negated: bool) -> None:
    costly = [clause for clause in clauses if not isinstance(clause, Word)]
    reading.costly += len(costly)
    if costly and reading.costly > COSTLY_LIMIT:
        reading.notes.append(Note(Remark.TOO_LONG, " ".join(map(_shown, costly))))
        return
    if negated:
        reading.unwanted += clauses
        return
    if reading.either and len(clauses) == 1:
        reading.wanted[-1].append(clauses[0])
    else:
        reading.wanted += [[clause] for clause in clauses if [clause] not in reading.wanted]
    if clauses:
        reading.either = False


def _clauses(reading: _Reading, text: str, *, phrase: bool) -> Iterator[Clause]:
    found = tokens(text)
    if phrase and len(found) > 1:
        yield Phrase(tuple(without_tilde(stem(token)) for token in found[:CLAUSE_LIMIT]))
        return
    begins = not phrase and text.endswith("*")
    for place, token in enumerate(found[:CLAUSE_LIMIT]):
        if begins and place == len(found) - 1:
            plain = without_tilde(token)
            yield Prefix(plain, stem(plain))
        elif token in COMMON and not phrase:
            reading.common.append(token)
        else:
            yield _word(token)


def _shown(clause: Clause) -> str:
    return f"{clause.start}*" if isinstance(clause, Prefix) else f'"{" ".join(clause.stems)}"'


def _word(token: str) -> Word:
    exact = stem(token)
    return Word(without_tilde(exact), exact if "ñ" in exact else None)
