"""The people whom the office photographs: names, aliases, and which of two entries is the same person."""

from dam.services.officials.editing import create_official, delete_official, edit_official
from dam.services.officials.finding import (
    current_office,
    describe_office,
    describe_official,
    find_official,
    get_official,
    list_officials,
    official_named,
    suggest_officials,
)
from dam.services.officials.merging import merge_officials

__all__ = [
    "create_official",
    "current_office",
    "delete_official",
    "describe_office",
    "describe_official",
    "edit_official",
    "find_official",
    "get_official",
    "list_officials",
    "merge_officials",
    "official_named",
    "suggest_officials",
]
