"""/material/<id>/recortes: where an asset is cropped for every network, and how a clip is cut."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from dam.errors import Invalid, NotFound
from dam.models import Kind
from dam.queue import Job, Lane
from dam.services import presets, showing
from dam.services.access import Action, can
from dam.services.framing import placing
from dam.services.framing.placing import Framings
from dam.web.doors import door
from dam.web.numbers import is_row
from dam.web.session import archive, current_actor

bp = Blueprint("framing", __name__)

MOST = 1000  # sides are parts of the picture: anything near it lies outside
MINDS = {
    "face_cut": _l("A face is cut off."),
    "face_near": _l("A face stands at the border."),
    "headroom": _l("Little room above a head."),
    "face_covered": _l("The network's own buttons cover a face."),
}


@bp.get("/material/<int:asset_id>/recortes")
@door(Action.SEE)
def page(asset_id: int) -> str:
    """All shapes at once, with what the networks cover."""
    actor = current_actor()
    with archive().reading() as tx:
        shown = showing.load(tx, actor, asset_id)
        try:
            seen: Framings | None = placing.read(tx, actor, asset_id)
        except NotFound:
            if shown.kind != Kind.AUDIO:
                raise
            seen = None  # a recording has no picture, and is cut all the same
        formats = [one for one in presets.listed(tx, shown.kind) if one.kind != "photo"]
        may_move = can(actor, Action.DESCRIBE, shown)
    if seen is not None and not seen.looked:
        archive().queue.enqueue(Job.LOOK_FOR_SUBJECT, asset_id, Lane.INTERACTIVE)
    return render_template(
        "asset/frame.html",
        asset=shown,
        seen=seen,
        told=told(seen) if seen else None,
        formats=formats,
        may_move=may_move,
        is_clip=shown.kind in (Kind.VIDEO, Kind.AUDIO),
        picture="poster" if shown.kind == Kind.VIDEO else "preview",
    )


@bp.get("/material/<int:asset_id>/recortes.json")
@door(Action.SEE)
def state(asset_id: int) -> Response:
    """The same for a page that waits for the machine's proposal."""
    with archive().reading() as tx:
        return jsonify(told(placing.read(tx, current_actor(), asset_id)))


@bp.post("/material/<int:asset_id>/recortes")
@door(Action.DESCRIBE)
def move(asset_id: int) -> Response:
    """JSON: ``focal`` [x, y] for all shapes; or ``shape`` and ``window``; or ``proposal`` true, of one shape
    or of all. Undo with ``change`` at …/recortes/deshacer."""
    said = request.get_json()
    if not isinstance(said, dict):
        raise Invalid("This cannot be read.")
    actor = current_actor()
    with archive().transaction() as tx:
        if said.get("proposal"):
            change = placing.let_go(tx, actor, asset_id, _shape(said))
        elif "focal" in said:
            x, y = _numbers(said["focal"], 2)
            change = placing.point_at(tx, actor, asset_id, x, y)
        else:
            left, top, right, bottom = _numbers(said.get("window"), 4)
            change = placing.draw(tx, actor, asset_id, _shape(said) or "", (left, top, right, bottom))
        answer = told(placing.read(tx, actor, asset_id))
        return jsonify(**answer, change=change.id, message=_("Crop moved."))


@bp.post("/material/<int:asset_id>/recortes/deshacer")
@door(Action.DESCRIBE)
def undo(asset_id: int) -> Response:
    """JSON: ``change``."""
    said = request.get_json()
    number = said.get("change") if isinstance(said, dict) else None
    if not is_row(number):
        raise Invalid("This cannot be read.")
    with archive().transaction() as tx:
        changed = placing.undo(tx, current_actor(), number)
        return jsonify(**told(placing.read(tx, current_actor(), changed)), message=_("Undone."))


def told(seen: Framings) -> dict[str, Any]:
    """As the page's script reads it."""
    answer = asdict(seen)
    for shape in answer["shapes"]:
        shape["minds"] = [str(MINDS[one]) for one in shape["minds"]]
        small = [use for use in shape["uses"] if use["possible"]]
        if small:
            (width, height), names = small[0]["possible"], " · ".join(use["name"] for use in small)
            shape["small"] = _(
                "Too small for %(formats)s: at most %(width)d × %(height)d",
                formats=names, width=width, height=height,
            )  # fmt: skip
    return answer


def _numbers(given: Any, count: int) -> list[float]:
    if not isinstance(given, list) or len(given) != count:
        raise Invalid("This cannot be read.")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in given):
        raise Invalid("This cannot be read.")
    if not all(abs(one) < MOST for one in given):  # nor is a thing that is no number at all
        raise Invalid("This cannot be read.")
    return [float(one) for one in given]


def _shape(said: dict[str, Any]) -> str | None:
    given = said.get("shape")
    if given is not None and not isinstance(given, str):
        raise Invalid("This cannot be read.")
    return given
