"""Making edits searchable: whoever changes something leaves a ticket, one indexer works them off."""

from dam.services.indexing.draining import (
    CHUNK,
    ask_rebuild,
    begin,
    drain,
    freshen,
    heal,
    rebuild,
    rebuild_asked,
    sole_indexer,
)
from dam.services.indexing.tickets import (
    is_due,
    touch,
    touch_event,
    touch_municipality,
    touch_official,
    waiting,
)

__all__ = [
    "CHUNK",
    "ask_rebuild",
    "begin",
    "drain",
    "freshen",
    "heal",
    "is_due",
    "rebuild",
    "rebuild_asked",
    "sole_indexer",
    "touch",
    "touch_event",
    "touch_municipality",
    "touch_official",
    "waiting",
]
