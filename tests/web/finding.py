"""Material for tests of pages: rows as the worker would leave them, without files."""

from collections.abc import Callable
from datetime import datetime

import pytest

from dam.archive import Archive
from dam.models import Asset, Event, Kind, Original, Processing, Review, User
from dam.services import indexing
from dam.services.describing import placing

COUNTER = iter(range(1, 10**6))
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def rally(archive: Archive) -> int:
    """The id of a rally in Toluca."""
    with archive.transaction() as tx:
        event = Event(name="Mitin en la plaza", folded="mitin en la plaza", municipality_key="15106")
        event.timezone, event.day_only = "America/Mexico_City", False
        event.starts_at = datetime(2026, 5, 1, 18)
        tx.add(event)
        tx.flush()
        return event.id


@pytest.fixture
def make_assets(archive: Archive, rally: int) -> Callable[..., list[int]]:
    """``make_assets(3, owner=user, caption="…")``: searchable photos, the newest first."""

    def _make(
        count: int = 1, owner: User | None = None, name: str = "DSC_1.JPG", **more: object
    ) -> list[int]:
        usual = {"kind": Kind.PHOTO, "processing": Processing.READY, "review": Review.RECEIVED}
        shape = {"width": 1500, "height": 1000, "municipality_key": "15106", "keywords": [], "persons": []}
        given = usual | shape | more
        with archive.transaction() as tx:
            ids = []
            for minute in range(count):
                fields = {"taken_at": datetime(2026, 5, 1, 18, 59 - minute % 60), **given}
                asset = Asset(owner_id=owner.id if owner else None, **fields)
                tx.add(asset)
                tx.flush()
                tx.add(
                    Original(asset_id=asset.id, sha256=f"{next(COUNTER):064x}", bytes=1_000_000, name=name)
                )
                ids.append(asset.id)
            placing.move(tx, ids, rally)
            indexing.touch(tx, ids)
        while indexing.drain(archive):
            pass
        return ids

    return _make
