"""What programs send and get. What comes in is exact: a field we do not know is refused, never stored."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dam.models import EventKind, Kind, Minors, Outcome, Processing, Review, Withdrawal
from dam.services.finding import Order

Id = Annotated[int, Field(gt=0, lt=2**31)]
BodyId = Annotated[int, Field(gt=0, lt=2**31, strict=True)]  # true is no number, nor is "5"
Ids = Annotated[list[Id], Field(max_length=50)]
Words = Annotated[list[Annotated[str, Field(max_length=240)]], Field(max_length=50)]
Line = Annotated[str, Field(max_length=200)]


class Said(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What goes out."""


class Refusal(Told):
    """Every refusal. ``error`` is stable, ``message`` for people, ``detail`` names fields or candidates."""

    error: str
    message: str
    detail: dict[str, Any] = {}


class Me(Told):
    """Whom the key stands for, and what it may do."""

    name: str
    role: str
    actions: list[str]


class Search(Said):
    """The filters of /buscar, by the same names. Several values of one filter: any of them."""

    q: str = Field("", max_length=2000)
    event: Ids = []
    municipality: Words = []  # INEGI keys
    state: Words = []
    district: Ids = []
    official: Ids = []
    kind: list[Kind] = []
    date: Words = []  # 2026 or 2026-05
    author: Words = []
    review: list[Review] = []
    orientation: Words = []
    owner: Ids = []
    batch: Ids = []
    office: Words = []  # keys, as ``counts`` names them
    stack: Ids = []
    collection: Ids = []
    frames: Literal["1", "0", ""] = ""  # 1: every frame of a stack, not its cover alone
    since: str | None = Field(None, max_length=40)  # an instant: what arrived from then on
    until: str | None = Field(None, max_length=40)  # an instant: what had arrived before it
    appears: Literal["1", "0", ""] = ""  # 1: only what shows the officials
    order: Order = Order.NEWEST
    limit: int = Field(50, ge=1, le=200)
    after: str | None = Field(None, max_length=400)  # ``next`` of the page before
    counts: Literal["1", "0", ""] = ""  # 1: also what each filter would leave
    from_: str | None = Field(None, alias="from", max_length=10)
    to: str | None = Field(None, max_length=10)


class Links(Told):
    """Paths on the same host."""

    self: str
    renditions: str
    thumb: str | None = None


class Brief(Told):
    """One result. ``appears``: false where the official asked for was only present; null when none was."""

    asset_id: int
    kind: Kind
    processing: Processing
    review: Review
    taken_at: datetime | None
    width: int
    height: int
    duration: float | None
    headline: str | None
    event: str | None
    municipality: str | None
    persons: list[str]
    appears: bool | None
    links: Links


class Counted(Told):
    value: str
    label: str
    count: int


class Results(Told):
    """``next`` goes into ``after`` for the following page; null on the last."""

    total: int
    next: str | None
    assets: list[Brief]
    counts: dict[str, list[Counted]] | None = None


class Stored(Told):
    role: str
    name: str
    sha256: str
    bytes: int


class Made(Told):
    preset: str
    width: int | None
    height: int | None
    bytes: int


class Named(Told):
    id: int
    name: str


class Happened(Named):
    date: str | None
    number: int


class Place(Told):
    key: str
    name: str
    state: str
    source: str


class AssetFacts(Told):
    """As ``dam show ID --json``: null where unknown; more fields may come."""

    model_config = ConfigDict(extra="allow")

    asset_id: int
    kind: Kind
    processing: Processing
    review: Review
    review_reason: str | None
    minors: Minors
    embargo_until: str | None
    rights_expire_on: str | None
    withdrawn_at: str | None
    withdrawn_reason: Withdrawal | None
    originals: list[Stored]
    captured_at: str | None
    utc_offset: str | None
    taken_at: str | None
    latitude: float | None
    longitude: float | None
    altitude: float | None
    orientation: int | None
    width: int | None
    height: int | None
    duration: float | None
    camera_make: str | None
    camera_model: str | None
    headline: str | None
    caption: str | None
    keywords: list[str]
    persons: list[str]
    city: str | None
    byline: str | None
    credit: str | None
    events: list[Happened]
    municipality: Place | None
    officials: list[Named]
    event_officials: list[Named]
    renditions: list[Made]


