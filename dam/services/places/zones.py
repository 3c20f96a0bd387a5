"""What time it is where: the IANA zone of a state, and of the municipalities that keep another one.

Ley de los Husos Horarios en los Estados Unidos Mexicanos (28 October 2022): the north follows the clocks of
the United States, and nobody else has daylight saving. Keys are INEGI's.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CENTRAL = "America/Mexico_City"
STATES = {
    "02": "America/Tijuana",
    "03": "America/Mazatlan",
    "08": "America/Chihuahua",
    "18": "America/Mazatlan",
    "23": "America/Cancun",
    "25": "America/Mazatlan",
    "26": "America/Hermosillo",
}
_BORDER_WEST = ("08005", "08028", "08035", "08037", "08053")  # Ascensión to Praxedis G. Guerrero
_BORDER_MIDDLE = ("08015", "08042", "08052")  # Coyame del Sotol, Manuel Benavides, Ojinaga
_BORDER_EAST = (
    "05002", "05003", "05012", "05013", "05014", "05022", "05023", "05025", "05037", "05038", "19005",
    "28007", "28014", "28015", "28022", "28024", "28025", "28027", "28032", "28033", "28040",
)  # fmt: skip
MUNICIPALITIES = {
    "18020": "America/Bahia_Banderas",
    **dict.fromkeys(_BORDER_WEST, "America/Ciudad_Juarez"),
    **dict.fromkeys(_BORDER_MIDDLE, "America/Ojinaga"),
    **dict.fromkeys(_BORDER_EAST, "America/Matamoros"),
}


def zone_of(municipality_key: str | None) -> str | None:
    """The zone of a municipality by its key; None where no place is known."""
    if not municipality_key:
        return None
    return MUNICIPALITIES.get(municipality_key) or STATES.get(municipality_key[:2], CENTRAL)


def zone_for(given: str | None, municipality_key: str | None) -> ZoneInfo:
    """A zone other than the default was chosen by somebody; else the place decides."""
    if given in (None, CENTRAL):
        given = zone_of(municipality_key) or CENTRAL
    return named(given) or ZoneInfo(CENTRAL)


def named(name: str | None) -> ZoneInfo | None:
    """The zone of that name; None for none, or one the zone database does not have."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
