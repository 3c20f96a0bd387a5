"""The best twelve of what came together, chosen from what is stored already: no picture is opened for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import exists, func, select

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Framing, IngestItem, Kind, Rendition, Review
from dam.services.access import Action, Actor, demand, visible

HOW_MANY = 12
ALIKE = 10  # bits of 64 in which two pictures of the same thing may differ
MOST = 5000  # candidates looked at
MEASURED_ON = "preview"


@dataclass(frozen=True)
class Frame:
    """What is known of one candidate. ``detail``: bytes a pixel of its preview, all made at one quality, so
    that of two pictures of the same thing the sharper one has more."""

    asset_id: int
    taken_at: datetime | None
    rating: int
    detail: float
    faces: int
    named: bool
    approved: bool
    hash: int | None


def of_batch(tx: Transaction, actor: Actor, batch_id: int, count: int = HOW_MANY) -> list[int]:
    """The best of what a batch brought, in the order in which they were taken. Raises Forbidden."""
    brought = select(IngestItem.asset_id).where(IngestItem.batch_id == batch_id)
    return _best(tx, actor, brought, count)


def of_event(tx: Transaction, actor: Actor, event_id: int, count: int = HOW_MANY) -> list[int]:
    """The same of a whole event."""
    return _best(tx, actor, select(AssetEvent.asset_id).where(AssetEvent.event_id == event_id), count)


def _best(tx: Transaction, actor: Actor, among: object, count: int) -> list[int]:
    demand(actor, Action.REVIEW)
    return choose(_frames(tx, actor, among), count)


def choose(frames: Iterable[Frame], count: int = HOW_MANY) -> list[int]:
    """Spread over the time they were taken in, the best of each stretch, and no two of the same thing as long
    as there are others. Ids, in order of time."""
    ordered = sorted(frames, key=lambda one: (one.taken_at or datetime.max, one.asset_id))
    worth = _worth(ordered)
    picked: list[Frame] = []
    for stretch in _stretches(ordered, count):
        best_first = sorted(stretch, key=lambda one: (-worth[one.asset_id], one.asset_id))
        new = next((one for one in best_first if not any(alike(one, other) for other in picked)), None)
        if new is not None:
            picked.append(new)
    rest = sorted(ordered, key=lambda one: (-worth[one.asset_id], one.asset_id))
    for twins in (False, True):  # first what shows something else, then whatever there is
        for one in rest:
            if len(picked) >= count:
                break
            if one not in picked and (twins or not any(alike(one, other) for other in picked)):
                picked.append(one)
    return [one.asset_id for one in sorted(picked, key=ordered.index)]


def alike(one: Frame, other: Frame) -> bool:
    """Do two frames show the same, as far as their perceptual hashes tell?"""
    if one.hash is None or other.hash is None:
        return False
    return (one.hash ^ other.hash).bit_count() <= ALIKE


def _worth(frames: Sequence[Frame]) -> dict[int, float]:
    """Between 0 and about 6: stars say most, then faces and names, then how sharp it is among the others."""
    by_detail = sorted(frames, key=lambda one: (one.detail, one.asset_id))
    rank = {one.asset_id: place / max(1, len(frames) - 1) for place, one in enumerate(by_detail)}
    return {
        one.asset_id: rank[one.asset_id] + 0.5 * one.rating + 0.4 * min(one.faces, 3) + 0.6 * one.named
        + 0.3 * one.approved
        for one in frames
    }  # fmt: skip


def _stretches(ordered: Sequence[Frame], count: int) -> list[Sequence[Frame]]:
    """``count`` runs of about as many frames each, in order of time."""
    total = len(ordered)
    cuts = [round(total * part / count) for part in range(count + 1)]
    return [ordered[start:end] for start, end in pairwise(cuts) if end > start]


def _frames(tx: Transaction, actor: Actor, among: object) -> list[Frame]:
    named = exists().where(Appearance.asset_id == Asset.id, Appearance.confirmed)
    pixels = func.coalesce(Rendition.width * Rendition.height, 1)
    rows = tx.execute(
        select(Asset.id, Asset.taken_at, Asset.rating, Asset.perceptual_hash, Asset.review,
               named.label("named"), Rendition.bytes, pixels.label("pixels"), Framing.faces)
        .outerjoin(Rendition, (Rendition.asset_id == Asset.id) & (Rendition.preset == MEASURED_ON))
        .outerjoin(Framing, Framing.asset_id == Asset.id)
        .where(Asset.id.in_(among), visible(actor), Asset.review != Review.REJECTED,
               Asset.kind.in_((Kind.PHOTO, Kind.VIDEO)))
        .order_by(Asset.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [
        Frame(
            asset_id=row.id,
            taken_at=row.taken_at,
            rating=row.rating or 0,
            detail=(row.bytes or 0) / max(1, row.pixels),
            faces=len(row.faces or ()),
            named=bool(row.named),
            approved=row.review == Review.APPROVED,
            hash=int(row.perceptual_hash, 16) if row.perceptual_hash else None,
        )
        for row in rows
    ]
