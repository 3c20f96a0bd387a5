"""What people call the values that a search was narrowed to: for the chips above its results."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, func, or_, select

from dam.db import Transaction
from dam.models import District, Event, Municipality, Office, Official, State
from dam.search.offices import office_key
from dam.services.finding.query import ARGUMENTS, Filters
from dam.services.finding.recognising.beginnings import start_of

Labels = dict[tuple[str, str], str]


def labels(tx: Transaction, filters: Filters) -> Labels:
    """(argument, value) as the address bar spells them → a name. Values that are words themselves (kinds,
    bylines, dates…) are their own label; what is not in the catalogue any more keeps its number. One query
    for each sort of value that was chosen."""
    made: Labels = {}
    for argument, name in ARGUMENTS.items():
        chosen = getattr(filters, name)
        if chosen:
            known = _known(tx, argument, chosen)
            made |= {(argument, str(value)): known.get(str(value), str(value)) for value in chosen}
    return made


def _known(tx: Transaction, argument: str, chosen: Sequence[object]) -> dict[str, str]:
    match argument:
        case "event":
            return _names(tx, Event.id, Event.name, chosen)
        case "municipality":
            return _names(tx, Municipality.key, Municipality.name, chosen)
        case "state":
            return _names(tx, State.key, State.name, chosen)
        case "official":
            return _names(tx, Official.id, Official.name, chosen)
        case "district":
            rows = tx.execute(
                select(District.id, District.number, District.seat).where(District.id.in_(chosen))
            )
            return {str(row.id): " ".join(filter(None, (str(row.number), row.seat))) for row in rows}
        case "office":
            return office_names(tx, [str(key) for key in chosen])
    return {}


def _names(
    tx: Transaction, key: ColumnElement, name: ColumnElement, chosen: Iterable[object]
) -> dict[str, str]:
    return {str(row[0]): row[1] for row in tx.execute(select(key, name).where(key.in_(list(chosen))))}


def office_names(tx: Transaction, keys: Sequence[str]) -> dict[str, str]:
    """The titles of offices as written, the commonest first: of "Presidente municipal" and "Presidenta
    municipal" both, where both are held. A key with a place in it has the place's name behind it."""
    bare = {key: key.partition("@")[0] for key in keys}
    starts = {start_of(key.split()[0]) for key in bare.values() if key.strip()}
    if not starts:
        return {}
    begins = or_(*(Office.folded.startswith(start, autoescape=True) for start in starts))
    rows = tx.execute(
        select(Office.folded, func.max(Office.title).label("title"))
        .where(begins).group_by(Office.folded).order_by(func.count().desc(), Office.folded)
    )  # fmt: skip
    titles: dict[str, list[str]] = {}
    for row in rows:
        titles.setdefault(office_key(row.folded), []).append(row.title)
    places = _place_names(tx, keys)
    return {
        key: " · ".join(filter(None, (" / ".join(titles[one][:2]), places.get(key.partition("@")[2]))))
        for key, one in bare.items()
        if one in titles
    }


def _place_names(tx: Transaction, keys: Iterable[str]) -> dict[str, str]:
    places = {key.partition("@")[2].removesuffix("!") for key in keys} - {""}
    if not places:
        return {}
    return _names(tx, Municipality.key, Municipality.name, places) | _names(tx, State.key, State.name, places)
