"""A catalogue to search in: 600 officials, 3,000 events, captions of 8 to 30 words; always the same."""

import random
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from dam.archive import Archive
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
START = datetime(2020, 1, 1)
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


def fill(archive: Archive, assets: int) -> None:
    """Rows as a worker leaves them, without files and without tickets."""
    dice = random.Random(20261101)
    rare = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(8000)]
    attended, place_of = _catalogue(archive, dice, rare)
    for first in range(1, assets + 1, CHUNK):
        event_of = {
            one: 1 + one * EVENTS // (assets + 1) for one in range(first, min(first + CHUNK, assets + 1))
        }
        _material(archive, dice, rare, event_of, attended, place_of)


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
        places = list(tx.scalars(select(Municipality.key).order_by(Municipality.key)))
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
        "starts_at": START + timedelta(hours=18 * event),
    }


def _material(
    archive: Archive,
    dice: random.Random,
    rare: list[str],
    event_of: dict[int, int],
    attended: dict[int, list[int]],
    place_of: dict[int, str],
) -> None:
    weights = [1 / (place + 5) for place in range(len(rare))]
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
        tx.execute(
            insert(Asset),
            [_asset(dice, one, place_of[event], rare, weights) for one, event in event_of.items()],
        )
        tx.execute(insert(Original), files)
        tx.execute(insert(AssetEvent), placed)
        tx.execute(insert(Appearance), shown)


def _asset(
    dice: random.Random, one: int, place: str, rare: list[str], weights: list[float]
) -> dict[str, object]:
    length = dice.randint(8, 30)
    words = dice.choices(rare, weights, k=length - 3) + dice.sample(COMMON, 3)
    if dice.random() < 0.4:
        words.append("vecindad")  # the very common word
    dice.shuffle(words)
    return {
        "id": one,
        "kind": Kind.VIDEO if one % 20 == 0 else Kind.PHOTO,
        "processing": Processing.READY,
        "review": dice.choice(list(Review)),
        "taken_at": START + timedelta(minutes=25 * one),
        "municipality_key": place,
        "width": 6000,
        "height": 4000,
        "caption": " ".join(words).capitalize(),
        "keywords": dice.sample(rare, 3),
        "persons": [],
        "byline": f"{dice.choice(NAMES)} {SURNAMES[one % 12]}",
    }
