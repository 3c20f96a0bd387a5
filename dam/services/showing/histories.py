"""What happened to one asset, for whoever may see the asset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Asset, AuditEntry
from dam.services.access import Action, Actor, demand, knows_origins

SHOWN = 40


@dataclass(frozen=True)
class Deed:
    """One line of the custody log. ``fields`` names what was edited; ``said`` what it became, where short."""

    at: datetime
    who: str
    action: str
    fields: Sequence[str]
    said: dict[str, Any]


def history(tx: Transaction, actor: Actor, asset: Asset, limit: int = SHOWN) -> list[Deed]:
    """Newest first; to whom its origins are no business, only what they did themselves. Raises NotFound when
    the actor may not know of the asset."""
    demand(actor, Action.SEE, asset)
    told = [AuditEntry.subject_type == "asset", AuditEntry.subject_id == asset.id]
    if not knows_origins(actor, asset):
        told.append(AuditEntry.actor_id == actor.user_id)
    rows = tx.scalars(select(AuditEntry).where(*told).order_by(AuditEntry.id.desc()).limit(limit))
    return [
        Deed(row.at, row.actor, row.action, row.detail.get("fields", ()), row.detail.get("said", {}))
        for row in rows
    ]
