"""``dam ingest``: read cards and folders of this machine into the archive."""

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import func, select
from tqdm import tqdm

from dam.archive import Archive
from dam.cli.desk import Desk, pass_desk, print_json
from dam.db import Transaction
from dam.errors import NotFound, Unavailable
from dam.media.reasons import SENTENCES
from dam.models import Asset, Event, IndexTicket, IngestItem, Outcome, Processing
from dam.services import events, officials, places
from dam.services import ingest as receiving
from dam.services.access import Actor
from dam.services.exporting import marks
from dam.services.ingest import cards
from dam.services.ingest.reasons import INGEST_SENTENCES

IN = {Outcome.RECEIVED, Outcome.WORKING, Outcome.READY, Outcome.DUPLICATE, Outcome.ATTACHED}
PATIENCE = 90.0  # seconds without any progress and without a worker before --wait gives up


@dataclass(frozen=True)
class Wish:
    """Which event the card belongs to, as it was typed."""

    event: str
    date: datetime | None
    municipality: str | None
    officials: tuple[str, ...]
    create: bool


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--event", help="Name or number of the event. Not needed for a folder that export wrote.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="Day of the event (local).")
@click.option("--municipality", help='Name, "Metepec, México" or INEGI key. Never created.')
@click.option(
    "--official", "officials_", multiple=True, metavar="NAME", help="Attends the event. Repeatable."
)
@click.option("--byline", help="Who took the pictures.")
@click.option("--credit", help="Credit line.")
@click.option("--create", is_flag=True, help="Make the event and the officials that are missing.")
@click.option("--wait", is_flag=True, help="Return when everything can be found.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def ingest(
    desk: Desk,
    paths: tuple[str, ...],
    event: str | None,
    date: datetime | None,
    municipality: str | None,
    officials_: tuple[str, ...],
    byline: str | None,
    credit: str | None,
    create: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Take every file of PATH (files or folders) into the archive, for one event.

    Running it again skips what is in. A folder that export wrote is read back: its events and persons are
    made, and its descriptions written again once all is ready. Exit code 0: every file is in; 3: some were
    not.
    """
    archive = desk.archive
    exports = [Path(path) for path in paths if marks.is_export(Path(path))]
    others = [path for path in paths if Path(path) not in exports]
    if event is None and others:
        raise click.UsageError("Say which event with --event.")
    wait = wait or bool(exports)
    if wait and archive.queue.workers() == 0:
        raise Unavailable(
            "Nothing would be processed: no worker is running. Start script/server or script/worker."
        )
    item_ids: list[int] = []
    batches: list[dict[str, int]] = []
    if others and event is not None:
        wish = Wish(event, date, municipality, officials_, create)
        with archive.transaction() as tx:
            chosen = choose_event(tx, desk.actor, wish)
            batch = receiving.open_batch(
                tx, desk.actor, chosen.id, byline=byline, credit=credit, source="cli"
            )
        batches.append({"batch_id": batch.id, "event_id": chosen.id})
        item_ids += _bring_all(archive, batch.id, marks.material(others))
        if wait:
            _wait(archive, batch.id)
    for root in exports:
        item_ids += _read_back(archive, desk.actor, root, batches)
    files = _report(archive, item_ids)
    if as_json:
        first = batches[0] if batches else {"batch_id": None, "event_id": None}
        more = {"batches": batches} if len(batches) > 1 else {}
        print_json({**first, **more, "files": files})
    else:
        _say(files)
    if any(file["outcome"] not in IN for file in files):
        sys.exit(3)


def _read_back(archive: Archive, actor: Actor, root: Path, batches: list[dict[str, int]]) -> list[int]:
    """Take in what an export wrote, and describe it as it was. The items."""
    from dam.cli import reading_back  # knows of borders and families: a card need not wait for them
    from dam.services.exporting import restoring

    people = restoring.read_people(root)
    parts = reading_back.open_batches(archive, actor, root, people)
    item_ids = [one for part in parts for one in _bring_all(archive, part.batch_id, part.found)]
    ids = [part.batch_id for part in parts]
    for batch_id in ids:
        _wait(archive, batch_id)
    described = restoring.restore(archive, actor, ids, people)
    click.echo(f"{described} described as they were.", err=True)
    for batch_id in ids:
        _wait(archive, batch_id)
    batches += [{"batch_id": part.batch_id, "event_id": part.event_id} for part in parts]
    return item_ids


def choose_event(tx: Transaction, actor: Actor, wish: Wish) -> Event:
    """The event that is meant, made when it is missing and ``create`` allows. Raises NotFound, Ambiguous."""
    place = places.find_municipality(tx, wish.municipality) if wish.municipality else None
    attending = [_official(tx, actor, name, wish.create) for name in wish.officials]
    try:
        event = events.find_event(tx, wish.event, on=wish.date.date() if wish.date else None)
    except NotFound as error:
        if not wish.create:
            raise NotFound(f"{error} Add --create to make it.", **error.detail) from error
        return events.create_event(
            tx,
            actor,
            wish.event,
            starts_at=wish.date,
            municipality_key=place.key if place else None,
            official_ids=attending,
        )
    if place and event.municipality_key is None:
        events.edit_event(tx, actor, event.id, municipality_key=place.key)
    if attending:
        events.add_attendance(tx, actor, event.id, attending)
    return event


def _official(tx: Transaction, actor: Actor, name: str, create: bool) -> int:
    try:
        return officials.find_official(tx, name).id
    except NotFound as error:
        if not create:
            raise NotFound(f"{error} Add --create to make them.", **error.detail) from error
        return officials.create_official(tx, actor, name).id


def _bring_all(archive: Archive, batch_id: int, found: list[cards.Found]) -> list[int]:
    item_ids = []
    total = sum(file.size or 0 for file in found)
    with tqdm(total=total, unit="B", unit_scale=True, file=sys.stderr, disable=None) as bar:
        for number, file in enumerate(found, 1):
            bar.set_postfix_str(f"{number}/{len(found)}")
            item_ids.append(cards.bring(archive, batch_id, file)[0])
            bar.update(file.size or 0)
    return item_ids


def _wait(archive: Archive, batch_id: int) -> None:
    """Until nothing of the batch is unfinished or waits for the index."""
    last, since = -1, time.monotonic()
    with tqdm(total=None, unit=" ready", file=sys.stderr, disable=None) as bar:
        while unfinished := _unfinished(archive, batch_id):
            if unfinished != last:
                last, since = unfinished, time.monotonic()
            elif time.monotonic() - since > PATIENCE and archive.queue.workers() == 0:
                raise Unavailable(
                    "The workers have stopped. What was sent is safe and goes on when they are back."
                )
            bar.set_postfix_str(f"{unfinished} to go")
            # Soon for one photo, seldom for a card or a long clip: asking costs the workers' time.
            quiet = time.monotonic() - since
            time.sleep(min(1.0, max(0.05 + unfinished * 0.02, quiet * 0.15)))


def _unfinished(archive: Archive, batch_id: int) -> int:
    """Unfinished assets, or, once there are none, the tickets that the indexer still holds."""
    of_batch = select(IngestItem.asset_id).where(
        IngestItem.batch_id == batch_id, IngestItem.asset_id.is_not(None)
    )
    with archive.reading() as tx:
        working = tx.scalar(
            select(func.count())
            .select_from(Asset)
            .where(Asset.id.in_(of_batch), Asset.processing.in_([Processing.RECEIVED, Processing.WORKING]))
        )
        waiting = tx.scalar(
            select(func.count()).select_from(IndexTicket).where(IndexTicket.asset_id.in_(of_batch))
        )
    return (working or 0) + (waiting or 0)


def _report(archive: Archive, item_ids: list[int]) -> list[dict[str, object]]:
    with archive.reading() as tx:
        items = {item_id: tx.get_one(IngestItem, item_id) for item_id in item_ids}
    return [
        {
            "path": item.path,
            # Whether a worker has begun with it is no news to who asks: it is in, and not ready yet.
            "outcome": str(Outcome.RECEIVED if item.outcome == Outcome.WORKING else item.outcome),
            "reason_code": item.reason_code,
            "reason": sentence(item.reason_code),
            "asset_id": item.asset_id,
        }
        for item in (items[item_id] for item_id in item_ids)
    ]


def sentence(code: str | None) -> str | None:
    """The English sentence of a reason code."""
    if code is None:
        return None
    known = {str(reason): text for reason, text in SENTENCES.items()}
    known.update({str(reason): text for reason, text in INGEST_SENTENCES.items()})
    return known.get(code, code)


def _say(files: list[dict[str, object]]) -> None:
    for file in files:
        if file["outcome"] not in IN:
            click.echo(f"{file['path']}: {file['outcome']}: {file['reason']}")
    counts: dict[object, int] = {}
    for file in files:
        counts[file["outcome"]] = counts.get(file["outcome"], 0) + 1
    click.echo(", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())) or "no files")
