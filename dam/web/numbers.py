"""Numbers of rows in addresses: ``request.args.get("before", type=row_number)``; and in JSON."""

from typing import Any

HIGHEST = 2**31 - 1  # what every database holds


def row_number(text: str) -> int:
    """Raises ValueError for what no row can have, which ``args.get`` takes for not given."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= HIGHEST):
        raise ValueError("no number of a row")
    return int(text)


def is_row(given: Any) -> bool:
    """Is this value of a JSON body a number that a row can have?"""
    return type(given) is int and 0 < given <= HIGHEST
