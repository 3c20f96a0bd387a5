"""Saying who and what is in the material, for many at once, and taking it back."""

from dam.services.describing.saying import (
    UNSET,
    Description,
    describe,
    undo,
)

__all__ = [
    "UNSET",
    "Description",
    "describe",
    "undo",
]
