"""Searches kept under a name: one's own, and those that others share with the office."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from sqlalchemy import ColumnElement, func, or_, select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Asset, Processing, SavedSearch, SearchLook, User
from dam.services import access, finding
from dam.services.access import Action, Actor, demand
from dam.services.describing.wording import line
from dam.services.finding import Query

NAME_LIMIT = 120  # characters
MOST = 100  # searches of one account
SHOWN = 200  # in a list
LONGEST_PREPARED = timedelta(days=1)  # what takes longer is stuck, and holds nothing back


@dataclass(frozen=True)
class Kept:
    """A saved search as a list shows it. ``owner`` is a name, None for one's own; ``looked_at`` when the
    asker last looked."""

    id: int
    name: str
    query: str
    shared: bool
    owner: str | None
    looked_at: datetime | None


def save(
    tx: Transaction, actor: Actor, name: str, query: Query | str, *, shared: bool = False
) -> SavedSearch:
    """Keep ``query`` (or its spelling in the address bar) under ``name``; the same name again replaces one's
    own. To share one has to belong to the office. Raises Invalid, Forbidden."""
    demand(actor, Action.SEE)
    owner_id = _account(actor)
    name = _name(name)
    spelled = _spelled(query)
    if shared:
        _demand_sharing(actor)
    mine = tx.scalars(select(SavedSearch).where(SavedSearch.owner_id == owner_id)).all()
    kept = next((one for one in mine if one.name.casefold() == name.casefold()), None)
    if kept is None:
        if len(mine) >= MOST:
            raise Invalid("There are %(most)d saved searches already. Delete some first.", most=MOST)
        kept = SavedSearch(owner_id=owner_id)
        tx.add(kept)
    kept.name, kept.query, kept.shared = name, spelled, shared
    tx.flush()
    return kept


def saved(tx: Transaction, actor: Actor) -> list[Kept]:
    """One's own by name, then those others share, by name."""
    demand(actor, Action.SEE)
    looked = SearchLook.at.label("looked_at")
    rows = tx.execute(
        select(SavedSearch, User.name.label("owner"), looked)
        .join(User, User.id == SavedSearch.owner_id)
        .outerjoin(
            SearchLook, (SearchLook.search_id == SavedSearch.id) & (SearchLook.user_id == actor.user_id)
        )
        .where(_open_to(actor))
        .order_by((SavedSearch.owner_id != actor.user_id), func.lower(SavedSearch.name), SavedSearch.id)
        .limit(SHOWN)
    )
    return [_kept(actor, row.SavedSearch, row.owner, row.looked_at) for row in rows]


def get(tx: Transaction, actor: Actor, search_id: int) -> SavedSearch:
    """One's own or a shared one. Raises NotFound."""
    demand(actor, Action.SEE)
    found = tx.scalar(select(SavedSearch).where(SavedSearch.id == search_id, _open_to(actor)))
    if found is None:
        raise NotFound("There is no such saved search.")
    return found


def query_of(search: SavedSearch) -> Query:
    """The search itself, for ``finding.find``, ``finding.all_ids`` and ``finding.counts``."""
    return finding.from_args(parse_qs(search.query, keep_blank_values=True))


def change(
    tx: Transaction,
    actor: Actor,
    search_id: int,
    *,
    name: str | None = None,
    query: Query | str | None = None,
    shared: bool | None = None,
) -> SavedSearch:
    """Change what is named of one's own search. Raises NotFound, Forbidden, Invalid."""
    search = _own(tx, actor, search_id)
    if name is not None:
        search.name = _name(name)
    if query is not None:
        search.query = _spelled(query)
    if shared is not None:
        if shared:
            _demand_sharing(actor)
        search.shared = shared
    tx.flush()
    return search


def remove(tx: Transaction, actor: Actor, search_id: int) -> Kept:
    """Forget it; what it was is returned, for ``restore``. Raises NotFound, Forbidden."""
    search = _own(tx, actor, search_id)
    kept = _kept(actor, search, None, None)
    tx.delete(search)
    tx.flush()
    return kept


def restore(tx: Transaction, actor: Actor, kept: Kept) -> SavedSearch:
    """Take ``remove`` back."""
    return save(tx, actor, kept.name, kept.query, shared=kept.shared)


def look(tx: Transaction, actor: Actor, search_id: int, at: datetime) -> datetime | None:
    """The asker looks at it now; when they had looked before. What is still being prepared is not seen, so
    that it is new afterwards. Raises NotFound."""
    search = get(tx, actor, search_id)
    at = min(filter(None, (at, _oldest_unseen(tx, at))))
    user_id = _account(actor)
    seen = tx.get(SearchLook, (search.id, user_id))
    before = seen.at if seen else None
    if seen is None:
        tx.add(SearchLook(search_id=search.id, user_id=user_id, at=at))
    else:
        seen.at = at
    tx.flush()
    return before


def _oldest_unseen(tx: Transaction, at: datetime) -> datetime | None:
    """When the first of what is being prepared arrived, as far as it is of late."""
    on_their_way = Asset.processing.in_((Processing.RECEIVED, Processing.WORKING))
    return tx.scalar(
        select(func.min(Asset.created_at)).where(on_their_way, Asset.created_at > at - LONGEST_PREPARED)
    )


def new_in(archive: Archive, actor: Actor, search_id: int) -> int:
    """How many of its results arrived since the asker last looked; 0 when they never did.

    Raises NotFound.
    """
    with archive.reading() as tx:
        search = get(tx, actor, search_id)
        seen = tx.get(SearchLook, (search.id, actor.user_id)) if actor.user_id is not None else None
        query, since = query_of(search), seen.at if seen else None
    if since is None:
        return 0
    fresh = replace(query, filters=replace(query.filters, arrived_from=since))
    return finding.find(archive, actor, fresh, limit=1).total


def _own(tx: Transaction, actor: Actor, search_id: int) -> SavedSearch:
    search = get(tx, actor, search_id)
    if search.owner_id != actor.user_id and not access.can(actor, Action.MANAGE_USERS):
        raise Forbidden("This saved search belongs to somebody else. Save it under a name of your own.")
    return search


def _open_to(actor: Actor) -> ColumnElement[bool]:
    """Names of searches speak of the office's business: they are shared within it."""
    mine = SavedSearch.owner_id == actor.user_id
    return or_(mine, SavedSearch.shared) if actor.role in access.OFFICE else mine


def _kept(actor: Actor, search: SavedSearch, owner: str | None, looked_at: datetime | None) -> Kept:
    own = search.owner_id == actor.user_id
    return Kept(search.id, search.name, search.query, search.shared, None if own else owner, looked_at)


def _account(actor: Actor) -> int:
    if actor.user_id is None:
        raise Forbidden("Saved searches belong to an account.")
    return actor.user_id


def _demand_sharing(actor: Actor) -> None:
    if actor.role not in access.OFFICE:
        raise Forbidden("Only the office shares searches.")


def _name(name: str) -> str:
    written = line(name, NAME_LIMIT, "name")
    if not written:
        raise Invalid("A saved search needs a name.")
    return written


def _spelled(query: Query | str) -> str:
    """As the address bar spells it, and only what it can say."""
    if isinstance(query, str):
        query = finding.from_args(parse_qs(query, keep_blank_values=True))
    if query.empty:
        raise Invalid("There is nothing to save: type a search or choose a filter first.")
    return urlencode(finding.to_args(query))
