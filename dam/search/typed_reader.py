"""Reads what a person typed. Nothing typed is an error: what cannot be read is left out or taken as words,
and a note says so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dam.search.dates import range_of
from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.index import Clause, Condition, Either, Every, Filter, Phrase, Prefix, Word
from dam.search.typed import (
    CLAUSE_LIMIT,
    NAMES,
    TEXT_LIMIT,
    Field,
    FieldText,
    Note,
    Remark,
    Typed,
    is_or,
    pieces_of,
    word_of,
)
from dam.search.typed_values import ANY_DAY, Names, values_of

COSTLY_LIMIT = 8  # phrases and prefixes among them
NAME_TRIES = 12  # runs of words of one query that are held against the catalogue
_FIELDS = {name: key for key, names in NAMES.items() for name in names}
# Fields whose words are simply sought; their own meaning comes later.
_AS_WORDS = {"lugar", "place", "pie", "caption"}
_ADDRESS = re.compile(r"\S*/material/(\d{1,9})(?:[/?#]\S*)?")  # of one asset's page, pasted
_MARKS = ".,;:()[]¿?¡!"
# A day or month in figures: 03/05/2025 (day first), 2025-05-03, 2025-05; "12/2025" may be a letter's number.
_FIGURES = re.compile(r"\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})|\d{4}([-/])\d{1,2}\1\d{1,2}|\d{4}-\d{1,2}")


@dataclass
class _Reading:
    names: Names
    wanted: list[Clause | FieldText] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    joined: set[int] = field(default_factory=set)
    commas: set[int] = field(default_factory=set)  # where of wanted something stands behind one
    pieces: list[tuple[int, int]] = field(default_factory=list)
    plain: set[int] = field(default_factory=set)  # of wanted: words that were not in quotes
    unwanted: dict[Clause, str] = field(default_factory=dict)
    fields: list[FieldText] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)  # common words right before what comes
    costly: int = 0
    tries: int = 0
    last: str | None = None  # how a wanted clause or a field that was read last was typed; else None
    after_field: bool = False  # was that a field?
    either: bool = False  # an OR was read and waits for its right side

    def size(self) -> int:
        others = sum(len(one.others) for one in (*self.fields, *self.wanted) if isinstance(one, FieldText))
        return len(self.wanted) + len(self.unwanted) + len(self.fields) + others

    def add(self, clause: Clause | FieldText, said: str, *, plain: bool = False) -> None:
        """One thing more that is wanted: an alternative to the one before, after an OR."""
        if self.either:
            if self.after_field:
                self.wanted.append(self.fields.pop())
                self.said.append(self.last or "")
            self.joined.add(len(self.wanted))
        if plain:
            self.plain.add(len(self.wanted))
        self.wanted.append(clause)
        self.said.append(" ".join((*self.before, said)))
        self.before.clear()
        self.either, self.after_field, self.last = False, False, said

    def named(self, known: Field, text: str) -> bool:
        self.tries += 1
        return self.tries <= NAME_TRIES and self.names(known, text)


def read(text: str, names: Names = lambda known, text: False) -> Typed:
    """Read what was typed: TEXT_LIMIT characters and CLAUSE_LIMIT clauses of it. Never raises. ``names`` says
    whether a text is a value of a field: without quotes, as many words are one as have such a name."""
    reading = _Reading(names)
    pieces = list(pieces_of(text))
    skip = 0
    for place, piece in enumerate(pieces):
        if skip:
            skip -= 1
            continue
        if reading.size() >= CLAUSE_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, piece.group()[:40]))
            break
        skip = _take(reading, piece, pieces[place + 1 :])
    else:
        if len(text) > TEXT_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, text[TEXT_LIMIT : TEXT_LIMIT + 40]))
    if reading.common and not reading.size():
        reading.notes.append(Note(Remark.TOO_COMMON, " ".join(reading.common)))
    plain = sorted(place for place in reading.plain if isinstance(reading.wanted[place], Word))
    return Typed(
        tuple(reading.wanted),
        tuple(reading.unwanted),
        tuple(reading.fields),
        tuple(dict.fromkeys(reading.notes)),
        tuple(reading.wanted[place].stem for place in plain),
        tuple(plain),
        frozenset(reading.joined),
        _listed(reading),
        tuple(reading.pieces),
        tuple(reading.said),
        tuple(reading.unwanted.values()),
    )


def _listed(reading: _Reading) -> frozenset[int]:
    """The commas of "a, b o c": those between one OR, or the beginning, and the next."""
    found: set[int] = set()
    for start, end in pairwise((0, *sorted(reading.joined))):
        found.update(place for place in reading.commas if start < place < end)
    return frozenset(found)


def _take(reading: _Reading, piece: re.Match[str], following: Sequence[re.Match[str]]) -> int:
    """Take one piece in; how many of those ``following`` belong to it."""
    if is_or(piece):
        reading.either = reading.last is not None
        reading.before.clear()
        return 0
    negated, text = bool(piece["minus"]), piece["phrase"] if piece["phrase"] is not None else piece["word"]
    if negated:
        reading.either, reading.last = False, None
    if address := _ADDRESS.fullmatch(piece.group()):
        _add_field(reading, FieldText(Field.ASSET, address[1], negated), piece.group())
        return 0
    if piece["field"]:
        known = _FIELDS.get(fold(piece["field"]))
        if known is not None:
            return _take_field(reading, known, piece, negated, following)
        if fold(piece["field"]) not in _AS_WORDS:
            reading.notes.append(Note(Remark.UNKNOWN_FIELD, piece["field"]))
    elif following and (known := _named_before(piece["word"] or "", following[0])):
        return 1 + _take_field(reading, known, following[0], negated, following[1:])
    quoted = piece["phrase"] is not None
    if not quoted and not piece["field"] and _take_figures(reading, text.strip(_MARKS), negated):
        return 0
    _take_clauses(reading, list(_clauses(reading, text, phrase=quoted)), negated, piece)
    return 0


def _take_figures(reading: _Reading, text: str, negated: bool) -> bool:
    """A date in figures: what was taken then, or a text that has the very figures."""
    span = range_of(text, ANY_DAY) if _FIGURES.fullmatch(text) else None
    if span is None:
        return False
    if negated:
        reading.fields.append(FieldText(Field.DATE, text, negated))
    else:
        written = Every(tuple(map(word_of, tokens(text))))
        reading.add(Either((Condition(Filter.TAKEN, (span,)), written)), text)
    return True


def _named_before(text: str, following: re.Match[str]) -> Field | None:
    """The field of "Municipio: Toluca", with a space behind the colon."""
    if not text.endswith(":") or following["field"] or following["minus"]:
        return None
    return _FIELDS.get(fold(text[:-1]))


def _take_field(
    reading: _Reading, known: Field, piece: re.Match[str], negated: bool,
    following: Sequence[re.Match[str]],
) -> int:  # fmt: skip
    """Take the texts of ``piece`` for the field; how many of those ``following`` belong to it."""
    texts, longer = values_of(reading.named, known, [piece, *following])
    texts = list(dict.fromkeys(text for text in texts if tokens(text)))
    room = CLAUSE_LIMIT - reading.size()
    if len(texts) > room:
        reading.notes.append(Note(Remark.TOO_LONG, texts[room][:40]))
    if texts:
        said = f"{piece['field'] or known}:{', '.join(texts)}"
        _add_field(reading, FieldText(known, texts[0], negated, tuple(texts[1:room])), said)
    else:
        reading.notes.append(Note(Remark.BAD_VALUE, piece.group()[:40], known))
    return longer


def _add_field(reading: _Reading, one: FieldText, said: str) -> None:
    """A field more; after an OR, one more value of the same field, or an alternative to what it stands
    behind."""
    before = reading.fields if reading.after_field else reading.wanted
    last = before[-1] if before else None
    if reading.either and isinstance(last, FieldText) and last.field is one.field:
        before[-1] = replace(last, others=(*last.others, *one.texts))
        reading.either, reading.last = False, f"{reading.last} / {said}"
        if not reading.after_field:
            reading.said[-1] = reading.last
    elif reading.either:
        reading.add(one, said)
    else:
        reading.fields.append(one)
        if not one.negated:
            reading.last, reading.after_field = said, True


def _take_clauses(reading: _Reading, clauses: Sequence[Clause], negated: bool, piece: re.Match[str]) -> None:
    costly = [clause for clause in clauses if not isinstance(clause, Word)]
    reading.costly += len(costly)
    if costly and reading.costly > COSTLY_LIMIT:
        reading.notes.append(Note(Remark.TOO_LONG, " ".join(map(_shown, costly))))
        reading.either, reading.last = False, None
        return
    start, said = len(reading.wanted), piece["phrase"] or (piece["word"] or "").strip(_MARKS)
    if negated:
        reading.unwanted.update(dict.fromkeys(clauses, said))
        return
    if not clauses and said:
        reading.before.append(said)
    known = () if reading.either else reading.wanted[max(reading.joined, default=0) :]
    found = [clause for clause in clauses if clause not in known]
    for clause in found:
        word = clause.stem if len(found) > 1 and isinstance(clause, Word) else said
        reading.add(clause, word, plain=piece["phrase"] is None)
    if len(found) > 1 and piece["phrase"] is None:
        reading.pieces.append((start, len(reading.wanted)))
    if piece["phrase"] is None and piece["word"].endswith((",", ";")):
        reading.commas.add(len(reading.wanted))


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
            yield word_of(token)


def _shown(clause: Clause) -> str:
    return f"{clause.start}*" if isinstance(clause, Prefix) else f'"{" ".join(clause.stems)}"'
