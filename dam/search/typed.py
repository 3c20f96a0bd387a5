"""What a person types, read: words, "phrases", -exclusions, prefix*, either OR other, and fields.

Nothing typed is an error. What cannot be read is left out or taken as words, and a note says so.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dam.search.dates import range_of
from dam.search.folding import COMMON, fold, stem, tokens, without_tilde
from dam.search.index import Clause, Condition, Either, Every, Filter, Phrase, Prefix, Word

TEXT_LIMIT = 1000  # characters that are read
CLAUSE_LIMIT = 32  # words, phrases and fields that count
COSTLY_LIMIT = 8  # phrases and prefixes among them
DATE_WORDS = 5  # of a date typed without quotes: fecha:1 de mayo de 2026

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
    Field.OFFICE: ("cargo", "office"),
    Field.KEYWORD: ("clave", "claves", "keyword", "keywords"),
    Field.CAMERA: ("camara", "camera"),
    Field.RATING: ("calificacion", "estrellas", "rating", "stars"),
    Field.ADDED: ("subido", "subida", "llegada", "added", "uploaded"),
    Field.ASSET: ("material", "asset"),
    Field.WITHOUT: ("sin", "without"),
}
_FIELDS = {name: key for key, names in NAMES.items() for name in names}
# Fields whose words are simply sought; their own meaning comes later.
_AS_WORDS = {"lugar", "place", "pie", "caption"}
_DATED = {Field.DATE, Field.ADDED}
_ANY_DAY = datetime(2000, 1, 15)  # which words are a date does not hang on the day
_ADDRESS = re.compile(r"\S*/material/(\d{1,9})(?:[/?#]\S*)?")  # of one asset's page, pasted
_MARKS = ".,;:()[]¿?¡!"
# A day or month in figures: 03/05/2025 (day first), 2025-05-03, 2025-05; "12/2025" may be a letter's number.
_FIGURES = re.compile(r"\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})|\d{4}([-/])\d{1,2}\1\d{1,2}|\d{4}-\d{1,2}")


class Remark(StrEnum):
    """What is told about a query. ``Note.text`` is what it is about, as typed."""

    UNKNOWN_FIELD = "unknown_field"  # text: what stands before the colon; what follows it was sought
    NOT_FOUND = "not_found"  # text: a name nobody and nothing has; its words were sought
    BAD_DATE = "bad_date"  # text: left out
    BAD_VALUE = "bad_value"  # text: left out
    TOO_COMMON = "too_common"  # text: words found everywhere, left out
    TOO_LONG = "too_long"  # text: where the reading stopped
    RECOGNISED = "recognised"  # text: the name of what was recognised; values: what it is
    ALSO = "also"  # text: other ways of saying it that were searched as well; words: what was typed


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
    """``municipio:toluca``: the text after the colon, still to be looked up."""

    field: Field
    text: str
    negated: bool = False


@dataclass(frozen=True)
class Typed:
    """``words`` are the plain wanted words (folded stems, in order) among which names are recognised;
    ``places`` says where each stands in ``wanted``. A word in quotes is taken as it is written."""

    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    fields: tuple[FieldText, ...] = ()
    notes: tuple[Note, ...] = ()
    words: tuple[str, ...] = ()
    places: tuple[int, ...] = ()


@dataclass
class _Reading:
    # Each inner list: any one of these.
    wanted: list[list[Clause | Every | Condition]] = field(default_factory=list)
    plain: set[int] = field(default_factory=set)  # of wanted: words that were not in quotes
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
    pieces = list(_pieces(text))
    skip = 0
    for place, piece in enumerate(pieces):
        if skip:
            skip -= 1
            continue
        if reading.size() >= CLAUSE_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, piece.group()[:40]))
            break
        skip = _take(reading, piece, pieces[place + 1 : place + 1 + DATE_WORDS])
    else:
        if len(text) > TEXT_LIMIT:
            reading.notes.append(Note(Remark.TOO_LONG, text[TEXT_LIMIT : TEXT_LIMIT + 40]))
    if reading.common and not reading.size():
        reading.notes.append(Note(Remark.TOO_COMMON, " ".join(reading.common)))
    plain = [place for place, some in enumerate(reading.wanted)
             if place in reading.plain and len(some) == 1 and isinstance(some[0], Word)]  # fmt: skip
    return Typed(
        tuple(some[0] if len(some) == 1 else Either(tuple(some)) for some in reading.wanted),
        tuple(dict.fromkeys(reading.unwanted)),
        tuple(reading.fields),
        tuple(dict.fromkeys(reading.notes)),
        tuple(reading.wanted[place][0].stem for place in plain),
        tuple(plain),
    )


def words_of(text: str) -> tuple[Clause, ...]:
    """Plain words, for a field's text that named nothing."""
    return tuple(_word(token) for token in tokens(text[:TEXT_LIMIT])[:CLAUSE_LIMIT] if token not in COMMON)


