"""What the pages of the catalogue share: grids of material, lists that follow typing, typed words."""

from collections.abc import Iterable

from flask import request
from flask_babel import gettext as _

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Office, Official
from dam.search.folding import fold
from dam.services import finding, officials
from dam.services.finding import Filters, Query
from dam.web.grid import FIRST, Sheet, sheet
from dam.web.session import archive, current_actor

LONGEST = 120  # letters of a list's search that are looked at


def sheet_of(tx: Transaction, **filters: object) -> Sheet:
    """The newest material of an event, a person, a municipality or a district, for the grid."""
    query = Query(filters=Filters(**filters))  # type: ignore[arg-type]
    return sheet(tx, finding.find(archive(), current_actor(), query, None, FIRST), query)


def people_of(found: Iterable[Official], field: str, place: str | int) -> list[tuple[Official, Office, bool]]:
    """Each with the office held there, and whether it is held now; those of today first."""
    here = []
    for official in found:
        now = officials.current_office(official)
        if now is not None and getattr(now, field) == place:
            here.append((official, now, True))
        else:
            here.append(
                (official, next(held for held in official.offices if getattr(held, field) == place), False)
            )
    return sorted(here, key=lambda one: (not one[2], one[0].folded))


def typed() -> str:
    """What stands in the search line of a list."""
    return request.args.get("q", "")[:LONGEST]


def is_fetch() -> bool:
    """Our own script asks, for the rows only."""
    return request.headers.get("X-Requested-With") == "fetch"


def demand_word() -> None:
    """What cannot be undone is confirmed by a typed word. Raises Invalid."""
    word = _("DELETE")
    if fold(request.form.get("word", "")) != fold(word):
        raise Invalid("Nothing was done: the word was not typed.")
