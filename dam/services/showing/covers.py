"""One picture that stands for an event or a person in a list."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Kind
from dam.services.access import Actor, visible
from dam.services.showing.contact_sheet import Card, cards

PICTURED = (Kind.PHOTO, Kind.VIDEO)


def of_events(tx: Transaction, actor: Actor, event_ids: Iterable[int]) -> dict[int, Card]:
    """Event id → its first picture that ``actor`` may see. One look in an index for each."""
    first = select(AssetEvent.asset_id).order_by(AssetEvent.number)
    return _covers(tx, actor, event_ids, first, AssetEvent, AssetEvent.event_id)


def of_officials(tx: Transaction, actor: Actor, official_ids: Iterable[int]) -> dict[int, Card]:
    """Official id → the newest picture that shows them, confirmed, that ``actor`` may see."""
    newest = select(Appearance.asset_id).where(Appearance.confirmed).order_by(Appearance.asset_id.desc())
    return _covers(tx, actor, official_ids, newest, Appearance, Appearance.official_id)


def _covers(
    tx: Transaction,
    actor: Actor,
    ids: Iterable[int],
    chosen: Select[tuple[int]],
    table: type[AssetEvent] | type[Appearance],
    column: ColumnElement[int],
) -> dict[int, Card]:
    one = (
        chosen.join(Asset, Asset.id == table.asset_id)
        .where(visible(actor), Asset.kind.in_(PICTURED))
        .limit(1)
    )
    found = {key: asset_id for key in ids if (asset_id := tx.scalar(one.where(column == key))) is not None}
    shown = {card.asset_id: card for card in cards(tx, list(dict.fromkeys(found.values())))}
    return {key: shown[asset_id] for key, asset_id in found.items() if asset_id in shown}
