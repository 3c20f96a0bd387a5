"""Jobs of receiving."""

from dam.services.families import bursts
from dam.services.ingest import processing
from workers import current


def process_asset(asset_id: int) -> None:
    processing.process(current.archive(), asset_id)


def stack_batch(batch_id: int) -> None:
    bursts.stack_batch(current.archive(), batch_id)
