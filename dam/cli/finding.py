"""``dam find`` and ``dam reindex``: the search box for a terminal, and building its index anew."""

import time
from dataclasses import asdict

import click
from tqdm import tqdm

from dam.archive import Archive
from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import print_table
from dam.errors import Conflict, Unavailable
from dam.models import Asset, Kind
from dam.services import events, finding, indexing, officials, places

LOOK = 0.5  # seconds between looks at an indexer that was asked to rebuild


@click.command("find")
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
@click.option("--kind", "kinds", multiple=True, type=click.Choice([str(kind) for kind in Kind]))
@click.option("--from", "date_from", metavar="DATE", help="2026, 2026-05 or 2026-05-01; that day included.")
@click.option("--to", "date_to", metavar="DATE", help="2026, 2026-05 or 2026-05-31; that day included.")
@click.option("--limit", type=click.IntRange(0, 10_000), default=50, show_default=True, help="Ids at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def find(
    desk: Desk,
    words: tuple[str, ...],
    events_: tuple[str, ...],
    places_: tuple[str, ...],
    officials_: tuple[str, ...],
    kinds: tuple[str, ...],
    date_from: str | None,
    date_to: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Find assets by words (as in the search box) and filters: newest first, an official's own before what
    was taken at events they attended. Options of one name are alternatives; different ones must all hold."""
    archive = desk.archive
    with archive.reading() as tx:
        filters = finding.Filters(
            event_ids=tuple(events.find_event(tx, name).id for name in events_),
            municipality_keys=tuple(places.find_municipality(tx, name).key for name in places_),
            official_ids=tuple(officials.find_official(tx, name).id for name in officials_),
            kinds=kinds,
            date_from=date_from,
            date_to=date_to,
        )
    query = finding.Query(" ".join(words), filters)
    page = finding.find(archive, desk.actor, query, limit=1)
    asset_ids = finding.all_ids(archive, desk.actor, query, limit)
    for note in page.understood:
        click.echo(f"dam: {_told(note)}", err=True)
    if as_json:
        counts = asdict(finding.counts(archive, desk.actor, query))
        print_json({"total": page.total, "asset_ids": asset_ids, "counts": counts})
        return
    _print(archive, asset_ids)
    click.echo(f"{page.total} found", err=True)


def _told(note: finding.Note) -> str:
    return {
        finding.Remark.UNKNOWN_FIELD: f"there is no field “{note.text}:”; its words were sought.",
        finding.Remark.NOT_FOUND: f"nothing is called “{note.text}”; it was sought as words.",
        finding.Remark.NOT_AMONG: f"nothing is called “{note.text}”; it was left out.",
        finding.Remark.BAD_DATE: f"“{note.text}” is no date and was left out.",
        finding.Remark.BAD_VALUE: f"“{note.text}” was not understood and was left out.",
        finding.Remark.TOO_COMMON: f"“{note.text}” is everywhere and was left out.",
        finding.Remark.TOO_LONG: f"the query is too long; it was read up to “{note.text}”.",
        finding.Remark.RECOGNISED: f"{note.text} was recognised.",
        finding.Remark.ALSO: f"also sought: {note.text}.",
        finding.Remark.WITHOUT_PERSON: (
            f"“-{note.text}” leaves out what was taken where they were, too; "
            f"“-appears:{note.text}” only what shows them."
        ),
        finding.Remark.EITHER: f"one or the other was sought: {note.text}.",
    }[note.remark]


def _print(archive: Archive, asset_ids: list[int]) -> None:
    with archive.reading() as tx:
        assets = [asset for one in asset_ids if (asset := tx.get(Asset, one)) is not None]
        print_table((one.id, one.taken_at, one.kind, one.headline or one.caption or "") for one in assets)


@click.command("reindex")
@pass_desk
def reindex(desk: Desk) -> None:
    """Build the search index anew from the database, beside the old one, and put it in its place. Finding
    goes on meanwhile. Where an indexer is running it does the work and this waits for it."""
    archive = desk.archive
    try:
        with indexing.sole_indexer(archive.settings), tqdm(unit=" assets") as bar:
            done = indexing.rebuild(archive, progress=lambda number: bar.update(number - bar.n))
    except Conflict:
        click.echo("The indexer of this archive builds it…", err=True)
        indexing.ask_rebuild(archive)
        _wait(archive)
        click.echo("The index is new.")
        return
    click.echo(f"The index is new; {done} assets can be found.")


def _wait(archive: Archive) -> None:
    """Until what was asked is done. Raises Unavailable when nobody is left to do it."""
    while indexing.rebuild_asked(archive):
        time.sleep(LOOK)
        try:
            with indexing.sole_indexer(archive.settings):
                if not indexing.rebuild_asked(archive):
                    return
                raise Unavailable("The indexer has ended. Start it, or run this command again.")
        except Conflict:
            continue
