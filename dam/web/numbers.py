"""Numbers of rows in addresses: ``request.args.get("before", type=row_number)``."""

HIGHEST = 2**31 - 1  # what every database holds


def row_number(text: str) -> int:
    """Raises ValueError for what no row can have, which ``args.get`` takes for not given."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= HIGHEST):
        raise ValueError("no number of a row")
    return int(text)
