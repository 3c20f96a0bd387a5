"""What a person types, read: words, "phrases", -exclusions, prefix*, either OR other, and fields.

Nothing typed is an error. What cannot be read is left out or taken as words, and a note says so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from dam.search.dates import range_of
from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.index import Clause, Condition, Either, Every, Filter, Phrase, Prefix, Word

TEXT_LIMIT = 1000  # characters that are read
CLAUSE_LIMIT = 32  # words, phrases and fields that count
COSTLY_LIMIT = 8  # phrases and prefixes among them
DATE_WORDS = 5  # of a date typed without quotes: fecha:1 de mayo de 2026
NAME_WORDS = 5  # of a name typed without quotes: municipio:san felipe del progreso
NAME_TRIES = 12  # runs of words of one query that are held against the catalogue

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))  # as word processors write them
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
    OFFICE = "office"
    KEYWORD = "keyword"
    CAMERA = "camera"
    RATING = "rating"
    ADDED = "added"
    ASSET = "asset"
    WITHOUT = "without"


NAMES = {
    Field.MUNICIPALITY: ("municipio", "municipios", "municipality", "demarcacion", "alcaldia"),
    Field.STATE: ("estado", "estados", "state", "entidad"),
    Field.DISTRICT: ("distrito", "distritos", "district"),
    Field.OFFICIAL: (
        "funcionario", "funcionaria", "funcionarios", "persona", "personas", "official", "person",
    ),
    Field.APPEARS: ("aparece", "aparecen", "appears", "shows"),
    Field.ATTENDED: ("asistio", "asiste", "asistieron", "attended"),
    Field.EVENT: ("evento", "eventos", "event"),
    Field.KIND: ("tipo", "tipos", "kind", "type"),
    Field.DATE: ("fecha", "fechas", "date"),
    Field.BYLINE: (
        "autor", "autora", "autores", "author", "byline", "fotografo", "fotografa", "photographer",
    ),
    Field.REVIEW: ("estatus", "status", "review"),
    Field.ORIENTATION: ("orientacion", "orientation"),
    Field.OFFICE: ("cargo", "cargos", "office"),
    Field.KEYWORD: ("clave", "claves", "keyword", "keywords"),
    Field.CAMERA: ("camara", "camaras", "camera"),
    Field.RATING: ("calificacion", "estrellas", "rating", "stars"),
    Field.ADDED: ("subido", "subida", "llegada", "added", "uploaded"),
    Field.ASSET: ("material", "asset"),
    Field.WITHOUT: ("sin", "without"),
}  # fmt: skip
_FIELDS = {name: key for key, names in NAMES.items() for name in names}
# Fields whose words are simply sought; their own meaning comes later.
_AS_WORDS = {"lugar", "place", "pie", "caption"}
_DATED = {Field.DATE, Field.ADDED}
# Fields that go on without quotes while the words are a name of theirs.
_NAMED = {
    Field.MUNICIPALITY, Field.STATE, Field.OFFICIAL, Field.APPEARS, Field.ATTENDED, Field.EVENT, Field.OFFICE,
}  # fmt: skip
# Of these an asset has one: "y" between two of their values means either.
_ONE_EACH = {
    Field.MUNICIPALITY, Field.STATE, Field.DISTRICT, Field.KIND, Field.DATE, Field.BYLINE, Field.REVIEW,
    Field.ORIENTATION, Field.CAMERA, Field.RATING, Field.ADDED, Field.ASSET,
}  # fmt: skip
_OR = {"or", "o", "u", "|"}
_AND = {"y", "e", "and"}
_COMMAS = str.maketrans(";|", ",,")  # between values
_ANY_DAY = datetime(2000, 1, 15)  # which words are a date does not hang on the day
_ADDRESS = re.compile(r"\S*/material/(\d{1,9})(?:[/?#]\S*)?")  # of one asset's page, pasted
_MARKS = ".,;:()[]¿?¡!"
# A day or month in figures: 03/05/2025 (day first), 2025-05-03, 2025-05; "12/2025" may be a letter's number.
_FIGURES = re.compile(r"\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})|\d{4}([-/])\d{1,2}\1\d{1,2}|\d{4}-\d{1,2}")


class Remark(StrEnum):
    """What is told about a query. ``Note.text`` is what it is about, as typed."""

    UNKNOWN_FIELD = "unknown_field"  # text: what stands before the colon; what follows it was sought
    NOT_FOUND = "not_found"  # text: a name nobody and nothing has; its words were sought
    NOT_AMONG = "not_among"  # text: such a name among others that are known; it was left out
    BAD_DATE = "bad_date"  # text: left out
    BAD_VALUE = "bad_value"  # text: left out
    TOO_COMMON = "too_common"  # text: words found everywhere, left out
    TOO_LONG = "too_long"  # text: where the reading stopped
    RECOGNISED = "recognised"  # text: the name of what was recognised; values: what it is
    ALSO = "also"  # text: other ways of saying it that were searched as well; words: what was typed
    EITHER = "either"  # text: what any one of was sought
    WITHOUT_PERSON = "without_person"  # text: a person's name as it was excluded, and with it where they were


@dataclass(frozen=True)
class Note:
    remark: Remark
    text: str
    field: Field | None = None
    values: tuple[str, ...] = ()  # ids or keys of what was recognised
    words: tuple[str, ...] = ()  # folded stems of the words that name it
    titles: tuple[str, ...] = ()  # of these, what only addresses it: "Mtra.", "municipio de"


@dataclass(frozen=True)
class FieldText:
    """``municipio:toluca,metepec``: the texts after the colon, still to be looked up; any of them."""

    field: Field
    text: str
    negated: bool = False
    others: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text, *self.others)


Names = Callable[[Field, str], bool]


@dataclass(frozen=True)
class Typed:
    """``words`` are the plain wanted words (folded stems, in order) among which names are recognised;
    ``places`` says where each stands in ``wanted``. A word in quotes is taken as it is written.

    ``joined``: places in ``wanted`` of what is an alternative to what stands right before it; a field is
    there only as such. ``listed``: those of what stands behind a comma, before an OR. ``pieces``: (start,
    end) of places that were typed as one ("ex-hacienda"). ``said`` and ``unsaid``: how each of ``wanted``
    and ``unwanted`` was typed.
    """

    wanted: tuple[Clause | FieldText, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    fields: tuple[FieldText, ...] = ()
    notes: tuple[Note, ...] = ()
    words: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    joined: frozenset[int] = frozenset()
    listed: frozenset[int] = frozenset()
    pieces: tuple[tuple[int, int], ...] = ()
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


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


def words_of(text: str) -> tuple[Clause, ...]:
    """Plain words, for a field's text that named nothing."""
    return tuple(_word(token) for token in tokens(text[:TEXT_LIMIT])[:CLAUSE_LIMIT] if token not in COMMON)


