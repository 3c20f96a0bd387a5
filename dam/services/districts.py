"""Electoral districts: federal or local, numbered within a state, made of municipalities or parts of them."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, exists, or_, select

from dam.db import Transaction
from dam.errors import Ambiguous, Conflict, Invalid, NotFound
from dam.models import (
    District,
    DistrictKind,
    DistrictMunicipality,
    Event,
    Municipality,
    Office,
    State,
    Territory,
)
from dam.services import audit, indexing, places
from dam.services.access import Action, Actor, demand
from dam.services.describing.wording import line
from dam.services.suggesting import Listed, Suggested

PAGE = 100
HIGHEST = 300  # there are 300 federal districts in all


def create_district(
    tx: Transaction,
    actor: Actor,
    kind: DistrictKind | str,
    number: int,
    state_key: str,
    *,
    seat: str | None = None,
    municipality_keys: Iterable[str] = (),
) -> District:
    """Add a district. ``seat`` is its cabecera. Raises Conflict when it is there, Invalid, NotFound."""
    demand(actor, Action.EDIT_CATALOGUE)
    district = District()
    _write(tx, district, {"kind": kind, "number": number, "state_key": state_key, "seat": seat})
    tx.add(district)
    tx.flush()
    _set_municipalities(tx, district, municipality_keys)
    audit.record(
        tx, actor, "district.create", ("district", district.id), district=describe_district(district)
    )
    return district


def edit_district(tx: Transaction, actor: Actor, district_id: int, **changes: Any) -> District:
    """Change any of what ``create_district`` takes; what is not named stays."""
    demand(actor, Action.EDIT_CATALOGUE)
    district = get_district(tx, district_id)
    keys = changes.pop("municipality_keys", None)
    _write(tx, district, changes)
    tx.flush()
    if keys is not None:
        _set_municipalities(tx, district, keys)
    audit.record(tx, actor, "district.edit", ("district", district.id), district=describe_district(district))
    return district


def delete_district(tx: Transaction, actor: Actor, district_id: int) -> None:
    """Remove a district that no event, office or liaison names. Raises Conflict otherwise."""
    demand(actor, Action.MERGE_CATALOGUE)
    district = get_district(tx, district_id)
    for table in (Event, Office, Territory):
        if tx.scalar(select(exists().where(table.district_id == district_id))):
            raise Conflict(
                "An event, an office or a liaison's territory names this district. Change that first."
            )
    _set_municipalities(tx, district, ())
    audit.record(
        tx, actor, "district.delete", ("district", district.id), district=describe_district(district)
    )
    tx.delete(district)
    tx.flush()


def get_district(tx: Transaction, district_id: int) -> District:
    """By id. Raises NotFound."""
    district = tx.get(District, district_id)
    if district is None:
        raise NotFound("There is no such district.")
    return district


def find_district(tx: Transaction, text: str) -> District:
    """From "local 34", "federal 5, Puebla", "distrito 34 local (Edomex)" or the id ("#12").
    Raises Ambiguous or NotFound with candidates."""
    by_id = re.fullmatch(r"#(\d{1,9})", text.strip())
    if by_id:
        return get_district(tx, int(by_id[1]))
    number, kind, state_key = _read(tx, text)
    query = select(District).where(District.number == number)
    if kind:
        query = query.where(District.kind == kind)
    if state_key:
        query = query.where(District.state_key == state_key)
    found = tx.scalars(query.order_by(District.state_key, District.kind)).all()
    if len(found) == 1:
        return found[0]
    if found:
        raise Ambiguous(
            "Several districts are called “%(text)s”. Say which one.",
            text=text,
            candidates=[describe_district(one) for one in found],
        )
    raise NotFound("There is no district “%(text)s”.", text=text)


def _read(tx: Transaction, text: str) -> tuple[int, DistrictKind | None, str | None]:
    number = re.search(r"\b(\d{1,3})\b", text)
    if not number:
        raise NotFound("There is no district “%(text)s”.", text=text)
    words = text.lower()
    kind = next((kind for kind in DistrictKind if kind in words), None)
    state = re.search(r"(?:,\s*([^,()]+)|\(([^()]+)\))\s*$", text)
    return int(number[1]), kind, places.find_state(tx, state[1] or state[2]).key if state else None


def suggest_districts(tx: Transaction, text: str, limit: int = 8) -> list[Suggested]:
    """By number, or by the seat's first letters."""
    found = list_districts(tx, text=text, limit=limit).rows if text.strip() else ()
    return [Suggested(one.id, describe_district(one), one.seat or "") for one in found]


