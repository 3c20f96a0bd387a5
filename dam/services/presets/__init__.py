"""Download formats and packs: data that the coordinator edits, and the recipes they become."""

from dam.services.presets.listing import (
    ORIGINAL,
    WEB,
    WEB_MEANS,
    PackInfo,
    PresetInfo,
    Word,
    get,
    is_word,
    known,
    listed,
    packs,
    read,
)
from dam.services.presets.seeding import seed

__all__ = [
    "ORIGINAL",
    "WEB",
    "WEB_MEANS",
    "PackInfo",
    "PresetInfo",
    "Word",
    "get",
    "is_word",
    "known",
    "listed",
    "packs",
    "read",
    "seed",
]
