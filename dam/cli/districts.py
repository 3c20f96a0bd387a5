"""``dam districts``: federal and local electoral districts."""

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import import_csv, print_table
from dam.services import districts as catalogue
from dam.services import places, spreadsheets


@click.group("districts")
def districts() -> None:
    """Electoral districts and their municipalities."""


@districts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def import_districts(desk: Desk, file: str, as_json: bool) -> None:
    """Add districts from a CSV (docs/catalogue.md names its columns). Exit code 3: rows were left out."""
    import_csv(desk, file, as_json, spreadsheets.import_districts)


@districts.command("export")
@pass_desk
def export(desk: Desk) -> None:
    """Write the CSV that import reads to standard output."""
    with desk.archive.reading() as tx:
        for line in spreadsheets.export_districts(tx):
            click.echo(line, nl=False)


@districts.command("list")
@click.option("--state", help="Key, name or short form of a state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@pass_desk
def list_districts(desk: Desk, state: str | None, as_json: bool) -> None:
    """Districts by state, kind and number."""
    with desk.archive.reading() as tx:
        state_key = places.find_state(tx, state).key if state else None
        facts = [
            {
                "id": one.id,
                "kind": one.kind,
                "number": one.number,
                "state": one.state.name,
                "seat": one.seat,
                "municipalities": [place.key for place in one.municipalities],
            }
            for one in catalogue.list_districts(tx, state_key=state_key, limit=10_000).rows
        ]
    if as_json:
        print_json(facts)
    else:
        print_table([str(cell) for cell in list(one.values())[:5]] for one in facts)
