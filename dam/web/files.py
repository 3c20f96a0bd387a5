"""Renditions to look at: thumbnails, previews, players. Originals never leave by this door."""

from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, Flask, Response, g, jsonify, request, url_for
from flask.blueprints import BlueprintSetupState

from dam.errors import NotFound
from dam.media.recipes import standing
from dam.models import Kind
from dam.services.access import Action
from dam.services.delivery import bundles
from dam.services.renditions import BeingMade, making, recipe_of
from dam.web.doors import api_door
from dam.web.errors import sentence_of
from dam.web.sending import send
from dam.web.session import archive, current_actor

bp = Blueprint("files", __name__)

# The address names the recipe: other bytes have another address. Only this browser keeps them.
FOR_A_WEEK = "private, max-age=604800, immutable"
ASK_EACH_TIME = "private, no-cache"
TYPES = {recipe.preset: recipe.media_type for recipe in standing()}


class Showable(Protocol):
    """An asset, or a row of one."""

    id: int
    kind: Kind


@bp.get("/archivo/<int:asset_id>/<preset>")
@api_door(Action.SEE)
def show_file(asset_id: int, preset: str) -> Response:
    """A rendition, inline. 202 with Retry-After while it is being made."""
    try:
        found = making.view(archive(), current_actor(), asset_id, preset)
        named = request.args.get("v") == found.recipe
        cache = FOR_A_WEEK if named else ASK_EACH_TIME
        try:
            return send(
                archive().renditions, found.key, found.bytes, TYPES[found.preset], cache=cache,
                watch=None if found.preset in making.SMALL else _watch(asset_id, preset),
            )  # fmt: skip
        except KeyError:
            making.lost(archive(), found)
            raise BeingMade(making.SOON, seconds=making.ASK_AGAIN) from None
    except BeingMade as soon:
        return wait(soon)


def _watch(asset_id: int, preset: str) -> Callable[[], None]:
    """Asked while a clip flows that is played for minutes: may it still be looked at?"""
    ours, actor = archive(), current_actor()

    def check() -> None:
        making.view(ours, bundles.as_of_now(ours, actor), asset_id, preset)

    return check


def wait(soon: BeingMade) -> Response:
    """202: ask again in some seconds."""
    answer = jsonify(error=soon.code, message=sentence_of(soon), detail=soon.detail)
    answer.status_code = 202
    answer.headers["Retry-After"] = str(soon.detail["seconds"])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def file_url(asset: Showable, preset: str) -> str:
    """Where a rendition of the asset is shown: ``{{ file_url(asset, 'thumb') }}``. Empty when this kind of
    material has none. The address changes with the recipe, so that browsers keep the file for days."""
    shapes: dict[tuple[Kind, str], tuple[str, str]] = g.setdefault("file_shapes", {})
    shape = shapes.get((asset.kind, preset))
    if shape is None:  # a page of sixty cards asks two hundred times; building an address is slow
        shape = shapes[asset.kind, preset] = _shape_of_address(asset.kind, preset)
    before, after = shape
    return f"{before}{asset.id}{after}" if before else ""


def _shape_of_address(kind: Kind, preset: str) -> tuple[str, str]:
    """What stands before and after an asset's number, "" where this kind has no such file."""
    try:
        recipe = recipe_of(kind, preset)
    except NotFound:
        return "", ""
    written = url_for("files.show_file", asset_id=0, preset=preset, v=recipe.fingerprint)
    before, after = written.split("/0/", 1)
    return f"{before}/", f"/{after}"


@bp.record_once
def _offer(state: BlueprintSetupState) -> None:
    app: Flask = state.app
    app.jinja_env.globals["file_url"] = file_url
