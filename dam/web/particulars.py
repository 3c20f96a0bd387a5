"""What an entry of the custody log says beside its deed, in words: what, and how it was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute as Attribute

from dam.db import Transaction
from dam.models import (
    AuditEntry,
    Collection,
    Event,
    Minors,
    Municipality,
    Network,
    Official,
    OriginalRole,
    Review,
    Role,
    User,
    Withdrawal,
)
from dam.services import presets
from dam.services.accounts.tokens import Scope
from dam.web.deeds import DETAILS, FIELDS
from dam.web.language import day, moment, number
from dam.web.words import WORDS

DIGEST = 12  # characters of a digest that are shown; the asset's page has all of it
WAYS: dict[str, LazyString] = {
    "api": _l("a program"),
    "cli": _l("the command line"),
    "drive": _l("the network drive"),
    "feed": _l("a feed"),
    "link": _l("a link"),
    "page": _l("the page"),
    "web": _l("the page"),
    "zip": _l("a zip"),
}
# What a name of an entry's particulars takes its values from.
CODES: dict[str, Mapping[Any, LazyString]] = {
    "role": WORDS[Role] | WORDS[OriginalRole],
    "roles": WORDS[Role],
    "review": WORDS[Review],
    "minors": WORDS[Minors],
    "reason": WORDS[Withdrawal],
    "network": WORDS[Network],
    "scopes": WORDS[Scope],
    "kind": {"page": _l("page"), "feed": _l("feed")},  # of a link
    **dict.fromkeys(("route", "source", "by"), WAYS),
}
THINGS: dict[str, str] = {  # whose number or key it is
    "appears_add": "official",
    "appears_remove": "official",
    "officials": "official",
    "event_id": "event",
    "events": "event",
    "collection": "collection",
    "municipality_key": "municipality",
    "municipalities": "municipality",
    "people": "user",
}
NAMED: dict[str, tuple[Attribute[Any], Attribute[str]]] = {  # by what each is known, and its name
    "official": (Official.id, Official.name),
    "event": (Event.id, Event.name),
    "collection": (Collection.id, Collection.name),
    "municipality": (Municipality.key, Municipality.name),
    "user": (User.id, User.name),
}
FORMATS = frozenset(("preset", "presets"))
Names = Mapping[tuple[str, Any], str]


def tell(tx: Transaction, entries: Iterable[AuditEntry]) -> dict[int, list[tuple[str, str]]]:
    """Entry id → its particulars as (what, how); things that are gone keep their numbers."""
    entries = list(entries)
    details = {entry.id: _plain(entry.detail) for entry in entries}
    names = _names(tx, details.values())
    return {
        entry_id: [
            (str(DETAILS.get(key) or FIELDS.get(key) or key), said)
            for key, value in detail.items()
            if (said := _say(key, value, names))
        ]
        for entry_id, detail in details.items()
    }


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What was said stands for the names of the fields in which it was written; the change comes last."""
    said = detail.get("said")
    rest = {key: value for key, value in sorted(detail.items()) if key not in ("said", "change")}
    if isinstance(said, Mapping):
        rest = {**said, **{key: value for key, value in rest.items() if key != "fields"}}
    elif said:
        rest["said"] = said
    return rest | ({"change": detail["change"]} if "change" in detail else {})


def _names(tx: Transaction, details: Iterable[Mapping[str, Any]]) -> dict[tuple[str, Any], str]:
    wanted: dict[str, set[Any]] = defaultdict(set)
    for detail in details:
        for key in THINGS.keys() & detail.keys():
            wanted[THINGS[key]].update(_many(detail[key]))
    names: dict[tuple[str, Any], str] = {("format", one.key): one.name for one in presets.known(tx).values()}
    for thing, keys in wanted.items():
        known_by, name_of = NAMED[thing]
        rows = tx.execute(select(known_by, name_of).where(known_by.in_(keys - {None})))
        names |= {(thing, key): name for key, name in rows}
    return names


def _many(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _say(key: str, value: Any, names: Names) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if key == "fields":  # those that the archive keeps for itself say nothing
        return ", ".join(str(FIELDS[one]) for one in value if one in FIELDS)
    if key == "windows":
        return ", ".join(value)
    if key == "sha256":
        return ", ".join(f"{one[:DIGEST]}…" for one in _many(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{DETAILS.get(one, one)} {_say(one, more, names)}" for one, more in value.items())
    return ", ".join(_one(key, one, names) for one in _many(value))


def _one(key: str, value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key in THINGS:
        return names.get((THINGS[key], value), str(value))
    if key in FORMATS and isinstance(value, str):
        return ", ".join(names.get(("format", one), one) for one in value.split(", "))
    if key in CODES and isinstance(value, str | Enum):
        return str(CODES[key].get(value, value))
    if isinstance(value, int | float):
        return number(value)
    return _day_or_text(str(value))


def _day_or_text(value: str) -> str:
    """A day or an instant as people say it; every other text as it is."""
    if not value[:4].isdigit() or value[4:5] != "-":
        return value
    try:
        return day(date.fromisoformat(value)) if len(value) == 10 else moment(datetime.fromisoformat(value))
    except ValueError:
        return value
