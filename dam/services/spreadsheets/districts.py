"""Electoral districts with their municipalities."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Invalid
from dam.models import District, DistrictKind
from dam.services import districts, places
from dam.services.access import Action, Actor, demand
from dam.services.spreadsheets.reading import ImportReport, Row, RowOutcome, import_rows, read_choice, several
from dam.services.spreadsheets.writing import csv_lines

COLUMNS = {
    "number": ("numero", "distrito"),
    "kind": ("tipo", "ambito"),
    "state": ("estado", "entidad"),
    "seat": ("cabecera",),
    "municipalities": ("municipios",),
}


def import_districts(archive: Archive, actor: Actor, text: str) -> ImportReport:
    """Add or correct districts. ``municipalities`` are added to those a district has; they are never made.

    Raises Forbidden, and Invalid when the heading is wrong.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    home = archive.settings.home_state
    return import_rows(
        archive, actor, "districts.import", text, COLUMNS, lambda tx, row: _take(tx, actor, row, home)
    )


def _take(tx: Transaction, actor: Actor, row: Row, home: str) -> RowOutcome:
    number = row["number"].strip()
    if not (number.isascii() and number.isdecimal() and len(number) < 5):
        raise Invalid("“%(text)s” is no number of a district.", text=number)
    if not row["kind"]:
        raise Invalid("The row does not say whether the district is federal or local.")
    kind = read_choice(row["kind"], {}, DistrictKind.LOCAL)
    state = places.find_state(tx, row["state"] or home)
    named = [_municipality(tx, name, state.key) for name in several(row["municipalities"])]
    same = select(District).where(
        District.number == int(number), District.kind == kind, District.state_key == state.key
    )
    district = tx.scalars(same).first()
    if district is None:
        districts.create_district(
            tx, actor, kind, int(number), state.key, seat=row["seat"] or None, municipality_keys=named
        )
        return RowOutcome.CREATED
    changes: dict[str, object] = {}
    if row["seat"] and row["seat"] != district.seat:
        changes["seat"] = row["seat"]
    present = [one.key for one in district.municipalities]
    if set(named) - set(present):
        changes["municipality_keys"] = [*present, *named]
    if not changes:
        return RowOutcome.UNCHANGED
    districts.edit_district(tx, actor, district.id, **changes)
    return RowOutcome.UPDATED


def _municipality(tx: Transaction, name: str, state_key: str) -> str:
    """Names are meant in the district's own state."""
    plain = name if "," in name or name.isdecimal() else f"{name}, {state_key}"
    return places.find_municipality(tx, plain).key


def export_districts(tx: Transaction) -> Iterator[str]:
    """The file that ``import_districts`` reads, line by line."""
    query = select(District).options(selectinload(District.municipalities))
    rows = tx.scalars(query.order_by(District.state_key, District.kind, District.number))
    return csv_lines(COLUMNS, (
        [one.number, one.kind, one.state.name, one.seat, " | ".join(m.key for m in one.municipalities)]
        for one in rows
    ))  # fmt: skip