def list_districts(
    tx: Transaction,
    *,
    text: str = "",
    kind: DistrictKind | str | None = None,
    state_key: str | None = None,
    municipality_key: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> Listed[District]:
    """By state, kind and number, a page at a time; ``text``: a number, a kind or the seat's first letters."""
    query = select(District).order_by(District.state_key, District.kind, District.number).limit(limit + 1)
    for word in text.split():
        if word.isdecimal() and word.isascii():
            query = query.where(District.number == int(word[:4]))
        elif word.lower() in set(DistrictKind):
            query = query.where(District.kind == word.lower())
        else:
            query = query.where(District.seat.ilike(f"%{word.replace('%', '').replace('_', '')}%"))
    if kind:
        query = query.where(District.kind == DistrictKind(kind))
    if state_key:
        query = query.where(District.state_key == state_key)
    if municipality_key:
        query = query.where(District.municipalities.any(Municipality.key == municipality_key))
    if after:
        last = tx.get(District, int(after)) if after.isdecimal() and len(after) < 10 else None
        if last is None:
            raise Invalid("This page of the list does not exist any more. Begin again.")
        same_state = District.state_key == last.state_key
        query = query.where(or_(
            District.state_key > last.state_key,
            and_(same_state, District.kind > last.kind),
            and_(same_state, District.kind == last.kind, District.number > last.number),
        ))  # fmt: skip
    rows: Sequence[District] = tx.scalars(query).all()
    return Listed(tuple(rows[:limit]), str(rows[limit - 1].id) if len(rows) > limit else None)


def describe_district(district: District) -> str:
    """local 34, México (Toluca): what ``find_district`` understands, with its seat."""
    seat = f" ({district.seat})" if district.seat else ""
    return f"{district.kind} {district.number}, {district.state.name}{seat}"


def _write(tx: Transaction, district: District, fields: dict[str, Any]) -> None:
    if "kind" in fields:
        try:
            district.kind = DistrictKind(fields["kind"])
        except ValueError as error:
            raise Invalid("A district is federal or local, not “%(kind)s”.", kind=fields["kind"]) from error
    if "number" in fields:
        if not 1 <= int(fields["number"]) <= HIGHEST:
            raise Invalid("A district's number lies between 1 and %(most)s.", most=HIGHEST)
        district.number = int(fields["number"])
    if "state_key" in fields:
        state = tx.get(State, fields["state_key"] or "")
        if state is None:
            raise NotFound("There is no state “%(text)s”.", text=fields["state_key"])
        district.state_key, district.state = state.key, state
    if "seat" in fields:
        district.seat = line(fields["seat"], 120, "seat")
    with tx.no_autoflush:
        same = select(District.id).where(District.kind == district.kind, District.number == district.number,
                                         District.state_key == district.state_key)  # fmt: skip
        if tx.scalar(same.where(District.id != (district.id or 0))) is not None:
            raise Conflict("There is already a district %(name)s.", name=describe_district(district))


def _set_municipalities(tx: Transaction, district: District, keys: Iterable[str]) -> None:
    wanted = {key: places.get_municipality(tx, key) for key in dict.fromkeys(keys)}
    for key, municipality in wanted.items():
        if municipality.state_key != district.state_key:
            raise Invalid(
                "%(name)s lies in another state.", name=places.describe_place(municipality), key=key
            )
    former = set(tx.scalars(select(DistrictMunicipality.municipality_key).where(
        DistrictMunicipality.district_id == district.id)))  # fmt: skip
    district.municipalities = list(wanted.values())
    tx.flush()
    for key in sorted(former ^ set(wanted)):
        indexing.touch_municipality(tx, key)
