"""Sending a card: the page where it begins, the batches there are, and how far each is."""

from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Event, EventKind, IngestBatch, IngestItem, Outcome, Role, User
from dam.services import events, ingest
from dam.services.access import HEADS, OFFICE, Action, covers
from dam.services.families import joining
from dam.services.ingest import batches, rerouting
from dam.services.ingest.batches import Fingerprint, Known
from dam.services.ingest.reasons import IngestReason
from dam.web.catalogue.suggestions import event_item
from dam.web.doors import door
from dam.web.numbers import HIGHEST, row_number
from dam.web.session import archive, current_actor
from dam.web.words import reason_sentence

bp = Blueprint("batches", __name__)

PAGE = 30
RECENT = 12  # events looked at, of which
SHOWN = 4  # are offered with one press
LONGEST_QUESTION = 4 * 1024**2  # bytes of JSON


@bp.get("/subir")
@door(Action.UPLOAD)
def new() -> str:
    """Which event, which files, how it goes."""
    actor = current_actor()
    with archive().reading() as tx:
        event = tx.get(Event, request.args.get("evento", 0, type=row_number))
        user = tx.get(User, actor.user_id) if actor.user_id else None
        credit = (user and user.credit) or archive().settings.office_name
        recent = [one for one in events.recent_events(tx, RECENT) if covers(actor, one.municipality_key)]
        return render_template(
            "upload/batch.html",
            batch=None,
            event=event,
            byline=actor.name,
            credit=credit,
            steers=False,
            sends=True,
            event_kinds=EventKind,
            recent=[event_item(one) for one in recent[:SHOWN]],
        )


@bp.post("/cargas")
@door(Action.UPLOAD)
def begin() -> tuple[Response, int]:
    """Open a batch. JSON: event_id, byline, credit."""
    said = _said()
    with archive().transaction() as tx:
        batch = ingest.open_batch(
            tx,
            current_actor(),
            _row(said, "event_id"),
            byline=_line(said, "byline"),
            credit=_line(said, "credit"),
        )
    return jsonify(id=batch.id, address=url_for("batches.one", batch_id=batch.id)), 201


@bp.get("/cargas")
@door(Action.UPLOAD)
def index() -> str:
    """Batches, latest first: one's own, or everybody's for the office."""
    actor = current_actor()
    everybodys = request.args.get("de") == "todas" and actor.role in OFFICE
    with archive().reading() as tx:
        listed = batches.list_batches(
            tx, actor, everybodys=everybodys, before=request.args.get("antes", type=row_number), limit=PAGE
        )
        rows = [(batch, Tally(listed.counters[batch.id], batch)) for batch in listed.batches]
        return render_template(
            "upload/index.html",
            rows=rows,
            next=listed.next,
            everybodys=everybodys,
            office=actor.role in OFFICE,
        )


@bp.get("/cargas/<int:batch_id>")
@door(Action.UPLOAD)
def one(batch_id: int) -> str:
    """One batch: how it goes, what failed and why, and going on with it."""
    actor = current_actor()
    with archive().reading() as tx:
        batch = batches.get_batch(tx, actor, batch_id)
        return render_template(
            "upload/batch.html",
            batch=batch,
            event=batch.event,
            byline=batch.byline,
            credit=batch.credit,
            steers=batch.user_id == actor.user_id or actor.role in HEADS,
            sends=batch.user_id == actor.user_id or actor.role == Role.ADMINISTRATOR,
        )


@bp.get("/cargas/<int:batch_id>/avance")
@door(Action.UPLOAD)
def progress(batch_id: int) -> Response:
    """Counters and the items that changed after ``desde``; 304 when nothing did. Answers at once, always."""
    since = request.args.get("desde", 0, type=row_number)
    with archive().reading() as tx:
        batch = batches.get_batch(tx, current_actor(), batch_id)
        tag = f"{batch.id}-{batch.last_change}-{since}"
        if request.if_none_match.contains(tag):
            answer = make_response("", 304)
        else:
            answer = jsonify(_progress(tx, batch, since))
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.post("/cargas/<int:batch_id>/reconocer")
@door(Action.UPLOAD)
def recognise(batch_id: int) -> Response:
    """Which of these files came before. JSON: files [{path, size, modified, ends_sha256}], 100 at most."""
    given = _said().get("files")
    if not isinstance(given, list):
        raise Invalid("Say which files.")
    files = [_fingerprint(one) for one in given]
    with archive().reading() as tx:
        known = batches.recognise(tx, current_actor(), batch_id, files)
    return jsonify(files=[_known(one) for one in known])


@bp.post("/cargas/<int:batch_id>/esperar")
@door(Action.UPLOAD)
def expect(batch_id: int) -> tuple[str, int]:
    """How much will come in all. JSON: files, bytes."""
    said = _said()
    with archive().transaction() as tx:
        batches.expect_files(tx, current_actor(), batch_id, _whole(said, "files"), _whole(said, "bytes"))
    return "", 204


