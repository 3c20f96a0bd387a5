"""/eventos: what the office covers."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.errors import DamError
from dam.models import Event, EventKind
from dam.services import districts, events, officials, places
from dam.services.access import Action, can
from dam.services.access import covers as covers_place
from dam.services.showing import covers
from dam.web.catalogue import forms, naming
from dam.web.catalogue.pages import demand_word, is_fetch, sheet_of, typed
from dam.web.catalogue.suggestions import event_item, item
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of, wants_json
from dam.web.session import archive, current_actor

bp = Blueprint("events", __name__)

Answer = str | Response | tuple[str, int] | tuple[Response, int]


@bp.record_once
def _names(state: object) -> None:
    naming.set_up(state.app)  # type: ignore[attr-defined]


@bp.get("/eventos")
@door(Action.SEE)
def index() -> str:
    """All events, newest first; a fetch gets the rows only."""
    with archive().reading() as tx:
        found = events.list_events(tx, text=typed(), after=request.args.get("after"))
        return render_template(
            "catalogue/_events.html" if is_fetch() else "catalogue/events.html",
            found=found,
            covers=covers.of_events(tx, current_actor(), [event.id for event in found.rows]),
            text=typed(),
        )


@bp.get("/eventos/<int:event_id>")
@door(Action.SEE)
def page(event_id: int) -> str:
    with archive().reading() as tx:
        event = events.get_event(tx, event_id)
        return render_template(
            "catalogue/event.html",
            event=event,
            sheet=sheet_of(tx, event_ids=(event_id,)),
            arriving=events.being_prepared(tx, event_id),
            editable=_editable(event),
        )


def _editable(event: Event) -> bool:
    actor = current_actor()
    return can(actor, Action.EDIT_EVENTS) and covers_place(actor, event.municipality_key)


@bp.get("/eventos/nuevo")
@door(Action.EDIT_EVENTS)
def new() -> str:
    return _form(None)


@bp.post("/eventos")
@door(Action.EDIT_EVENTS)
def create() -> Answer:
    """From its own form, and by fetch from inside the upload page (then JSON answers JSON)."""
    said = forms.said()
    try:
        with archive().transaction() as tx:
            fields = forms.event_fields(tx, said)
            event = events.create_event(tx, current_actor(), **fields, timezone=archive().settings.timezone)
            made = item(event_item(event))
            attendees = [{"id": one.id, "label": one.name} for one in event.attendees]
    except DamError as error:
        if wants_json():
            raise
        return _form(None, refusal=sentence_of(error)), status_of(error)
    if wants_json():
        names = {"id": made["value"], "label": made["text"], "detail": made["note"]}
        return jsonify(**made, **names, attendees=attendees), 201
    return redirect(url_for("events.page", event_id=event.id))


@bp.get("/eventos/<int:event_id>/editar")
@door(Action.EDIT_EVENTS)
def edit(event_id: int) -> str:
    return _form(event_id)


@bp.post("/eventos/<int:event_id>/editar")
@door(Action.EDIT_EVENTS)
def change(event_id: int) -> Answer:
    try:
        with archive().transaction() as tx:
            events.edit_event(tx, current_actor(), event_id, **forms.event_fields(tx, request.form))
    except DamError as error:
        return _form(event_id, refusal=sentence_of(error)), status_of(error)
    return redirect(url_for("events.page", event_id=event_id))


@bp.post("/eventos/<int:event_id>/unir")
@door(Action.MERGE_CATALOGUE)
def merge(event_id: int) -> Response:
    with archive().transaction() as tx:
        events.merge_events(tx, current_actor(), event_id, forms.numbers(request.form.getlist("gone")))
    flash(_("The events are one now."), "done")
    return redirect(url_for("events.page", event_id=event_id))


@bp.post("/eventos/<int:event_id>/borrar")
@door(Action.MERGE_CATALOGUE)
def delete(event_id: int) -> Response:
    with archive().transaction() as tx:
        events.get_event(tx, event_id)
        demand_word()
        events.delete_event(tx, current_actor(), event_id)
    flash(_("The event was deleted."), "done")
    return redirect(url_for("events.index"))


def _form(event_id: int | None, refusal: str = "") -> str:
    """As it is, or as it was just sent when it was refused."""
    sent = request.form if refusal else None
    with archive().reading() as tx:
        event = events.get_event(tx, event_id) if event_id else None
        values = _sent(sent) if sent is not None else _values(event)
        chosen = _chosen_of_form(tx, sent) if sent is not None else _chosen(event)
        return render_template(
            "catalogue/event_form.html",
            event=event,
            values=values,
            chosen=chosen,
            refusal=refusal,
            EventKind=EventKind,
        )


def _sent(form: forms.Said) -> dict[str, str]:
    names = ("name", "kind", "starts_on", "starts_at", "ends_on", "ends_at", "place", "description")
    return {name: form.get(name, "") for name in names}


def _values(event: Event | None) -> dict[str, str]:
    if event is None:
        return {"kind": "other", "name": request.args.get("nombre", "")[:240]}
    start, end = event.starts_at, event.ends_at
    hours = not event.day_only
    several = bool(start and end and end.date() != start.date())
    return {
        "name": event.name,
        "kind": event.kind,
        "starts_on": f"{start:%Y-%m-%d}" if start else "",
        "starts_at": f"{start:%H:%M}" if start and hours else "",
        "ends_on": f"{end:%Y-%m-%d}" if end and several else "",
        "ends_at": f"{end:%H:%M}" if end and hours else "",
        "place": event.place or "",
        "description": event.description or "",
    }


def _chosen(event: Event | None) -> dict[str, list[tuple[object, str]]]:
    if event is None:
        return {}
    return {
        "municipality": [(event.municipality.key, naming.place_name(event.municipality))]
        if event.municipality
        else [],
        "district": [(event.district.id, naming.district_name(event.district))] if event.district else [],
        "officials": [(one.id, one.name) for one in event.attendees],
    }


def _chosen_of_form(tx: Transaction, form: forms.Said) -> dict[str, list[tuple[object, str]]]:
    """What was chosen goes on being chosen; what is unknown is left out."""
    chosen: dict[str, list[tuple[object, str]]] = {"municipality": [], "district": [], "officials": []}
    try:
        if form.get("municipality", ""):
            place = places.find_municipality(tx, form.get("municipality", ""))
            chosen["municipality"] = [(place.key, naming.place_name(place))]
        if form.get("district", ""):
            district = districts.get_district(tx, forms.number(form.get("district", "")) or 0)
            chosen["district"] = [(district.id, naming.district_name(district))]
        for one in forms.numbers(form.getlist("officials")):
            chosen["officials"].append((one, officials.get_official(tx, one).name))
    except DamError:
        return chosen  # the refusal above the form says which
    return chosen
