"""``dam export``: originals, what is known of them and a table, in folders that any program reads."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
from tqdm import tqdm

from dam.cli.desk import Desk, pass_desk, print_json
from dam.services import events, finding, officials, places
from dam.services.exporting import choosing, writing

MOST_FOUND = 20_000_000


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.argument("words", nargs=-1, metavar="[WORDS...]")
@click.option(
    "--event", "events_", multiple=True, metavar="NAME", help="Name or number. Repeatable: any of them."
)
@click.option(
    "--municipality", "places_", multiple=True, help='Name, "Metepec, México" or INEGI key. Repeatable.'
)
@click.option(
    "--official", "officials_", multiple=True, metavar="NAME", help="Appears or attended. Repeatable."
)
@click.option("--from", "date_from", metavar="DATE", help="2026, 2026-05 or 2026-05-01; that day included.")
@click.option("--to", "date_to", metavar="DATE", help="2026, 2026-05 or 2026-05-31; that day included.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def export(
    desk: Desk,
    folder: Path,
    words: tuple[str, ...],
    events_: tuple[str, ...],
    places_: tuple[str, ...],
    officials_: tuple[str, ...],
    date_from: str | None,
    date_to: str | None,
    as_json: bool,
) -> None:
    """Write originals with XMP sidecars and a table into FOLDER: everything, or what WORDS and options find.

    One folder an event. Run again it writes only what is missing and sidecars of what was edited; files of
    others are never overwritten. "dam ingest FOLDER" reads it back. Exit code 3 when some could not be
    written.
    """
    archive = desk.archive
    with archive.reading() as tx:
        filters = finding.Filters(
            event_ids=tuple(events.find_event(tx, name).id for name in events_),
            municipality_keys=tuple(places.find_municipality(tx, name).key for name in places_),
            official_ids=tuple(officials.find_official(tx, name).id for name in officials_),
            date_from=date_from,
            date_to=date_to,
            frames=True,
        )
    if words or filters != finding.Filters(frames=True):
        query = finding.Query(" ".join(words), filters)
        chosen = choosing.of_ids(finding.all_ids(archive, desk.actor, query, MOST_FOUND))
    else:
        chosen = choosing.everything(archive)
    with tqdm(total=chosen.total, unit=" assets", file=sys.stderr, disable=None) as bar:
        report = writing.export(archive, desk.actor, folder, chosen, lambda done: bar.update(done - bar.n))
    if as_json:
        print_json({"folder": str(folder), **asdict(report)})
    else:
        click.echo(
            f"{report.assets} assets: {report.written} files written, {report.there} were there already, "
            f"{report.sidecars} sidecars written."
        )
    for one in report.failed:
        click.echo(f"dam: material {one.asset_id}: {one.name}: {one.reason}", err=True)
    if report.failed:
        sys.exit(3)
