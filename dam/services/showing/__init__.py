"""Material as pages and programs see it."""

from dam.services.showing.facts import (
    load,
    show,
)

__all__ = [
    "load",
    "show",
]
