"""Links: made with an end, revoked at once, counted. Only the digest of a link's token is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Asset, Collection, LinkKind, ShareLink
from dam.services import audit, collections
from dam.services.access import DESK, HEADS, LOCAL_ADMINISTRATOR, Action, Actor, demand
from dam.services.accounts import passwords
from dam.services.renditions import ORIGINAL

LONGEST = 366  # days a link may last
USUAL = 14
FORMATS = 40  # of one link


class State(StrEnum):
    """What becomes of whoever opens it."""

    OPEN = "open"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SPENT = "spent"  # everything that may be taken by it was taken
    EMPTY = "empty"  # what it led to is gone


class LinkClosed(NotFound):
    """The link was one of ours and opens nothing any more. ``detail["state"]`` says why."""

    code = "link_closed"


def closed(state: State) -> LinkClosed:
    """What is told to whoever came by it."""
    match state:
        case State.REVOKED:
            said = LinkClosed("This link was withdrawn. Ask whoever sent it for a new one.", state=str(state))
        case State.EXPIRED:
            said = LinkClosed("This link has expired. Ask whoever sent it for a new one.", state=str(state))
        case State.SPENT:
            said = LinkClosed(
                "All the downloads of this link were used. Ask whoever sent it for a new one.",
                state=str(state),
            )
        case _:
            said = LinkClosed(
                "What this link led to is not there any more. Ask whoever sent it.", state=str(state)
            )
    return said


def make(
    archive: Archive,
    actor: Actor,
    *,
    recipient: str,
    presets: Sequence[str],
    collection_id: int | None = None,
    asset_id: int | None = None,
    query: str | None = None,
    kind: LinkKind = LinkKind.PAGE,
    days: int | None = USUAL,
    password: str | None = None,
    ceiling: int | None = None,
) -> tuple[ShareLink, str]:
    """A door to one asset, one collection, or (feeds only) one search: the row, and the token, told once.

    ``days`` from now until it ends, None (feeds only): never by itself. ``ceiling``: files that may be taken.
    ``password``: of links for people; no program that reads a feed would say it.
    Originals only from those who may take everybody's. Raises Invalid, NotFound, Forbidden.
    """
    demand(actor, Action.SHARE)
    said = " ".join(recipient.split())[:200]
    if not said:
        raise Invalid("Say for whom the link is.")
    wanted = list(dict.fromkeys(preset.strip() for preset in presets if preset.strip()))[:FORMATS]
    if not wanted:
        raise Invalid("Choose at least one format.")
    if ORIGINAL in wanted and actor != LOCAL_ADMINISTRATOR and actor.role not in DESK:
        raise Forbidden("Your account may not send originals outside.")
    if password and kind is LinkKind.FEED:
        raise Invalid("Programs read a feed, and say no password. Make a link for people instead.")
    if days is None and kind is not LinkKind.FEED:
        raise Invalid("A link has an end. Say in how many days.")
    if days is not None and not 1 <= days <= LONGEST:
        raise Invalid("A link lasts between 1 and %(most)s days.", most=LONGEST)
    if ceiling is not None and not 1 <= ceiling <= 100_000:
        raise Invalid("The number of downloads lies between 1 and 100,000.")
    if (collection_id is not None) + (asset_id is not None) + (query is not None) != 1:
        raise Invalid("A link leads to one material or to one collection.")
    if query is not None and kind is not LinkKind.FEED:
        raise Invalid("Make a collection of the search first, and share that.")
    made = passwords.make(_password(password)) if password else None
    token = secrets.token_urlsafe(24)
    with archive.transaction() as tx:
        _demand_target(tx, actor, collection_id, asset_id)
        link = ShareLink(
            kind=kind, recipient=said, digest=digest_of(token), collection_id=collection_id,
            asset_id=asset_id, query=query.lstrip("?")[:4000] if query is not None else None, presets=wanted,
            password_hash=made, ceiling=ceiling, made_by=actor.user_id,
            expires_at=archive.clock() + timedelta(days=days) if days is not None else None,
        )  # fmt: skip
        tx.add(link)
        tx.flush()
        audit.record(
            tx, actor, "link.make", ("link", link.id), recipient=said, presets=wanted,
            collection=collection_id, asset=asset_id, kind=str(kind),
        )  # fmt: skip
    return link, token


def _demand_target(tx: Transaction, actor: Actor, collection_id: int | None, asset_id: int | None) -> None:
    if collection_id is not None:
        collections.get(tx, actor, collection_id)
    if asset_id is not None:
        asset = tx.get(Asset, asset_id)
        if asset is None:
            raise NotFound("There is no such material.")
        demand(actor, Action.SEE, asset)


def _password(password: str) -> str:
    if not 6 <= len(password) <= passwords.LONGEST:
        raise Invalid("The password of a link has at least %(shortest)s characters.", shortest=6)
    if password.encode("utf-8", "ignore").decode() != password:  # half a character: nobody can type it
        raise Invalid("This cannot be read.", field="password")
    return password


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def state_of(link: ShareLink, at: datetime) -> State:
    """As the row stands at the moment ``at``. Reads ``link.collection``."""
    if link.revoked_at is not None:
        return State.REVOKED
    if link.expires_at is not None and link.expires_at <= at:
        return State.EXPIRED
    if link.collection_id is not None:
        gone = link.collection is None or link.collection.deleted_at is not None
    else:
        gone = link.asset_id is None and link.query is None
    if gone:
        return State.EMPTY
    if link.ceiling is not None and link.taken >= link.ceiling:
        return State.SPENT
    return State.OPEN


def check_open(link: ShareLink, at: datetime, *, even_spent: bool = False) -> None:
    """Raises LinkClosed. ``even_spent``: what was counted already may still be gone on with."""
    state = state_of(link, at)
    if state is State.OPEN or (state is State.SPENT and even_spent):
        return
    raise closed(state)


def standing(tx: Transaction, link_id: int) -> ShareLink:
    """The row as it is now, for whoever is in the middle of something. Raises LinkClosed."""
    link = tx.get(ShareLink, link_id, options=(joinedload(ShareLink.collection),), populate_existing=True)
    if link is None:
        raise closed(State.EMPTY)
    return link


def count_taken(tx: Transaction, link_id: int, files: int) -> None:
    """Count files before they leave; of two at once only one gets the last. Raises LinkClosed."""
    room = or_(ShareLink.ceiling.is_(None), ShareLink.taken + files <= ShareLink.ceiling)
    counted = tx.execute(
        update(ShareLink)
        .where(ShareLink.id == link_id, room)
        .values(taken=ShareLink.taken + files)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount:
        return
    link = tx.get_one(ShareLink, link_id, populate_existing=True)
    left = max(0, (link.ceiling or 0) - link.taken)
    if left == 0:
        raise closed(State.SPENT)
    raise LinkClosed(
        "Only %(left)s more files may be taken by this link. Choose fewer.", left=left, state="spent"
    )


def get(tx: Transaction, actor: Actor, link_id: int) -> ShareLink:
    """A link of one's own, of a collection of one's own, or anybody's for those who answer for what leaves.

    Raises NotFound.
    """
    demand(actor, Action.SHARE)
    link = tx.get(ShareLink, link_id, options=(joinedload(ShareLink.collection),))
    if link is None or not _answers_for(actor, link):
        raise NotFound("There is no such link.")
    return link


def _answers_for(actor: Actor, link: ShareLink) -> bool:
    if actor.role in HEADS or (actor.user_id is not None and link.made_by == actor.user_id):
        return True
    return link.collection is not None and collections.owns(actor, link.collection)


def revoke(tx: Transaction, actor: Actor, link_id: int) -> ShareLink:
    """From this moment it opens nothing, and what flows by it is cut. Raises NotFound."""
    link = get(tx, actor, link_id)
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by = datetime.now(UTC), actor.user_id
        audit.record(tx, actor, "link.revoke", ("link", link.id), recipient=link.recipient)
    return link


def listed(
    tx: Transaction,
    actor: Actor,
    *,
    collection_id: int | None = None,
    asset_id: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[ShareLink]:
    """Links the actor answers for, the newest first, older than the id ``after``."""
    demand(actor, Action.SHARE)
    query = (
        select(ShareLink)
        .order_by(ShareLink.id.desc())
        .limit(limit)
        .options(joinedload(ShareLink.collection), joinedload(ShareLink.maker))
    )
    if actor.role not in HEADS:
        own = select(Collection.id).where(Collection.owner_id == actor.user_id)
        query = query.where(or_(ShareLink.made_by == actor.user_id, ShareLink.collection_id.in_(own)))
    if collection_id is not None:
        query = query.where(ShareLink.collection_id == collection_id)
    if asset_id is not None:
        query = query.where(ShareLink.asset_id == asset_id)
    if after is not None:
        query = query.where(ShareLink.id < after)
    return list(tx.scalars(query))
