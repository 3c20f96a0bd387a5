"""The machine's proposal: faces, things and what stands out, weighed, from the preview; once an asset.

It takes a tenth of a second or two, so it is no part of the ingest: whoever first wants a crop has it done
before, and the reconciler does it for the rest while nobody waits.
"""

import json
import logging
import math
from typing import Any

from sqlalchemy import func, or_, select

from dam.archive import Archive
from dam.db import Transaction
from dam.media.reasons import Unreadable
from dam.media.recipes import Recipe
from dam.models import Asset, Framing, Kind, Processing, Rendition
from dam.queue import Job, Lane
from dam.services.renditions.originals import folder

log = logging.getLogger(__name__)

LOOKED_BY = 3  # raise it when dam.media.subjects sees better: proposals are made anew, corrections stay
SEEN = Recipe("subjects", "photo", "json", version=LOOKED_BY)
LOOKED_AT = {Kind.PHOTO: "preview", Kind.DOCUMENT: "preview", Kind.VIDEO: "poster"}
MOST_FACES, MOST_REGIONS = 12, 32
MOST_BELIEF = 10.0
AT_ONCE = 20
STILL_COMING = 5000  # ids this near to the newest may not be ready yet


def look(archive: Archive, asset_id: int) -> bool:
    """Look for the subject where nobody did yet; True where that changed the proposal."""
    with archive.reading() as tx:
        asset = tx.get(Asset, asset_id)
        known = tx.get(Framing, asset_id)
        if asset is None or asset.kind not in LOOKED_AT or (known and known.looked_by >= LOOKED_BY):
            return False
        picture = tx.scalars(
            select(Rendition.key).where(
                Rendition.asset_id == asset_id, Rendition.preset == LOOKED_AT[asset.kind]
            )
        ).first()
    seen = _see(archive, picture) if picture is not None else {}
    with archive.transaction() as tx:
        keep(tx, asset_id, seen)
    return True


def keep(tx: Transaction, asset_id: int, seen: dict[str, Any]) -> None:
    """Record a proposal; what a person said stays."""
    row = tx.get(Framing, asset_id)
    if row is None:
        row = Framing(asset_id=asset_id, windows={})
        tx.add(row)
    row.faces = _boxes(seen.get("faces"))
    row.regions = _regions(seen.get("regions"))
    row.looked_by = LOOKED_BY


def send_the_rest(archive: Archive, above: int = 0) -> int:
    """While nobody waits: send jobs for some assets beyond ``above`` that nobody looked at. Answers the id to
    give next time, so that an archive that is done costs nothing. Raises Unavailable."""
    if any(archive.queue.waiting(lane) for lane in (Lane.INTERACTIVE, Lane.PHOTOS)):
        return above
    with archive.reading() as tx:
        ids = tx.scalars(
            select(Asset.id)
            .outerjoin(Framing, Framing.asset_id == Asset.id)
            .where(
                Asset.id > above,
                Asset.processing == Processing.READY,
                Asset.kind.in_(list(LOOKED_AT)),
                or_(Framing.asset_id.is_(None), Framing.looked_by < LOOKED_BY),
            )
            .order_by(Asset.id.desc())
            .limit(AT_ONCE)
        ).all()
        newest = tx.scalar(select(func.max(Asset.id))) or 0
    for asset_id in ids:
        archive.queue.enqueue(Job.LOOK_FOR_SUBJECT, asset_id, Lane.PHOTOS)
    return above if ids else max(above, newest - STILL_COMING)


def _see(archive: Archive, key: str) -> dict[str, Any]:
    """What is seen in one of our own pictures; nothing where it cannot be read."""
    with folder(archive) as place:
        copy = archive.renditions.local_path(key)
        if copy is None:
            copy = place / "picture"
            with copy.open("wb") as handle:
                for piece in archive.renditions.open(key):
                    handle.write(piece)
        (place / "seen").mkdir()
        try:
            visit = archive.sandbox.visit(copy, [SEEN], place / "seen", name=key)
        except (Unreadable, KeyError, FileNotFoundError) as error:
            log.warning("no subject was looked for in %s: %s", key, error)
            return {}
        return json.loads(visit.made[0].path.read_text()) if visit.made else {}


def _boxes(told: Any) -> list[list[float]]:
    """Four numbers from 0 to 1 each, in order; anything else a child may say is dropped."""
    kept = []
    for box in told if isinstance(told, list) else []:
        if isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box):
            left, top, right, bottom = (round(min(1.0, max(0.0, float(side))), 4) for side in box)
            if left < right and top < bottom:
                kept.append([left, top, right, bottom])
    return kept[:MOST_FACES]


def _regions(told: Any) -> list[list[float]]:
    """Boxes with how much each is believed as a fifth number; anything else is dropped."""
    kept = []
    for region in told if isinstance(told, list) else []:
        if isinstance(region, list) and len(region) == 5 and _is_belief(region[4]):
            kept += [[*box, round(float(region[4]), 4)] for box in _boxes([region[:4]])]
    return kept[:MOST_REGIONS]


def _is_belief(told: Any) -> bool:
    return isinstance(told, int | float) and math.isfinite(told) and 0 < told <= MOST_BELIEF
