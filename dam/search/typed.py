"""What a person types: words, "phrases", -exclusions, prefix*, either OR other, and fields; and what is told
about it. ``dam.search.typed_reader`` reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dam.search.folding import COMMON, stem, tokens, without_tilde
from dam.search.index import Clause, Word

TEXT_LIMIT = 1000  # characters that are read
CLAUSE_LIMIT = 32  # words, phrases and fields that count

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
# Of these an asset has one: several of their values mean any of them, and "y" between two either.
ONE_EACH = {
    Field.MUNICIPALITY, Field.STATE, Field.KIND, Field.DATE, Field.BYLINE, Field.REVIEW,
    Field.ORIENTATION, Field.CAMERA, Field.RATING, Field.ADDED, Field.ASSET,
}  # fmt: skip
_OR = {"or", "o", "u", "|"}
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


def words_of(text: str) -> tuple[Clause, ...]:
    """Plain words, for a field's text that named nothing."""
    return tuple(word_of(token) for token in tokens(text[:TEXT_LIMIT])[:CLAUSE_LIMIT] if token not in COMMON)


def is_or(piece: re.Match[str]) -> bool:
    """Does it stand between alternatives?"""
    word = piece["word"]
    return word is not None and word.lower() in _OR and not piece["field"] and not piece["minus"]


def pieces_of(text: str) -> Iterator[re.Match[str]]:
    """What was typed, piece by piece: groups minus, field, and phrase or word."""
    return _PIECE.finditer(text[:TEXT_LIMIT].translate(_QUOTES))


def word_of(token: str) -> Word:
    exact = stem(token)
    return Word(without_tilde(exact), exact if "ñ" in exact else None)
