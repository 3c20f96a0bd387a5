"""What every search engine promises. The database is the truth; an index can be thrown away at any time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from dam.errors import Unavailable


class IndexDamaged(Unavailable):
    """The index is missing, unreadable, older than the rows, or open to others: it is to be rebuilt."""

    code = "index_damaged"


@dataclass(frozen=True, eq=False)
class Occasion:
    """What many assets have in common: their events, who is shown and who was there, their place and day.

    One for all of them, not one for each: engines work out once what follows from it. ``texts`` maps a field
    (officials, attendees, event, event_kind, municipality, state, place, offices, when) to what is written.
    ``offices`` are keys of the offices that those shown or present held that day, each bare and with its
    place (``dam.search.offices``).
    """

    event_ids: tuple[int, ...] = ()
    municipality_key: str | None = None
    state_key: str | None = None
    district_ids: tuple[int, ...] = ()
    appears_ids: tuple[int, ...] = ()  # confirmed appearances
    attended_ids: tuple[int, ...] = ()  # officials at its events
    offices: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Traits:
    """What many assets of a photographer have in common; one for all of them, as an ``Occasion``. ``texts``:
    byline and credit as written."""

    kind: str
    review: str
    owner_id: int | None = None
    byline: str | None = None
    orientation: str | None = None  # landscape, portrait, square
    rating: int | None = None
    camera: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


class SearchDocument(NamedTuple):
    """One asset as finding sees it. Ids are catalogue ids; texts are as written (the engine normalises).

    ``texts`` maps a field of its own (headline, caption, alt_text, keywords, persons, name) to what is
    written there. Of a stack (``stack_id``: a burst, say) the ``cover`` stands for all. ``keywords`` are
    keys (``dam.search.folding.key_of``), each once.
    """

    asset_id: int
    taken_at: datetime | None
    added_at: datetime
    occasion: Occasion
    traits: Traits
    texts: Mapping[str, str]
    keywords: tuple[str, ...] = ()
    stack_id: int | None = None
    cover: bool = True

    def all_texts(self) -> Iterator[tuple[str, str]]:
        """Every field and its text."""
        for texts in (self.occasion.texts, self.traits.texts, self.texts):
            yield from texts.items()


@dataclass(frozen=True)
class Scope:
    """What the asker may see, applied inside the query: results, counts and suggestions alike.

    ``everything``: all ready assets. Otherwise an asset is in scope when it is approved and
    ``approved`` is set, or its owner is ``owner_id``, or its municipality lies in ``territory`` (keys of
    municipalities, five digits, or of states, two digits). ``rejected`` False hides rejected ones, except
    the owner's own.
    """

    everything: bool = True
    rejected: bool = True
    approved: bool = True
    owner_id: int | None = None
    territory: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """One asset's ids for order, filters and counts, as ``search_rows`` keeps them."""

    asset_id: int
    gone: bool
    taken_at: datetime | None
    fields: dict[str, object]


@dataclass(frozen=True)
class State:
    """The last ``seq`` written, and the stamp of the index that holds what the rows say."""

    seq: int
    stamp: str


class RowSource(Protocol):
    """The rows in the database, as one read transaction sees them."""

    def state(self) -> State: ...

    def changed_since(self, seq: int) -> Iterable[Row]:
        """Rows written after ``seq``; for -1 all that are not gone."""

    def holding(self, pattern: str, among: Sequence[int] | None = None) -> Sequence[int]:
        """Ids of the assets (of all, or of those ``among``) whose text, as ``dam.search.rows.text_of`` shapes
        it, holds ``pattern``."""

    def execute(self, query: str, values: Sequence[object]) -> list[tuple]:
        """Run SQL with %s for ``values`` in that transaction: for an engine that lies in the database."""


@dataclass(frozen=True)
class Word:
    """A stem; ``exact`` is the one with ñ when the searcher typed ñ, to be preferred."""

    stem: str
    exact: str | None = None


@dataclass(frozen=True)
class Prefix:
    """Words that begin so: ``start`` folded; ``stem`` is how the finished word itself may be written."""

    start: str
    stem: str


@dataclass(frozen=True)
class Phrase:
    """Stems that follow one another within one field."""

    stems: tuple[str, ...]


@dataclass(frozen=True)
class Every:
    """All of the words, in any order: one way of saying something, among the choices of an Either."""

    words: tuple[Word, ...]


class Filter(StrEnum):
    """What an asset can be filtered by. The values are ids, keys, texts or (from, to) pairs."""

    EVENT = "event"  # ids
    MUNICIPALITY = "municipality"  # keys of five digits
    STATE = "state"  # keys of two digits
    DISTRICT = "district"  # ids
    OFFICIAL = "official"  # ids: appears or attended
    APPEARS = "appears"  # ids
    ATTENDED = "attended"  # ids
    KIND = "kind"
    BYLINE = "byline"  # as written; accents and case do not count
    BYLINE_LIKE = "byline_like"  # each word begins a word of the byline
    REVIEW = "review"
    ORIENTATION = "orientation"
    OWNER = "owner"  # ids of users
    TAKEN = "taken"  # (from, before) pairs of naive local times; None = open
    ADDED = "added"  # (from, before) pairs of aware instants; None = open
    OFFICE = "office"  # keys of offices, as documents have them
    KEYWORD_LIKE = "keyword_like"  # each word begins a word of one keyword's key
    CAMERA_LIKE = "camera_like"  # each word begins a word of the camera's make and model
    RATING = "rating"  # whole numbers
    CAPTION = "caption"  # no values: an asset has a caption, or (``absent``) none
    STACK = "stack"  # ids
    ASSET = "asset"  # ids


