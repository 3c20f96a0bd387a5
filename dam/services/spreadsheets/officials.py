"""People and their offices: one row for each office; a person's rows share the name."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Ambiguous, Invalid, NotFound
from dam.models import Office, OfficeKind, Official
from dam.search.folding import fold
from dam.services import districts, offices, officials, places
from dam.services.access import Action, Actor, demand
from dam.services.spreadsheets.reading import (
    ImportReport,
    Row,
    RowOutcome,
    import_rows,
    read_choice,
    read_day,
    read_yes,
    several,
)
from dam.services.spreadsheets.writing import csv_lines

COLUMNS = {
    "name": ("nombre", "persona"),
    "aliases": ("alias", "sobrenombres", "tambien"),
    "office": ("cargo",),
    "kind": ("tipo",),
    "municipality": ("municipio",),
    "district": ("distrito",),
    "state": ("estado", "entidad"),
    "body": ("organo", "cuerpo", "instancia"),
    "from": ("desde", "inicio"),
    "to": ("hasta", "fin"),
    "on_leave": ("licencia", "con licencia"),
    "substitute": ("suplente",),
}
KINDS = {
    "electo": OfficeKind.ELECTED, "electa": OfficeKind.ELECTED, "eleccion": OfficeKind.ELECTED,
    "eleccion popular": OfficeKind.ELECTED, "publico": OfficeKind.PUBLIC, "partido": OfficeKind.PARTY,
    "partidista": OfficeKind.PARTY, "candidatura": OfficeKind.CANDIDACY, "candidato": OfficeKind.CANDIDACY,
    "candidata": OfficeKind.CANDIDACY,
}  # fmt: skip


def import_officials(archive: Archive, actor: Actor, text: str) -> ImportReport:
    """Add people, aliases and offices that are not there yet; nothing is taken away. Places are never made.

    Raises Forbidden, and Invalid when the heading is wrong.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    return import_rows(
        archive, actor, "officials.import", text, COLUMNS, lambda tx, row: _take(tx, actor, row)
    )


def _take(tx: Transaction, actor: Actor, row: Row) -> RowOutcome:
    if not row["name"]:
        raise Invalid("The row names nobody.")
    office = _office(tx, row)
    outcome = RowOutcome.UNCHANGED
    try:
        official = officials.find_official(tx, row["name"])
    except Ambiguous:
        raise
    except NotFound:
        official = officials.create_official(tx, actor, row["name"], aliases=several(row["aliases"]))
        outcome = RowOutcome.CREATED
    else:
        known = {official.folded, *(alias.folded for alias in official.aliases)}
        more = [alias for alias in several(row["aliases"]) if fold(alias) not in known]
        if more:
            aliases = [*(alias.name for alias in official.aliases), *more]
            officials.edit_official(tx, actor, official.id, aliases=aliases)
            outcome = RowOutcome.UPDATED
    if office and not any(_is(held, office) for held in official.offices):
        offices.hold_office(tx, actor, official.id, **office)
        outcome = outcome if outcome == RowOutcome.CREATED else RowOutcome.UPDATED
    return outcome


def _office(tx: Transaction, row: Row) -> dict[str, object] | None:
    """What the row says of an office, as ``hold_office`` takes it."""
    if not row["office"]:
        if row["municipality"] or row["district"] or row["from"] or row["to"]:
            raise Invalid("The row says where or when an office is held, but not which office.")
        return None
    place: dict[str, object] = {"municipality_key": None, "district_id": None, "state_key": None}
    if row["municipality"]:
        place["municipality_key"] = places.find_municipality(tx, row["municipality"]).key
    elif row["district"]:
        named = (
            row["district"]
            if "," in row["district"] or not row["state"]
            else f"{row['district']}, {row['state']}"
        )
        place["district_id"] = districts.find_district(tx, named).id
    elif row["state"]:
        place["state_key"] = places.find_state(tx, row["state"]).key
    return {
        "title": row["office"], "kind": read_choice(row["kind"], KINDS, OfficeKind.ELECTED),
        "held_from": read_day(row["from"]), "held_to": read_day(row["to"], last=True), **place,
        "body": row["body"] or None, "on_leave": read_yes(row["on_leave"]),
        "substitute": read_yes(row["substitute"]),
    }  # fmt: skip


def _is(held: Office, office: dict[str, object]) -> bool:
    """The same office at the same place and time; leave and substitution may have changed since."""
    return held.folded == fold(str(office["title"])) and all(
        getattr(held, field) == office[field]
        for field in ("kind", "held_from", "held_to", "municipality_key", "district_id", "state_key", "body")
    )


def export_officials(tx: Transaction) -> Iterator[str]:
    """The file that ``import_officials`` reads, line by line."""
    people = select(Official).options(selectinload(Official.offices), selectinload(Official.aliases))
    rows = tx.scalars(people.order_by(Official.folded, Official.id).execution_options(yield_per=200))
    return csv_lines(COLUMNS, (cells for one in rows for cells in _cells(one)))


def _cells(official: Official) -> Iterator[list[object]]:
    aliases = " | ".join(alias.name for alias in official.aliases)
    if not official.offices:
        yield [official.name, aliases]
    for office in official.offices:
        yield [
            official.name, aliases, office.title, office.kind, office.municipality_key,
            districts.describe_district(office.district).partition(" (")[0] if office.district else None,
            office.state.name if office.state else None, office.body, office.held_from, office.held_to,
            "yes" if office.on_leave else "", "yes" if office.substitute else "",
        ]  # fmt: skip
