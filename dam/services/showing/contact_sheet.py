"""What the grid shows of each asset: enough to lay it out, to name it on a strip, and to play a clip."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select

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
from dam.models.among import among
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
        return self.headline or " · ".join(filter(None, (self.event, self.who)))

    @property
    def who(self) -> str:
        """Who appears, in one line."""
        return ", ".join(self.people)


def cards(tx: Transaction, asset_ids: Sequence[int], actor: Actor | None = None) -> list[Card]:
    """Cards in the order of ``asset_ids``; what is gone meanwhile is left out. With ``actor`` stacks are
    counted as they see them. Five queries, however many, and one more where there are stacks to count."""
    found = {row[0]: row for row in tx.execute(_assets(), {"ids": list(asset_ids)})}
    ids = {"ids": list(found)}
    people: defaultdict[int, list[str]] = defaultdict(list)
    for asset_id, name in tx.execute(_people(), ids):
        people[asset_id].append(name)
    sheets = dict(tx.execute(_storyboards(), ids).all())
    sizes = dict(tx.execute(_sizes(), ids).all())
    stacks = {row.stack_id for row in found.values()} - {None}
    counts = stacking.counts(tx, actor, stacks) if stacks and actor is not None else {}
    cards = []
    for row in (found[one] for one in asset_ids if one in found):
        asset_id, kind, review, processing, width, height, *rest, stack_id = row
        if not (width and height):
            width, height = SHAPE_OF_A_WAVE if kind == Kind.AUDIO else SHAPE
        cards.append(Card(
            asset_id, kind, review, processing, width, height, *rest,
            people=tuple(people.get(asset_id, ())), storyboard=sheets.get(asset_id),
            bytes=int(sizes.get(asset_id, 0)), stack_id=stack_id, stack_count=counts.get(stack_id, 0),
        ))  # fmt: skip
    return cards


# Made once: SQLAlchemy takes longer to put a question together than the database to answer it.


@cache
def _assets() -> Select[Any]:
    return (
        select(
            Asset.id, Asset.kind, Asset.review, Asset.processing, Asset.width, Asset.height, Asset.taken_at,
            Asset.duration, Asset.placeholder, Asset.headline, Event.name, Municipality.name,
            Asset.reason_code, Asset.stack_id,
        )
        .select_from(Asset)
        .outerjoin(AssetEvent, (AssetEvent.asset_id == Asset.id) & (AssetEvent.position == _first_position()))
        .outerjoin(Event, Event.id == AssetEvent.event_id)
        .outerjoin(Municipality, Municipality.key == Asset.municipality_key)
        .where(among(Asset.id))
    )  # fmt: skip


def _first_position() -> Any:
    """The lowest position among an asset's events: its primary one."""
    other = AssetEvent.__table__.alias()
    return select(func.min(other.c.position)).where(other.c.asset_id == Asset.id).scalar_subquery()


@cache
def _people() -> Select[Any]:
    return (
        select(Appearance.asset_id, Official.name)
        .join(Official, Official.id == Appearance.official_id)
        .where(among(Appearance.asset_id), Appearance.confirmed)
        .order_by(Appearance.asset_id, Appearance.position, Official.id)
    )


@cache
def _storyboards() -> Select[Any]:
    return select(Rendition.asset_id, Rendition.detail).where(
        among(Rendition.asset_id), Rendition.preset == "storyboard"
    )


@cache
def _sizes() -> Select[Any]:
    return (
        select(Original.asset_id, func.sum(Original.bytes))
        .where(among(Original.asset_id))
        .group_by(Original.asset_id)
    )
