"""Describing what is selected, and taking it back: JSON for the panel."""

from dataclasses import asdict
from datetime import date, datetime
from json import dumps
from typing import Any, cast
from urllib.parse import parse_qs

from flask import Blueprint, jsonify, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from dam.errors import Invalid
from dam.models import Minors, Review
from dam.services import describing, finding, places
from dam.services.access import Action
from dam.services.describing import UNSET, Description, selecting
from dam.services.describing.selecting import Selected
from dam.services.showing import contact_sheet
from dam.web.doors import door
from dam.web.grid import loose_sheet
from dam.web.language import number, size
from dam.web.numbers import is_row
from dam.web.session import archive, current_actor

bp = Blueprint("describe", __name__)

MOST = 10_000  # assets that one action reaches


@bp.post("/seleccion")
@door(Action.SEE)
def selection() -> Response:
    """What the selection has in common."""
    ids = chosen_ids(said())
    with archive().reading() as tx:
        summed = selecting.summary(tx, current_actor(), ids)
        key = summed.common.get("municipality_key")
        municipality = places.label(places.get_municipality(tx, key)) if key else None
    return jsonify(_summary(summed) | {"municipality": municipality})


@bp.post("/seleccion/fichas")
@door(Action.SEE)
def cards() -> str:
    """The cards of a few assets, afresh, as the grid shows them."""
    ids = chosen_ids(said())[:300]
    with archive().reading() as tx:
        selecting.check(tx, current_actor(), ids)
        sheet = loose_sheet(contact_sheet.cards(tx, ids, current_actor()), str(said().get("args", "")))
        return render_template("search/_cards.html", sheet=sheet)


@bp.post("/seleccion/ids")
@door(Action.SEE)
def ids() -> Response:
    """The ids of a selection that was made by a search."""
    return jsonify(ids=chosen_ids(said()))


@bp.post("/material/describir")
@door(Action.DESCRIBE)
def save() -> Response:
    ids = chosen_ids(said())
    description = read_description(said().get("description"))
    with archive().transaction() as tx:
        change = describing.describe(tx, current_actor(), ids, description)
        changed = len(change.before["assets"])
        change_id = change.id
    message = gettext("It said so already.")
    if changed:
        message = ngettext("%(count)s described.", "%(count)s described.", changed, count=number(changed))
    return jsonify(change_id=change_id if changed else None, changed=changed, message=message)


@bp.post("/cambios/<int:change_id>/deshacer")
@door(Action.DESCRIBE)
def undo(change_id: int) -> Response:
    with archive().transaction() as tx:
        undone = describing.undo(tx, current_actor(), change_id)
    message = gettext("Undone.")
    if undone.kept:
        message = ngettext(
            "Undone, but for %(num)d that was edited since.",
            "Undone, but for %(num)d that were edited since.",
            len(undone.kept),
        )
    return jsonify(restored=undone.restored, kept=undone.kept, message=message)


def said() -> dict[str, Any]:
    """The request's JSON object. Raises Invalid when it is none, or holds half a character: no database and
    no page takes what JSON can spell so (a name of a file may be spelled so: dam.web.batches)."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid("A JSON object is needed.")
    if b"\\ud" in request.get_data().lower():
        try:
            dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Invalid("This cannot be read.") from None
    return body


def chosen_ids(body: dict[str, Any]) -> list[int]:
    """``ids``, or everything the search ``query`` (as in the address bar) finds but ``except``.

    Raises Invalid for none, for what are no ids, and for more than 10,000.
    """
    if isinstance(body.get("query"), str):
        query = finding.from_args(parse_qs(body["query"], keep_blank_values=True))
        ids = finding.all_ids(archive(), current_actor(), query, limit=MOST + 1)
        without = set(_ids(body.get("except", [])))
        ids = [asset_id for asset_id in ids if asset_id not in without]
    else:
        ids = _ids(body.get("ids"))
    if not ids:
        raise Invalid("Nothing is selected.")
    if len(ids) > MOST:
        raise Invalid("More than %(most)d at once is too much; narrow the search.", most=MOST)
    return ids


def _ids(given: Any) -> list[int]:
    if not isinstance(given, list) or not all(is_row(each) for each in given):
        raise Invalid("A list of ids is needed.")
    return list(dict.fromkeys(given))


def read_description(given: Any) -> Description:
    """A Description of what the JSON object says; other names are refused: nothing else is set."""
    if not isinstance(given, dict):
        raise Invalid("A description is needed.")
    told: dict[str, Any] = {}
    for name, value in given.items():
        told[name] = _read(name, value)
    return Description(**told)


def _read(name: str, value: Any) -> Any:
    match name:
        case "headline" | "caption" | "alt_text" | "byline" | "credit" | "copyright" | "usage_terms":
            fits = value is None or isinstance(value, str)
        case "municipality_key":
            fits, value = value is None or isinstance(value, str), value or None
        case "rating":
            fits = value is None or type(value) is int
        case "event_id":
            fits = is_row(value)
        case "review":
            fits = isinstance(value, str) and value in set(Review)
            value = Review(value) if fits else UNSET
        case "review_reason":
            fits = value is None or isinstance(value, str)
        case "minors":
            fits = isinstance(value, str) and value in set(Minors)
            value = Minors(value) if fits else UNSET
        case "embargo_until":
            fits, value = _instant(value)
        case "rights_expire_on":
            fits, value = _day(value)
        case "add_keywords" | "remove_keywords":
            fits = isinstance(value, list) and all(isinstance(word, str) for word in value)
        case "appears_add" | "appears_remove":
            fits = isinstance(value, list) and all(is_row(each) for each in value)
        case _:
            raise Invalid("There is no field %(name)s to describe.", name=name[:40])
    if not fits:
        raise Invalid("The field %(name)s cannot be that.", name=name)
    return tuple(value) if isinstance(value, list) else value


def _instant(given: Any) -> tuple[bool, datetime | None]:
    """An embargo's end: with an offset, or the office's wall clock as a form's field sends it."""
    if given is None or given == "":
        return True, None
    try:
        said = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return False, None
    return True, said if said.tzinfo else said.replace(tzinfo=archive().settings.zone)


def _day(given: Any) -> tuple[bool, date | None]:
    if given is None or given == "":
        return True, None
    try:
        return True, date.fromisoformat(given)
    except (TypeError, ValueError):
        return False, None


def _summary(summed: Selected) -> dict[str, Any]:
    told = cast(dict[str, Any], asdict(summed))
    told["mixed"] = sorted(summed.mixed)
    embargo, last_day = summed.common.get("embargo_until"), summed.common.get("rights_expire_on")
    if embargo is not None:
        told["common"]["embargo_until"] = f"{embargo.astimezone(archive().settings.zone):%Y-%m-%dT%H:%M}"
    if last_day is not None:
        told["common"]["rights_expire_on"] = last_day.isoformat()
    told["size"] = size(summed.bytes)
    told["said"] = number(summed.count)
    return told
