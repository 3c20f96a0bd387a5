"""``dam officials``: the people whom the office photographs."""

from datetime import datetime

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import import_csv, print_table
from dam.models import OfficeKind, Official
from dam.services import districts, offices, places, spreadsheets
from dam.services import officials as catalogue


@click.group("officials")
def officials() -> None:
    """Deputies, mayors, councillors, party leaders, candidates… and their offices."""


@officials.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def import_officials(desk: Desk, file: str, as_json: bool) -> None:
    """Add people and offices from a CSV (columns: docs/catalogue.md). Exit code 3: rows were left out."""
    import_csv(desk, file, as_json, spreadsheets.import_officials)


@officials.command("export")
@pass_desk
def export(desk: Desk) -> None:
    """Write the CSV that import reads to standard output."""
    with desk.archive.reading() as tx:
        for line in spreadsheets.export_officials(tx):
            click.echo(line, nl=False)


@officials.command("add")
@click.argument("name")
@click.option("--alias", "aliases", multiple=True, help="Another name of the person. Repeatable.")
@click.option("--office", "title", help='What they are: "Presidenta municipal".')
@click.option(
    "--kind", type=click.Choice([kind.value for kind in OfficeKind]), default="elected", show_default=True
)
@click.option("--municipality", help='Name, "Metepec, México" or INEGI key.')
@click.option("--district", help='"local 34", "federal 5, Puebla".')
@click.option("--state", help="Key, name or short form.")
@click.option("--body", help="Congress, council, committee…")
@click.option("--from", "held_from", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--to", "held_to", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--namesake", is_flag=True, help="Another person of this name is in the catalogue already.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def add(
    desk: Desk,
    name: str,
    aliases: tuple[str, ...],
    title: str | None,
    kind: str,
    municipality: str | None,
    district: str | None,
    state: str | None,
    body: str | None,
    held_from: datetime | None,
    held_to: datetime | None,
    namesake: bool,
    as_json: bool,
) -> None:
    """Add one person, with one office when --office is given."""
    with desk.archive.transaction() as tx:
        official = catalogue.create_official(tx, desk.actor, name, aliases=aliases, namesake=namesake)
        if title:
            offices.hold_office(
                tx,
                desk.actor,
                official.id,
                title,
                kind=kind,
                held_from=held_from.date() if held_from else None,
                held_to=held_to.date() if held_to else None,
                municipality_key=places.find_municipality(tx, municipality).key if municipality else None,
                district_id=districts.find_district(tx, district).id if district else None,
                state_key=places.find_state(tx, state).key if state else None,
                body=body,
            )
        _tell(official, as_json)


@officials.command("list")
@click.argument("text", default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@pass_desk
def list_officials(desk: Desk, text: str, limit: int, as_json: bool) -> None:
    """People by name; TEXT narrows to names with words that begin so."""
    with desk.archive.reading() as tx:
        facts = [_facts(one) for one in catalogue.list_officials(tx, text=text, limit=limit).rows]
    if as_json:
        print_json(facts)
    else:
        print_table((one["id"], one["name"], one["office"]) for one in facts)


@officials.command("merge")
@click.argument("keep")
@click.argument("gone", nargs=-1, required=True)
@pass_desk
def merge(desk: Desk, keep: str, gone: tuple[str, ...]) -> None:
    """Make GONE... the same person as KEEP (names or numbers). Their names become aliases."""
    with desk.archive.transaction() as tx:
        ids = [catalogue.find_official(tx, one).id for one in gone]
        kept = catalogue.merge_officials(tx, desk.actor, catalogue.find_official(tx, keep).id, ids)
        _tell(kept, False)


def _facts(official: Official) -> dict[str, object]:
    held = catalogue.current_office(official)
    return {
        "id": official.id,
        "name": official.name,
        "aliases": [alias.name for alias in official.aliases],
        "office": catalogue.describe_office(held) if held else None,
    }


def _tell(official: Official, as_json: bool) -> None:
    if as_json:
        print_json(_facts(official))
    else:
        click.echo(catalogue.describe_official(official))