@bp.post("/cargas/<int:batch_id>/reintentar")
@door(Action.UPLOAD)
def retry(batch_id: int) -> Response:
    """Try everything that failed again."""
    with archive().transaction() as tx:
        again, missing = batches.retry_failed(tx, current_actor(), batch_id)
    told = ngettext("%(num)d file is tried again.", "%(num)d files are tried again.", again) if again else ""
    if missing:
        told += " " if told else ""
        told += ngettext(
            "%(num)d file did not arrive: choose it again.",
            "%(num)d files did not arrive: choose them or their folder again.",
            missing,
        )
    return jsonify(again=again, missing=missing, message=told or _("Nothing failed."))


@bp.post("/cargas/<int:batch_id>/mover")
@door(Action.UPLOAD)
def move(batch_id: int) -> Response:
    """To another event. JSON: event_id. Undo with /cambios/<change>/deshacer."""
    with archive().transaction() as tx:
        change = rerouting.move_batch(tx, current_actor(), batch_id, _row(_said(), "event_id"))
        event = batches.get_batch(tx, current_actor(), batch_id).event
        told = _("The batch is now in “%(event)s”.", event=event.name)
    return jsonify(change=change.id, message=told)


@bp.post("/cargas/<int:batch_id>/deshacer")
@door(Action.UPLOAD)
def undo(batch_id: int) -> Response:
    """To the bin with what only this batch brought. Undo with /cambios/<change>/deshacer."""
    with archive().transaction() as tx:
        change = rerouting.undo_batch(tx, current_actor(), batch_id)
    return jsonify(change=change.id, message=_("The batch is undone: its files are in the bin."))


class Tally:
    """A batch's counters as the list shows them."""

    def __init__(self, counters: dict[Outcome, int] | Any, batch: IngestBatch) -> None:
        self.files = max(batch.expected_files or 0, sum(counters.values()))
        self.arrived = sum(n for o, n in counters.items() if o not in (Outcome.SENDING, Outcome.FAILED))
        self.ready = sum(counters.get(o, 0) for o in (Outcome.READY, Outcome.DUPLICATE, Outcome.ATTACHED))
        self.problems = counters.get(Outcome.FAILED, 0) + counters.get(Outcome.QUARANTINED, 0)
        self.preparing = counters.get(Outcome.RECEIVED, 0) + counters.get(Outcome.WORKING, 0)
        self.missing = self.files - self.arrived - counters.get(Outcome.FAILED, 0)


def _progress(tx: Transaction, batch: IngestBatch, since: int) -> dict[str, Any]:
    seen = batches.progress(tx, batch, since)
    goes_with = joining.joined_with(tx, seen.items)
    return {
        "change": seen.change,
        "more": seen.more,
        "counters": {str(outcome): count for outcome, count in seen.counters.items()},
        "files": seen.files,
        "bytes": seen.expected_bytes or 0,
        "arrived": seen.arrived,
        "over": seen.over,
        "undone": batch.undone_at is not None,
        "event": {"id": batch.event_id, "name": batch.event.name},
        "items": [_item(item, goes_with.get(item.id)) for item in seen.items],
    }


def _item(item: IngestItem, goes_with: str | None = None) -> dict[str, Any]:
    """``goes_with``: the name of the picture this file is a companion of."""
    return {
        "id": item.id,
        "path": item.path,
        "bytes": item.bytes,
        "outcome": "waits" if item.reason_code == IngestReason.WAITS_FOR_PICTURE else str(item.outcome),
        "reason": str(reason_sentence(item.reason_code)),
        "asset": item.asset_id,
        "with": goes_with,
    }


def _known(known: Known) -> dict[str, Any]:
    address = url_for("uploads.one", token=known.token) if known.token else None
    return {
        "item": known.item_id,
        "outcome": known.outcome and str(known.outcome),
        "reason": str(reason_sentence(known.reason_code)),
        "asset": known.asset_id,
        "upload": address,
        "offset": known.offset,
    }


def _fingerprint(given: Any) -> Fingerprint:
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        raise Invalid("Each file is told by path, size, modified and ends_sha256.")
    ends = given.get("ends_sha256")
    modified = given.get("modified")
    return Fingerprint(
        given["path"],
        _whole(given, "size"),
        _whole(given, "modified") if modified is not None else None,
        ends if isinstance(ends, str) else None,
    )


def _said() -> dict[str, Any]:
    request.max_content_length = LONGEST_QUESTION
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise Invalid("This is asked in JSON.")
    return cast(dict[str, Any], said)


def _whole(said: dict[str, Any], name: str) -> int:
    given = said.get(name)
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 16:
        return int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 2**60:
        raise Invalid("“%(name)s” must be a whole number.", name=name)
    return given


def _row(said: dict[str, Any], name: str) -> int:
    given = _whole(said, name)
    if given > HIGHEST:
        raise Invalid("“%(name)s” must be a whole number.", name=name)
    return given


def _line(said: dict[str, Any], name: str) -> str | None:
    given = said.get(name)
    if given is not None and not isinstance(given, str):
        raise Invalid("“%(name)s” must be text.", name=name)
    return " ".join(ingest.plain_text(given or "").split())[:200] or None
