"""Documents become rows as PostgreSQL's COPY reads them in its binary format: a ``tsvector`` of words and
tags, the text for phrases, the values that are counted.

What comes again is put into shape once: a word, a name, what the assets of an event have in common. A
``tsvector`` is read as the number of its lexemes, then each of them with its position, whose upper bits are
the label. None may come twice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from struct import Struct, pack
from typing import Generic, NamedTuple, TypeVar

from dam.search import rows
from dam.search.columns import seconds
from dam.search.folding import read_run, tokens, without_tilde
from dam.search.index import Filter, Occasion, SearchDocument, Traits
from dam.search.postgres_tags import (
    lacks_tag,
    occasion_tags,
    own_tags,
    pair_tag,
    pairs_of,
    tag,
    traits_tags,
)
from dam.search.postgres_texts import Texts
from dam.search.postgres_values import code, occasion_values, packed, traits_values

COLUMNS = ("asset_id", "taken", "added", "stack", "counted", "words", "text")
REMEMBERED = 50_000  # things of a kind, until all are forgotten
RANKS = "{0.15,0.3,0.55,1}"  # what ts_rank gives the labels, the least first

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
# How many fields, then each with its length before it: four numbers; and the length of ``counted``.
_NUMBERS = Struct("!hiiiqiqiii")
_VECTOR = Struct("!ii")  # its length, and how many lexemes
_LENGTH = Struct("!i")
_POSITIONS = [b"\0" + pack("!HH", 1, label << 14 | 1) for label in range(4)]
_NO_POSITION = b"\0\0\0"

Lexeme = tuple[str, bytes]  # and what is read of it; of two labels the greater is also the greater here


class Line(NamedTuple):
    """One row, and the values that are counted of it."""

    data: bytes
    counted: bytes


def joined(lines: Iterable[Line]) -> bytes:
    """All that COPY reads."""
    return b"".join((_BEGIN, *[one.data for one in lines], _END))


class Lines:
    """Puts documents into shape for one index. ``texts`` numbers what is counted there; ``frequent`` are the
    words whose pairs are kept."""

    def __init__(self, texts: Texts, frequent: frozenset[str]) -> None:
        self._texts, self._frequent = texts, frequent
        self._met: set[str] = set()
        self._stems = _Kept(lambda run: read_run(run)[0])
        self._forms = [_Kept(self._reader(position)) for position in _POSITIONS]
        self._pairs = _Kept(lambda pair: (pair_tag(*pair), _bare(pair_tag(*pair))))
        self._keywords = _Kept(self._keyword)
        self._months = _Kept(_month)
        self._alike = _Kept(self._with_traits)
        self._named = _Kept(lambda named: self._read(*named))

    def of(self, documents: Iterable[SearchDocument]) -> list[Line]:
        common = _Kept(self._with_occasion)  # the next documents have none of them
        return [self._line(one, common[one.occasion], self._alike[one.traits]) for one in documents]

    def met(self) -> set[str]:
        """New words since this was last asked, and perhaps some that were known."""
        met, self._met = self._met, set()
        return met

    def _line(self, document: SearchDocument, common: "_Shared", alike: "_Shared") -> Line:
        words = dict(alike.words)
        texts, tilded = [common.text, alike.text], common.tilded + alike.tilded
        for name in sorted(document.texts, key=_label_of):  # the greatest label comes last, and stays
            read = self._read_name if name == "name" else self._read
            field = read(name, document.texts[name])
            words.update(field.lexemes)
            texts.append(field.text)
            tilded += field.tilded
        merged = common.words | words
        for word in words.keys() & common.words.keys():
            merged[word] = max(common.words[word], words[word])
        taken = document.taken_at
        year, counted = self._months[taken and taken.year * 12 + taken.month - 1]
        vector = [
            *merged.values(),
            *common.tags,
            *alike.tags,
            year,
            *[self._keywords[one] for one in document.keywords],
            *map(_bare, own_tags(document)),
        ]
        text = " | ".join(filter(None, (*texts, *tilded)))
        return _row(document, common.counted + alike.counted + counted, vector, text)

    def _read(self, name: str, text: str) -> "_Field":
        runs = text[: rows.TEXT_LIMIT].split()
        forms = self._forms[_label_of(name)]
        stems = " ".join(filter(None, map(self._stems.__getitem__, runs)))
        return self._in_order(stems, chain.from_iterable(map(forms.__getitem__, runs)))

    def _read_name(self, name: str, text: str) -> "_Field":
        """Of files. What ends with a digit has no ending to lose, and is no other's: it is not remembered."""
        label = _label_of(name)
        stems: list[str] = []
        lexemes: list[Lexeme] = []
        for word in tokens(text[: rows.TEXT_LIMIT]):
            if word[-1].isdigit() and word.isascii():
                stems.append(word)
                lexemes.append((word, word.encode() + _POSITIONS[label]))
            else:
                stems.append(self._stems[word])
                lexemes += self._forms[label][word]
        return self._in_order(" ".join(stems), lexemes)

    def _in_order(self, stems: str, lexemes: Iterable[Lexeme]) -> "_Field":
        tilded: list[str] = []
        if "ñ" in stems:
            tilded = [word for word in stems.split() if "ñ" in word]
            stems = without_tilde(stems)
        pairs = [self._pairs[pair] for pair in pairs_of(stems.split(), self._frequent)]
        return _Field(stems, tilded, [*lexemes, *pairs])

    def _with_occasion(self, occasion: Occasion) -> "_Shared":
        values = occasion_values(occasion, self._texts.number)
        return self._shared(occasion.texts, occasion_tags(occasion), values)

    def _with_traits(self, traits: Traits) -> "_Shared":
        if traits.camera:
            self._texts.number(Filter.CAMERA_LIKE, traits.camera)
        values = traits_values(traits, self._texts.number)
        return self._shared(traits.texts, traits_tags(traits), values)

    def _shared(self, texts: Mapping[str, str], tags: Iterable[str], values: Sequence[int]) -> "_Shared":
        fields = [self._named[name, texts[name]] for name in sorted(texts, key=_label_of)]
        return _Shared(
            dict(chain.from_iterable(field.lexemes for field in fields)),
            list(map(_bare, tags)),
            " | ".join([field.text for field in fields if field.text]),
            [word for field in fields for word in field.tilded],
            packed(values),
        )

    def _keyword(self, keyword: str) -> bytes:
        """Its tag. Keywords are sought by how their words begin."""
        self._texts.number(Filter.KEYWORD_LIKE, keyword, keyword)
        return _bare(tag(Filter.KEYWORD_LIKE, keyword))

    def _reader(self, position: bytes) -> Callable[[str], list[Lexeme]]:
        """Reads what stands between two spaces as words at ``position``."""

        def read(run: str) -> list[Lexeme]:
            forms = {form for word in read_run(run)[1] for form in (word, without_tilde(word))}
            self._met.update(filter(str.isalpha, forms))  # no number is meant by a misspelled word
            return [(form, form.encode() + position) for form in forms]

        return read


