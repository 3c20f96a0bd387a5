"""/l/<token>: what somebody outside was sent. No account, the office's look, good on a phone.

Every address below asks anew whether the link is open, its password was said, and each picture may leave.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound, Unavailable
from dam.models import Delivery, LinkKind, ShareLink
from dam.services import delivery, sharing
from dam.services.access import Actor
from dam.services.delivery import bundles, packing
from dam.services.delivery.packing import Present
from dam.services.presets import known as known_presets
from dam.services.renditions import BeingMade, making
from dam.services.sharing import LinkClosed
from dam.web.doors import public
from dam.web.downloads import NUMBER
from dam.web.errors import sentence_of, wants_json
from dam.web.files import TYPES, wait
from dam.web.packages import advance, answer, send_package, watch
from dam.web.security import signing_key
from dam.web.sending import goes_on, send
from dam.web.session import archive

bp = Blueprint("shared", __name__, url_prefix="/l")

AT_ONCE = 60
ASK_EACH_TIME = "private, no-cache"
TO_LOOK_AT = ("thumb", "preview", "poster")
PLAYER = "mp4-720"
OPENED = "links_opened"
MOST_OPENED = 20  # links of which one browser remembers that their password was said
CONTINUED = timedelta(days=1)


class PasswordWanted(Forbidden):
    """Say the link's password first."""

    code = "password"


@bp.errorhandler(LinkClosed)
def _closed(error: LinkClosed) -> Response:
    page = make_response(render_template("shared/closed.html", message=sentence_of(error)), 404)
    return _quiet(page)


@bp.errorhandler(PasswordWanted)
def _ask_password(error: PasswordWanted) -> Response:
    page = make_response(
        render_template("shared/password.html", token=(request.view_args or {}).get("token", "")), 403
    )
    return _quiet(page)


@bp.after_request
def _quiet(page: Response) -> Response:
    page.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return page


@bp.get("/<token>")
@public
def page(token: str) -> str:
    link = opened(token)
    ids = sharing.material(archive(), link)
    begin = request.args.get("desde", "0")
    first = int(begin) if NUMBER.fullmatch(begin) else 0
    sharing.visited(archive(), link, request.remote_addr or "", request.user_agent.string)
    with archive().reading() as tx:
        link = sharing.standing(tx, link.id)
        return render_template(
            "shared/page.html",
            link=link,
            token=token,
            total=len(ids),
            shown=sharing.shown(tx, link, ids[first : first + AT_ONCE]),
            title=_title(tx, link, ids),
            next=first + AT_ONCE if first + AT_ONCE < len(ids) else None,
            before=max(0, first - AT_ONCE) if first else None,
            formats=_formats(tx, link),
            plays=sharing.plays(link, known_presets(tx)),
            own_address=archive().settings.address + url_for("shared.page", token=token),
        )


def _title(tx: Transaction, link: ShareLink, ids: list[int]) -> str:
    if link.collection is not None:
        return link.collection.name
    found = sharing.shown(tx, link, ids[:1])
    return (found[0].headline if found else "") or _("Material")


def _formats(tx: Transaction, link: ShareLink) -> list[tuple[str, str]]:
    """The formats of the link by key and name."""
    known = known_presets(tx)
    return [(key, sharing.name_of(key, known) or _("Original")) for key in link.presets]


@bp.post("/<token>")
@public
def unlock(token: str) -> Response:
    """Say the password. Wrong ones are counted (dam.web.limits)."""
    with archive().reading() as tx:
        link = _find(tx, token)
        sharing.check_open(link, archive().clock())
    if not sharing.fits_password(link, request.form.get("password", "")):
        wrong = _("This is not the password of the link.")
        return _quiet(make_response(render_template("shared/password.html", token=token, refusal=wrong), 403))
    said = dict(list(session.get(OPENED, {}).items())[-MOST_OPENED:])
    said[str(link.id)] = _mark(link)
    session[OPENED] = said
    return redirect(url_for("shared.page", token=token), 303)


@bp.get("/<token>/ver/<int:asset_id>/<preset>")
@public
def show(token: str, asset_id: int, preset: str) -> Response:
    """A picture to look at, or a clip to play."""
    link = opened(token)
    with archive().reading() as tx:
        if preset not in TO_LOOK_AT and not (preset == PLAYER and sharing.plays(link, known_presets(tx))):
            raise NotFound("There is no such material.")
    actor = sharing.narrowed(archive(), link, asset_id)
    try:
        found = making.view(archive(), actor, asset_id, preset)
        return send(
            archive().renditions, found.key, found.bytes, TYPES.get(found.preset, found.media_type),
            cache=ASK_EACH_TIME, watch=watch_link(link.id, asset_id, preset),
        )  # fmt: skip
    except BeingMade as soon:
        return wait(soon)
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None


