"""Assets filed from facts, as the worker does after its visit, without any pixels."""

from collections.abc import Callable
from itertools import count
from typing import Any

from dam.archive import Archive
from dam.media.visit import Facts
from dam.models import Asset, Event, IngestBatch, Original, Outcome, Processing
from dam.services import ingest
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.ingest import filing

File = Callable[..., int]
_numbers = count(1)


def open_batch(archive: Archive, event: Event) -> int:
    with archive.transaction() as tx:
        return ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id).id


def file(archive: Archive, batch_id: int, name: str = "a.jpg", **said: Any) -> int:
    """One ready asset of the batch, of which its file says ``said`` (by the names of Facts). Its id."""
    number = next(_numbers)
    with archive.transaction() as tx:
        batch = tx.get_one(IngestBatch, batch_id)
        event = tx.get_one(Event, batch.event_id)
        asset = Asset(municipality_key=event.municipality_key, processing=Processing.READY)
        asset.municipality_source = "event" if event.municipality_key else None
        tx.add(asset)
        tx.flush()
        tx.add(Original(asset_id=asset.id, sha256=f"{number:064}", bytes=1, name=name))
        item = ingest.expect_item(tx, batch_id, f"{number}/{name}", bytes=1)
        item.asset_id, item.outcome, item.placed = asset.id, Outcome.READY, True
        ingest.place(tx, asset.id, event.id, position=0)
        tx.flush()
        filing.file_facts(tx, asset, Facts(**{"kind": "photo", "media_type": "image/jpeg", **said}))
        filing.file_place(tx, asset)
        return asset.id


def asset(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        return tx.get_one(Asset, asset_id)
