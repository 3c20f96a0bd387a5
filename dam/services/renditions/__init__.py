"""Versions of an original: which there are, how they are recorded, and how missing ones are made."""

from dam.services.presets import ORIGINAL, WEB, WEB_MEANS
from dam.services.renditions.recording import (
    BeingMade,
    RenditionFile,
    as_file,
    demand_presets,
    is_preset,
    keep,
    look_up,
    presets_of,
    recipe_for,
    recipe_of,
    replace,
    standing_of,
    store_made,
)

__all__ = [
    "ORIGINAL",
    "WEB",
    "WEB_MEANS",
    "BeingMade",
    "RenditionFile",
    "as_file",
    "demand_presets",
    "is_preset",
    "keep",
    "look_up",
    "presets_of",
    "recipe_for",
    "recipe_of",
    "replace",
    "standing_of",
    "store_made",
]
