"""What an office is called in the index: the same for who held it, man or woman, in one place or another."""

from functools import lru_cache

from dam.search.folding import key_of

LIMIT = 100  # characters
_AT = "@"
_SHOWN = "!"


@lru_cache(maxsize=2000)  # a few titles come again and again
def office_key(title: str) -> str:
    """Of a title: "Presidenta municipal" and "Presidente Municipal" → "president municipal"."""
    return key_of(title)[:LIMIT]


def office_keys(
    title: str, municipality_key: str | None, district_id: int | None, state_key: str | None
) -> tuple[str, ...]:
    """All keys of an office that somebody holds."""
    place = municipality_key or (district_place(district_id) if district_id else state_key)
    key = office_key(title)
    return (key, office_at(key, place)) if place else (key,)


def office_at(key: str, place: str) -> str:
    """The office in one place: a municipality's key, a state's key, or ``district_place``."""
    return f"{key}{_AT}{place}"


def district_place(district_id: int) -> str:
    return f"d{district_id}"


def shown(key: str) -> str:
    """The office of somebody who appears in the asset, rather than only being there."""
    return f"{key}{_SHOWN}"


def is_bare(key: str) -> bool:
    """Does the key name an office wherever it is held, and whoever is shown?"""
    return _AT not in key and not key.endswith(_SHOWN)