def is_or(piece: re.Match[str]) -> bool:
    """Does it stand between alternatives?"""
    word = piece["word"]
    return word is not None and word.lower() in _OR and not piece["field"] and not piece["minus"]


def pieces_of(text: str) -> Iterator[re.Match[str]]:
    """What was typed, piece by piece: groups minus, field, and phrase or word."""
    return _PIECE.finditer(text[:TEXT_LIMIT].translate(_QUOTES))


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
    span = range_of(text, _ANY_DAY) if _FIGURES.fullmatch(text) else None
    if span is None:
        return False
    if negated:
        reading.fields.append(FieldText(Field.DATE, text, negated))
    else:
        written = Every(tuple(map(_word, tokens(text))))
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
    texts, longer = _values(reading, known, [piece, *following])
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


def _values(reading: _Reading, known: Field, pieces: Sequence[re.Match[str]]) -> tuple[list[str], int]:
    """The values of a field from its first piece on, and how many more pieces they take. A comma goes on to
    the next; with a space behind it, or for an OR, only where what follows is such a value."""
    values, end = _value(reading, known, pieces, 0)
    while end < len(pieces):
        before, one = pieces[end - 1], pieces[end]
        comma = (before["word"] or "").endswith((",", ";")) or (one["word"] or "").startswith((",", ";"))
        either = is_or(one) or (known in _ONE_EACH and (one["word"] or "").lower() in _AND)
        if not (comma or either) or one["field"] or one["minus"]:
            break
        start = end + (1 if either or one["word"] in (",", ";") else 0)
        if start >= len(pieces) or pieces[start]["field"] or pieces[start]["minus"]:
            break
        more, after = _value(reading, known, pieces, start)
        glued = not either and one.start() == before.end() and pieces[start].start() <= one.end()
        if not glued and not all(reading.named(known, value) for value in more):
            break
        values, end = values + more, after
    return values, end - 1


def _value(
    reading: _Reading, known: Field, pieces: Sequence[re.Match[str]], start: int
) -> tuple[list[str], int]:
    """The text of one piece, taken apart at its commas unless it is in quotes, with the words behind it that
    belong to the last of them; and where they end."""
    piece = pieces[start]
    if piece["phrase"] is not None:
        return [piece["phrase"].strip()], start + 1
    word = piece["word"].translate(_COMMAS)
    *texts, last = word.rstrip(",").split(",")
    longer = 0
    if not word.endswith(","):
        following = pieces[start + 1 :]
        if known in _DATED:
            last, longer = _whole_date(last, following)
        else:
            last, longer = _whole_name(last, following)
            if known in _NAMED:
                last, longer = _named_run(reading, known, last, longer, following)
    return [text for text in (*texts, last.strip(",;")) if text], start + 1 + longer


def _whole_name(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """``text`` with what follows it while it is but an article or "en": municipio:la paz."""
    words = [text]
    for piece in following:
        if fold(words[-1]) not in COMMON or piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    return " ".join(words), len(words) - 1


def _named_run(
    reading: _Reading, known: Field, text: str, longer: int, following: Sequence[re.Match[str]]
) -> tuple[str, int]:
    """``text``, which takes ``longer`` words of ``following``, with as many more as are a name with it."""
    words = [text]
    for piece in following[longer : longer + NAME_WORDS - 1]:
        plain = piece["word"] is not None and not (piece["minus"] or piece["field"] or is_or(piece))
        if not plain or words[-1].endswith((",", ";")):
            break
        words.append(piece["word"])
    for length in range(len(words), 1, -1):
        run = " ".join(words[:length]).rstrip(",;")
        if fold(words[length - 1]) not in COMMON and reading.named(known, run):
            return run, longer + length - 1
    return text, longer


def _whole_date(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """The longest run of words from ``text`` on that is a date, and how many more words it takes."""
    words = [text]
    for piece in following[:DATE_WORDS]:
        if piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    for length in range(len(words), 1, -1):
        run = " ".join(words[:length]).rstrip(",")
        if range_of(run, _ANY_DAY):
            return run, length - 1
    return text, 0


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
            yield _word(token)


def _shown(clause: Clause) -> str:
    return f"{clause.start}*" if isinstance(clause, Prefix) else f'"{" ".join(clause.stems)}"'


def _word(token: str) -> Word:
    exact = stem(token)
    return Word(without_tilde(exact), exact if "ñ" in exact else None)
