"""States and municipalities: what they are called, where they lie, and their official borders."""

from dam.services.places.importing import LayerReport, import_layer
from dam.services.places.locating import Located, locate, warm
from dam.services.places.naming import (
    describe_place,
    find_municipality,
    find_state,
    get_municipality,
    label,
    list_municipalities,
    list_states,
    suggest_municipalities,
)
from dam.services.places.relocating import relocate, relocate_all
from dam.services.places.seeding import seed

__all__ = [
    "LayerReport",
    "Located",
    "describe_place",
    "find_municipality",
    "find_state",
    "get_municipality",
    "import_layer",
    "label",
    "list_municipalities",
    "list_states",
    "locate",
    "relocate",
    "relocate_all",
    "seed",
    "suggest_municipalities",
    "warm",
]