class RenditionLink(Made):
    """``show`` is to look at; ``download`` has the credit inside and is recorded. Both need the key."""

    media_type: str
    show: str | None
    download: str


class RenditionLinks(Told):
    asset_id: int
    renditions: list[RenditionLink]


class NewEvent(Said):
    """``starts_at`` is local wall-clock time; without a time of day, midnight and ``day_only``."""

    name: str = Field(min_length=1, max_length=240)
    kind: EventKind = EventKind.OTHER
    starts_on: str | None = Field(None, pattern=r"^\d{4}-\d\d-\d\d$")
    starts_at: str | None = Field(None, pattern=r"^\d\d:\d\d$")
    municipality: Line | None = None  # INEGI key, or a name that only one has
    place: str | None = Field(None, max_length=240)
    official_ids: list[BodyId] = Field([], max_length=50)  # who attends


class EventFacts(Told):
    id: int
    name: str
    detail: str | None = None


class EventSearch(Said):
    q: str = Field("", max_length=240)
    limit: int = Field(12, ge=1, le=50)


class EventList(Told):
    events: list[EventFacts]


class NewBatch(Said):
    """One card or folder for one event, named by its id or by a name that only one has."""

    event: BodyId | Annotated[str, Field(min_length=1, max_length=240)]
    byline: Line | None = None
    credit: Line | None = None
    files: int | None = Field(None, ge=0, le=1_000_000)
    bytes: int | None = Field(None, ge=0, lt=2**60)


class Batch(Told):
    """Send files by tus to ``upload``, each with the batch's number as ``batch`` in Upload-Metadata."""

    batch_id: int
    event: Named
    upload: str
    progress: str


class Since(Said):
    since: int = Field(0, ge=0, lt=2**31)


class Item(Told):
    """One file. ``path`` is as it was sent; ``reason`` says for people what ``reason_code`` says."""

    item_id: int
    path: str
    bytes: int | None
    outcome: Outcome
    reason_code: str | None
    reason: str | None
    asset_id: int | None


class BatchProgress(Told):
    """``items`` changed after ``since``; ask again with ``change``. ``over`` of ``files`` are settled."""

    batch_id: int
    event: Named
    files: int
    over: int
    counters: dict[Outcome, int]
    items: list[Item]
    change: int
    more: bool


class NewZip(Said):
    """Either ``asset_ids``, or ``query`` as in the address of /buscar (``q=mitin&municipality=15106``)."""

    asset_ids: list[BodyId] = Field([], max_length=5000)
    query: str | None = Field(None, max_length=4000)
    preset: str = Field("web", max_length=40)


class NewDescription(Said):
    """Applied to all assets or to none. A field that is absent is left alone; null empties it."""

    asset_ids: list[BodyId] = Field(min_length=1, max_length=5000)
    headline: str | None = Field(None, max_length=400)
    caption: str | None = Field(None, max_length=8000)
    alt_text: str | None = Field(None, max_length=2000)
    byline: Line | None = None
    credit: Line | None = None
    copyright: str | None = Field(None, max_length=400)
    usage_terms: str | None = Field(None, max_length=4000)
    rating: int | None = Field(None, ge=1, le=5)
    municipality_key: str | None = Field(None, pattern=r"^\d{5}$")
    event_id: BodyId | None = None
    review: Review | None = None
    review_reason: str | None = Field(None, max_length=400)
    minors: Minors | None = None
    embargo_until: AwareDatetime | None = None
    rights_expire_on: date | None = None  # the last day, by the office's calendar
    add_keywords: list[Annotated[str, Field(max_length=120)]] = Field([], max_length=100)
    remove_keywords: list[Annotated[str, Field(max_length=120)]] = Field([], max_length=100)
    appears_add: list[BodyId] = Field([], max_length=100)
    appears_remove: list[BodyId] = Field([], max_length=100)


class Changed(Told):
    """``change_id`` takes it back."""

    change_id: int


class Undone(Told):
    """Assets put back, and those that were edited since and stay."""

    restored: int
    kept: int
