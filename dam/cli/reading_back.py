"""``dam ingest`` of a folder that ``dam export`` wrote: each event's folder is a batch of its own, and once
all is ready, what the sidecars tell is written down again."""

from dataclasses import dataclass
from pathlib import Path

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound
from dam.models import Event
from dam.services import events, ingest
from dam.services.access import Actor
from dam.services.exporting import marks, restoring
from dam.services.exporting.restoring import People
from dam.services.ingest import cards

WITHOUT_EVENT = "Sin evento"


@dataclass(frozen=True)
class Part:
    """One folder of an export, and the batch that takes it in."""

    batch_id: int
    event_id: int
    found: list[cards.Found]


def open_batches(archive: Archive, actor: Actor, root: Path, people: People) -> list[Part]:
    """A batch for each event's folder of the export; events that are missing are made, with who attended."""
    parts = []
    for folder, told in restoring.folders(root):
        with archive.transaction() as tx:
            event = (
                restoring.find_or_make_event(tx, actor, told, people) if told else _without_event(tx, actor)
            )
            batch = ingest.open_batch(tx, actor, event.id, source="cli")
        parts.append(Part(batch.id, event.id, marks.material([str(folder)])))
    return parts


def _without_event(tx: Transaction, actor: Actor) -> Event:
    try:
        return events.find_event(tx, WITHOUT_EVENT)
    except NotFound:
        return events.create_event(tx, actor, WITHOUT_EVENT)
