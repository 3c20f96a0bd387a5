"""Whom people mean. Titles ("Dip.", "Lic.") are never needed and never in the way."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import selectinload

from dam.db import Transaction
from dam.errors import Ambiguous, Invalid, NotFound
from dam.models import Attendance, Office, OfficeKind, Official, OfficialAlias
from dam.search.folding import fold
from dam.services.suggesting import (
    CANDIDATES,
    Listed,
    Suggested,
    has_words,
    prefer_as_typed,
    too_short,
)

PAGE = 50
# Titles that are offices: a search holds to them. The others only say how somebody is addressed.
_OFFICES = frozenset((
    "alcalde", "alcaldesa", "diputada", "diputado", "dirigente", "gobernador", "gobernadora", "presidenta",
    "presidente", "regidor", "regidora", "senador", "senadora", "sindica", "sindico",
))  # fmt: skip
COURTESIES = frozenset((
    "arq", "arquitecta", "arquitecto", "c", "ciudadana", "ciudadano", "dip", "doctor", "doctora", "dr", "dra",
    "fed", "gob", "ing", "ingeniera", "ingeniero", "lic", "licda", "licenciada", "licenciado", "loc",
    "maestra", "maestro", "mtra", "mtro", "pdta", "pdte", "prof", "profa", "profesor", "profesora", "profr",
    "profra", "sen", "sr", "sra",
))  # fmt: skip
TITLES = _OFFICES | COURTESIES


def get_official(tx: Transaction, official_id: int) -> Official:
    """By id. Raises NotFound."""
    official = tx.get(Official, official_id)
    if official is None:
        raise NotFound("There is no such person.")
    return official


def find_official(tx: Transaction, text: str | int) -> Official:
    """The one whose name or alias ``text`` is, in any case, without accents, with or without a title; or
    whose id it is. Raises Ambiguous or NotFound with candidates."""
    if isinstance(text, int):
        return get_official(tx, text)
    for name in dict.fromkeys((fold(text), without_titles(text))):
        found = tx.scalars(_with_offices(select(Official).where(_called(name))).order_by(Official.id)).all()
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                "Several people are called “%(text)s”. Say which one.",
                text=text,
                candidates=[describe_official(one) for one in found[:CANDIDATES]],
            )
    digits = text.strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 10:
        official = tx.get(Official, int(digits))
        if official is not None:
            return official
    near = [f"{one.key} {one.label}" + (f" ({one.detail})" if one.detail else "")
            for one in suggest_officials(tx, text, limit=5)]  # fmt: skip
    raise NotFound("There is no person “%(text)s”.", text=text, candidates=near)


def official_named(tx: Transaction, text: str) -> Official | None:
    """The only one whose name or alias ``text`` is, with or without accents and titles; None where there is
    none, or more than one."""
    for name in dict.fromkeys((fold(text), without_titles(text))):
        found = tx.scalars(select(Official).where(_called(name)).limit(2)).all() if name else []
        if found:
            return found[0] if len(found) == 1 else None
    return None


def without_titles(text: str) -> str:
    """Folded, without titles: "Dip. Juana  Pérez" → "juana perez"; a title alone stays."""
    words = fold(text).split()
    kept = [word for word in words if word.rstrip(".") not in TITLES]
    return " ".join(kept or words)


def _called(folded: str) -> ColumnElement[bool]:
    alias = exists().where(OfficialAlias.official_id == Official.id, OfficialAlias.folded == folded[:200])
    return or_(Official.folded == folded[:200], alias)


def _begins(folded: str) -> ColumnElement[bool]:
    """Each word begins one of the name, or all of them of one alias."""
    alias = exists().where(OfficialAlias.official_id == Official.id, has_words(OfficialAlias.folded, folded))
    return or_(has_words(Official.folded, folded), alias)


def _with_offices(query: Select[tuple[Official]]) -> Select[tuple[Official]]:
    held = selectinload(Official.offices)
    return query.options(held.joinedload(Office.municipality), held.joinedload(Office.district))


def suggest_officials(tx: Transaction, text: str, limit: int = 8) -> list[Suggested]:
    """The very name or alias first, then names that begin so, then the rest; the last photographed first."""
    folded = without_titles(text)
    if too_short(folded):
        return []
    exact = case((_called(folded), 0), (Official.folded.startswith(folded, autoescape=True), 1), else_=2)
    last_event = (
        select(func.max(Attendance.event_id)).where(Attendance.official_id == Official.id).scalar_subquery()
    )
    query = _with_offices(select(Official).where(_begins(folded)))
    found = tx.scalars(
        query.order_by(exact, last_event.desc().nulls_last(), Official.folded, Official.id).limit(limit)
    )
    return prefer_as_typed(text, [Suggested(one.id, one.name, _office_held(one)) for one in found])


def list_officials(
    tx: Transaction,
    *,
    text: str = "",
    municipality_key: str | None = None,
    district_id: int | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> Listed[Official]:
    """By name, a page at a time; of one municipality or district: who holds or held an office there."""
    query = _with_offices(select(Official)).order_by(Official.folded, Official.id).limit(limit + 1)
    if fold(text):
        query = query.where(_begins(without_titles(text)))
    if municipality_key:
        query = query.where(Official.offices.any(Office.municipality_key == municipality_key))
    if district_id:
        query = query.where(Official.offices.any(Office.district_id == district_id))
    if after:
        last = tx.get(Official, int(after)) if after.isdecimal() and len(after) < 10 else None
        if last is None:
            raise Invalid("This page of the list does not exist any more. Begin again.")
        query = query.where(
            or_(Official.folded > last.folded, and_(Official.folded == last.folded, Official.id > last.id))
        )
    rows: Sequence[Official] = tx.scalars(query).all()
    return Listed(tuple(rows[:limit]), str(rows[limit - 1].id) if len(rows) > limit else None)


def current_office(official: Official, on: date | None = None) -> Office | None:
    """What the person is that day (today when not said): an office before a candidacy, the newest first."""
    day = on or date.today()
    held = [
        office
        for office in official.offices
        if (office.held_from is None or office.held_from <= day)
        and (office.held_to is None or office.held_to >= day)
    ]
    return max(
        held,
        key=lambda one: (
            one.kind != OfficeKind.CANDIDACY,
            not one.on_leave,
            one.held_from or date.min,
            one.id,
        ),
        default=None,
    )


def describe_office(office: Office) -> str:
    """Presidenta municipal · Toluca; a district by its number and seat."""
    where = office.body
    if office.municipality:
        where = office.municipality.name
    elif office.district:
        where = " ".join(part for part in (str(office.district.number), office.district.seat) if part)
    elif office.state:
        where = office.state.name
    return " · ".join(part for part in (office.title, where) if part)


def _office_held(official: Official) -> str:
    office = current_office(official)
    return describe_office(office) if office else ""


def describe_official(official: Official) -> str:
    """A sentence that tells the person from namesakes: "7 Juana Pérez (Síndica · Toluca)"."""
    held = _office_held(official)
    return f"{official.id} {official.name} ({held})" if held else f"{official.id} {official.name}"
