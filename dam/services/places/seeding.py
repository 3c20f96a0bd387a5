"""What the product ships: the 32 states, and the 125 municipalities of the Estado de México."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import insert, select

from dam.db import Transaction
from dam.models import Municipality, State
from dam.search.folding import fold

HERE = Path(__file__).parent


def seed(tx: Transaction) -> None:
    """Add the states and municipalities that are missing. What is there stays as it is."""
    known_states = set(tx.scalars(select(State.key)))
    states = [
        {"key": row["key"], "name": row["name"], "folded": fold(row["name"]), "short": row["short"]}
        for row in shipped("states.csv")
        if row["key"] not in known_states
    ]
    if states:
        tx.execute(insert(State), states)
    known = set(tx.scalars(select(Municipality.key)))
    municipalities = [
        {
            "key": row["key"],
            "name": row["name"],
            "folded": fold(row["name"]),
            "state_key": row["key"][:2],
            "other_names": [name for name in row["other_names"].split("|") if name],
            "latitude": float(row["latitude"]),
            "longitude": float(row["longitude"]),
        }
        for row in shipped("municipalities.csv")
        if row["key"] not in known
    ]
    if municipalities:
        tx.execute(insert(Municipality), municipalities)


def shipped(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table that lies beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
