"""Jobs of receiving."""

from dam.services.ingest import processing
from workers import current


def process_asset(asset_id: int) -> None:
    processing.process(current.archive(), asset_id)
