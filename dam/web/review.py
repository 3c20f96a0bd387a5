"""/revisar: what waits for approval; /retirados: what was withdrawn, and the places to clean."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from dam.db import Transaction
from dam.errors import Invalid, NotFound
from dam.models import Asset, Event, Minors, Network, Review
from dam.services import release
from dam.services.access import Action
from dam.services.ingest import batches
from dam.services.release import best, queueing, whereabouts
from dam.services.release.queueing import Waiting
from dam.services.release.whereabouts import Place
from dam.services.showing import contact_sheet
from dam.services.showing.contact_sheet import Card
from dam.services.spreadsheets.writing import csv_lines
from dam.web.doors import door
from dam.web.language import moment
from dam.web.numbers import row_number
from dam.web.session import archive, current_actor, may
from dam.web.words import choices, preset_word, word

bp = Blueprint("review", __name__)

EVENTS = 8  # on one page
OF_EACH = 60  # frames of each event; the others on a page of the event
OF_ONE = 600  # frames where one event has the page to itself
WITHDRAWN = 60


@dataclass(frozen=True)
class Section:
    """One event and the frames of it that are shown; ``ids`` are all that wait."""

    event: Waiting
    frames: list["Framed"]

    @property
    def more(self) -> int:
        return len(self.event.asset_ids) - len(self.frames)


@dataclass(frozen=True)
class Framed:
    """A card, and what a reviewer has to know beside the picture."""

    card: Card
    minors: Minors
    review: Review
    reason: str | None


@bp.get("/revisar")
@door(Action.REVIEW)
def queue() -> str:
    """Newest event first. ``antes`` and ``salta`` lead on, ``evento`` shows one alone."""
    before = request.args.get("antes", type=row_number)
    skip = request.args.get("salta", 0, type=row_number) or 0
    with archive().reading() as tx:
        waits = release.waiting(tx, current_actor(), before=before)
        shown = waits.events[skip : skip + EVENTS]
        further = _further(waits, before, skip)
        return render_template(
            "review/page.html",
            sections=[_section(tx, one, OF_EACH) for one in shown],
            count=release.count_waiting(tx, current_actor()),
            most=queueing.MOST_COUNTED,
            further=further,
            alone=None,
        )


@bp.get("/revisar/evento/<int:event_id>")
@door(Action.REVIEW)
def event(event_id: int) -> str:
    """All that waits of one event."""
    with archive().reading() as tx:
        row = tx.get(Event, event_id)
        if row is None:
            raise NotFound("There is no such event.")
        ids = queueing.waiting_of_event(tx, current_actor(), event_id)
        named = [one for one in queueing.by_event(tx, ids)]
        return render_template(
            "review/page.html",
            sections=[_section(tx, one, OF_ONE) for one in named],
            count=len(ids),
            most=queueing.WINDOW,
            further=None,
            alone=row,
        )


@bp.get("/revisar/carga/<int:batch_id>")
@door(Action.REVIEW)
def best_of_batch(batch_id: int) -> str:
    """The twelve best frames of an upload, three buttons each."""
    with archive().reading() as tx:
        batch = batches.get_batch(tx, current_actor(), batch_id)
        return _best(tx, best.of_batch(tx, current_actor(), batch_id), batch.event)


@bp.get("/revisar/evento/<int:event_id>/mejores")
@door(Action.REVIEW)
def best_of_event(event_id: int) -> str:
    """The same of a whole event."""
    with archive().reading() as tx:
        row = tx.get(Event, event_id)
        if row is None:
            raise NotFound("There is no such event.")
        return _best(tx, best.of_event(tx, current_actor(), event_id), row)


@bp.get("/retirados")
@door(Action.REVIEW)
def withdrawn() -> str:
    with archive().reading() as tx:
        shown = release.withdrawn(tx, current_actor(), _after(), WITHDRAWN)
        return render_template(
            "review/withdrawn.html",
            rows=shown.assets,
            next=f"{shown.next[0].isoformat()}_{shown.next[1]}" if shown.next else None,
        )


@bp.get("/material/<int:asset_id>/lugares")
@door(Action.REVIEW)
def places(asset_id: int) -> str:
    """Everybody who has it and everywhere it was published."""
    with archive().reading() as tx:
        listed = whereabouts.places_to_clean(tx, current_actor(), [asset_id])
        return render_template("review/places.html", asset=tx.get_one(Asset, asset_id), places=listed)


@bp.get("/material/<int:asset_id>/lugares.csv")
@door(Action.REVIEW)
def places_table(asset_id: int) -> Response:
    with archive().reading() as tx:
        return _table(whereabouts.places_to_clean(tx, current_actor(), [asset_id]), f"lugares-{asset_id}")


@bp.get("/retirados/lugares.csv")
@door(Action.REVIEW)
def all_places_table() -> Response:
    """The places to clean of what was withdrawn last."""
    with archive().reading() as tx:
        actor = current_actor()
        ids = [asset.id for asset in release.withdrawn(tx, actor, None, 1000).assets]
        return _table(whereabouts.places_to_clean(tx, actor, ids) if ids else [], "lugares-por-limpiar")


def _table(listed: Iterable[Place], name: str) -> Response:
    heading = (_("material"), _("what"), _("who or where"), _("when"), _("format or address"),
               _("use or note"), _("link"), _("taken down"))  # fmt: skip
    lines = "".join(csv_lines(heading, [_line(place) for place in listed]))
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _line(place: Place) -> tuple[object, ...]:
    if place.publication is not None:
        row = place.publication
        return (place.asset_id, _("published"), word(row.network), row.published_on.isoformat(),
                row.address or "", row.note or "", "", moment(row.cleaned_at))  # fmt: skip
    taken = place.taken
    if taken is None:
        raise ValueError("a place is a delivery or a publication")
    who = taken.recipient or taken.who or _("local administrator")
    return (place.asset_id, _("downloaded"), who, moment(taken.at), preset_word(taken.preset),
            taken.use or "", taken.link_id or "", "")  # fmt: skip


def _section(tx: Transaction, one: Waiting, most: int) -> Section:
    return Section(one, _frames(tx, one.asset_ids[:most]))


def _frames(tx: Transaction, ids: Iterable[int]) -> list[Framed]:
    wanted = list(ids)
    facts = queueing.facts(tx, wanted)
    return [
        Framed(card, *facts[card.asset_id])
        for card in contact_sheet.cards(tx, wanted)
        if card.asset_id in facts
    ]


def _best(tx: Transaction, ids: list[int], row: Event) -> str:
    return render_template("review/best.html", frames=_frames(tx, ids), event=row)


def _further(waits: queueing.Queue, before: int | None, skip: int) -> str | None:
    if skip + EVENTS < len(waits.events):
        return url_for("review.queue", antes=before, salta=skip + EVENTS)
    return url_for("review.queue", antes=waits.older) if waits.older else None


def _after() -> tuple[datetime, int] | None:
    """Where the page before ended: an instant and an id."""
    given = request.args.get("after")
    if not given:
        return None
    said, _sep, asset_id = given.rpartition("_")
    try:
        at = datetime.fromisoformat(said)
        number = row_number(asset_id)
        return at.astimezone(UTC), number
    except (ValueError, OverflowError) as error:
        raise Invalid("This place in the list is not one of ours. Start from the first page.") from error


@bp.record_once
def _offer(state: BlueprintSetupState) -> None:
    app: Flask = state.app
    app.jinja_env.globals.update(
        waiting_count=waiting_count, network_choices=choices(Network), today_iso=today_iso
    )


def today_iso() -> str:
    """The office's day, as a field of a form takes it."""
    return archive().clock().astimezone(archive().settings.zone).date().isoformat()


def waiting_count() -> int:
    """For the bar: how much waits, for those who review; 0 for the others. Counted up to 100."""
    if not may(Action.REVIEW):
        return 0
    with archive().reading() as tx:
        return release.count_waiting(tx, current_actor())
