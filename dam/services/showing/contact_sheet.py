"""What the grid shows of each asset: enough to lay it out, to name it on a strip, and to play a clip."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from dam.db import Transaction
from dam.media.reasons import Reason
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Event,
    Kind,
    Municipality,
    Official,
    Original,
    Processing,
    Rendition,
    Review,
)
from dam.services.access import Actor
from dam.services.families import stacking

SHAPE = (4, 3)  # of what has no measured size
SHAPE_OF_A_WAVE = (8, 3)  # of a recording


@dataclass(frozen=True)
class Card:
    """One asset of the grid. ``width`` and ``height`` give its shape; ``bytes`` is its originals' size.

    ``storyboard`` is the grid of a clip's strip ("columns", "rows", "tiles", "interval" in seconds).
    """

    asset_id: int
    kind: Kind
    review: Review
    processing: Processing
    width: int
    height: int
    taken_at: datetime | None
    duration: float | None
    placeholder: str | None
    headline: str | None
    event: str | None
    municipality: str | None
    reason_code: str | None = None
    people: tuple[str, ...] = ()
    storyboard: Mapping[str, Any] | None = None
    bytes: int = 0
    stack_id: int | None = None
    stack_count: int = 0  # assets that its stack shows as one to whom the card is shown

    @property
    def id(self) -> int:
        """As an asset's own, for whatever shows either."""
        return self.asset_id

    @property
    def pictured(self) -> bool:
        """Is there a picture to show? Not while it is being made, nor of what is kept and never drawn."""
        return self.processing == Processing.READY and self.reason_code != Reason.NOT_RENDERED

    @property
    def month(self) -> str:
        """ "2026-05", or "" when nobody knows when it was taken."""
        return f"{self.taken_at:%Y-%m}" if self.taken_at else ""

    @property
    def said(self) -> str:
        """What a screen reader says: the headline, else the event and who appears."""
        return self.headline or " · ".join(part for part in (self.event, ", ".join(self.people)) if part)


def cards(tx: Transaction, asset_ids: Sequence[int], actor: Actor | None = None) -> list[Card]:
    """Cards in the order of ``asset_ids``; what is gone meanwhile is left out. With ``actor`` stacks are
    counted as they see them. Five queries, however many, and one more where there are stacks to count."""
    found = {card.asset_id: card for card in _assets(tx, asset_ids)}
    people = _people(tx, found)
    sheets = dict(_rows(tx, Rendition.asset_id, Rendition.detail, found, Rendition.preset == "storyboard"))
    sizes = dict(
        tx.execute(
            select(Original.asset_id, func.sum(Original.bytes))
            .where(Original.asset_id.in_(found))
            .group_by(Original.asset_id)
        ).all()
    )
    stacks = {card.stack_id for card in found.values()} - {None}
    counts = stacking.counts(tx, actor, stacks) if stacks and actor is not None else {}
    return [
        replace(
            found[asset_id],
            stack_count=counts.get(found[asset_id].stack_id, 0),
            people=people.get(asset_id, ()),
            storyboard=sheets.get(asset_id),
            bytes=int(sizes.get(asset_id, 0)),
        )
        for asset_id in asset_ids
        if asset_id in found
    ]


def _assets(tx: Transaction, asset_ids: Sequence[int]) -> Iterable[Card]:
    rows = tx.execute(
        select(
            Asset.id, Asset.kind, Asset.review, Asset.processing, Asset.width, Asset.height, Asset.taken_at,
            Asset.duration, Asset.placeholder, Asset.headline, Event.name, Municipality.name,
            Asset.reason_code, Asset.stack_id,
        )
        .select_from(Asset)
        .outerjoin(AssetEvent, (AssetEvent.asset_id == Asset.id) & (AssetEvent.position == _first_position()))
        .outerjoin(Event, Event.id == AssetEvent.event_id)
        .outerjoin(Municipality, Municipality.key == Asset.municipality_key)
        .where(Asset.id.in_(asset_ids))
    )  # fmt: skip
    for asset_id, kind, review, processing, width, height, *rest, stack_id in rows:
        unmeasured = SHAPE_OF_A_WAVE if kind == Kind.AUDIO else SHAPE
        shape = (width, height) if width and height else unmeasured
        yield Card(asset_id, kind, review, processing, *shape, *rest, stack_id=stack_id)


def _first_position() -> Any:
    """The lowest position among an asset's events: its primary one."""
    other = AssetEvent.__table__.alias()
    return select(func.min(other.c.position)).where(other.c.asset_id == Asset.id).scalar_subquery()


def _people(tx: Transaction, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    rows = tx.execute(
        select(Appearance.asset_id, Official.name)
        .join(Official, Official.id == Appearance.official_id)
        .where(Appearance.asset_id.in_(ids), Appearance.confirmed)
        .order_by(Appearance.asset_id, Appearance.position, Official.id)
    )
    named: dict[int, tuple[str, ...]] = {}
    for asset_id, name in rows:
        named[asset_id] = (*named.get(asset_id, ()), name)
    return named


def _rows(
    tx: Transaction, key: Any, value: Any, ids: Iterable[int], condition: Any
) -> Iterable[tuple[int, Any]]:
    return (tuple(row) for row in tx.execute(select(key, value).where(key.in_(ids), condition)))
