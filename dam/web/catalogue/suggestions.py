"""What fields offer while one types: municipalities, persons, events, districts."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from flask_babel import format_date

from dam.db import Transaction
from dam.models import Event
from dam.services import districts, events, officials, places
from dam.services.access import Action
from dam.services.suggesting import Suggested
from dam.web.catalogue.naming import district_name
from dam.web.doors import api_door
from dam.web.session import archive

bp = Blueprint("suggestions", __name__, url_prefix="/sugerir")

LONGEST = 120  # letters that are looked at


@bp.get("/municipios")
@api_door(Action.SEE)
def municipalities() -> Response:
    return _answer(places.suggest_municipalities)


@bp.get("/personas")
@api_door(Action.SEE)
def persons() -> Response:
    return _answer(officials.suggest_officials)


@bp.get("/eventos")
@api_door(Action.SEE)
def happenings() -> Response:
    return _answer(_events)


@bp.get("/distritos")
@api_door(Action.SEE)
def electoral_districts() -> Response:
    return _answer(_districts)


def item(one: Suggested) -> dict[str, object]:
    """As static/src/typeahead.js reads it."""
    return {"value": one.key, "text": one.label, "note": one.detail}


def _answer(suggest: Callable[[Transaction, str], list[Suggested]]) -> Response:
    with archive().reading() as tx:
        found = suggest(tx, request.args.get("q", "")[:LONGEST])
        return jsonify([item(one) for one in found])


def _events(tx: Transaction, text: str) -> list[Suggested]:
    return [event_item(events.get_event(tx, int(one.key))) for one in events.suggest_events(tx, text)]


def event_item(event: Event) -> Suggested:
    """With the day as people say it."""
    day = format_date(event.starts_at, "d MMM y", rebase=False).replace(".", "") if event.starts_at else ""
    where = places.label(event.municipality, archive().settings.home_state) if event.municipality else ""
    return Suggested(event.id, event.name, " · ".join(part for part in (day, where) if part))


def _districts(tx: Transaction, text: str) -> list[Suggested]:
    found = districts.suggest_districts(tx, text)
    return [
        Suggested(one.key, district_name(districts.get_district(tx, int(one.key))), one.detail)
        for one in found
    ]
