"""/formatos: the download formats as the coordinator edits them, and as an asset's menu offers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from dam.db import Transaction
from dam.errors import DamError, Invalid, NotFound, Unavailable
from dam.models import Asset, Fit, Framing, MetadataPolicy, Rendition
from dam.services import presets, renditions
from dam.services.access import Action
from dam.services.presets import Word, editing, recipes
from dam.services.presets.editing import NewPreset
from dam.web.doors import door
from dam.web.errors import sentence_of, status_of
from dam.web.session import archive, current_actor

bp = Blueprint("formats", __name__)

Answer = str | Response | tuple[str, int]
FITS = {
    Fit.WITHIN: _l("Whole, within a size"), Fit.CROP: _l("Cropped to the size"),
    Fit.WHOLE: _l("As large as it is"),
}  # fmt: skip
POLICIES = {
    MetadataPolicy.FULL: _l("Everything the office wrote, with the municipality"),
    MetadataPolicy.NO_PLACE: _l("Credit and caption, nothing of where"),
    MetadataPolicy.CREDIT: _l("Author, credit and rights only"),
}
# What dam.services.renditions.wishing keeps as a reason, so that it is translated where it is shown.
WHY_NOT = (
    _l("This version could not be made."), _l("There is no sound in this clip."),
    _l("Too few pixels of this file can be read for this format."),
)  # fmt: skip
FIELDS = (
    "name", "purpose", "width", "height", "longest", "shortest", "quality", "ceiling", "seconds", "loudness",
    "metadata_policy",
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A line of an asset's menu: what it is, how large it comes out, or why it does not."""

    key: str
    name: str
    size: str
    bytes: int | None
    refused: str | None
    most: str | None = None  # the largest that the picture gives, where it is too small for the format


def menu_of(tx: Transaction, asset: Asset, made: Mapping[str, Rendition]) -> list[tuple[str, list[Offer]]]:
    """The formats of this asset by network, in order: (family, offers)."""
    groups: dict[str, list[Offer]] = {}
    known = recipes.framed(asset, tx.get(Framing, asset.id))
    every = {one.preset: one for one in renditions.standing_of(tx, asset.kind)}
    for preset in presets.listed(tx, asset.kind):
        there = made.get(preset.key)
        refused = most = None
        try:
            recipe = every.get(preset.key) or recipes.recipe_for(preset, Word(preset.key), known)
            there = there if there is not None and there.recipe == recipe.fingerprint else None
        except (Unavailable, Invalid) as why:
            refused = sentence_of(why)
            most = f"{why.detail['width']} × {why.detail['height']}" if "need_width" in why.detail else None
        size = f"{there.width} × {there.height}" if there is not None and there.width else preset.size_words
        offer = Offer(preset.key, preset.name, size, there.bytes if there else None, refused, most)
        groups.setdefault(preset.family, []).append(offer)
    return list(groups.items())


@bp.get("/formatos")
@door(Action.EDIT_PRESETS)
def page() -> str:
    return _page()


def _page(**said: Any) -> str:
    with archive().reading() as tx:
        known, packs = list(presets.known(tx).values()), presets.packs(tx)
    return render_template("formats/list.html", formats=known, packs=packs, **said)


@bp.post("/formatos")
@door(Action.EDIT_PRESETS)
def add() -> Answer:
    given = request.form
    try:
        new = NewPreset(
            given.get("key", "").strip().lower(), given.get("name", ""), given.get("kind", "photo"),
            _whole(given.get("width")), _whole(given.get("height")),
        )  # fmt: skip
        with archive().transaction() as tx:
            made = editing.add(tx, current_actor(), new, _today())
    except DamError as error:
        return _page(refusal=sentence_of(error), given=given), status_of(error)
    flash(_("The format was added."))
    return redirect(url_for("formats.edit", key=made.key))


@bp.get("/formatos/<key>")
@door(Action.EDIT_PRESETS)
def edit(key: str) -> str:
    return _form(key)


def _form(key: str, **said: Any) -> str:
    with archive().reading() as tx:
        preset = presets.get(tx, key)
    return render_template("formats/edit.html", preset=preset, fits=FITS, policies=POLICIES, **said)


@bp.post("/formatos/<key>")
@door(Action.EDIT_PRESETS)
def change(key: str) -> Answer:
    given = {name: request.form[name].strip() for name in FIELDS if name in request.form}
    try:
        with archive().transaction() as tx:
            editing.change(tx, current_actor(), key, given, _today())
    except NotFound:
        raise
    except DamError as error:
        return _form(key, refusal=sentence_of(error), given=given), status_of(error)
    flash(_("Saved. What was made before is made anew when somebody asks for it."))
    return redirect(url_for("formats.page"))


@bp.post("/formatos/<key>/uso")
@door(Action.EDIT_PRESETS)
def retire_or_restore(key: str) -> Answer:
    active = request.form.get("active") == "yes"
    try:
        with archive().transaction() as tx:
            editing.retire(tx, current_actor(), key, active=active)
    except NotFound:
        raise
    except DamError as error:
        return _form(key, refusal=sentence_of(error)), status_of(error)
    flash(_("The format is offered again.") if active else _("The format is not offered any more."))
    return redirect(url_for("formats.page"))


@bp.post("/formatos/paquetes/<key>")
@door(Action.EDIT_PRESETS)
def change_pack(key: str) -> Answer:
    try:
        with archive().transaction() as tx:
            editing.change_pack(
                tx, current_actor(), key, request.form.get("name", ""), request.form.getlist("preset")
            )
    except NotFound:
        raise
    except DamError as error:
        return _page(refusal=sentence_of(error)), status_of(error)
    flash(_("The pack was saved."))
    return redirect(url_for("formats.page") + "#paquetes")


def _whole(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        raise Invalid("Give width and height in pixels.", field="width") from None


def _today() -> Any:
    return archive().clock().astimezone(archive().settings.zone).date()
