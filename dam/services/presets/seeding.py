"""Bringing what is shipped into the database, and never over what the office wrote."""

from dataclasses import asdict

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Pack, Preset
from dam.services.presets.shipped import PACKS, PRESETS


def seed(tx: Transaction) -> None:
    """Add the formats and packs that are missing; renew those of an older release that nobody edited."""
    known = {row.key: row for row in tx.scalars(select(Preset))}
    for position, shipped in enumerate(PRESETS):
        row = known.get(shipped.key)
        if row is None:
            tx.add(Preset(position=position, **asdict(shipped)))
        elif not row.edited and row.version < shipped.version:
            for name, value in {**asdict(shipped), "position": position}.items():
                setattr(row, name, value)
    packs = {row.key: row for row in tx.scalars(select(Pack))}
    for position, (key, name, presets) in enumerate(PACKS):
        row = packs.get(key)
        if row is None:
            tx.add(Pack(key=key, position=position, name=name, presets=list(presets)))
        elif not row.edited and list(row.presets) != list(presets):
            row.name, row.presets = name, list(presets)
