"""Taking away: one file with its credit inside, or many in one zip."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import BoundedSemaphore
from urllib.parse import parse_qs

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    stream_with_context,
)
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from dam.errors import Invalid, Unavailable
from dam.services import delivery, finding
from dam.services.access import Action
from dam.services.delivery import bundles
from dam.services.renditions import WEB, BeingMade, demand_presets
from dam.web.doors import door
from dam.web.errors import sentence_of, wants_json
from dam.web.files import wait
from dam.web.sending import disposition, goes_on, send
from dam.web.session import archive, current_actor

bp = Blueprint("downloads", __name__)

ASK_EACH_TIME = "private, no-cache"
SLOTS = "zip_slots"
NUMBER = re.compile(r"[0-9]{1,9}")


@bp.record_once
def _leave_threads(state: BlueprintSetupState) -> None:
    """A zip holds a thread for as long as it flows: no more than a quarter of them at once."""
    threads = state.app.extensions["archive"].settings.web_threads
    state.app.extensions[SLOTS] = state.app.extensions.get(SLOTS) or BoundedSemaphore(max(1, threads // 4))


@bp.get("/descargar/<int:asset_id>/<preset>")
@door(Action.TAKE_WEB)
def download(asset_id: int, preset: str) -> Response:
    """The file as an attachment under its readable name; while it is being made, a page that asks again."""
    try:
        return send_parcel(asset_id, preset, "page")
    except BeingMade as soon:
        if wants_json():
            return wait(soon)
        page = make_response(render_template("downloads/being_made.html", message=sentence_of(soon)), 202)
        page.headers["Refresh"] = page.headers["Retry-After"] = str(soon.detail["seconds"])
        return page


def send_parcel(asset_id: int, preset: str, route: str) -> Response:
    """What ``delivery.deliver`` hands out, as an answer. Raises as it does."""
    parcel = delivery.deliver(
        archive(), current_actor(), asset_id, preset, route,
        counted=request.method == "GET", goes_on=goes_on(), use=request.args.get("use"),
    )  # fmt: skip
    try:
        return send(
            parcel.store, parcel.key, parcel.bytes, parcel.media_type,
            cache=ASK_EACH_TIME, attachment=parcel.filename,
            watch=bundles.watch(archive(), current_actor(), asset_id, preset),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None


@bp.post("/descargar/zip")
@door(Action.TAKE_WEB)
def download_zip() -> Response:
    """``id`` (several) or ``ids`` (with commas), else ``query`` (as in the address of /buscar); ``preset``.

    The page's form always has all three; what is empty says nothing. Of several presets the last counts:
    that of the button that was pressed.
    """
    query = request.form.get("query", "").strip()
    ids = named() or (found_by(query) if query else [])
    return send_zip(ids, (request.form.getlist("preset") or [WEB])[-1], "zip")


def send_zip(asset_ids: list[int], preset: str, route: str) -> Response:
    """One streamed zip. Raises NotFound for no preset of ours, Invalid, Unavailable when too many flow."""
    with archive().reading() as tx:
        demand_presets(tx, [preset])
    if not asset_ids:
        raise Invalid("Choose at least one material.")
    if len(asset_ids) > bundles.MOST:
        raise Invalid("At most %(most)s files go into one package. Choose fewer.", most=bundles.MOST)
    give_back = take_slot(current_app.extensions[SLOTS])
    pieces = bundles.zip_stream(archive(), current_actor(), asset_ids, preset, wording(), route=route)
    answer = Response(stream_with_context(held(pieces, give_back)), content_type="application/zip")
    answer.call_on_close(give_back)  # a reader who leaves before the first byte never begins the flow
    answer.headers["Content-Disposition"] = disposition(bundles.zip_name(archive(), preset))
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def take_slot(slots: BoundedSemaphore) -> Callable[[], None]:
    """A place among the zips. Raises Unavailable; the answer gives it back, once, however often called."""
    if not slots.acquire(blocking=False):
        raise Unavailable("Other packages are being downloaded. Try again in a moment.")
    held = [slots]

    def give_back() -> None:
        with suppress(IndexError):
            held.pop().release()

    return give_back


def held(pieces: Iterator[bytes], give_back: Callable[[], None]) -> Iterator[bytes]:
    """The pieces; its place is given back however that ends."""
    try:
        yield from pieces
    finally:
        give_back()


def found_by(query: str) -> list[int]:
    """What a search finds, written as in the address of /buscar. Raises Invalid."""
    try:
        given = parse_qs(query.lstrip("?"), max_num_fields=200)
    except ValueError:
        raise Invalid("This search cannot be read.") from None
    return finding.all_ids(archive(), current_actor(), finding.from_args(given), limit=bundles.MOST + 1)


def named() -> list[int]:
    """The ids of the form: ``id``, several times, or ``ids``, with commas."""
    said = [*request.form.getlist("id"), *request.form.get("ids", "").split(",")]
    return [int(word) for word in said if NUMBER.fullmatch(word.strip())]


def wording() -> bundles.Wording:
    """What lies beside the files, in the reader's language."""
    return bundles.Wording(
        readme=_("README.txt"),
        table=_("captions.csv"),
        taken=_("Files in this package: {count}"),
        terms=_("Publish each file with the credit that the table of captions names."),
        left_out=_("Not included: {count}"),
        left_out_line=_("Material {number}: {reason}"),
        file_missing=_("The file is missing from the archive. Tell the administrator."),
        not_in_time=_("This version was not ready in time. Take it by itself later."),
        credit=_("Credit: {credit}"),
        columns=(
            _("file"), _("headline"), _("caption"), _("persons"), _("event"), _("taken"), _("municipality"),
            _("state"), _("author"), _("credit"), _("copyright"), _("terms of use"), _("keywords"),
            _("material"),
        ),
        sentence=sentence_of,
    )  # fmt: skip
