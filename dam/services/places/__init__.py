"""States and municipalities: what they are called. Where they lie is dam.services.borders."""

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
from dam.services.places.seeding import seed

__all__ = [
    "describe_place",
    "find_municipality",
    "find_state",
    "get_municipality",
    "label",
    "list_municipalities",
    "list_states",
    "seed",
    "suggest_municipalities",
]
