"""What belongs together: the files of one asset, joined and split; and stacks, opened, covered and taken
apart."""

import io
from typing import Any, BinaryIO

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext, ngettext
from sqlalchemy import select

from dam.errors import Invalid, NotFound, Unavailable
from dam.models import Asset, Original, OriginalRole
from dam.services import delivery
from dam.services.access import Action, demand, policy_of
from dam.services.delivery import bundles
from dam.services.families import joining, showing, stacking
from dam.services.renditions import ORIGINAL
from dam.web.describe import chosen_ids, said
from dam.web.doors import door
from dam.web.downloads import ASK_EACH_TIME
from dam.web.language import number
from dam.web.sending import goes_on, send
from dam.web.session import archive, current_actor

bp = Blueprint("families", __name__)

LONGEST = 2**31 - 1


@bp.get(f"/descargar/<int(max={LONGEST}):asset_id>/archivo/<int(max={LONGEST}):original_id>")
@door(Action.TAKE_ORIGINAL)
def take_file(asset_id: int, original_id: int) -> Response:
    """One of an asset's originals, untouched: the RAW file, the sidecar, the clip of a Live Photo."""
    parcel = delivery.deliver_file(
        archive(), current_actor(), asset_id, original_id, "page",
        counted=request.method == "GET", goes_on=goes_on(),
    )  # fmt: skip
    try:
        return send(
            parcel.store, parcel.key, parcel.bytes, parcel.media_type,
            cache=ASK_EACH_TIME, attachment=parcel.filename,
            watch=bundles.watch(archive(), current_actor(), asset_id, ORIGINAL),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None


@bp.get(f"/material/<int(max={LONGEST}):asset_id>/movimiento")
@door(Action.TAKE_ORIGINAL)
def motion(asset_id: int) -> Response:
    """The clip inside a motion photo, as it lies in the original. Ranges work."""
    with archive().reading() as tx:
        asset = tx.get(Asset, asset_id)
        if asset is None:
            raise NotFound("There is no such material.")
        policy = policy_of(archive().settings)
        demand(current_actor(), Action.TAKE_ORIGINAL, asset, at=archive().clock(), policy=policy)
        original = tx.scalars(
            select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
        ).one()
        offset, length = showing.clip_in(original)
        sha256 = original.sha256
    if not length:
        raise NotFound("There is no clip inside this photo.")
    part: Any = _Part(offset, length)
    try:
        return send(
            part, sha256, length, "video/mp4", cache=ASK_EACH_TIME,
            watch=bundles.watch(archive(), current_actor(), asset_id, ORIGINAL),
        )  # fmt: skip
    except KeyError:
        raise Unavailable("The file is missing from the archive. Tell the administrator.") from None


@bp.post("/material/separar")
@door(Action.DESCRIBE)
def split() -> Response:
    """A file gets an asset of its own. JSON: original_id."""
    original_id = said().get("original_id")
    if type(original_id) is not int or not 0 < original_id <= LONGEST:
        raise Invalid("Say which file.")
    with archive().transaction() as tx:
        own = joining.split(tx, current_actor(), original_id)
    return jsonify(asset=own.id, message=gettext("The file stands alone now, as material %(id)s.", id=own.id))


@bp.post("/material/juntar")
@door(Action.DESCRIBE)
def join() -> Response:
    """Several assets become files of one. JSON: ids, or query."""
    with archive().transaction() as tx:
        one = joining.join_chosen(tx, current_actor(), chosen_ids(said()))
    return jsonify(asset=one.id, message=gettext("They are one material now."))


@bp.post("/pilas")
@door(Action.DESCRIBE)
def stack() -> Response:
    """Show several as one. JSON: ids, or query; the first is the cover."""
    ids = chosen_ids(said())
    with archive().transaction() as tx:
        change = stacking.stack(tx, current_actor(), ids)
    message = ngettext("%(count)s in one stack.", "%(count)s in one stack.", len(ids), count=number(len(ids)))
    return jsonify(change_id=change.id, message=message)


@bp.post("/pilas/sacar")
@door(Action.DESCRIBE)
def take_out() -> Response:
    """Out of their stacks, and left so. JSON: ids, or query."""
    with archive().transaction() as tx:
        change = stacking.take_out(tx, current_actor(), chosen_ids(said()))
    return jsonify(change_id=change.id, message=gettext("Each stands for itself again."))


@bp.post(f"/pilas/<int(max={LONGEST}):stack_id>/desapilar")
@door(Action.DESCRIBE)
def unstack(stack_id: int) -> Response:
    with archive().transaction() as tx:
        change = stacking.unstack(tx, current_actor(), stack_id)
    return jsonify(change_id=change.id, message=gettext("Each stands for itself again."))


@bp.post(f"/material/<int(max={LONGEST}):asset_id>/portada")
@door(Action.DESCRIBE)
def cover(asset_id: int) -> Response:
    """This one stands for its stack."""
    with archive().transaction() as tx:
        change = stacking.make_cover(tx, current_actor(), asset_id)
    return jsonify(change_id=change.id, message=gettext("This one stands for the stack now."))


class _Part:
    """A stretch of one original, to be sent like a file of a store."""

    def __init__(self, offset: int, length: int) -> None:
        self.offset, self.length = offset, length

    def reader(self, key: str) -> BinaryIO:
        """Raises KeyError when the original is gone."""
        return io.BufferedReader(_Window(archive().originals.reader(key), self.offset, self.length))


class _Window(io.RawIOBase):
    """Reads ``length`` bytes of a file from ``offset`` on, and nothing beside."""

    def __init__(self, whole: BinaryIO, offset: int, length: int) -> None:
        self.whole, self.offset, self.length, self.at = whole, offset, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.length}[whence]
        self.at = max(0, start + offset)
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        self.whole.seek(self.offset + self.at)
        piece = self.whole.read(max(0, min(len(buffer), self.length - self.at)))
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def close(self) -> None:
        self.whole.close()
        super().close()
