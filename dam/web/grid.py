"""The grid of pictures that search, events, people and places share: rows for ``search/_grid.html``."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from flask_babel import gettext

from dam.db import Transaction
from dam.services import finding
from dam.services.finding import Order, Page, Query
from dam.services.showing import contact_sheet
from dam.services.showing.contact_sheet import Card
from dam.web import language
from dam.web.session import current_actor

FIRST = 60  # pictures of a page that comes with the answer, and of every further one
_MONTH = re.compile(r"(?!0000)[0-9]{4}-(0?[1-9]|1[0-2])")


@dataclass(frozen=True)
class Part:
    """A stretch of one month within one tier. ``tier``: how it is connected with the officials asked for
    ("appears", "attended", "mentioned"; "placed", "mentioned" with a place), "" when nobody was asked for."""

    tier: str
    month: str
    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Sheet:
    """What ``search/_grid.html`` is handed as ``sheet``. ``args`` is the search as a query string; ``next``
    goes into ``after`` for more; ``shown``, ``attended`` and ``placed`` count the tiers, or are None.
    ``asked`` is when: what is done to all of the results is done to those there were then."""

    parts: tuple[Part, ...]
    total: int
    next: str | None
    args: str
    shown: int | None = None
    attended: int | None = None
    placed: int | None = None
    more: bool = False  # there are more than ``total``, which is where counting stopped
    asked: str = field(default_factory=lambda: soon())


def sheet(tx: Transaction, page: Page, query: Query) -> Sheet:
    """Rows for the page's hits. The cost does not grow with the archive."""
    tiers = {hit.asset_id: hit.tier for hit in page.hits}
    found = contact_sheet.cards(tx, list(tiers), current_actor())
    by_month = query.order in (Order.NEWEST, Order.OLDEST)
    parts = tuple(
        Part(tier, month, month_label(month) if by_month else "", tuple(cards))
        for (tier, month), cards in groupby(
            found, key=lambda card: (str(tiers[card.asset_id] or ""), card.month if by_month else "")
        )
    )
    return Sheet(parts, page.total, page.next, urlencode(finding.to_args(query)), page.split, page.attended,
                 page.placed, page.more)  # fmt: skip


def soon() -> str:
    """The next whole second: what is shown had arrived before it."""
    return f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"


def month_label(text: str) -> str:
    """ "2026-05" → mayo de 2026; what is no month stays as it is."""
    if not text:
        return gettext("Without date")
    if not _MONTH.fullmatch(text):
        return text
    return language.month(int(text[:4]), int(text[5:]))


def loose_sheet(cards: list[Card], args: str) -> Sheet:
    """Single cards, to put in the place of others."""
    return Sheet((Part("", "", "", tuple(cards)),), len(cards), None, args)
