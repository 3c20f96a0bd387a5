"""A catalogue to search in: N assets, 600 officials, 3,000 events, captions of 8 to 30 words; always the same."""

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
    "ca", "de", "mi", "ro", "la", "ten", "pa", "sul", "ver", "gon", "tri", "bo", "ne", "fi", "lor", "man", "che",
    "cu", "rra", "dis", "par", "to", "xi", "zo",
)  # fmt: skip


def fill(archive: Archive, assets: int) -> None:
    """Rows as a worker leaves them, without files and without tickets."""
    dice = random.Random(20261101)
    rare = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(8000)]
    weights = [1 / (place + 5) for place in range(len(rare))]
    with archive.transaction() as tx:
        places = list(tx.scalars(select(Municipality.key).order_by(Municipality.key)))
        names = [
            f"{dice.choice(NAMES)} {dice.choice(SURNAMES)} {dice.choice(SURNAMES)}" for _ in range(OFFICIALS)
        ]
        tx.execute(insert(Official), [{"name": name, "folded": fold(name)} for name in names])
        events = [
            f"{dice.choice(('Mitin', 'Gira', 'Asamblea', 'Reunión'))} {dice.choice(COMMON)} {dice.choice(rare)}"
            for _ in range(EVENTS)
        ]
        tx.execute(
            insert(Event),
            [
                {
                    "name": name,
                    "folded": fold(name),
                    "kind": dice.choice(list(EventKind)),
                    "municipality_key": dice.choice(places),
                    "timezone": "America/Mexico_City",
                    "starts_at": START + timedelta(hours=18 * place),
                }
                for place, name in enumerate(events)
            ],
        )
        attended = {
            event: dice.sample(range(1, OFFICIALS + 1), dice.randint(1, 6)) for event in range(1, EVENTS + 1)
        }
        tx.execute(
            insert(Attendance),
            [
                {"event_id": event, "official_id": one, "position": place}
                for event, many in attended.items()
                for place, one in enumerate(many)
            ],
        )
        place_of = dict(tx.execute(select(Event.id, Event.municipality_key)).all())
    for first in range(1, assets + 1, CHUNK):
        ids = range(first, min(first + CHUNK, assets + 1))
        event_of = {one: 1 + one * EVENTS // (assets + 1) for one in ids}
        with archive.transaction() as tx:
            tx.execute(
                insert(Asset), [_asset(dice, one, place_of[event_of[one]], rare, weights) for one in ids]
            )
            tx.execute(
                insert(Original),
                [
                    {"asset_id": one, "sha256": f"{one:064x}", "bytes": 1, "name": f"DSC_{one:06}.JPG"}
                    for one in ids
                ],
            )
            tx.execute(
                insert(AssetEvent),
                [{"asset_id": one, "event_id": event_of[one], "number": one, "position": 0} for one in ids],
            )
            shown = [
                {"asset_id": one, "official_id": official, "position": 0, "confirmed": True}
                for one in ids
                for official in dice.sample(attended[event_of[one]], min(2, len(attended[event_of[one]])))
                if dice.random() < 0.4
            ]
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
