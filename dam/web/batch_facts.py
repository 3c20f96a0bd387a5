"""What the files of a batch say: suggestions to accept at once, and cameras whose clock is set right."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import ngettext

from dam.db import Transaction
from dam.errors import Invalid
from dam.services.access import HEADS, Action, Actor
from dam.services.ingest import batches, clocks, hints
from dam.web.describe import said
from dam.web.doors import door
from dam.web.language import number
from dam.web.session import archive, current_actor

bp = Blueprint("batch_facts", __name__)

UNITS = {"dias": 86_400, "horas": 3600, "minutos": 60, "segundos": 1}
MOST_DIGITS = 6


@bp.get("/cargas/<int:batch_id>/datos")
@door(Action.UPLOAD)
def page(batch_id: int) -> str:
    """Who and where the files say, and their cameras. With ``camara`` and an amount of time in the address,
    what that correction would do: nothing is changed yet."""
    actor = current_actor()
    with archive().reading() as tx:
        batch = batches.get_batch(tx, actor, batch_id)
        steers = batch.user_id == actor.user_id or actor.role in HEADS
        return render_template(
            "upload/facts.html",
            batch=batch,
            hints=hints.of_batch(tx, actor, batch_id),
            cameras=clocks.cameras(tx, actor, batch_id) if steers else (),
            effect=_effect(tx, actor, batch_id) if steers else None,
            asked=request.args,
        )


@bp.post("/cargas/<int:batch_id>/aceptar")
@door(Action.UPLOAD)
def accept(batch_id: int) -> Response:
    """Suggestions become facts. JSON: names, or nothing for all. Undo with /cambios/<change>/deshacer."""
    names = said().get("names")
    if names is not None and not (isinstance(names, list) and all(isinstance(one, str) for one in names)):
        raise Invalid("Say which suggestions.")
    with archive().transaction() as tx:
        change = hints.accept(tx, current_actor(), batch_id, names)
        changed, change_id = len(change.before["assets"]), change.id
    message = ngettext("%(count)s described.", "%(count)s described.", changed, count=number(changed))
    return jsonify(change_id=change_id, changed=changed, message=message)


@bp.post("/cargas/<int:batch_id>/reloj")
@door(Action.UPLOAD)
def correct(batch_id: int) -> Response:
    """A camera's clock. JSON: camera, seconds to add. Undo with /cambios/<change>/deshacer."""
    camera, seconds = said().get("camera"), said().get("seconds")
    if not isinstance(camera, str) or not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Invalid("Say which camera, and by how many seconds its clock is wrong.")
    with archive().transaction() as tx:
        change = clocks.correct(tx, current_actor(), batch_id, camera, seconds)
        changed, change_id = len(change.before["assets"]), change.id
    message = ngettext(
        "The time of %(count)s file is set right.",
        "The time of %(count)s files is set right.",
        changed,
        count=number(changed),
    )
    return jsonify(change_id=change_id, changed=changed, message=message)


def _effect(tx: Transaction, actor: Actor, batch_id: int) -> clocks.Effect | None:
    camera = request.args.get("camara")
    if not camera:
        return None
    return clocks.preview(tx, actor, batch_id, camera, _seconds())


def _seconds() -> int:
    """The amount in the address; a slow clock's time is added. Raises Invalid."""
    total = 0
    for name, worth in UNITS.items():
        typed = request.args.get(name, "").strip() or "0"
        if not (typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS):
            raise Invalid("Days, hours, minutes and seconds are whole numbers.")
        total += int(typed) * worth
    return -total if request.args.get("sentido") == "adelantado" else total
