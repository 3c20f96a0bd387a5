"""Where a liaison answers, as places to choose from: ``state:15``, ``district:3``, ``municipality:15106``."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import District, Municipality, State, User
from dam.services.access import Actor
from dam.services.accounts import registry


@dataclass(frozen=True)
class Place:
    """``value`` is what a form sends back, ``kind`` state, district or municipality."""

    value: str
    kind: str
    name: str


def places_like(tx: Transaction, folded: str, limit: int = 8) -> list[Place]:
    """States, municipalities whose folded name begins with or contains ``folded``, districts by number."""
    if not folded:
        return []
    states = tx.scalars(select(State).where(State.folded.contains(folded, autoescape=True)).limit(3)).all()
    wanted = select(Municipality).where(Municipality.folded.contains(folded, autoescape=True))
    starts = Municipality.folded.startswith(folded, autoescape=True)
    towns = tx.scalars(wanted.order_by(starts.desc(), Municipality.folded).limit(limit)).all()
    found = [_of_state(state) for state in states] + [_of_municipality(town) for town in towns]
    number = folded.split()[-1] if folded.split() else ""
    if _is_number(number):
        numbered = select(District).where(District.number == int(number)).limit(limit)
        found += [_of_district(district) for district in tx.scalars(numbered)]
    return found[:limit]


def chosen(tx: Transaction, user: User) -> list[Place]:
    """The user's territory."""
    found = []
    for territory in user.territories:
        if territory.state_key:
            found.append(_of_state(tx.get_one(State, territory.state_key)))
        elif territory.district_id:
            found.append(_of_district(tx.get_one(District, territory.district_id)))
        elif territory.municipality_key:
            found.append(_of_municipality(tx.get_one(Municipality, territory.municipality_key)))
    return found


def names_of(tx: Transaction, user: User) -> list[str]:
    """The same as names."""
    return [place.name for place in chosen(tx, user)]


def replace(tx: Transaction, actor: Actor, user: User, values: Iterable[str]) -> None:
    """Set the territory from what a form sent; nothing is written when it stays the same. Raises Invalid,
    NotFound."""
    wanted = sorted(set(values))
    if wanted == sorted(place.value for place in chosen(tx, user)):
        return
    parts: dict[str, list[str]] = {"state": [], "district": [], "municipality": []}
    for value in wanted:
        kind, _, key = value.partition(":")
        if kind not in parts or not _is_number(key):
            raise Invalid("There is no place with the key %(key)s.", key=value)
        parts[kind].append(key)
    registry.set_territory(
        tx, actor, user, states=parts["state"], municipalities=parts["municipality"],
        districts=[int(key) for key in parts["district"]],
    )  # fmt: skip


def _is_number(text: str) -> bool:
    """Digits that any column of a number holds."""
    return text.isascii() and text.isdigit() and len(text) < 10


def _of_state(state: State) -> Place:
    return Place(f"state:{state.key}", "state", state.name)


def _of_municipality(municipality: Municipality) -> Place:
    return Place(
        f"municipality:{municipality.key}", "municipality", f"{municipality.name}, {municipality.state.short}"
    )


def _of_district(district: District) -> Place:
    seat = f" {district.seat}" if district.seat else ""
    name = f"{district.kind} {district.number}{seat}, {district.state.short}"
    return Place(f"district:{district.id}", "district", name)
