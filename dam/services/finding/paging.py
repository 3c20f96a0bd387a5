"""Pages of results. The place where a page ended travels as a key, never as a number of rows to skip."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Asset
from dam.models.among import among
from dam.search.index import Asked, Found, Order, Tier
from dam.search.typed import Field, Note, Remark
from dam.services import access
from dam.services.access import Action, Actor, demand
from dam.services.finding.asking import ask
from dam.services.finding.exactness import BLOCK, exact_first
from dam.services.finding.fields import Around
from dam.services.finding.query import Query
from dam.services.indexing.rows import DatabaseRows

PAGE_LIMIT = 500  # hits on one page
ALL_LIMIT = 10_000
CURSOR_LIMIT = 200  # characters
BEST_KEY = 2  # numbers in a key among the best matches; the engines' have more
_CATALOGUED = {Field.OFFICIAL, Field.MUNICIPALITY, Field.OFFICE}  # whose names are the catalogue's


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
    where they were; then the rest, which only mentions them. Both None when nobody was asked for. Where a
    place was recognised and nobody asked for, ``placed`` of them lie there and come first."""

    hits: tuple[Hit, ...]
    total: int
    next: str | None
    understood: tuple[Note, ...] = ()
    official_ids: tuple[int, ...] = ()
    split: int | None = None
    attended: int | None = None
    placed: int | None = None
    more: bool = False  # ``total`` is where counting stopped: there are more


def find(archive: Archive, actor: Actor, query: Query, after: str | None = None, limit: int = 50) -> Page:
    """One page of what ``actor`` may see. Raises Invalid when ``after`` is not an earlier page's ``next``."""
    demand(actor, Action.SEE)
    with archive.reading() as tx:
        asked, notes = ask(tx, actor, query, around(archive))
        key = _read_cursor(after, asked) if after else None
        limit = max(1, min(limit, PAGE_LIMIT))
        if asked.order is Order.RELEVANCE and (key is None or len(key) == BEST_KEY):
            found, next_ = _best(archive, tx, asked, query.text, key, limit)
        else:
            found = archive.index.find(DatabaseRows(tx), asked, key, limit)
            next_ = found.next
        seen = _still_seen(tx, actor, found.asset_ids)
    return _page(asked, found, seen, notes, next_)


def _best(
    archive: Archive, tx: Transaction, asked: Asked, text: str, after: tuple[int, ...] | None, limit: int
) -> tuple[Found, tuple[int, ...] | None]:
    """A page of the best matches, and the key of the next: a place among the first BLOCK, which are looked
    at together, with the asset before it, or one of the engine's behind them."""
    found = archive.index.find(DatabaseRows(tx), asked, None, BLOCK if after else max(BLOCK, limit))
    order = _exact_first(tx, found, text)
    start = _place_after(after, [found.asset_ids[one] for one in order]) if after else 0
    order = order[start : start + limit]
    end = start + len(order)
    ids, tiers = tuple(found.asset_ids[one] for one in order), tuple(found.tiers[one] for one in order)
    next_: tuple[int, ...] | None = (end, ids[-1]) if ids and end < len(found.asset_ids) else found.next
    return replace(found, asset_ids=ids, tiers=tiers), next_


def _place_after(key: tuple[int, ...], asset_ids: Sequence[int]) -> int:
    """Right behind the last one shown, wherever better ones that came meanwhile have moved it."""
    place, last = key
    return asset_ids.index(last) + 1 if last in asset_ids else place


def _exact_first(tx: Transaction, found: Found, text: str) -> list[int]:
    """Places in ``found``: of the first BLOCK, what is written as it was typed goes first."""
    first = replace(found, asset_ids=found.asset_ids[:BLOCK], tiers=found.tiers[:BLOCK])
    return [*exact_first(tx, first, text), *range(len(first.asset_ids), len(found.asset_ids))]


def all_ids(archive: Archive, actor: Actor, query: Query, limit: int = ALL_LIMIT) -> list[int]:
    """The ids of all results in order, ``limit`` at most: for "select all"."""
    demand(actor, Action.SEE)
    with archive.reading() as tx:
        asked, _ = ask(tx, actor, query, around(archive))
        found = archive.index.find(DatabaseRows(tx), asked, None, limit)
        ids: Sequence[int] = found.asset_ids
        if asked.order is Order.RELEVANCE:
            ids = [ids[place] for place in _exact_first(tx, found, query.text)]
        seen = _still_seen(tx, actor, ids)
    return [one for one in ids if one in seen]


def _still_seen(tx: Transaction, actor: Actor, asset_ids: Sequence[int]) -> set[int]:
    """Those that ``actor`` may see now: the index may be a second behind, or its indexer not running."""
    # The condition is a column: as a filter it makes SQLite walk all that is not in the bin.
    query = select(Asset.id, access.visible(actor)).where(among(Asset.id))
    found = tx.execute(query, {"ids": asset_ids})
    return {asset_id for asset_id, is_seen in found if is_seen}


def around(archive: Archive) -> Around:
    """Where and when somebody asks this archive."""
    settings = archive.settings
    now = archive.clock().astimezone(settings.zone).replace(tzinfo=None)
    return Around(now, settings.zone, settings.home_state)


def _page(
    asked: Asked, found: Found, seen: set[int], notes: tuple[Note, ...], next_: tuple[int, ...] | None
) -> Page:
    """A page is shorter by what the asker may not see any more."""
    pairs = zip(found.asset_ids, found.tiers, strict=True)
    hits = tuple(Hit(asset_id, tier) for asset_id, tier in pairs if asset_id in seen)
    after = _write_cursor(asked, next_) if next_ else None
    notes = _with_meaning(found, notes)
    if not asked.shows and not asked.holds:
        placed = found.per_tier.get(Tier.PLACED)
        return Page(hits, found.total, after, notes, placed=placed, more=found.more)
    return Page(
        hits, found.total, after, notes, asked.shows,
        split=found.per_tier.get(Tier.APPEARS, 0), attended=found.per_tier.get(Tier.ATTENDED, 0),
        more=found.more,
    )  # fmt: skip


def _with_meaning(found: Found, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Names that were recognised are told where something the asker may see comes first by them: the
    catalogue's names alone tell nothing."""
    first = sum(number for tier, number in found.per_tier.items() if tier is not Tier.MENTIONED)
    names = [note for note in notes if note.remark is Remark.RECOGNISED and note.field in _CATALOGUED]
    if first or len({note.field for note in names} - {Field.OFFICE}) > 1:
        return notes
    return tuple(note for note in notes if note not in names)


def _write_cursor(asked: Asked, key: tuple[int, ...]) -> str:
    text = json.dumps([asked.order.value, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, asked: Asked) -> tuple[int, ...]:
    try:
        padded = cursor[:CURSOR_LIMIT] + "=" * (-len(cursor[:CURSOR_LIMIT]) % 4)
        order, *key = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        best = len(key) == BEST_KEY and all(type(one) is int and one > 0 for one in key) and key[0] < BLOCK
        if Order(order) is asked.order and (best or len(key) != BEST_KEY):
            return tuple(key)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise Invalid("This place in the list of results is not one of ours. Start from the first page.")
