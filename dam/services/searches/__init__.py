"""What the archive remembers of searching: saved searches, recent ones, and those that found nothing."""

from dam.services.searches.remembering import Fruitless, Recent, forget_old, fruitless, note, recent
from dam.services.searches.saved import (
    Kept,
    change,
    get,
    look,
    new_in,
    query_of,
    remove,
    restore,
    save,
    saved,
)

__all__ = [
    "Fruitless",
    "Kept",
    "Recent",
    "change",
    "forget_old",
    "fruitless",
    "get",
    "look",
    "new_in",
    "note",
    "query_of",
    "recent",
    "remove",
    "restore",
    "save",
    "saved",
]
