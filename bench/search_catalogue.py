"""A catalogue to search in: 125 municipalities, 600 officials, 3,000 events in six years, captions of 8 to 30
words; always the same."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import insert, select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Attendance,
    Event,
    EventKind,
    Kind,
    Municipality,
    Official,
    Original,
    Processing,
    Review,
)
from dam.search.folding import fold

OFFICIALS, EVENTS, CHUNK = 600, 3000, 5000
START, DAYS = datetime(2020, 1, 1), 6 * 365
YEARS = ("2021", "2022", "2023", "2024", "2025")
HOME = "15"  # the state of 125 municipalities
NAMES = (
    "Óscar",
    "Delfina",
    "María",
    "José",
    "Lucía",
    "Raúl",
    "Inés",
    "Martín",
    "Rosa",
    "Andrés",
    "Sofía",
    "Hugo",
)
SURNAMES = (
    "González", "Gómez", "Peña", "Núñez", "Hernández", "Rodríguez", "Martínez", "Ibáñez", "Zúñiga", "Ríos",
    "Velázquez", "Álvarez", "Cruz", "Luna", "Muñoz", "Castañeda", "Domínguez", "Ávila", "Sánchez", "Ortiz",
)  # fmt: skip
COMMON = (
    "educación", "trabajo", "municipal", "gobierno", "vecinos", "plaza", "entrega", "obra", "salud", "campo",
)  # fmt: skip
SYLLABLES = (
    "ca", "de", "mi", "ro", "la", "ten", "pa", "sul", "ver", "gon", "tri", "bo", "ne", "fi", "lor", "man",
    "che", "cu", "rra", "dis", "par", "to", "xi", "zo",
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """``words`` of the captions, the frequent first; ``places``: keys of the municipalities."""

    words: list[str]
    places: list[str]


def fill(archive: Archive, assets: int) -> Catalogue:
    """Rows as a worker leaves them, without files and without tickets."""
    dice = random.Random(20261101)
    rare = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(8000)]
    attended, place_of = _catalogue(archive, dice, rare)
    minutes = DAYS * 1440 / (assets + 1)
    for first in range(1, assets + 1, CHUNK):
        event_of = {
            one: 1 + one * EVENTS // (assets + 1) for one in range(first, min(first + CHUNK, assets + 1))
        }
        _material(archive, dice, rare, event_of, attended, place_of, minutes)
    if not archive.settings.database_url.startswith("sqlite"):
        with archive.database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    return Catalogue(rare, sorted(set(place_of.values())))


def _catalogue(
    archive: Archive, dice: random.Random, rare: list[str]
) -> tuple[dict[int, list[int]], dict[int, str]]:
    """Who attended which event, and where it was."""
    names = [
        f"{dice.choice(NAMES)} {dice.choice(SURNAMES)} {dice.choice(SURNAMES)}" for _ in range(OFFICIALS)
    ]
    everybody = range(1, OFFICIALS + 1)
    attended = {event: dice.sample(everybody, dice.randint(1, 6)) for event in range(1, EVENTS + 1)}
    with archive.transaction() as tx:
        places = list(tx.scalars(select(Municipality.key).where(Municipality.state_key == HOME)))
        places.sort()
        place_of = {event: dice.choice(places) for event in attended}
        tx.execute(insert(Official), [{"name": name, "folded": fold(name)} for name in names])
        tx.execute(insert(Event), [_event(dice, rare, event, place_of[event]) for event in attended])
        tx.execute(
            insert(Attendance),
            [
                {"event_id": event, "official_id": one, "position": place}
                for event, many in attended.items()
                for place, one in enumerate(many)
            ],
        )
    return attended, place_of


def _event(dice: random.Random, rare: list[str], event: int, place: str) -> dict[str, object]:
    kind = dice.choice(("Mitin", "Gira", "Asamblea", "Reunión"))
    name = f"{kind} {dice.choice(COMMON)} {dice.choice(rare)}"
    return {
        "id": event,
        "name": name,
        "folded": fold(name),
        "kind": dice.choice(list(EventKind)),
        "municipality_key": place,
        "timezone": "America/Mexico_City",
        "starts_at": START + timedelta(days=DAYS * event / EVENTS),
    }


def _material(
    archive: Archive,
    dice: random.Random,
    rare: list[str],
    event_of: dict[int, int],
    attended: dict[int, list[int]],
    place_of: dict[int, str],
    minutes: float,
) -> None:
    weights = list(accumulate(1 / (place + 5) for place in range(len(rare))))
    shown = [
        {"asset_id": one, "official_id": official, "position": 0, "confirmed": True}
        for one, event in event_of.items()
        for official in dice.sample(attended[event], min(2, len(attended[event])))
        if dice.random() < 0.4
    ]
    files = [
        {"asset_id": one, "sha256": f"{one:064x}", "bytes": 1, "name": f"DSC_{one:06}.JPG"}
        for one in event_of
    ]
    placed = [
        {"asset_id": one, "event_id": event, "number": one, "position": 0} for one, event in event_of.items()
    ]
    with archive.transaction() as tx:
        assets = [
            _asset(dice, one, place_of[event], rare, weights, minutes) for one, event in event_of.items()
        ]
        for model, rows in ((Asset, assets), (Original, files), (AssetEvent, placed), (Appearance, shown)):
            _insert(tx, model, rows)


def _insert(tx: Transaction, model: type, rows: list[dict[str, Any]]) -> None:
    """Many rows, on PostgreSQL by COPY."""
    connection = tx.connection()
    if connection.dialect.name == "sqlite":
        tx.execute(insert(model), rows)
        return
    # What is named is there: asking for it row by row takes longer than all the rest.
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    table = model.__table__
    columns = [column for column in table.columns if column.name in rows[0] or column.default is not None]
    names = ", ".join(f'"{column.name}"' for column in columns)
    with connection.connection.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copied:
        for row in rows:
            copied.write_row([_value(column, row) for column in columns])


def _value(column: Any, row: dict[str, Any]) -> Any:
    if column.name in row:
        value = row[column.name]
    else:
        value = column.default.arg(None) if callable(column.default.arg) else column.default.arg
    if isinstance(value, StrEnum):
        return value.value
    return json.dumps(value) if isinstance(value, list | dict) else value


def _asset(
    dice: random.Random, one: int, place: str, rare: list[str], weights: list[float], minutes: float
) -> dict[str, object]:
    length = dice.randint(8, 30)
    words = dice.choices(rare, cum_weights=weights, k=length - 3) + dice.sample(COMMON, 3)
    if dice.random() < 0.4:
        words.append("vecindad")  # the very common word
    dice.shuffle(words)
    return {
        "id": one,
        "kind": Kind.VIDEO if one % 20 == 0 else Kind.PHOTO,
        "processing": Processing.READY,
        "review": dice.choice(list(Review)),
        "taken_at": START + timedelta(minutes=minutes * one),
        "municipality_key": place,
        "width": 6000,
        "height": 4000,
        "caption": " ".join(words).capitalize(),
        "keywords": dice.sample(rare, 3),
        "persons": [],
        "byline": f"{dice.choice(NAMES)} {SURNAMES[one % 12]}",
    }
