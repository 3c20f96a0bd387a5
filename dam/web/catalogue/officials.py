"""/personas: the people whom the office photographs, and the offices they hold."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import Conflict, DamError, NotFound
from dam.models import Office, OfficeKind, Official
from dam.services import events, offices, officials, places
from dam.services.access import Action
from dam.services.showing import covers
from dam.web.catalogue import forms, naming
from dam.web.catalogue.pages import demand_word, is_fetch, sheet_of, typed
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of, wants_json
from dam.web.session import archive, current_actor

bp = Blueprint("officials", __name__)

Answer = str | Response | tuple[str, int] | tuple[Response, int]
LATELY = 6  # events on a person's page


@bp.get("/personas")
@door(Action.SEE)
def index() -> str:
    """Everybody by name; a fetch gets the rows only."""
    with archive().reading() as tx:
        found = officials.list_officials(tx, text=typed(), after=request.args.get("after"))
        return render_template(
            "catalogue/_officials.html" if is_fetch() else "catalogue/officials.html",
            found=found,
            held={one.id: officials.current_office(one) for one in found.rows},
            covers=covers.of_officials(tx, current_actor(), [one.id for one in found.rows]),
            text=typed(),
        )


@bp.get("/personas/<int:official_id>")
@door(Action.SEE)
def page(official_id: int) -> str:
    """What shows them first; then, apart, what was taken where they were present."""
    with archive().reading() as tx:
        official = officials.get_official(tx, official_id)
        return render_template(
            "catalogue/official.html",
            official=official,
            now=officials.current_office(official),
            attended=events.list_events(tx, official_id=official_id, limit=LATELY).rows,
            sheet=sheet_of(tx, official_ids=(official_id,)),
        )


@bp.get("/personas/nueva")
@door(Action.EDIT_CATALOGUE)
def new() -> str:
    return _form(None)


@bp.post("/personas")
@door(Action.EDIT_CATALOGUE)
def create() -> Answer:
    """From its own form, and by fetch from a field in which somebody not yet known was typed (then JSON)."""
    form = forms.said()
    try:
        with archive().transaction() as tx:
            official = officials.create_official(
                tx,
                current_actor(),
                form.get("name", ""),
                aliases=form.get("aliases", "").splitlines(),
                notes=form.get("notes") or None,
                namesake=form.get("namesake") == "yes",
            )
            if form.get("title", "").strip():
                offices.hold_office(tx, current_actor(), official.id, **forms.office_fields(form))
            made = {"value": official.id, "text": official.name}
    except DamError as error:
        if wants_json():
            raise
        known = error.detail.get("official_id") if isinstance(error, Conflict) else None
        return _form(None, refusal=sentence_of(error), known=known), status_of(error)
    if wants_json():
        return jsonify(made), 201
    return redirect(url_for("officials.page", official_id=official.id))


@bp.get("/personas/<int:official_id>/editar")
@door(Action.EDIT_CATALOGUE)
def edit(official_id: int) -> str:
    return _form(official_id)


@bp.post("/personas/<int:official_id>/editar")
@door(Action.EDIT_CATALOGUE)
def change(official_id: int) -> Answer:
    form = request.form
    try:
        with archive().transaction() as tx:
            officials.edit_official(
                tx,
                current_actor(),
                official_id,
                name=form.get("name", ""),
                aliases=form.get("aliases", "").splitlines(),
                notes=form.get("notes"),
            )
    except DamError as error:
        return _form(official_id, refusal=sentence_of(error)), status_of(error)
    return redirect(url_for("officials.page", official_id=official_id))


@bp.post("/personas/<int:official_id>/cargos")
@door(Action.EDIT_CATALOGUE)
def add_office(official_id: int) -> Answer:
    try:
        with archive().transaction() as tx:
            offices.hold_office(tx, current_actor(), official_id, **forms.office_fields(request.form))
    except DamError as error:
        return _form(official_id, office_refusal=sentence_of(error)), status_of(error)
    return redirect(url_for("officials.edit", official_id=official_id, _anchor="cargos"))


@bp.get("/personas/<int:official_id>/cargos/<int:office_id>")
@door(Action.EDIT_CATALOGUE)
def office(official_id: int, office_id: int) -> str:
    return _office_form(official_id, office_id)


@bp.post("/personas/<int:official_id>/cargos/<int:office_id>")
@door(Action.EDIT_CATALOGUE)
def change_office(official_id: int, office_id: int) -> Answer:
    try:
        with archive().transaction() as tx:
            _of(official_id, offices.get_office(tx, office_id).official_id)
            offices.edit_office(tx, current_actor(), office_id, **forms.office_fields(request.form))
    except DamError as error:
        return _office_form(official_id, office_id, sentence_of(error)), status_of(error)
    return redirect(url_for("officials.edit", official_id=official_id, _anchor="cargos"))


@bp.post("/personas/<int:official_id>/cargos/<int:office_id>/quitar")
@door(Action.EDIT_CATALOGUE)
def remove_office(official_id: int, office_id: int) -> Response:
    with archive().transaction() as tx:
        _of(official_id, offices.get_office(tx, office_id).official_id)
        offices.remove_office(tx, current_actor(), office_id)
    flash(_("The office was removed."), "done")
    return redirect(url_for("officials.edit", official_id=official_id, _anchor="cargos"))


@bp.post("/personas/<int:official_id>/unir")
@door(Action.MERGE_CATALOGUE)
def merge(official_id: int) -> Response:
    with archive().transaction() as tx:
        gone = forms.numbers(request.form.getlist("gone"))
        officials.merge_officials(tx, current_actor(), official_id, gone)
    flash(_("They are one person now; the other name goes on finding them."), "done")
    return redirect(url_for("officials.page", official_id=official_id))


@bp.post("/personas/<int:official_id>/borrar")
@door(Action.MERGE_CATALOGUE)
def delete(official_id: int) -> Response:
    with archive().transaction() as tx:
        officials.get_official(tx, official_id)
        demand_word()
        officials.delete_official(tx, current_actor(), official_id)
    flash(_("The person was deleted."), "done")
    return redirect(url_for("officials.index"))


def _of(official_id: int, holder_id: int) -> None:
    if official_id != holder_id:
        raise NotFound("There is no such office.")


def _form(official_id: int | None, refusal: str = "", office_refusal: str = "", known: object = None) -> str:
    with archive().reading() as tx:
        official = officials.get_official(tx, official_id) if official_id else None
        return render_template(
            "catalogue/official_form.html",
            official=official,
            values=request.form if refusal else _values(official),
            office_values=request.form if refusal or office_refusal else {},
            refusal=refusal,
            office_refusal=office_refusal,
            known=known,
            OfficeKind=OfficeKind,
            states=[("", ""), *((state.key, state.name) for state in places.list_states(tx))],
        )


def _values(official: Official | None) -> dict[str, str]:
    if official is None:
        return {"name": request.args.get("nombre", "")[:200]}
    return {
        "name": official.name,
        "aliases": "\n".join(alias.name for alias in official.aliases),
        "notes": official.notes or "",
    }


def _office_form(official_id: int, office_id: int, refusal: str = "") -> str:
    with archive().reading() as tx:
        held = offices.get_office(tx, office_id)
        _of(official_id, held.official_id)
        values = request.form if refusal else {
            "title": held.title, "kind": held.kind, "body": held.body or "",
            "held_from": held.held_from or "", "held_to": held.held_to or "", "state": held.state_key or "",
            "on_leave": "yes" if held.on_leave else "", "substitute": "yes" if held.substitute else "",
        }  # fmt: skip
        return render_template(
            "catalogue/office_form.html",
            official=held.official,
            office=held,
            values=values,
            chosen=_places_of(held),
            refusal=refusal,
            OfficeKind=OfficeKind,
            states=[("", ""), *((state.key, state.name) for state in places.list_states(tx))],
        )


def _places_of(held: Office) -> dict[str, list[tuple[object, str]]]:
    """For fields in which one types ahead."""
    return {
        "municipality": [(held.municipality.key, naming.place_name(held.municipality))]
        if held.municipality
        else [],
        "district": [(held.district.id, naming.district_name(held.district))] if held.district else [],
    }
