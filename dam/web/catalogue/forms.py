"""What forms of the catalogue say, as the services take it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Protocol

from flask import request
from werkzeug.datastructures import ImmutableMultiDict

from dam.db import Transaction
from dam.errors import Invalid
from dam.services import places
from dam.services.spreadsheets.reading import read_day, read_time


class Said(Protocol):
    """A form, or JSON seen as one."""

    def get(self, name: str, default: str = ...) -> str: ...
    def getlist(self, name: str) -> list[str]: ...


def said() -> ImmutableMultiDict[str, str]:
    """The form or the JSON object that was sent. Raises Invalid when JSON is something else."""
    if not request.is_json:
        return request.form
    given = request.get_json(silent=True)
    if not isinstance(given, Mapping):
        raise Invalid("The request is no JSON object.")
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        several: Iterable[Any] = value if isinstance(value, list) else [value]
        pairs += [(str(name), str(one)) for one in several if isinstance(one, (str, int)) and str(one) != ""]
    return ImmutableMultiDict(pairs)


def event_fields(tx: Transaction, form: Said) -> dict[str, Any]:
    """Fields of ``create_event``. The municipality is a key, or a name that means one. Raises DamError."""
    day = read_day(form.get("starts_on", ""))
    last = read_day(form.get("ends_on", "")) or day
    start, end = read_time(form.get("starts_at", "")), read_time(form.get("ends_at", ""))
    if day is None and (start or end or last):
        raise Invalid("Say the day the event starts.")
    place = form.get("municipality", "").strip()
    return {
        "name": form.get("name", ""),
        "kind": form.get("kind", "") or "other",
        "starts_at": _at(day, start),
        "ends_at": _at(last, end) if end or last != day else None,
        "day_only": start is None,
        "municipality_key": places.find_municipality(tx, place).key if place else None,
        "district_id": number(form.get("district", "")),
        "place": form.get("place", ""),
        "description": form.get("description", ""),
        "official_ids": numbers(form.getlist("officials")),
    }


def office_fields(form: Said) -> dict[str, Any]:
    """Fields of ``hold_office``."""
    return {
        "title": form.get("title", ""),
        "kind": form.get("kind", "") or "elected",
        "held_from": read_day(form.get("held_from", "")),
        "held_to": read_day(form.get("held_to", ""), last=True),
        "municipality_key": form.get("municipality", "") or None,
        "district_id": number(form.get("district", "")),
        "state_key": form.get("state", "") or None,
        "body": form.get("body", ""),
        "on_leave": form.get("on_leave", "") == "yes",
        "substitute": form.get("substitute", "") == "yes",
    }


def numbers(given: Iterable[str]) -> list[int]:
    """Ids. Raises Invalid for what is none."""
    return [found for one in given if (found := number(one)) is not None]


def number(given: str) -> int | None:
    given = given.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 10):
        raise Invalid("“%(text)s” is no number.", text=given[:40])
    return int(given)


def _at(day: date | None, hour: time | None) -> datetime | None:
    return datetime.combine(day, hour or time(0)) if day else None