def _row(document: SearchDocument, counted: bytes, lexemes: Sequence[bytes], text: str) -> Line:
    numbers = _NUMBERS.pack(
        len(COLUMNS),
        4, document.asset_id,
        8, seconds(document.taken_at),
        8, int(document.added_at.timestamp()),
        4, rows.stack_of(document) or 0,
        len(counted),
    )  # fmt: skip
    vector, written = b"".join(lexemes), f" {text} ".encode()
    sizes = _VECTOR.pack(_LENGTH.size + len(vector), len(lexemes))
    data = b"".join((numbers, counted, sizes, vector, _LENGTH.pack(len(written)), written))
    return Line(data, counted)


def _month(number: int | None) -> tuple[bytes, bytes]:
    """The tag of a month's year, and its value."""
    if number is None:
        return _bare(lacks_tag(Filter.TAKEN)), b""
    return _bare(tag(Filter.TAKEN, number // 12)), packed([code(Filter.TAKEN, number)])


@cache
def _label_of(field: str) -> int:
    weight = rows.WEIGHTS.get(field, 1.0)
    return 3 if weight >= 5 else 2 if weight >= 3 else 1 if weight >= 2 else 0


def _bare(tag: str) -> bytes:
    """A lexeme without a position."""
    return tag.encode() + _NO_POSITION


Key = TypeVar("Key")
Value = TypeVar("Value")


class _Kept(dict[Key, Value], Generic[Key, Value]):
    """Makes what is missing, and forgets everything when there is too much of it."""

    def __init__(self, make: Callable[[Key], Value]) -> None:
        self._make = make

    def __missing__(self, key: Key) -> Value:
        if len(self) >= REMEMBERED:
            self.clear()
        made = self[key] = self._make(key)
        return made


class _Field(NamedTuple):
    """A field's text: its stems, n for ñ; those with ñ; its words and its pairs of frequent words."""

    text: str
    tilded: Sequence[str]
    lexemes: Sequence[Lexeme]


class _Shared(NamedTuple):
    """What an occasion, or traits, give to their assets."""

    words: dict[str, bytes]
    tags: list[bytes]
    text: str
    tilded: list[str]
    counted: bytes
