"""/paquetes: many files, put together with progress, then one zip that can be gone on with."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from dam.errors import DamError, Invalid
from dam.models import Kind
from dam.services import collections, presets
from dam.services.access import Action, Actor
from dam.services.delivery import bundles, estimating, flowing, packing
from dam.services.delivery.flowing import Begin
from dam.services.delivery.packing import Present, Progress
from dam.services.renditions import ORIGINAL, WEB, demand_presets
from dam.services.sharing import State
from dam.web.doors import door
from dam.web.downloads import SLOTS, found_by, held, named, take_slot, wording
from dam.web.errors import wants_json
from dam.web.language import number, size
from dam.web.sending import disposition
from dam.web.session import archive, current_actor

bp = Blueprint("packages", __name__)

AT_FIRST = 2.0  # seconds that whoever pressed the button waits before a page says how far it is
EACH_TIME = 1.5
ASK_AGAIN = 2  # seconds between two looks


@bp.post("/paquetes")
@door(Action.TAKE_WEB)
def create() -> AnyResponse:
    """``id``/``ids``, or ``query`` (as in the address of /buscar), or ``collection``; ``preset`` (several).

    Straight to the zip when everything is there, else to a page that tells how far it is.
    """
    ids, about = chosen()
    wanted = formats()
    made = packing.open_package(
        archive(), current_actor(), ids, wanted, bundles.zip_name(archive(), about or _about(wanted)),
        use=request.form.get("use"),
    )  # fmt: skip
    state = advance(current_actor(), made, present_of(current_actor()), seconds=AT_FIRST)
    return answer(state, url_for("packages.page", package_id=made), url_for("packages.take", package_id=made))


def _addresses(package_id: int) -> tuple[str, str]:
    return url_for("packages.page", package_id=package_id), url_for("packages.take", package_id=package_id)


@bp.get("/paquetes/<int:package_id>")
@door(Action.TAKE_WEB)
def page(package_id: int) -> str:
    return watch(
        packing.progress(archive(), current_actor(), package_id),
        url_for("packages.go_on", package_id=package_id),
        url_for("packages.take", package_id=package_id),
    )


@bp.post("/paquetes/<int:package_id>/avance")
@door(Action.TAKE_WEB)
def go_on(package_id: int) -> AnyResponse:
    """Look, and fetch what is there by now. ``close``: do without what is still being made."""
    actor = current_actor()
    state = advance(actor, package_id, present_of(actor), close=bool(request.values.get("close")))
    return answer(
        state,
        url_for("packages.page", package_id=package_id),
        url_for("packages.take", package_id=package_id),
    )


@bp.get("/paquetes/<int:package_id>/zip")
@door(Action.TAKE_WEB)
def take(package_id: int) -> AnyResponse:
    actor = current_actor()
    return send_package(actor, package_id, present_of(actor), "zip", watch_at=_addresses(package_id)[0])


@bp.post("/paquetes/calculo")
@door(Action.TAKE_WEB)
def estimate() -> Response:
    """How many files that would be, and about how large."""
    ids, _name = chosen()
    found = estimating.estimate(archive(), current_actor(), ids, formats())
    weight = size(found.bytes)
    said = [
        ngettext("%(count)s file", "%(count)s files", found.files, count=number(found.files)),
        weight if found.exact else _("about %(size)s", size=weight),
    ]
    if found.without:
        said.append(ngettext(
            "%(count)s does not come in these formats", "%(count)s do not come in these formats",
            found.without, count=number(found.without),
        ))  # fmt: skip
    return jsonify(
        files=found.files, bytes=found.bytes, exact=found.exact, too_many=found.files > packing.MOST,
        said=" · ".join(said),
    )  # fmt: skip


def chosen() -> tuple[list[int], str]:
    """What the form names, and what the zip is called after. Raises Invalid, NotFound."""
    query = request.form.get("query", "").strip()
    collection_id = request.form.get("collection", "")
    if collection_id.isascii() and collection_id.isdigit() and len(collection_id) < 10:
        with archive().reading() as tx:
            collection = collections.get(tx, current_actor(), int(collection_id))
        return collections.asset_ids(archive(), current_actor(), collection), collection.name
    return named() or (found_by(query) if query else []), ""


def formats() -> list[str]:
    """The formats of the form. Raises NotFound for what is none."""
    wanted = list(dict.fromkeys(request.form.getlist("preset"))) or [WEB]
    if len(wanted) > 40:
        raise Invalid("At most 40 formats go into one package. Choose fewer.")
    with archive().reading() as tx:
        demand_presets(tx, wanted)
    return wanted


def _about(wanted: list[str]) -> str:
    return wanted[0] if len(wanted) == 1 else _("package")


def present_of(actor: Actor) -> Present:
    """Who the actor is at the moment of each file."""
    return bundles.present_account(archive(), actor)


def advance(
    actor: Actor, package_id: int, present: Present, *, seconds: float = EACH_TIME, close: bool = False
) -> Progress:
    return packing.advance(archive(), actor, package_id, wording(), present, seconds=seconds, close=close)


def answer(state: Progress, watch_at: str, take_at: str) -> AnyResponse:
    """To the zip, or to the page that tells how far it is; for a fetch, the same as JSON."""
    if wants_json():
        told: dict[str, Any] = {
            "id": state.package_id, "files": state.files, "there": state.there, "left_out": state.left_out,
            "waiting": state.waiting, "ready": state.ready, "bytes": state.size or state.bytes,
            "said": said_of(state), "zip": take_at if state.ready else None, "page": watch_at,
            "again": ASK_AGAIN,
        }  # fmt: skip
        return jsonify(told)
    return redirect(take_at if state.ready and state.there else watch_at, 303)  # nothing: the page says why


def said_of(state: Progress) -> str:
    """3 of 84 files are there · 1 left out"""
    said = _("%(there)s of %(files)s files are there", there=number(state.there), files=number(state.files))
    if state.left_out:
        left = ngettext(
            "%(count)s cannot be included", "%(count)s cannot be included", state.left_out,
            count=number(state.left_out),
        )  # fmt: skip
        said = f"{said} · {left}"
    return f"{said} · {size(state.size or state.bytes)}"


def watch(state: Progress, go_on_at: str, take_at: str, back_at: str = "") -> str:
    return render_template(
        "downloads/package.html",
        state=state,
        said=said_of(state),
        go_on_at=go_on_at,
        take_at=take_at,
        back_at=back_at,
        reasons=packing.left_out(archive(), state.package_id) if state.left_out else [],
    )


def send_package(
    actor: Actor, package_id: int, present: Present, route: str, *, watch_at: str, begin: Begin | None = None
) -> AnyResponse:
    """The zip, whole or from a byte on; while it is put together (again), the page that tells how far it is.

    Raises NotFound, Unavailable when too many flow, what ``begin`` raises.
    """
    with archive().reading() as tx:
        package = packing.get(tx, actor, package_id)
    if package.size is None:
        return redirect(watch_at, 303)
    start, stop = _asked_for(package.size, package.stamp or "")
    headers = {
        "Content-Disposition": disposition(package.name),
        "Accept-Ranges": "bytes",
        "ETag": f'"{package.stamp}"',
        "Cache-Control": "private, no-cache",
        "X-Accel-Buffering": "no",
    }
    if start is None or stop is None:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{package.size}"})
    part = (start, stop) != (0, package.size)
    if part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{package.size}"
    if request.method == "HEAD":
        said = Response(status=206 if part else 200, headers=headers, content_type="application/zip")
        said.content_length = stop - start
        return said
    give_back: Callable[[], None] = take_slot(current_app.extensions[SLOTS])
    try:
        pieces = flowing.flow_package(
            archive(), actor, package_id, present, route, start=start, stop=stop, begin=begin
        )
    except DamError:
        give_back()
        raise
    said = Response(held(pieces, give_back), 206 if part else 200, headers, content_type="application/zip")
    said.content_length = stop - start
    said.call_on_close(give_back)
    return said


def _asked_for(whole: int, stamp: str) -> tuple[int | None, int | None]:
    """From where to where (RFC 9110, 14): all of it without a range, with several, or of an older package."""
    wanted = request.range
    if wanted is None or len(wanted.ranges) != 1 or wanted.units != "bytes":
        return 0, whole
    told = request.headers.get("If-Range")
    if told is not None and told.strip('"') != stamp:
        return 0, whole
    found = wanted.range_for_length(whole)
    return found if found is not None else (None, None)


@bp.app_context_processor
def _choices() -> dict[str, Any]:
    """For the dialog of downloads: ``download_choices()`` → families of formats, and packs."""
    return {"download_choices": download_choices, "format_family": format_family, "link_state": link_state}


FAMILIES = {
    "web": _l("Web"), "instagram": _l("Instagram, stories and reels"), "facebook": _l("Facebook"),
    "x": _l("X"), "youtube": _l("YouTube"), "linkedin": _l("LinkedIn"), "whatsapp": _l("WhatsApp"),
    "press": _l("Press and print"), "video": _l("Video"), "audio": _l("Audio"),
}  # fmt: skip
STATES = {
    State.OPEN: _l("Open now"), State.REVOKED: _l("Closed"), State.EXPIRED: _l("Expired"),
    State.SPENT: _l("Used up"), State.EMPTY: _l("Leads nowhere"),
}  # fmt: skip


def format_family(key: str) -> str:
    """What a family of formats is called."""
    return str(FAMILIES.get(key, key.capitalize()))


def link_state(state: State) -> str:
    return str(STATES[state])


def download_choices(*, originals: bool = True) -> dict[str, Any]:
    with archive().reading() as tx:
        listed = presets.listed(tx)
        packs = presets.packs(tx)
    families: dict[str, list[Any]] = {}
    for one in listed:
        families.setdefault(one.family, []).append(one)
    return {"families": families, "packs": packs, "original": originals and ORIGINAL, "Kind": Kind}
