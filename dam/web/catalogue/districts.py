"""/distritos: federal and local electoral districts."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import DamError
from dam.models import District, DistrictKind
from dam.services import districts, events, officials, places
from dam.services.access import Action
from dam.web.catalogue import forms
from dam.web.catalogue.naming import place_name
from dam.web.catalogue.pages import demand_word, is_fetch, people_of, sheet_of, typed
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of
from dam.web.session import archive, current_actor

bp = Blueprint("districts", __name__)

Answer = str | Response | tuple[str, int]
LATELY = 6
PEOPLE = 12


@bp.get("/distritos")
@door(Action.SEE)
def index() -> str:
    with archive().reading() as tx:
        found = districts.list_districts(tx, text=typed(), after=request.args.get("after"))
        return render_template(
            "catalogue/_districts.html" if is_fetch() else "catalogue/districts.html",
            found=found,
            text=typed(),
        )


@bp.get("/distritos/<int:district_id>")
@door(Action.SEE)
def page(district_id: int) -> str:
    with archive().reading() as tx:
        district = districts.get_district(tx, district_id)
        people = officials.list_officials(tx, district_id=district_id, limit=PEOPLE).rows
        return render_template(
            "catalogue/district.html",
            district=district,
            people=people_of(people, "district_id", district_id),
            lately=events.list_events(tx, district_id=district_id, limit=LATELY).rows,
            sheet=sheet_of(tx, district_ids=(district_id,)),
        )


@bp.get("/distritos/nuevo")
@door(Action.EDIT_CATALOGUE)
def new() -> str:
    return _form(None)


@bp.post("/distritos")
@door(Action.EDIT_CATALOGUE)
def create() -> Answer:
    try:
        with archive().transaction() as tx:
            district = districts.create_district(tx, current_actor(), **_said())
    except DamError as error:
        return _form(None, sentence_of(error)), status_of(error)
    return redirect(url_for("districts.page", district_id=district.id))


@bp.get("/distritos/<int:district_id>/editar")
@door(Action.EDIT_CATALOGUE)
def edit(district_id: int) -> str:
    return _form(district_id)


@bp.post("/distritos/<int:district_id>/editar")
@door(Action.EDIT_CATALOGUE)
def change(district_id: int) -> Answer:
    try:
        with archive().transaction() as tx:
            districts.edit_district(tx, current_actor(), district_id, **_said())
    except DamError as error:
        return _form(district_id, sentence_of(error)), status_of(error)
    return redirect(url_for("districts.page", district_id=district_id))


@bp.post("/distritos/<int:district_id>/borrar")
@door(Action.MERGE_CATALOGUE)
def delete(district_id: int) -> Response:
    with archive().transaction() as tx:
        districts.get_district(tx, district_id)
        demand_word()
        districts.delete_district(tx, current_actor(), district_id)
    flash(_("The district was deleted."), "done")
    return redirect(url_for("districts.index"))


def _said() -> dict[str, object]:
    form = request.form
    return {
        "kind": form.get("kind", "local"),
        "number": forms.number(form.get("number", "")) or 0,
        "state_key": form.get("state", ""),
        "seat": form.get("seat", ""),
        "municipality_keys": form.getlist("municipalities"),
    }


def _form(district_id: int | None, refusal: str = "") -> str:
    with archive().reading() as tx:
        district = districts.get_district(tx, district_id) if district_id else None
        return render_template(
            "catalogue/district_form.html",
            district=district,
            DistrictKind=DistrictKind,
            values=request.form if refusal else _values(district),
            chosen=[(one.key, place_name(one)) for one in district.municipalities] if district else [],
            refusal=refusal,
            states=[(state.key, state.name) for state in places.list_states(tx)],
        )


def _values(district: District | None) -> dict[str, object]:
    if district is None:
        return {"kind": "local", "state": archive().settings.home_state}
    return {
        "kind": district.kind,
        "number": district.number,
        "state": district.state_key,
        "seat": district.seat or "",
    }
