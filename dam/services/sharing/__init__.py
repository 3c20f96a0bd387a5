"""Doors for people outside: links with an end, feeds, and the receipts of who came and what they took."""

from dam.services.sharing.links import (
    LinkClosed,
    State,
    check_open,
    count_taken,
    get,
    listed,
    make,
    revoke,
    standing,
    state_of,
)
from dam.services.sharing.opening import actor_of, find, fits_password, material, narrowed, withheld
from dam.services.sharing.receipts import Receipt, receipt, visited
from dam.services.sharing.showing import Offered, Shown, name_of, plays, shown
from dam.services.sharing.signing import sign, verify

__all__ = [
    "LinkClosed",
    "Offered",
    "Receipt",
    "Shown",
    "State",
    "actor_of",
    "check_open",
    "count_taken",
    "find",
    "fits_password",
    "get",
    "listed",
    "make",
    "material",
    "name_of",
    "narrowed",
    "plays",
    "receipt",
    "revoke",
    "shown",
    "sign",
    "standing",
    "state_of",
    "verify",
    "visited",
    "withheld",
]
