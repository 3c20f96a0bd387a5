"""/colecciones: put together, in order, for a purpose."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.errors import DamError, Invalid
from dam.models import Change, Collection, Role
from dam.services import accounts, collections, sharing
from dam.services.access import Action, can
from dam.services.collections import Held
from dam.services.showing import contact_sheet
from dam.web.describe import chosen_ids, said
from dam.web.doors import api_door, door
from dam.web.errors import sentence_of, status_of, wants_json
from dam.web.grid import FIRST, Part, Sheet
from dam.web.language import number
from dam.web.numbers import is_row, row_number
from dam.web.session import archive, current_actor
from dam.web.words import word

bp = Blueprint("collections", __name__)

Answer = str | Response | tuple[str, int] | tuple[Response, int]


@bp.get("/colecciones")
@door(Action.SEE)
def index() -> str:
    """All one sees, the latest changed first; a fetch gets the rows only."""
    text = request.args.get("q", "")[:120]
    fetched = request.headers.get("X-Requested-With") == "fetch"
    with archive().reading() as tx:
        actor = current_actor()
        shelf = collections.listed(tx, actor, text=text, after=_after())
        return render_template(
            "collections/_rows.html" if fetched else "collections/list.html",
            shelf=shelf,
            next=f"{shelf.next[0].isoformat()}_{shelf.next[1]}" if shelf.next else None,
            covers=collections.covers(tx, actor, shelf.rows),
            counts=collections.count_of(tx, actor, [one.id for one in shelf.rows if one.query is None]),
            text=text,
        )


def _after() -> tuple[datetime, int] | None:
    moment, _sep, last = request.args.get("after", "").rpartition("_")
    if not moment:
        return None
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), row_number(last)
    except (ValueError, OverflowError) as error:
        raise Invalid("This place in the list is not one of ours. Start from the first page.") from error


@bp.post("/colecciones")
@door(Action.COLLECT)
def create() -> Answer:
    """From the form of the list, from a search (``query``), or from the dialog that adds."""
    given: Any = said() if request.is_json else request.form
    query = given.get("query")
    with archive().transaction() as tx:
        made = collections.create(
            tx, current_actor(), str(given.get("name") or ""), note=str(given.get("note") or ""),
            query=query if isinstance(query, str) and query.strip() else None,
        )  # fmt: skip
        made_id, name = made.id, made.name
    if wants_json():
        return jsonify(value=made_id, text=name), 201
    return redirect(url_for("collections.page", collection_id=made_id))


@bp.get("/colecciones/mias")
@api_door(Action.COLLECT)
def mine() -> Response:
    """What one may add to, for the dialog."""
    with archive().reading() as tx:
        actor = current_actor()
        found = collections.mine_to_edit(tx, actor, request.args.get("q", "")[:120])
        counts = collections.count_of(tx, actor, [one.id for one in found])
        return jsonify([
            {"value": one.id, "text": one.name, "note": number(counts.get(one.id, 0))} for one in found
        ])  # fmt: skip


@bp.get("/colecciones/<int:collection_id>")
@door(Action.SEE)
def page(collection_id: int) -> str:
    actor = current_actor()
    with archive().reading() as tx:
        collection = collections.get(tx, actor, collection_id)
    held = collections.items(archive(), actor, collection, limit=FIRST)
    with archive().reading() as tx:
        may_share = can(actor, Action.SHARE)
        return render_template(
            "collections/page.html",
            collection=collection,
            sheet=sheet_of(tx, collection, held),
            editable=can(actor, Action.COLLECT) and collections.may_edit(actor, collection),
            own=collections.owns(actor, collection),
            roles=list(Role),
            shared_people=[(one.user.id, one.user.name) for one in collection.shares if one.user],
            shared_names=", ".join(
                one.user.name if one.user else str(word(one.role)) for one in collection.shares
            ),
            links=sharing.listed(tx, actor, collection_id=collection.id) if may_share else [],
            state_of=lambda link: sharing.state_of(link, archive().clock()),
        )


@bp.get("/colecciones/<int:collection_id>/mas")
@door(Action.SEE)
def more(collection_id: int) -> Response:
    """The next cards, as /buscar/mas gives them."""
    with archive().reading() as tx:
        collection = collections.get(tx, current_actor(), collection_id)
    held = collections.items(archive(), current_actor(), collection, request.args.get("after"), FIRST)
    with archive().reading() as tx:
        page = render_template("search/_cards.html", sheet=sheet_of(tx, collection, held))
    answer = make_response(page)
    answer.headers["X-Next"] = held.next or ""
    return answer


def sheet_of(tx: Transaction, collection: Collection, held: Held) -> Sheet:
    """The grid of a collection: one part, in its own order."""
    cards = tuple(contact_sheet.cards(tx, list(held.asset_ids), current_actor()))
    args = f"collection={collection.id}" if collection.query is None else collection.query
    return Sheet((Part("", "", "", cards),) if cards else (), held.total, held.next, args)


@bp.get("/sugerir/cuentas")
@api_door(Action.COLLECT)
def colleagues() -> Response:
    """Names of accounts, to share with."""
    with archive().reading() as tx:
        found = accounts.colleagues(tx, request.args.get("q", "")[:120])
        return jsonify([{"value": one.id, "text": one.name, "note": str(word(one.role))} for one in found])


@bp.get("/colecciones/<int:collection_id>/orden")
@door(Action.COLLECT)
def arrange(collection_id: int) -> str:
    """Everything it holds, small, to be put in order."""
    actor = current_actor()
    with archive().reading() as tx:
        collection = collections.get(tx, actor, collection_id)
        if collection.query is not None or not collections.may_edit(actor, collection):
            raise Invalid("Only a collection made by hand, that one may work on, has an order to change.")
    held = collections.items(archive(), actor, collection, limit=collections.MOST)
    with archive().reading() as tx:
        return render_template(
            "collections/arrange.html", collection=collection, notes=held.notes,
            cards=contact_sheet.cards(tx, list(held.asset_ids)),
        )  # fmt: skip


@bp.post("/colecciones/<int:collection_id>/agregar")
@door(Action.COLLECT)
def add(collection_id: int) -> Response:
    """``ids``, or ``query`` and ``except``, as the selection says them."""
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change = collections.add(tx, current_actor(), collection_id, ids)
        name = collections.get(tx, current_actor(), collection_id).name
        added = len(change.after["places"])
        change_id = change.id
    message = _("All of it is in “%(name)s” already.", name=name)
    if added:
        message = ngettext(
            "%(count)s added to “%(name)s”.", "%(count)s added to “%(name)s”.", added, count=number(added),
            name=name,
        )  # fmt: skip
    return jsonify(change_id=change_id if added else None, added=added, message=message)


@bp.post("/colecciones/<int:collection_id>/quitar")
@door(Action.COLLECT)
def remove(collection_id: int) -> Response:
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change = collections.remove(tx, current_actor(), collection_id, ids)
        count = len(change.before["places"])
        return _changed(change, ngettext(
            "%(count)s taken out of the collection.", "%(count)s taken out of the collection.", count,
            count=number(count),
        ))  # fmt: skip


@bp.post("/colecciones/<int:collection_id>/orden")
@door(Action.COLLECT)
def reorder(collection_id: int) -> Response:
    """``ids`` go before ``before`` (an id, or null: to the end)."""
    body = said()
    before = body.get("before")
    if before is not None and not is_row(before):
        raise Invalid("A list of ids is needed.")
    with archive().transaction() as tx:
        change = collections.move(tx, current_actor(), collection_id, chosen_ids(body), before)
        return _changed(change, _("The order is kept."))


@bp.post("/colecciones/<int:collection_id>/nota")
@door(Action.COLLECT)
def note(collection_id: int) -> Response:
    body = said()
    asset_id, text = body.get("asset_id"), body.get("text")
    if not is_row(asset_id) or not isinstance(text, str):
        raise Invalid("A note is said of one material.")
    with archive().transaction() as tx:
        change = collections.note(tx, current_actor(), collection_id, asset_id, text)
        return _changed(change, _("The note is kept."))


@bp.post("/colecciones/<int:collection_id>/portada")
@door(Action.COLLECT)
def cover(collection_id: int) -> Response:
    asset_id = said().get("asset_id")
    if asset_id is not None and not is_row(asset_id):
        raise Invalid("A list of ids is needed.")
    with archive().transaction() as tx:
        change = collections.set_cover(tx, current_actor(), collection_id, asset_id)
        return _changed(change, _("That is its cover now."))


def _changed(change: Change, message: str) -> Response:
    return jsonify(change_id=change.id, message=message)


@bp.post("/colecciones/<int:collection_id>/editar")
@door(Action.COLLECT)
def edit(collection_id: int) -> Answer:
    with archive().transaction() as tx:
        collections.edit(
            tx, current_actor(), collection_id,
            name=request.form.get("name"), note=request.form.get("note"),
        )  # fmt: skip
    flash(_("Saved."), "done")
    return redirect(url_for("collections.page", collection_id=collection_id))


@bp.post("/colecciones/<int:collection_id>/compartir")
@door(Action.COLLECT)
def share(collection_id: int) -> Answer:
    """``user`` and ``role`` (several) see it; with ``edits`` they work on it too. Nobody: it is private."""
    form = request.form
    edits = bool(form.get("edits"))
    people = {user_id: edits for user_id in form.getlist("user", type=row_number)}
    roles = {Role(one): edits for one in form.getlist("role") if one in set(Role)}
    with archive().transaction() as tx:
        collections.share(tx, current_actor(), collection_id, people=people, roles=roles)
    flash(_("Shared.") if people or roles else _("The collection is private."), "done")
    return redirect(url_for("collections.page", collection_id=collection_id))


@bp.post("/colecciones/<int:collection_id>/borrar")
@door(Action.COLLECT)
def delete(collection_id: int) -> Response:
    with archive().transaction() as tx:
        change = collections.delete(tx, current_actor(), collection_id)
        change_id = change.id
    if wants_json():
        return jsonify(change_id=change_id, message=_("The collection is gone; its material stays."))
    return redirect(url_for("collections.index", deleted=change_id))


@bp.post("/colecciones/cambios/<int:change_id>/deshacer")
@door(Action.COLLECT)
def undo(change_id: int) -> Response:
    try:
        with archive().transaction() as tx:
            collections.undo(tx, current_actor(), change_id)
    except DamError as error:
        if wants_json() or request.is_json:
            raise
        flash(sentence_of(error), "bad")
        return redirect(url_for("collections.index"), 303 if status_of(error) < 500 else 302)
    if wants_json() or request.is_json:
        return jsonify(message=_("Undone."))
    flash(_("Undone."), "done")
    return redirect(url_for("collections.index"))
