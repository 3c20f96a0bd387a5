"""Jobs of making renditions again, and the long copies that leave."""

from dam.services import delivery
from dam.services.framing import looking
from dam.services.renditions import making
from workers import current


def make_rendition(asset_id: int) -> None:
    making.make_missing(current.archive(), asset_id)
    delivery.write_long(current.archive(), asset_id)


def look_for_subject(asset_id: int) -> None:
    looking.look(current.archive(), asset_id)
