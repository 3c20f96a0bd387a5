"""Pages of results. The place where a page ended travels as a key, never as a number of rows to skip."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from dam.archive import Archive
from dam.errors import Invalid
from dam.search.index import Asked, Found, Order, Tier
from dam.search.typed import Note
from dam.services.access import Action, Actor, demand
from dam.services.finding.asking import ask
from dam.services.finding.query import Query
from dam.services.indexing.rows import DatabaseRows

PAGE_LIMIT = 500  # hits on one page
ALL_LIMIT = 10_000
CURSOR_LIMIT = 200  # characters


@dataclass(frozen=True)
class Hit:
    """``tier`` is None unless officials were asked for."""

    asset_id: int
    tier: Tier | None = None

    @property
    def appears(self) -> bool | None:
        """False: was only taken where the official was. None: nobody was asked for, or a mention only."""
        return {Tier.APPEARS: True, Tier.ATTENDED: False}.get(self.tier) if self.tier else None


@dataclass(frozen=True)
class Page:
    """``split`` hits of ``total`` show the officials asked for and come first; then ``attended`` ones taken
    where they were; then the rest, which only mentions them. Both None when nobody was asked for."""

    hits: tuple[Hit, ...]
    total: int
    next: str | None
    understood: tuple[Note, ...] = ()
    official_ids: tuple[int, ...] = ()
    split: int | None = None
    attended: int | None = None


def find(archive: Archive, actor: Actor, query: Query, after: str | None = None, limit: int = 50) -> Page:
    """One page of what ``actor`` may see. Raises Invalid when ``after`` is not an earlier page's ``next``."""
    demand(actor, Action.SEE)
    with archive.reading() as tx:
        asked, notes = ask(tx, actor, query, today(archive))
        key = _read_cursor(after, asked) if after else None
        found = archive.index.find(DatabaseRows(tx), asked, key, max(1, min(limit, PAGE_LIMIT)))
    return _page(asked, found, notes)


def all_ids(archive: Archive, actor: Actor, query: Query, limit: int = ALL_LIMIT) -> list[int]:
    """The ids of all results in order, ``limit`` at most: for "select all"."""
    demand(actor, Action.SEE)
    with archive.reading() as tx:
        asked, _ = ask(tx, actor, query, today(archive))
        return list(archive.index.find(DatabaseRows(tx), asked, None, limit).asset_ids)


def today(archive: Archive) -> datetime:
    """Now, in the office's zone, naive."""
    return archive.clock().astimezone(archive.settings.zone).replace(tzinfo=None)


def _page(asked: Asked, found: Found, notes: tuple[Note, ...]) -> Page:
    hits = tuple(map(Hit, found.asset_ids, found.tiers))
    after = _write_cursor(asked, found.next) if found.next else None
    if not asked.shows:
        return Page(hits, found.total, after, notes)
    return Page(
        hits, found.total, after, notes, asked.shows,
        split=found.per_tier.get(Tier.APPEARS, 0), attended=found.per_tier.get(Tier.ATTENDED, 0),
    )  # fmt: skip


def _write_cursor(asked: Asked, key: tuple[int, ...]) -> str:
    text = json.dumps([asked.order.value, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, asked: Asked) -> tuple[int, ...]:
    try:
        padded = cursor[:CURSOR_LIMIT] + "=" * (-len(cursor[:CURSOR_LIMIT]) % 4)
        order, *key = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        if Order(order) is asked.order:
            return tuple(key)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise Invalid("This place in the list of results is not one of ours. Start from the first page.")
