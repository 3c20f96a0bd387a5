"""What the office covers: events, and who was there."""

from dam.services.events.attending import add_attendance, set_attendance
from dam.services.events.editing import create_event, delete_event, edit_event
from dam.services.events.finding import (
    being_prepared,
    describe_event,
    find_event,
    get_event,
    list_events,
    recent_events,
    suggest_events,
)
from dam.services.events.merging import merge_events

__all__ = [
    "add_attendance",
    "being_prepared",
    "create_event",
    "delete_event",
    "describe_event",
    "edit_event",
    "find_event",
    "get_event",
    "list_events",
    "merge_events",
    "recent_events",
    "set_attendance",
    "suggest_events",
]
