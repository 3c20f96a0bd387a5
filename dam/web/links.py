"""/ligas: doors for people outside, who came through them, and closing them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dam.errors import Invalid
from dam.models import LinkKind, ShareLink
from dam.services import presets, sharing
from dam.services.access import Action
from dam.services.sharing import State
from dam.web.doors import door
from dam.web.numbers import row_number
from dam.web.packages import formats
from dam.web.session import archive, current_actor

bp = Blueprint("links", __name__)

AT_ONCE = 100
DAYS = (1, 3, 7, 14, 30, 90, 365)


@bp.get("/ligas")
@door(Action.SHARE)
def index() -> str:
    """All links one answers for, the newest first."""
    with archive().reading() as tx:
        links = sharing.listed(
            tx, current_actor(), after=request.args.get("after", type=row_number), limit=AT_ONCE + 1
        )  # fmt: skip
        shown = links[:AT_ONCE]
        return render_template(
            "links/list.html", links=shown, state_of=_state_of,
            next=shown[-1].id if len(links) > AT_ONCE else None,
        )  # fmt: skip


@bp.post("/ligas")
@door(Action.SHARE)
def create() -> str:
    """The address is shown on this page and nowhere else afterwards."""
    form = request.form
    kind = LinkKind.FEED if form.get("kind") == LinkKind.FEED else LinkKind.PAGE
    link, token = sharing.make(
        archive(), current_actor(), recipient=form.get("recipient", ""), presets=formats(), kind=kind,
        collection_id=_number("collection"), asset_id=_number("asset"), query=form.get("query") or None,
        days=_number("days"), password=form.get("password") or None, ceiling=_number("ceiling"),
    )  # fmt: skip
    return render_template(
        "links/made.html", link=link, address=archive().settings.address + path_of(link, token),
        json_address=archive().settings.address + url_for("feeds.json_feed", token=token)
        if kind is LinkKind.FEED else "",
        back=_back(link), withheld=_withheld(link),
    )  # fmt: skip


def _withheld(link: ShareLink) -> list[tuple[str, int]]:
    """What stays hidden from whoever opens it, and why, in the reader's language."""
    with archive().reading() as tx:
        standing = sharing.standing(tx, link.id)
    return [(_(reason), count) for reason, count in sharing.withheld(archive(), standing)]


def path_of(link: ShareLink, token: str) -> str:
    """Where the token opens."""
    if link.kind is LinkKind.FEED:
        return url_for("feeds.atom_feed", token=token)
    return url_for("shared.page", token=token)


def _number(name: str) -> int | None:
    given = request.form.get(name, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Invalid("“%(text)s” is not a number.", text=given[:40])
    return int(given)


def _back(link: ShareLink) -> str:
    if link.collection_id is not None:
        return url_for("collections.page", collection_id=link.collection_id)
    if link.asset_id is not None:
        return url_for("assets.asset", asset_id=link.asset_id)
    return url_for("links.index")


@bp.get("/ligas/<int:link_id>")
@door(Action.SHARE)
def receipt(link_id: int) -> str:
    """Who opened it and what was taken by it."""
    with archive().reading() as tx:
        link = sharing.get(tx, current_actor(), link_id)
    withheld = _withheld(link) if _state_of(link) is State.OPEN else []
    with archive().reading() as tx:
        link = sharing.get(tx, current_actor(), link_id)
        return render_template(
            "links/receipt.html", link=link, receipt=sharing.receipt(tx, link), state=_state_of(link),
            names={one.key: one.name for one in presets.known(tx).values()}, back=_back(link),
            withheld=withheld,
        )  # fmt: skip


@bp.post("/ligas/<int:link_id>/revocar")
@door(Action.SHARE)
def revoke(link_id: int) -> Response:
    with archive().transaction() as tx:
        sharing.revoke(tx, current_actor(), link_id)
    flash(_("The link opens nothing any more."), "done")
    return redirect(url_for("links.receipt", link_id=link_id))


def _state_of(link: ShareLink) -> State:
    return sharing.state_of(link, archive().clock())