@bp.get("/<token>/bajar/<int:asset_id>/<preset>")
@public
def take(token: str, asset_id: int, preset: str) -> Response:
    """One file, counted and recorded once; a download that was begun may be gone on with."""
    more = goes_on()
    link = opened(token, even_spent=more)
    if preset not in link.presets:
        raise NotFound("There is no such material.")
    actor = sharing.narrowed(archive(), link, asset_id)
    try:
        parcel = delivery.prepare(archive(), actor, asset_id, preset)
    except BeingMade as soon:
        if wants_json():
            return wait(soon)
        page = make_response(render_template("downloads/being_made.html", message=sentence_of(soon)), 202)
        page.headers["Refresh"] = page.headers["Retry-After"] = str(soon.detail["seconds"])
        return page
    try:
        said = send(
            parcel.store, parcel.key, parcel.bytes, parcel.media_type, cache=ASK_EACH_TIME,
            attachment=parcel.filename, watch=watch_link(link.id, asset_id, preset),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None
    try:  # nothing has left yet; what gives no byte (304, and 416 above) is no download
        with archive().transaction() as tx:
            counted = said.status_code == 304 or (
                more and _taken_before(tx, link.id, asset_id, parcel.preset)
            )
            if request.method == "GET" and not counted:
                sharing.check_open(sharing.standing(tx, link.id), archive().clock())
                sharing.count_taken(tx, link.id, 1)
                delivery.record(tx, actor, parcel, "link")
    except BaseException:
        said.close()
        raise
    return said


def _taken_before(tx: Transaction, link_id: int, asset_id: int, preset: str) -> bool:
    before = select(Delivery.id).where(
        Delivery.asset_id == asset_id, Delivery.link_id == link_id, Delivery.preset == preset,
        Delivery.at > archive().clock() - CONTINUED,
    )  # fmt: skip
    return tx.scalar(before.limit(1)) is not None


@bp.post("/<token>/paquete")
@public
def pack(token: str) -> Response:
    """``id`` (several), or all that the link shows; ``preset`` (several) among those of the link, else each
    material in the first of them that it comes in."""
    link = opened(token)
    wanted = [preset for preset in dict.fromkeys(request.form.getlist("preset")) if preset in link.presets]
    named = [int(one) for one in request.form.getlist("id") if NUMBER.fullmatch(one)]
    there = sharing.material(archive(), link)
    ids = [one for one in there if one in set(named)] if named else there
    with archive().reading() as tx:
        title = _title(tx, link, ids)
    actor = sharing.actor_of(link)
    name = bundles.zip_name(archive(), title)
    made = packing.open_package(
        archive(), actor, ids, wanted or list(link.presets), name, first_only=not wanted
    )
    state = advance(actor, made, present_of(link), seconds=2.0)
    return answer(state, *_addresses(token, made))


def _addresses(token: str, package_id: int) -> tuple[str, str]:
    return (
        url_for("shared.package", token=token, package_id=package_id),
        url_for("shared.take_package", token=token, package_id=package_id),
    )


@bp.get("/<token>/paquete/<int:package_id>")
@public
def package(token: str, package_id: int) -> str:
    link = opened(token, even_spent=True)
    state = packing.progress(archive(), sharing.actor_of(link), package_id)
    return watch(
        state, url_for("shared.go_on", token=token, package_id=package_id),
        url_for("shared.take_package", token=token, package_id=package_id),
        back_at=url_for("shared.page", token=token),
    )  # fmt: skip


@bp.post("/<token>/paquete/<int:package_id>/avance")
@public
def go_on(token: str, package_id: int) -> Response:
    link = opened(token, even_spent=True)
    actor = sharing.actor_of(link)
    state = advance(actor, package_id, present_of(link), close=bool(request.values.get("close")))
    return answer(state, *_addresses(token, package_id))


@bp.get("/<token>/paquete/<int:package_id>/zip")
@public
def take_package(token: str, package_id: int) -> Response:
    """Counted as a whole before its first byte; what was begun may be gone on with."""
    link = opened(token, even_spent=True)

    def begin(tx: Transaction, files: int) -> None:
        sharing.check_open(sharing.standing(tx, link.id), archive().clock())
        sharing.count_taken(tx, link.id, files)

    return cast(Response, send_package(
        sharing.actor_of(link), package_id, present_of(link), "link",
        watch_at=url_for("shared.package", token=token, package_id=package_id), begin=begin,
    ))  # fmt: skip


def present_of(link: ShareLink) -> Present:
    """The link's actor as it stands at the moment of each file. Raises LinkClosed once it is revoked."""
    link_id, ours = link.id, archive()

    def present(asset_id: int) -> Actor:
        with ours.reading() as tx:
            now = sharing.standing(tx, link_id)
        sharing.check_open(now, ours.clock(), even_spent=True)
        return sharing.narrowed(ours, now, asset_id)

    return present


def watch_link(link_id: int, asset_id: int, preset: str) -> Callable[[], None]:
    """Asked while a file flows, when the request is over for Flask: raises once the link is closed, or the
    file may not leave any more."""
    ours = archive()

    def check() -> None:
        with ours.reading() as tx:
            now = sharing.standing(tx, link_id)
        sharing.check_open(now, ours.clock(), even_spent=True)
        delivery.demand_still(ours, sharing.narrowed(ours, now, asset_id), asset_id, preset)

    return check


def opened(token: str, *, even_spent: bool = False) -> ShareLink:
    """The link, once it is open to whoever asks. Raises NotFound, LinkClosed, PasswordWanted."""
    with archive().reading() as tx:
        link = _find(tx, token)
    sharing.check_open(link, archive().clock(), even_spent=even_spent)
    if link.password_hash is not None and session.get(OPENED, {}).get(str(link.id)) != _mark(link):
        raise PasswordWanted("Say the password of the link first.")
    return link


def _find(tx: Transaction, token: str) -> ShareLink:
    if len(token) > 100:
        raise Invalid("There is nothing at this address.")
    link = sharing.find(tx, token)
    if link.kind is not LinkKind.PAGE:
        raise NotFound("There is nothing at this address.")
    return link


def _mark(link: ShareLink) -> str:
    """What a browser carries once the password was said: of no use for another link or another password."""
    key = signing_key(archive().settings).encode()
    return sharing.sign(key, link, 0, "password", link.password_hash or "")
