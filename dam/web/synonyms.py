"""/admin/sinonimos and /admin/busquedas: ways of saying the same, and what people searched in vain."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import DamError
from dam.services import searches, synonyms
from dam.services.access import Action
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of
from dam.web.session import archive, current_actor

bp = Blueprint("synonyms", __name__, url_prefix="/admin")

DAYS = 90

Answer = str | Response | tuple[str, int]


@bp.get("/sinonimos")
@door(Action.MERGE_CATALOGUE)
def page() -> str:
    """``?expresiones=`` fills the line for a new group."""
    return _page(given=request.args.get("expresiones", "")[:400])


def _page(**said: object) -> str:
    with archive().reading() as tx:
        groups = [(group.id, [one.term for one in group.terms]) for group in synonyms.groups(tx)]
    return render_template("admin/synonyms.html", groups=groups, **said)


@bp.post("/sinonimos")
@door(Action.MERGE_CATALOGUE)
def add() -> Answer:
    terms = request.form.get("terms", "")
    try:
        with archive().transaction() as tx:
            synonyms.add(tx, current_actor(), terms)
    except DamError as error:
        return _page(refusal=sentence_of(error), given=terms), status_of(error)
    flash(_("Saved. Searches use it from now on."), "done")
    return redirect(url_for("synonyms.page"))


@bp.post("/sinonimos/<int:group_id>")
@door(Action.MERGE_CATALOGUE)
def change(group_id: int) -> Answer:
    terms = request.form.get("terms", "")
    try:
        with archive().transaction() as tx:
            synonyms.change(tx, current_actor(), group_id, terms)
    except DamError as error:
        return _page(refusal=sentence_of(error), wrong=group_id, wrong_terms=terms), status_of(error)
    flash(_("Saved. Searches use it from now on."), "done")
    return redirect(url_for("synonyms.page"))


@bp.post("/sinonimos/<int:group_id>/borrar")
@door(Action.MERGE_CATALOGUE)
def remove(group_id: int) -> Answer:
    """The page that comes after offers to take it back."""
    with archive().transaction() as tx:
        terms = synonyms.remove(tx, current_actor(), group_id)
    return _page(removed=", ".join(terms))


@bp.get("/busquedas")
@door(Action.SEE_AUDIT)
def fruitless() -> str:
    """What found nothing of late: a misspelling, a synonym that is missing, or material nobody has."""
    with archive().reading() as tx:
        found = searches.fruitless(tx, current_actor(), archive().clock() - timedelta(days=DAYS))
    return render_template("admin/fruitless.html", found=found, days=DAYS)
