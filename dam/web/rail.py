"""The filters beside the results: each value a link that adds it or takes it away, with its count."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote_plus, urlencode

from flask_babel import lazy_gettext as _l

from dam.models import Kind, Review
from dam.services import finding
from dam.services.finding import Count, Counts, Query
from dam.services.finding.query import ARGUMENTS, NUMBERS, ORDER
from dam.web.grid import month_label
from dam.web.words import word

SHOWN = 6  # values of a group before "more"

GROUPS = {
    "event": _l("Event"),
    "municipality": _l("Municipality"),
    "official": _l("Person"),
    "office": _l("Office"),
    "kind": _l("Kind"),
    "date": _l("Date"),
    "author": _l("Author"),
    "review": _l("Status"),
    "orientation": _l("Orientation"),
    "state": _l("State"),
}
OTHERS = {
    "district": _l("District"),
    "owner": _l("Uploaded by"),
    "batch": _l("Upload"),
    "stack": _l("Burst"),
    "collection": _l("Collection"),
}
NUMBERED = {"owner", "batch", "stack", "collection"}  # their numbers say nothing to people
ALWAYS = {"event", "municipality", "official"}
ORIENTATIONS = {"landscape": _l("Horizontal"), "portrait": _l("Vertical"), "square": _l("Square")}


@dataclass(frozen=True)
class Choice:
    """One value: ``href`` is the search with it added, or without it where it is ``chosen``."""

    label: str
    count: int
    chosen: bool
    href: str
    inner: bool = False  # a month below its year


@dataclass(frozen=True)
class Group:
    name: str
    title: str
    first: tuple[Choice, ...]
    rest: tuple[Choice, ...]


@dataclass(frozen=True)
class Tick:
    """A month on the time line: ``share`` 0 to 1 of the month with most."""

    month: str
    label: str
    share: float
    href: str


def groups(query: Query, counts: Counts) -> list[Group]:
    """What people search by, always; others where they tell something: several values, or a chosen one."""
    made = []
    for name, title in GROUPS.items():
        choices = _dates(query, counts) if name == "date" else _choices(query, name, getattr(counts, name))
        if name == "state" and len(choices) < 2:
            continue
        if len(choices) > (0 if name in ALWAYS else 1) or any(choice.chosen for choice in choices):
            ordered = choices if name == "date" else sorted(choices, key=lambda choice: not choice.chosen)
            shown = max(SHOWN, sum(choice.chosen for choice in ordered))
            made.append(Group(name, str(title), tuple(ordered[:shown]), tuple(ordered[shown:])))
    return made


def ticks(query: Query, counts: Counts) -> list[Tick]:
    """The months of the results, newest first, for the line at the right edge."""
    most = max((count.count for count in counts.month), default=0)
    add = adding(query, "date")
    return [
        Tick(one.value, month_label(one.value), one.count / most, _without(query, "date", one, add))
        for one in counts.month
        if one.count
    ]


def adding(query: Query, *names: str) -> Callable[..., str]:
    """``add(value, …)``: the address of the search with one more value of each of ``names``, which follow one
    another in an address. For many at once: all but the values is written only once."""
    args = finding.to_args(query)
    place = sum(ORDER.index(name) <= ORDER.index(names[0]) for name, _ in args)
    before, after = urlencode(args[:place]), urlencode(args[place:])
    start = f"/buscar?{before}{'&' if before else ''}"
    end = f"&{after}" if after else ""

    def add(*values: str) -> str:
        given = "&".join([f"{name}={quote_plus(value)}" for name, value in zip(names, values, strict=True)])
        return f"{start}{given}{end}"

    return add


def _without(query: Query, argument: str, one: Count, add: Callable[..., str]) -> str:
    """The search without a value that was chosen, or with one that was not (``add``)."""
    return address(toggled(query, argument, one.value)) if one.chosen else add(one.value)


def toggled(query: Query, argument: str, value: str) -> Query:
    """The search with one value of a filter added, or without it when it was there."""
    name = ARGUMENTS[argument]
    have: tuple[Any, ...] = getattr(query.filters, name)
    typed = int(value) if name in NUMBERS else value
    new = tuple(one for one in have if one != typed) if typed in have else (*have, typed)
    return replace(query, filters=replace(query.filters, **{name: new}))


def address(query: Query) -> str:
    """Where the search is found."""
    args = urlencode(finding.to_args(query))
    return f"/buscar?{args}" if args else "/buscar"


def label_of(argument: str, count: Count) -> str:
    """What people call a value."""
    match argument:
        case "kind":
            return str(word(Kind(count.value))) if count.value in set(Kind) else count.label
        case "review":
            return str(word(Review(count.value))) if count.value in set(Review) else count.label
        case "orientation":
            return str(ORIENTATIONS.get(count.value, count.label))
        case "date":
            return month_label(count.value) if len(count.value) == 7 else count.label
    return count.label


def _choices(query: Query, argument: str, counted: tuple[Count, ...]) -> list[Choice]:
    add = adding(query, argument)
    return [
        Choice(label_of(argument, one), one.count, one.chosen, _without(query, argument, one, add))
        for one in counted
        if one.count or one.chosen
    ]


def _dates(query: Query, counts: Counts) -> list[Choice]:
    """Years, and the months of the years that matter: a chosen one, or the only one."""
    years = _choices(query, "date", counts.year)
    made = []
    for year, count in zip(years, [one for one in counts.year if one.count or one.chosen], strict=True):
        made.append(year)
        months = [one for one in counts.month if one.value.startswith(f"{count.value}-")]
        if year.chosen or len(years) == 1 or any(one.chosen for one in months):
            made += [replace(month, inner=True) for month in _choices(query, "date", tuple(months))]
    return made
