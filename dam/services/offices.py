"""Offices that officials hold: elected, public and party offices, and candidacies, from–to."""

from datetime import date
from typing import Any

from dam.db import Transaction
from dam.errors import Invalid, NotFound
from dam.models import District, Municipality, Office, OfficeKind, State
from dam.search.folding import fold
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.describing.wording import line
from dam.services.officials.finding import get_official

PLACES = {"municipality_key": Municipality, "district_id": District, "state_key": State}
FIELDS = {"title", "kind", "held_from", "held_to", "body", "on_leave", "substitute", *PLACES}


def hold_office(
    tx: Transaction,
    actor: Actor,
    official_id: int,
    title: str,
    *,
    kind: OfficeKind | str = OfficeKind.ELECTED,
    held_from: date | None = None,
    held_to: date | None = None,
    municipality_key: str | None = None,
    district_id: int | None = None,
    state_key: str | None = None,
    body: str | None = None,
    on_leave: bool = False,
    substitute: bool = False,
) -> Office:
    """The official holds ``title`` ("Presidenta municipal") from–to, either end open, both days included.

    In at most one of municipality, district and state. Raises NotFound, Invalid.
    """
    demand(actor, Action.EDIT_CATALOGUE)
    official = get_official(tx, official_id)
    office = Office(official_id=official.id)
    _write(tx, office, {
        "title": title, "kind": kind, "held_from": held_from, "held_to": held_to,
        "municipality_key": municipality_key, "district_id": district_id, "state_key": state_key,
        "body": body, "on_leave": on_leave, "substitute": substitute,
    })  # fmt: skip
    tx.add(office)
    _finish(tx, actor, office, "office.hold")
    return office


def edit_office(tx: Transaction, actor: Actor, office_id: int, **changes: Any) -> Office:
    """Change any of what ``hold_office`` takes; what is not named stays."""
    demand(actor, Action.EDIT_CATALOGUE)
    office = get_office(tx, office_id)
    _write(tx, office, changes)
    _finish(tx, actor, office, "office.edit")
    return office


def end_office(tx: Transaction, actor: Actor, office_id: int, on: date) -> Office:
    """``on`` is the last day it is held."""
    return edit_office(tx, actor, office_id, held_to=on)


def remove_office(tx: Transaction, actor: Actor, office_id: int) -> None:
    """It was never held: an entry made by mistake."""
    demand(actor, Action.EDIT_CATALOGUE)
    office = get_office(tx, office_id)
    official_id = office.official_id
    audit.record(tx, actor, "office.remove", ("official", official_id), title=office.title)
    tx.delete(office)
    tx.flush()
    tx.expire(get_official(tx, official_id), ["offices"])
    indexing.touch_official(tx, official_id)


def get_office(tx: Transaction, office_id: int) -> Office:
    """By id. Raises NotFound."""
    office = tx.get(Office, office_id)
    if office is None:
        raise NotFound("There is no such office.")
    return office


def _finish(tx: Transaction, actor: Actor, office: Office, action: str) -> None:
    tx.flush()
    tx.refresh(office, ["official", "municipality", "district", "state"])
    tx.expire(office.official, ["offices"])
    audit.record(tx, actor, action, ("official", office.official_id), title=office.title)
    indexing.touch_official(tx, office.official_id)


def _write(tx: Transaction, office: Office, fields: dict[str, Any]) -> None:
    if set(fields) - FIELDS:
        raise TypeError(f"An office has no {', '.join(sorted(set(fields) - FIELDS))}.")
    if "title" in fields:
        title = line(fields["title"], 160, "office")
        if not title:
            raise Invalid("An office needs a title, such as “Presidenta municipal”.")
        office.title, office.folded = title, fold(title)[:160]
    if "kind" in fields:
        try:
            office.kind = OfficeKind(fields["kind"])
        except ValueError as error:
            raise Invalid(
                "“%(text)s” is no kind of office. There are: %(all)s.",
                text=fields["kind"],
                all=", ".join(OfficeKind),
            ) from error
    for name, table in PLACES.items():
        if name in fields:
            key = fields[name] or None
            if key is not None and tx.get(table, key) is None:
                raise NotFound("There is no such municipality, district or state: %(key)s.", key=key)
            setattr(office, name, key)
    if sum(getattr(office, name) is not None for name in PLACES) > 1:
        raise Invalid("An office is held in one municipality, district or state, not in several.")
    if "body" in fields:
        office.body = line(fields["body"], 160, "body")
    for name in ("held_from", "held_to", "on_leave", "substitute"):
        if name in fields:
            setattr(office, name, fields[name])
    if office.held_from and office.held_to and office.held_to < office.held_from:
        raise Invalid("The office ends before it begins.")
