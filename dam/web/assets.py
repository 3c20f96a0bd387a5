"""/material/<id>: one picture or clip as large as the window, and everything known of it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.media.reasons import Reason
from dam.models import Asset, Kind, Original, Processing
from dam.services import bin as the_bin
from dam.services import finding, places, showing
from dam.services.access import Action, Decision, can, decide, policy_of
from dam.services.families import joining
from dam.services.families import showing as family
from dam.services.ingest import hints
from dam.services.release import whereabouts
from dam.services.showing import histories
from dam.services.showing.neighbours import neighbours
from dam.web import technical
from dam.web.deeds import FIELDS
from dam.web.doors import door
from dam.web.formats import menu_of
from dam.web.rail import address
from dam.web.search import asked, is_fetch
from dam.web.session import archive, current_actor

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Exposure:
    """As photographers say it; empty where the file says nothing."""

    time: str
    aperture: str
    iso: str
    focal_length: str


@bp.get("/material/<int(max=2147483647):asset_id>")
@door(Action.SEE)
def asset(asset_id: int) -> str | Response:
    """The page; a fetch gets only the asset, to lay over a grid."""
    actor = current_actor()
    query = asked()
    args = urlencode(finding.to_args(query))
    before = after = None
    now, policy = archive().clock(), policy_of(archive().settings)
    with archive().reading() as tx:
        shown = showing.load(tx, actor, asset_id)
        if (now_in := joining.joined_to(tx, shown.id)) is not None:  # its old address leads to it
            return redirect(url_for("assets.asset", asset_id=now_in, **request.args.to_dict(flat=False)))
        facts = showing.show(tx, actor, asset_id)
        if not is_fetch():
            before, after = neighbours(archive(), actor, query, asset_id)
        return render_template(
            "asset/_asset.html" if is_fetch() else "asset/page.html",
            asset=shown,
            facts=facts,
            files=family.files(tx, actor, shown),
            pile=family.pile(tx, actor, shown),
            formats=menu_of(tx, shown, {one.preset: one for one in shown.renditions}),
            title=_title(shown),
            rights={action.name: can(actor, action, shown, at=now, policy=policy) for action in Action},
            withheld=_withheld(decide(actor, Action.TAKE_WEB, shown, at=now, policy=policy)),
            unpublished=_withheld(decide(actor, Action.TAKE_NETWORK, shown, at=now, policy=policy)),
            deliveries=whereabouts.deliveries(tx, actor, shown),
            publications=whereabouts.publications(tx, actor, shown),
            made={rendition.preset: rendition for rendition in shown.renditions},
            exposure=_exposure(tx, shown),
            history=histories.history(tx, actor, shown),
            field_names=FIELDS,
            place=places.label(shown.municipality, archive().settings.home_state)
            if shown.municipality
            else None,
            suggestion=_suggestion(shown),
            hints=hints.of_assets(tx, actor, [shown]),
            days_left=the_bin.days_left(archive(), shown) if shown.deleted_at else None,
            quarantined=shown.processing in (Processing.QUARANTINED, Processing.FAILED),
            is_clip=shown.kind == Kind.VIDEO,
            technical=technical.lines(tx, shown),
            kept=shown.processing == Processing.READY and shown.reason_code == Reason.NOT_RENDERED,
            over_grid=is_fetch(),
            back=address(query),
            before=_link(before, args),
            after=_link(after, args),
        )


def _withheld(decision: Decision) -> str | None:
    """Why it may not leave now, where a rule of release says so."""
    told = decision.code not in ("", "role", "unknown")
    return gettext(decision.reason) if told else None


def _title(shown: Asset) -> str:
    if shown.headline:
        return shown.headline
    return shown.placements[0].event.name if shown.placements else f"{shown.id}"


def _link(asset_id: int | None, args: str) -> str | None:
    if asset_id is None:
        return None
    return url_for("assets.asset", asset_id=asset_id) + (f"?{args}" if args else "")


def _suggestion(shown: Asset) -> dict[str, Any] | None:
    """A municipality the machine suggests, unless a person has said one."""
    if shown.suggested_municipality is None or shown.suggested_municipality_key == shown.municipality_key:
        return None
    if shown.municipality_source == "person":
        return None
    label = places.label(shown.suggested_municipality, archive().settings.home_state)
    return {"key": shown.suggested_municipality_key, "label": label}


def _exposure(tx: Transaction, shown: Asset) -> Exposure | None:
    first = next(iter(shown.originals), None)
    raw = tx.get_one(Original, first.id).raw_facts if first else None
    facts = (raw or {}).get("facts", {})
    seconds, aperture = _number(facts, "exposure_seconds"), _number(facts, "aperture")
    iso, length = _number(facts, "iso"), _number(facts, "focal_length")
    if not any((seconds, aperture, iso, length)):
        return None
    return Exposure(
        time=_time(seconds),
        aperture=f"f/{aperture:g}" if aperture else "",
        iso=f"ISO {iso:.0f}" if iso else "",
        focal_length=f"{length:.0f} mm" if length else "",
    )


def _number(facts: dict[str, Any], name: str) -> float:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _time(seconds: float) -> str:
    """1/250 s, 2.5 s."""
    if not seconds:
        return ""
    return f"{seconds:g} s" if seconds >= 0.4 else f"1/{round(1 / seconds)} s"
