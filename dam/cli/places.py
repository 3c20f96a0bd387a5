"""``dam places``: the municipal layer, and where things are."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
from tqdm import tqdm

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import DONE_IN_PART, print_table
from dam.services import borders
from dam.services import places as catalogue


@click.group("places")
def places() -> None:
    """Municipalities, their borders, and where a point lies."""


@places.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--keep-assets", is_flag=True, help="Leave material with GPS where it was thought to be.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def import_layer(desk: Desk, file: Path, keep_assets: bool, as_json: bool) -> None:
    """Load INEGI's municipal layer: GeoJSON in longitude and latitude, or the shapefile's zip.

    Nothing is deleted, and importing again changes only what differs. Then material with GPS that no person
    placed gets its exact municipality. Exit code 3: some areas could not be used.
    """
    with tqdm(unit=" municipalities", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        report = borders.import_layer(desk.archive, desk.actor, file, progress=bar.update)
    relocated = 0 if keep_assets else borders.relocate_all(desk.archive, desk.actor)
    if as_json:
        print_json({**asdict(report), "relocated": relocated})
    else:
        click.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged.")
        click.echo(f"{relocated} photos and clips got another place.")
        for problem in report.problems:
            click.echo(problem, err=True)
    if report.problems:
        sys.exit(DONE_IN_PART)


@places.command("list")
@click.argument("text", default="")
@click.option("--state", help="Key, name or short form of a state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@pass_desk
def list_places(desk: Desk, text: str, state: str | None, as_json: bool) -> None:
    """Municipalities by name; TEXT narrows to names with words that begin so."""
    with desk.archive.reading() as tx:
        state_key = catalogue.find_state(tx, state).key if state else None
        found = catalogue.list_municipalities(tx, text=text, state_key=state_key, limit=10_000).rows
        rows = [(one.key, one.name, one.state.name, one.boundary_at is not None) for one in found]
    if as_json:
        print_json([dict(zip(("key", "name", "state", "border"), row, strict=True)) for row in rows])
    else:
        print_table((key, name, state_name) for key, name, state_name, _border in rows)


@places.command("locate", context_settings={"ignore_unknown_options": True})
@click.argument("latitude", type=float)
@click.argument("longitude", type=float)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def locate(desk: Desk, latitude: float, longitude: float, as_json: bool) -> None:
    """In which municipality LATITUDE LONGITUDE (degrees, WGS 84) lies."""
    with desk.archive.reading() as tx:
        found = borders.locate(tx, latitude, longitude)
        name = catalogue.describe_place(catalogue.get_municipality(tx, found.key)) if found else None
    if as_json:
        print_json({**asdict(found), "name": name} if found else None)
    elif found is None:
        click.echo("Nothing is known about that place.")
    else:
        click.echo(name if found.exact else f"{name} (suggested, {found.confidence:.0%})")
