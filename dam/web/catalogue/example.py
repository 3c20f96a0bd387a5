"""One button makes an example event in an empty archive, and one takes it away."""

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.services import example
from dam.services.access import Action
from dam.web.doors import door
from dam.web.session import archive, current_actor

bp = Blueprint("example", __name__)


@bp.post("/ejemplo")
@door(Action.MERGE_CATALOGUE)
def make() -> Response:
    event_id = example.make_example(archive(), current_actor())
    flash(_("The example is made. Its pictures appear as they become ready."), "done")
    return redirect(url_for("events.page", event_id=event_id))


@bp.post("/ejemplo/quitar")
@door(Action.MERGE_CATALOGUE)
def remove() -> Response:
    example.remove_example(archive(), current_actor())
    flash(_("The example is gone."), "done")
    return redirect(url_for("events.index"))
