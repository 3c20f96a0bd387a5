"""Jobs of making renditions again."""

from dam.services import making
from workers import current


def make_rendition(asset_id: int) -> None:
    making.make_missing(current.archive(), asset_id)
