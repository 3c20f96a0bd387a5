"""A search as people make it: the box, the filters, the order; and how the address bar spells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dam.search.index import Order

VALUES = 50  # of one filter
TEXT_LIMIT = 2000  # characters


@dataclass(frozen=True)
class Filters:
    """Several values of one filter: any of them. Filters together: all of them.

    ``dates`` are years ("2026"), months ("2026-05") or days; ``date_from`` and ``date_to`` days, inclusive.
    ``appears_only`` leaves out what was only taken where the officials were. ``office_keys`` are keys of
    offices (``dam.search.offices``). ``arrived_from`` and ``arrived_before`` are instants: what came to the
    archive since, and before. ``frames`` shows every frame of a stack, not its cover alone.
    """

    event_ids: tuple[int, ...] = ()
    municipality_keys: tuple[str, ...] = ()
    state_keys: tuple[str, ...] = ()
    district_ids: tuple[int, ...] = ()
    official_ids: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    orientations: tuple[str, ...] = ()
    owner_ids: tuple[int, ...] = ()
    batch_ids: tuple[int, ...] = ()
    office_keys: tuple[str, ...] = ()
    stack_ids: tuple[int, ...] = ()
    collection_ids: tuple[int, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    appears_only: bool = False
    arrived_from: datetime | None = None
    arrived_before: datetime | None = None
    frames: bool = False


@dataclass(frozen=True)
class Query:
    """``text`` is what stands in the box."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    order: Order = Order.NEWEST

    @property
    def empty(self) -> bool:
        return not self.text.strip() and self.filters == Filters()


# The address bar's names, in its order. Stable: pages, API and command line share them.
ARGUMENTS = {
    "event": "event_ids",
    "municipality": "municipality_keys",
    "state": "state_keys",
    "district": "district_ids",
    "official": "official_ids",
    "kind": "kinds",
    "date": "dates",
    "author": "bylines",
    "review": "reviews",
    "orientation": "orientations",
    "owner": "owner_ids",
    "batch": "batch_ids",
    "office": "office_keys",
    "stack": "stack_ids",
    "collection": "collection_ids",
}
NUMBERS = {
    "event_ids", "district_ids", "official_ids", "owner_ids", "batch_ids", "stack_ids", "collection_ids",
}  # fmt: skip
_DAYS = {"from": "date_from", "to": "date_to"}
_INSTANTS = {"since": "arrived_from", "until": "arrived_before"}
_YES = {"appears": "appears_only", "frames": "frames"}
ORDER = ("q", *ARGUMENTS, *_DAYS, *_INSTANTS, *_YES, "order")


def from_args(args: Mapping[str, Sequence[str]]) -> Query:
    """Read the address bar (``request.args.to_dict(flat=False)``). What cannot be read is left out."""
    chosen: dict[str, object] = {}
    for argument, name in ARGUMENTS.items():
        given = [text.strip() for text in args.get(argument, ())[:VALUES]]
        if name in NUMBERS:
            given = [int(text) for text in given if text.isascii() and text.isdigit() and len(text) < 10]
        chosen[name] = tuple(dict.fromkeys(one for one in given if one != ""))
    for argument, name in _DAYS.items():
        chosen[name] = next(iter(args.get(argument, ())), "").strip() or None
    for argument, name in _INSTANTS.items():
        chosen[name] = _instant(next(iter(args.get(argument, ())), ""))
    for argument, name in _YES.items():
        chosen[name] = next(iter(args.get(argument, ())), "") in ("1", "on", "true")
    order = next(iter(args.get("order", ())), "")
    return Query(
        text=next(iter(args.get("q", ())), "")[:TEXT_LIMIT],
        filters=Filters(**chosen),
        order=Order(order) if order in set(Order) else Order.NEWEST,
    )


def to_args(query: Query) -> list[tuple[str, str]]:
    """The other way round, in a fixed order, without what is as usual."""
    args = [("q", query.text)] if query.text.strip() else []
    for argument, name in ARGUMENTS.items():
        args += [(argument, str(value)) for value in getattr(query.filters, name)]
    for argument, name in _DAYS.items():
        if value := getattr(query.filters, name):
            args.append((argument, value))
    for argument, name in _INSTANTS.items():
        if moment := getattr(query.filters, name):
            args.append((argument, moment.astimezone(UTC).isoformat().replace("+00:00", "Z")))
    args += [(argument, "1") for argument, name in _YES.items() if getattr(query.filters, name)]
    if query.order is not Order.NEWEST:
        args.append(("order", query.order.value))
    return args


def _instant(text: str) -> datetime | None:
    """An instant in ISO 8601; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(text.strip()[:40])
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