@dataclass(frozen=True)
class Condition:
    """An asset meets it when it has any of ``values`` (none of them when ``negated``).

    ``absent`` adds the assets that have no value at all.
    """

    filter: Filter
    values: tuple[object, ...]
    negated: bool = False
    absent: bool = False


@dataclass(frozen=True)
class Either:
    """Any one of the choices; a condition among them is met or not, and weighs nothing."""

    choices: tuple["Word | Prefix | Phrase | Every | Condition", ...]


Clause = Word | Prefix | Phrase | Either


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    ADDED = "added"
    RELEVANCE = "relevance"


@dataclass(frozen=True)
class Asked:
    """A question in the engine's own terms: stems and ids, no names.

    ``always`` belongs to the query; each of ``filters`` was chosen beside it and is left out of its own
    counts. ``shows``: officials whose appearances come first, then their events', then the rest.
    ``holds``: keys of offices that stand beside ``shows``, whoever held them that day: a document says with
    ``dam.search.offices.shown`` that the holder appears. ``places``: municipalities whose assets come
    first; what lies elsewhere is a mention, whoever it shows.
    ``stacked``: of a stack whose cover is found the other frames are left out, of results and counts alike.
    """

    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    always: tuple[Condition, ...] = ()
    filters: tuple[Condition, ...] = ()
    shows: tuple[int, ...] = ()
    holds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    stacked: bool = False
    scope: Scope = field(default_factory=Scope)
    order: Order = Order.NEWEST

    @property
    def narrowed(self) -> bool:
        """Is anything asked for beside what one may see?"""
        return bool(self.wanted or self.unwanted or self.always or self.filters)


class Tier(StrEnum):
    """How a result is connected with the officials that were asked for, or with the places alone."""

    PLACED = "placed"
    APPEARS = "appears"
    ATTENDED = "attended"
    MENTIONED = "mentioned"


@dataclass(frozen=True)
class Found:
    """A page of ids in order, with their tiers when officials or places were asked for (else None each)."""

    asset_ids: tuple[int, ...]
    tiers: tuple[Tier | None, ...]
    total: int
    per_tier: dict[Tier, int]
    next: tuple[int, ...] | None  # the key to go on from
    more: bool = False  # ``total`` is where counting stopped: there are more


class Tally(dict[Filter, list[tuple[object, int]]]):
    """(value, assets), most frequent first; TAKEN: (year, month). ``at_least``: counting stopped before the
    last hit, so that each number is a least one, and rare values may be missing."""

    def __init__(
        self, counted: Mapping[Filter, list[tuple[object, int]]] | None = None, *, at_least: bool = False
    ) -> None:
        super().__init__(counted or {})
        self.at_least = at_least


class Portion(Protocol):
    """Fills a new index from a process of its own, to which it is sent before anything is put."""

    def put(self, documents: Sequence[SearchDocument]) -> None: ...

    def learned(self) -> object:
        """What the new index has to be told (``join``) of what was put since this was last asked."""

    def close(self) -> None: ...


class NewIndex(Protocol):
    """An index that is being filled, each asset once; nothing is read from it before it is whole."""

    def sample(self, documents: Sequence[SearchDocument]) -> None:
        """Some of what will be put, from all over a large archive, before any of it is."""

    def put(self, documents: Sequence[SearchDocument]) -> None: ...

    def portion(self) -> Portion | None:
        """For another process that fills this index too. None: this engine is filled by one."""

    def join(self, learned: object) -> None:
        """What a portion's process learned."""


class SearchIndex(Protocol):
    """An engine. Only the indexer process writes; any process reads, and hands in the rows it reads with.

    Reading never fails because of a damaged index: words are then sought in the rows. An engine that keeps
    everything itself (``needs_rows`` False) raises IndexDamaged while it was never built.
    """

    needs_rows: bool

    def put(self, documents: Sequence[SearchDocument], without: Iterable[int] = ()) -> None:
        """Add or replace ``documents`` and forget ``without``, in one commit. Raises IndexDamaged."""

    def remove(self, asset_ids: Iterable[int]) -> None:
        """Forget; no error for what is not there. Raises IndexDamaged."""

    def check(self, state: State) -> None:
        """Raises IndexDamaged when the index has to be rebuilt."""

    def stamp(self) -> str:
        """What is committed now. Raises IndexDamaged."""

    def warm(self, rows: RowSource) -> None:
        """Read what reading needs, and leave it so that other processes begin quickly."""

    def worn(self) -> bool:
        """Would a rebuild make it notably faster? Raises IndexDamaged."""

    def rebuilding(self) -> AbstractContextManager[NewIndex]:
        """An empty index beside this one to put everything into; it takes its place when the block ends
        well, and is thrown away otherwise."""

    def find(
        self, rows: RowSource, asked: Asked, after: Sequence[int] | None = None, limit: int = 50
    ) -> Found:
        """One page; ``after`` is an earlier answer's ``next``. Raises Invalid for a key that is none."""

    def counts(self, rows: RowSource, asked: Asked) -> Tally:
        """How many assets each value of each filter would give, the filter's own choice left aside."""

    def near(self, rows: RowSource, word: str, limit: int = 8) -> tuple[str, ...]:
        """Stems of the index that are written nearly like ``word`` (folded, whole), nearest first
        (``dam.search.spelling``); none while the index cannot be read. No scope is applied: whoever shows
        them looks first whether the asker finds something with them."""
