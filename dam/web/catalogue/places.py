"""/municipios: the municipalities, and what the office has of each."""

from flask import Blueprint, render_template, request

from dam.services import districts, events, officials, places
from dam.services.access import Action
from dam.web.catalogue.pages import is_fetch, people_of, sheet_of, typed
from dam.web.doors import door
from dam.web.session import archive

bp = Blueprint("places", __name__)

LATELY = 6  # events on a municipality's page
PEOPLE = 12


@bp.get("/municipios")
@door(Action.SEE)
def index() -> str:
    """By name, first those of the own state; a fetch gets the rows only."""
    home = archive().settings.home_state
    with archive().reading() as tx:
        states = places.list_states(tx)
        known = {state.key for state in states}
        asked = request.args.get("estado", "" if typed() else home)
        found = places.list_municipalities(
            tx, text=typed(), state_key=asked if asked in known else None, after=request.args.get("after")
        )
        return render_template(
            "catalogue/_places.html" if is_fetch() else "catalogue/places.html",
            found=found,
            text=typed(),
            state=asked,
            states=[(state.key, state.name) for state in states],
        )


@bp.get("/municipios/<key>")
@door(Action.SEE)
def page(key: str) -> str:
    with archive().reading() as tx:
        municipality = places.get_municipality(tx, key)
        people = officials.list_officials(tx, municipality_key=key, limit=PEOPLE).rows
        return render_template(
            "catalogue/place.html",
            municipality=municipality,
            districts=districts.list_districts(tx, municipality_key=key).rows,
            people=people_of(people, "municipality_key", key),
            lately=events.list_events(tx, municipality_key=key, limit=LATELY).rows,
            sheet=sheet_of(tx, municipality_keys=(key,)),
        )
