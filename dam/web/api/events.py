"""The events files are sent to, for programs."""

from datetime import date, datetime, time

from flask import Blueprint
from spectree import Response as Answers

from dam.errors import Invalid
from dam.models import Event
from dam.services import events, places
from dam.services.access import Action
from dam.web.api.contract import BY_KEY, contract
from dam.web.api.shapes import EventFacts, EventList, EventSearch, NewEvent, Refusal
from dam.web.doors import api_door
from dam.web.session import archive, current_actor

TAGS = ["events"]


def open_in(bp: Blueprint) -> None:
    bp.get("/events")(list_events)
    bp.post("/events")(create_event)


@api_door(Action.SEE)
@contract.validate(resp=Answers(HTTP_200=EventList), security=BY_KEY, tags=TAGS, operation_id="listEvents")
def list_events(query: EventSearch) -> EventList:
    """The latest events, or those whose name has the words of ``q``."""
    with archive().reading() as tx:
        if query.q.strip():
            named = events.suggest_events(tx, query.q, query.limit)
            return EventList(events=[EventFacts(id=e.key, name=e.label, detail=e.detail) for e in named])
        return EventList(events=[_facts(event) for event in events.recent_events(tx, query.limit)])


@api_door(Action.EDIT_EVENTS)
@contract.validate(
    resp=Answers(HTTP_201=EventFacts, HTTP_403=Refusal, HTTP_409=Refusal),
    security=BY_KEY,
    tags=TAGS,
    operation_id="createEvent",
)
def create_event(json: NewEvent) -> tuple[EventFacts, int]:
    """A new event. A municipality that is ambiguous or unknown is refused with the candidates."""
    with archive().transaction() as tx:
        key = places.find_municipality(tx, json.municipality).key if json.municipality else None
        event = events.create_event(
            tx,
            current_actor(),
            json.name,
            kind=json.kind,
            starts_at=_moment(json),
            day_only=json.starts_at is None,
            timezone=archive().settings.timezone,
            municipality_key=key,
            place=json.place,
            official_ids=json.official_ids,
        )
        return _facts(event), 201


def _facts(event: Event) -> EventFacts:
    return EventFacts(id=event.id, name=event.name, detail=events.describe_event(event))


def _moment(said: NewEvent) -> datetime | None:
    if said.starts_on is None:
        if said.starts_at is not None:
            raise Invalid("A time needs its day: give starts_on as well.")
        return None
    try:
        clock = time.fromisoformat(said.starts_at) if said.starts_at else time()
        return datetime.combine(date.fromisoformat(said.starts_on), clock)
    except ValueError:
        given = f"{said.starts_on} {said.starts_at or ''}".strip()
        raise Invalid("This is no day or time: %(given)s.", given=given) from None
