"""Approve, reject, minors, withdraw, publications: JSON for every page that selects material."""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, jsonify
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from dam.errors import Invalid
from dam.models import Change, Minors, Network, Review, Withdrawal
from dam.services import release
from dam.services.access import Action
from dam.services.release import whereabouts
from dam.web.describe import chosen_ids, said
from dam.web.doors import door
from dam.web.language import number
from dam.web.session import archive, current_actor

bp = Blueprint("release", __name__)

E = TypeVar("E", bound=StrEnum)


@bp.post("/revisar/decidir")
@door(Action.REVIEW)
def decide() -> Response:
    """JSON: ids or query, verdict, reason, no_minors."""
    body = said()
    ids = chosen_ids(body)
    verdict = _member(body, "verdict", Review)
    with archive().transaction() as tx:
        change = release.review(
            tx, current_actor(), ids, verdict, _text(body, "reason"), no_minors=body.get("no_minors") is True
        )
        count, change_id = len(change.before["assets"]), change.id
    sentence = {
        Review.APPROVED: ngettext("%(count)s approved.", "%(count)s approved.", count, count=number(count)),
        Review.REJECTED: ngettext("%(count)s rejected.", "%(count)s rejected.", count, count=number(count)),
    }.get(verdict, ngettext("%(count)s waits again.", "%(count)s wait again.", count, count=number(count)))
    return _told(change_id, count, sentence)


@bp.post("/material/menores")
@door(Action.DESCRIBE)
def minors() -> Response:
    """JSON: ids or query, minors (yes, no, not_looked_at)."""
    body = said()
    ids = chosen_ids(body)
    seen = _member(body, "minors", Minors)
    with archive().transaction() as tx:
        change = release.say_minors(tx, current_actor(), ids, seen)
        count, change_id = len(change.before["assets"]), change.id
    sentence = {
        Minors.YES: ngettext(
            "There are minors in %(count)s: it does not go outside.",
            "There are minors in %(count)s: they do not go outside.",
            count, count=number(count),
        ),
        Minors.NO: ngettext(
            "No minors are recognisable in %(count)s.", "No minors are recognisable in %(count)s.",
            count, count=number(count),
        ),
    }.get(seen, _("Somebody has to look again whether there are minors."))  # fmt: skip
    return _told(change_id, count, sentence)


@bp.post("/material/retirar")
@door(Action.REVIEW)
def withdraw() -> Response:
    """JSON: ids or query, reason (rights, error, authority), note."""
    body = said()
    ids = chosen_ids(body)
    reason = _member(body, "reason", Withdrawal)
    with archive().transaction() as tx:
        change = release.withdraw(tx, current_actor(), ids, reason, _text(body, "note"))
        count = len(change.before["assets"])
        change_id = change.id
    sentence = ngettext(
        "%(count)s withdrawn: nobody can take it any more.",
        "%(count)s withdrawn: nobody can take them any more.",
        count, count=number(count),
    )  # fmt: skip
    return _told(change_id, count, sentence)


@bp.post("/material/reponer")
@door(Action.REVIEW)
def reinstate() -> Response:
    """JSON: ids."""
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change: Change = release.reinstate(tx, current_actor(), ids)
        count, change_id = len(change.before["assets"]), change.id
    sentence = ngettext(
        "%(count)s can be used again.", "%(count)s can be used again.", count, count=number(count)
    )
    return _told(change_id, count, sentence)


@bp.post("/material/publicaciones")
@door(Action.SEE)
def publish() -> Response:
    """JSON: ids or query, network, address, on (ISO date), note."""
    body = said()
    ids = chosen_ids(body)
    network = _member(body, "network", Network)
    try:
        on = date.fromisoformat(str(body.get("on") or ""))
    except ValueError as error:
        raise Invalid("Say on which day it was published.") from error
    with archive().transaction() as tx:
        rows = whereabouts.note_publication(
            tx, current_actor(), ids, network,
            address=_text(body, "address"), published_on=on, note=_text(body, "note"),
        )  # fmt: skip
        noted = [row.id for row in rows]
    count = len(noted)
    sentence = ngettext(
        "Noted where %(count)s was published.", "Noted where %(count)s were published.",
        count, count=number(count),
    )  # fmt: skip
    return jsonify(publications=noted, changed=count, message=sentence)


@bp.post("/publicaciones/<int:publication_id>/quitar")
@door(Action.SEE)
def forget(publication_id: int) -> Response:
    """A wrong note goes."""
    with archive().transaction() as tx:
        whereabouts.forget_publication(tx, current_actor(), publication_id)
    return jsonify(message=_("The note is gone."))


@bp.post("/publicaciones/<int:publication_id>/limpia")
@door(Action.SEE)
def clean(publication_id: int) -> Response:
    """JSON: cleaned. It was taken down there, or after all was not."""
    cleaned = said().get("cleaned") is not False
    with archive().transaction() as tx:
        whereabouts.clean(tx, current_actor(), publication_id, cleaned=cleaned)
    return jsonify(message=_("Taken down there.") if cleaned else _("Still to be taken down there."))


def _told(change_id: int, count: int, sentence: str) -> Response:
    told = sentence if count else _("It said so already.")
    return jsonify(change_id=change_id if count else None, changed=count, message=told)


def _text(body: dict[str, Any], name: str) -> str | None:
    given = body.get(name)
    if given is not None and not isinstance(given, str):
        raise Invalid("The field %(name)s cannot be that.", name=name)
    return given


def _member(body: dict[str, Any], name: str, enum: type[E]) -> E:
    given = body.get(name)
    if not isinstance(given, str) or given not in set(enum):
        raise Invalid("The field %(name)s cannot be that.", name=name)
    return enum(given)
