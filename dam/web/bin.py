"""/papelera: what was taken out of sight, for as long as it can come back."""

from datetime import UTC, datetime

from flask import Blueprint, jsonify, render_template, request
from flask_babel import ngettext
from werkzeug.wrappers import Response

from dam.errors import Invalid
from dam.services import bin as the_bin
from dam.services.access import Action
from dam.web.describe import chosen_ids, said
from dam.web.doors import door
from dam.web.language import number
from dam.web.session import archive, current_actor

bp = Blueprint("bin", __name__)

AT_ONCE = 60


@bp.get("/papelera")
@door(Action.BIN)
def page() -> str:
    with archive().reading() as tx:
        shown = the_bin.binned(tx, current_actor(), _after(), AT_ONCE)
        return render_template(
            "bin/page.html",
            rows=[(asset, the_bin.days_left(archive(), asset)) for asset in shown.assets],
            days=archive().settings.bin_days,
            next=f"{shown.next[0].isoformat()}_{shown.next[1]}" if shown.next else None,
        )


@bp.post("/material/papelera")
@door(Action.BIN)
def put_in() -> Response:
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change = the_bin.to_bin(tx, current_actor(), ids)
        change_id, count = change.id, len(change.before["assets"])
    message = ngettext("%(count)s is in the bin.", "%(count)s are in the bin.", count, count=number(count))
    return jsonify(change_id=change_id, changed=count, message=message)


@bp.post("/material/restaurar")
@door(Action.BIN)
def take_back() -> Response:
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change = the_bin.restore(tx, current_actor(), ids)
        change_id, count = change.id, len(change.before["assets"])
    message = ngettext("%(count)s is back.", "%(count)s are back.", count, count=number(count))
    return jsonify(change_id=change_id, changed=count, message=message)


def _after() -> tuple[datetime, int] | None:
    """Where the page before ended: an instant and an id."""
    given = request.args.get("after")
    if not given:
        return None
    moment, _, asset_id = given.rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError) as error:
        raise Invalid("This place in the list is not one of ours. Start from the first page.") from error
    if at.tzinfo is None or not asset_id.isascii() or not asset_id.isdigit() or len(asset_id) > 10:
        raise Invalid("This place in the list is not one of ours. Start from the first page.")
    return at, int(asset_id)
