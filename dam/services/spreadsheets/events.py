"""Events: a row is the event of that name on that day."""

from collections.abc import Iterator
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Ambiguous, Invalid, NotFound
from dam.models import Event, EventKind
from dam.services import districts, events, officials, places
from dam.services.access import Action, Actor, demand
from dam.services.spreadsheets.reading import (
    ImportReport,
    Row,
    RowOutcome,
    import_rows,
    read_choice,
    read_day,
    read_time,
    several,
)
from dam.services.spreadsheets.writing import csv_lines

COLUMNS = {
    "name": ("nombre", "evento"),
    "date": ("fecha", "dia"),
    "start": ("inicio", "hora", "hora de inicio"),
    "end": ("fin", "termino", "hora de termino"),
    "kind": ("tipo",),
    "municipality": ("municipio",),
    "district": ("distrito",),
    "place": ("lugar", "sede"),
    "officials": ("asistentes", "asistieron", "personas"),
    "description": ("descripcion",),
}
KINDS = {
    "reunion": EventKind.MEETING, "mitin": EventKind.RALLY,
    "conferencia de prensa": EventKind.PRESS_CONFERENCE,
    "rueda de prensa": EventKind.PRESS_CONFERENCE, "gira": EventKind.TOUR, "entrevista": EventKind.INTERVIEW,
    "asamblea": EventKind.ASSEMBLY, "sesion": EventKind.SESSION, "marcha": EventKind.MARCH,
    "inauguracion": EventKind.INAUGURATION, "jornada": EventKind.COMMUNITY,
    "jornada comunitaria": EventKind.COMMUNITY, "cultural": EventKind.CULTURAL, "otro": EventKind.OTHER,
}  # fmt: skip


def import_events(archive: Archive, actor: Actor, text: str) -> ImportReport:
    """Add or complete events. Places and people are looked up and never made: a row that names an
    unknown one is reported. Raises Forbidden, and Invalid when the heading is wrong."""
    demand(actor, Action.MERGE_CATALOGUE)
    zone = archive.settings.timezone
    return import_rows(
        archive, actor, "events.import", text, COLUMNS, lambda tx, row: _take(tx, actor, row, zone)
    )


def _take(tx: Transaction, actor: Actor, row: Row, zone: str) -> RowOutcome:
    if not row["name"]:
        raise Invalid("The row names no event.")
    says = _says(tx, row)
    attended = [officials.find_official(tx, name).id for name in several(row["officials"])]
    day = read_day(row["date"])
    try:
        event = events.find_event(tx, row["name"], on=day)
    except Ambiguous:
        raise
    except NotFound:
        events.create_event(tx, actor, row["name"], timezone=zone, official_ids=attended, **says)
        return RowOutcome.CREATED
    changes = {field: value for field, value in says.items() if getattr(event, field) != value}
    present = [official.id for official in event.attendees]
    if set(attended) - set(present):
        changes["official_ids"] = [*present, *attended]
    if not changes:
        return RowOutcome.UNCHANGED
    events.edit_event(tx, actor, event.id, **changes)
    return RowOutcome.UPDATED


def _says(tx: Transaction, row: Row) -> dict[str, object]:
    """What the row says, as ``create_event`` takes it; empty cells say nothing."""
    day, start, end = read_day(row["date"]), read_time(row["start"]), read_time(row["end"])
    if day is None and (start or end):
        raise Invalid("The row has a time and no date.")
    says: dict[str, object] = {}
    if day:
        says["starts_at"] = datetime.combine(day, start or time(0))
        says["day_only"] = start is None
    if day and end:
        says["ends_at"] = datetime.combine(day, end)
    if row["kind"]:
        says["kind"] = read_choice(row["kind"], KINDS, EventKind.OTHER)
    if row["municipality"]:
        says["municipality_key"] = places.find_municipality(tx, row["municipality"]).key
    if row["district"]:
        says["district_id"] = districts.find_district(tx, row["district"]).id
    for field in ("place", "description"):
        if row[field]:
            says[field] = row[field]
    return says


def export_events(tx: Transaction) -> Iterator[str]:
    """The file that ``import_events`` reads, line by line, newest first."""
    found = select(Event).options(selectinload(Event.attendees), selectinload(Event.district))
    rows = tx.scalars(
        found.order_by(Event.starts_at.desc(), Event.id.desc()).execution_options(yield_per=200)
    )
    return csv_lines(COLUMNS, map(_cells, rows))


def _cells(event: Event) -> list[object]:
    start, end = event.starts_at, event.ends_at
    return [
        event.name, start.date() if start else None,
        f"{start:%H:%M}" if start and not event.day_only else None, f"{end:%H:%M}" if end else None,
        event.kind, event.municipality_key,
        districts.describe_district(event.district).partition(" (")[0] if event.district else None,
        event.place, " | ".join(official.name for official in event.attendees), event.description,
    ]  # fmt: skip
