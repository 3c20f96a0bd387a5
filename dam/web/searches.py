"""/buscar/guardadas: saved searches, with what is new in them; and remembering what was searched."""

from dataclasses import replace
from urllib.parse import parse_qs

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.services import finding, searches
from dam.services.access import OFFICE, Action
from dam.web import rail
from dam.web.doors import door
from dam.web.language import number
from dam.web.session import archive, current_actor

bp = Blueprint("searches", __name__, url_prefix="/buscar")

COUNTED = 30  # saved searches of which it is told what is new


@bp.get("/guardadas")
@door(Action.SEE)
def saved() -> str:
    """The list; a fetch gets it without the page around. Asked for after the pictures."""
    actor = current_actor()
    with archive().reading() as tx:
        kept = searches.saved(tx, actor)
    fresh = {one.id: searches.new_in(archive(), actor, one.id) for one in kept[:COUNTED] if one.looked_at}
    fetched = request.headers.get("X-Requested-With") == "fetch"
    return render_template(
        "search/_saved.html" if fetched else "search/saved.html",
        kept=kept, fresh=fresh, may_share=actor.role in OFFICE,
    )  # fmt: skip


@bp.post("/guardadas")
@door(Action.SEE)
def save() -> Response:
    """Keep a search under a name."""
    form = request.form
    with archive().transaction() as tx:
        kept = searches.save(
            tx, current_actor(), form.get("name", ""), form.get("query", ""), shared=bool(form.get("shared"))
        )
        searches.look(tx, current_actor(), kept.id, archive().clock())
        search_id, name = kept.id, kept.name
    if _fetched():
        return jsonify(id=search_id, message=_("Saved as “%(name)s”.", name=name))
    return redirect(url_for("searches.saved"))


@bp.get("/guardadas/<int:search_id>")
@door(Action.SEE)
def follow(search_id: int) -> Response:
    """Go to the search; from then on only what arrives later is new. ``?new=1``: only what is new now."""
    with archive().transaction() as tx:
        query = searches.query_of(searches.get(tx, current_actor(), search_id))
        before = searches.look(tx, current_actor(), search_id, archive().clock())
    if request.args.get("new") and before:
        query = replace(query, filters=replace(query.filters, arrived_from=before))
    return redirect(rail.address(query))


@bp.post("/guardadas/<int:search_id>")
@door(Action.SEE)
def change(search_id: int) -> Response:
    """Another name, or shared or not."""
    form = request.form
    with archive().transaction() as tx:
        searches.change(tx, current_actor(), search_id, name=form.get("name"),
                        shared=bool(form.get("shared")) if "shares" in form else None)  # fmt: skip
    return jsonify(id=search_id) if _fetched() else redirect(url_for("searches.saved"))


@bp.post("/guardadas/<int:search_id>/borrar")
@door(Action.SEE)
def remove(search_id: int) -> Response:
    """Forget it; the answer holds what brings it back."""
    with archive().transaction() as tx:
        kept = searches.remove(tx, current_actor(), search_id)
    if not _fetched():
        return redirect(url_for("searches.saved"))
    again = {"name": kept.name, "query": kept.query} | ({"shared": "1"} if kept.shared else {})
    return jsonify(message=_("“%(name)s” was deleted.", name=kept.name), again=again)


@bp.post("/recordar")
@door(Action.SEE)
def remember() -> Response:
    """The page tells what was searched, once the pictures are there: a search itself writes nothing."""
    query = finding.from_args(parse_qs(request.form.get("query", ""), keep_blank_values=True))
    if query.empty:
        return jsonify(total=None)
    total = finding.find(archive(), current_actor(), query, limit=1).total
    with archive().transaction() as tx:
        searches.note(tx, current_actor(), query, total, archive().clock())
    return jsonify(total=total)


def remembered() -> list[dict[str, str]]:
    """What the empty box offers: one's last searches, then the saved ones."""
    actor = current_actor()
    with archive().reading() as tx:
        recent = searches.recent(tx, actor, 6)
        kept = searches.saved(tx, actor)[:6]
    lines = [
        {"value": f"/buscar?{one.query}", "text": one.text or _("Filters only"), "note": _("Recent"),
         "count": number(one.total)}
        for one in recent
    ]  # fmt: skip
    return lines + [
        {
            "value": url_for("searches.follow", search_id=one.id),
            "text": one.name,
            "note": _("Saved"),
            "count": "",
        }
        for one in kept
    ]


def _fetched() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
