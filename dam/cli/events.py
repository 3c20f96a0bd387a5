"""``dam events``: what the office covers."""

from datetime import datetime

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import import_csv, print_table
from dam.models import Event, EventKind
from dam.services import districts, places, spreadsheets
from dam.services import events as catalogue
from dam.services import officials as people

WHEN = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


@click.group("events")
def events() -> None:
    """Meetings, rallies, press conferences, tours…"""


@events.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def import_events(desk: Desk, file: str, as_json: bool) -> None:
    """Add events from a CSV (docs/catalogue.md names its columns). Exit code 3: rows were left out."""
    import_csv(desk, file, as_json, spreadsheets.import_events)


@events.command("export")
@pass_desk
def export(desk: Desk) -> None:
    """Write the CSV that import reads to standard output."""
    with desk.archive.reading() as tx:
        for line in spreadsheets.export_events(tx):
            click.echo(line, nl=False)


@events.command("add")
@click.argument("name")
@click.option("--date", "starts_at", type=WHEN, help="Local day, or day and time: 2026-05-01T18:40.")
@click.option("--until", "ends_at", type=WHEN)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in EventKind]), default="other", show_default=True
)
@click.option("--municipality", help='Name, "Metepec, México" or INEGI key.')
@click.option("--district", help='"local 34", "federal 5, Puebla".')
@click.option("--place", help="Square, hall, street…")
@click.option("--official", "attend", multiple=True, metavar="NAME", help="Attends. Repeatable, in order.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def add(
    desk: Desk,
    name: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    kind: str,
    municipality: str | None,
    district: str | None,
    place: str | None,
    attend: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add one event."""
    with desk.archive.transaction() as tx:
        event = catalogue.create_event(
            tx,
            desk.actor,
            name,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            timezone=desk.archive.settings.timezone,
            municipality_key=places.find_municipality(tx, municipality).key if municipality else None,
            district_id=districts.find_district(tx, district).id if district else None,
            place=place,
            official_ids=[people.find_official(tx, one).id for one in attend],
        )
        _tell(event, as_json)


@events.command("list")
@click.argument("text", default="")
@click.option("--municipality", help='Name, "Metepec, México" or INEGI key.')
@click.option("--official", help="Who attended: name or number.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@pass_desk
def list_events(
    desk: Desk, text: str, municipality: str | None, official: str | None, limit: int, as_json: bool
) -> None:
    """Events, newest first; TEXT narrows to names with words that begin so."""
    with desk.archive.reading() as tx:
        found = catalogue.list_events(
            tx,
            text=text,
            municipality_key=places.find_municipality(tx, municipality).key if municipality else None,
            official_id=people.find_official(tx, official).id if official else None,
            limit=limit,
        )
        facts = [_facts(one) for one in found.rows]
    if as_json:
        print_json(facts)
    else:
        columns = ("id", "starts_at", "name", "municipality")
        print_table([one[column] for column in columns] for one in facts)


@events.command("merge")
@click.argument("keep")
@click.argument("gone", nargs=-1, required=True)
@pass_desk
def merge(desk: Desk, keep: str, gone: tuple[str, ...]) -> None:
    """Make GONE... the same event as KEEP (names or numbers): material, uploads and attendance move."""
    with desk.archive.transaction() as tx:
        ids = [catalogue.find_event(tx, one).id for one in gone]
        _tell(catalogue.merge_events(tx, desk.actor, catalogue.find_event(tx, keep).id, ids), False)


def _facts(event: Event) -> dict[str, object]:
    when = event.starts_at
    return {
        "id": event.id,
        "name": event.name,
        "kind": event.kind,
        "starts_at": when and (f"{when:%Y-%m-%d}" if event.day_only else f"{when:%Y-%m-%dT%H:%M}"),
        "municipality": places.describe_place(event.municipality) if event.municipality else None,
        "place": event.place,
        "officials": [official.name for official in event.attendees],
    }


def _tell(event: Event, as_json: bool) -> None:
    if as_json:
        print_json(_facts(event))
    else:
        click.echo(catalogue.describe_event(event))
