"""Sending files in, for programs: open a batch, send by tus with the same key, watch it."""

from flask import Blueprint
from spectree import Response as Answers

from dam.models import Event, IngestBatch, IngestItem
from dam.services import events, ingest
from dam.services.access import Action
from dam.services.describing.wording import line
from dam.services.ingest import batches
from dam.web.api.contract import BY_KEY, contract
from dam.web.api.shapes import Batch, BatchProgress, Item, Named, NewBatch, Refusal, Since
from dam.web.doors import api_door
from dam.web.session import archive, current_actor
from dam.web.words import reason_sentence

TAGS = ["upload"]


def open_in(bp: Blueprint) -> None:
    bp.post("/batches")(create_batch)
    bp.get("/batches/<int:batch_id>")(read_batch)


@api_door(Action.UPLOAD)
@contract.validate(
    resp=Answers(HTTP_201=Batch, HTTP_403=Refusal, HTTP_404=Refusal, HTTP_409=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="createBatch",
)
def create_batch(json: NewBatch) -> tuple[Batch, int]:
    """Open a batch for an event, named by its id or by a name that only one has (else 409)."""
    actor = current_actor()
    with archive().transaction() as tx:
        event = _event(tx, json.event)
        batch = ingest.open_batch(
            tx,
            actor,
            event.id,
            byline=line(json.byline, 200, "byline"),
            credit=line(json.credit, 200, "credit"),
            source="api",
        )
        if json.files is not None and json.bytes is not None:
            batches.expect_files(tx, actor, batch.id, json.files, json.bytes)
        said = Batch(
            batch_id=batch.id,
            event=_named(event),
            upload="/tus/",
            progress=f"/api/v1/batches/{batch.id}",
        )
    return said, 201


@api_door(Action.UPLOAD)
@contract.validate(
    resp=Answers(HTTP_200=BatchProgress, HTTP_404=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="readBatch",
)
def read_batch(batch_id: int, query: Since) -> BatchProgress:
    """How far it is: counters, and the files that changed after ``since``."""
    with archive().reading() as tx:
        batch: IngestBatch = batches.get_batch(tx, current_actor(), batch_id)
        now = batches.progress(tx, batch, query.since)
        return BatchProgress(
            batch_id=batch.id,
            event=_named(batch.event),
            files=now.files,
            over=now.over,
            counters=dict(now.counters),
            items=[_item(item) for item in now.items],
            change=now.change,
            more=now.more,
        )


def _event(tx, said: int | str) -> Event:
    return events.get_event(tx, said) if isinstance(said, int) else events.find_event(tx, said)


def _named(event: Event) -> Named:
    return Named(id=event.id, name=event.name)


def _item(item: IngestItem) -> Item:
    return Item(
        item_id=item.id,
        path=item.path,
        bytes=item.bytes,
        outcome=item.outcome,
        reason_code=item.reason_code,
        reason=str(reason_sentence(item.reason_code)) or None,
        asset_id=item.asset_id,
    )