def as_written(text: str, words: Iterable[str]) -> str:
    """``text`` with the plain words of these stems in quotes, so that nothing is recognised in them."""
    return _rewritten(text, words, lambda word: f'"{word}"')


def without(text: str, words: Iterable[str]) -> str:
    """``text`` without the plain words of these stems, and empty where only common words are left."""
    left = _rewritten(text, words, lambda word: "")
    return left if any(token not in COMMON for token in tokens(left)) else ""


def respelled(text: str, words: Mapping[str, str]) -> str:
    """``text`` with plain words, and those of fields (as typed but for accents and case) written as ``words``
    says."""
    made = []
    for piece in _pieces(text):
        plain = piece["word"] is not None and not piece["minus"]
        found = [without_tilde(token) for token in tokens(piece["word"])] if plain else []
        better = words.get(found[0]) if len(found) == 1 else None
        before = f"{piece['field']}:" if piece["field"] else ""
        made.append(f"{before}{better}" if better else piece.group())
    return " ".join(made)


def _rewritten(text: str, words: Iterable[str], change: Callable[[str], str]) -> str:
    stems, made = set(words), []
    for piece in _pieces(text):
        plain = piece["word"] is not None and not piece["field"] and not piece["minus"]
        meant = plain and any(without_tilde(stem(token)) in stems for token in tokens(piece["word"]))
        made.append(change(piece.group()) if meant else piece.group())
    return " ".join(filter(None, made))


def _pieces(text: str) -> Iterator[re.Match[str]]:
    return _PIECE.finditer(text[:TEXT_LIMIT].translate(_QUOTES))


def _take(reading: _Reading, piece: re.Match[str], following: Sequence[re.Match[str]]) -> int:
    """Take one piece in; how many of those ``following`` belong to it."""
    if piece["word"] in ("OR", "|") and not piece["field"] and not piece["minus"]:
        reading.either = bool(reading.wanted)
        return 0
    negated, text = bool(piece["minus"]), piece["phrase"] if piece["phrase"] is not None else piece["word"]
    if address := _ADDRESS.fullmatch(piece.group()):
        reading.fields.append(FieldText(Field.ASSET, address[1], negated))
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
    _take_clauses(reading, list(_clauses(reading, text, phrase=quoted)), negated, quoted=quoted)
    return 0


def _take_figures(reading: _Reading, text: str, negated: bool) -> bool:
    """A date in figures: what was taken then, or a text that has the very figures."""
    span = range_of(text, _ANY_DAY) if _FIGURES.fullmatch(text) else None
    if span is None:
        return False
    if negated:
        reading.fields.append(FieldText(Field.DATE, text, negated))
        return True
    choices = [Condition(Filter.TAKEN, (span,)), Every(tuple(map(_word, tokens(text))))]
    if reading.either:
        reading.wanted[-1] += choices
    else:
        reading.wanted.append(choices)
    reading.either = False
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
    """Take the text of ``piece`` for the field; how many of those ``following`` belong to it."""
    text, longer = piece["phrase"], 0
    if text is None and known in _DATED:
        text, longer = _whole_date(piece["word"], following)
    elif text is None:
        text, longer = _whole_name(piece["word"], following)
    if tokens(text):
        reading.fields.append(FieldText(known, text.strip(), negated))
    else:
        reading.notes.append(Note(Remark.BAD_VALUE, piece.group()[:40], known))
    return longer


def _whole_name(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """``text`` with what follows it while it is but an article or "en": municipio:la paz."""
    words = [text]
    for piece in following:
        if fold(words[-1]) not in COMMON or piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    return " ".join(words), len(words) - 1


def _whole_date(text: str, following: Sequence[re.Match[str]]) -> tuple[str, int]:
    """The longest run of words from ``text`` on that is a date, and how many more words it takes."""
    words = [text]
    for piece in following:
        if piece["minus"] or piece["field"] or piece["word"] is None:
            break
        words.append(piece["word"])
    for length in range(len(words), 1, -1):
        if range_of(" ".join(words[:length]), _ANY_DAY):
            return " ".join(words[:length]), length - 1
    return text, 0


def _take_clauses(reading: _Reading, clauses: list[Clause], negated: bool, *, quoted: bool) -> None:
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
        new = [[clause] for clause in clauses if [clause] not in reading.wanted]
        if not quoted:
            reading.plain.update(range(len(reading.wanted), len(reading.wanted) + len(new)))
        reading.wanted += new
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
