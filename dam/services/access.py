"""Who may do what: the one predicate that every route, page, zip, feed and count asks.

The same rule is said three times, for one asset in hand (``can``), for a database query (``visible``) and
for the search index (``scope``); tests/services/test_access.py holds the three together.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, func, or_

from dam.errors import Forbidden, NotFound
from dam.models import Asset, Processing, Review, Role
from dam.search.index import Scope


class Action(StrEnum):
    SEE = "see"  # find it, look at its page and its thumbnail
    TAKE_WEB = "take_web"  # download renditions that carry credit and no location
    TAKE_ORIGINAL = "take_original"  # download the untouched camera file
    DESCRIBE = "describe"
    BIN = "bin"
    REVIEW = "review"
    UPLOAD = "upload"
    EDIT_EVENTS = "edit_events"
    EDIT_CATALOGUE = "edit_catalogue"  # officials, offices, districts
    MERGE_CATALOGUE = "merge_catalogue"  # merge, import, delete, places
    MANAGE_USERS = "manage_users"
    SEE_AUDIT = "see_audit"
    USE_API = "use_api"


@dataclass(frozen=True)
class Actor:
    """Who asks. ``territory`` holds keys of states (two digits) and municipalities (five digits).

    ``only`` narrows a program's key to the actions it was issued for; None is all that the role allows.
    """

    user_id: int | None
    name: str
    role: Role
    territory: frozenset[str] = frozenset()
    only: frozenset["Action"] | None = None


LOCAL_ADMINISTRATOR = Actor(None, "local administrator", Role.ADMINISTRATOR)

OFFICE = {Role.ADMINISTRATOR, Role.COORDINATOR, Role.EDITOR, Role.PHOTOGRAPHER}
DESK = {Role.ADMINISTRATOR, Role.COORDINATOR, Role.EDITOR}
HEADS = {Role.ADMINISTRATOR, Role.COORDINATOR}
SENDERS = OFFICE | {Role.LIAISON}

ROLES_OF = {
    Action.SEE: set(Role),
    Action.TAKE_WEB: set(Role),
    Action.TAKE_ORIGINAL: SENDERS,
    Action.DESCRIBE: SENDERS,
    Action.BIN: SENDERS,
    Action.REVIEW: HEADS,
    Action.UPLOAD: SENDERS,
    Action.EDIT_EVENTS: SENDERS,
    Action.EDIT_CATALOGUE: DESK,
    Action.MERGE_CATALOGUE: HEADS,
    Action.MANAGE_USERS: {Role.ADMINISTRATOR},
    Action.SEE_AUDIT: HEADS,
    Action.USE_API: set(Role),
}
# What one may do to everybody's assets; the other roles named above only to their own.
EVERYBODYS = {Action.TAKE_ORIGINAL: DESK, Action.DESCRIBE: DESK, Action.BIN: HEADS, Action.REVIEW: HEADS}


def can(actor: Actor, action: Action, asset: Asset | None = None) -> bool:
    """May ``actor`` do ``action``, to ``asset`` where one is named?"""
    if actor.role not in ROLES_OF[action] or (actor.only is not None and action not in actor.only):
        return False
    if asset is None:
        return True
    own = actor.user_id is not None and asset.owner_id == actor.user_id
    if asset.processing == Processing.QUARANTINED:
        # Nobody else gets near a file that could not be decoded, and it is never rendered.
        return action in (Action.SEE, Action.TAKE_ORIGINAL, Action.BIN) and (
            own or actor.role == Role.ADMINISTRATOR
        )
    if not _sees(actor, asset, own):
        return False
    if asset.deleted_at is not None and action not in (Action.SEE, Action.BIN):
        return False
    return own or actor.role in EVERYBODYS.get(action, ROLES_OF[action])


def _sees(actor: Actor, asset: Asset, own: bool) -> bool:
    if asset.deleted_at is not None:
        return own or actor.role in HEADS
    if own or actor.role in OFFICE:
        return True
    if asset.processing != Processing.READY:
        return False
    if actor.role == Role.VIEWER:
        return asset.review != Review.REJECTED
    return asset.review == Review.APPROVED or _within(asset.municipality_key, actor.territory)


def _within(municipality_key: str | None, territory: frozenset[str]) -> bool:
    return municipality_key is not None and (
        municipality_key in territory or municipality_key[:2] in territory
    )


def knows_origins(actor: Actor, asset: Asset) -> bool:
    """Whoever sees an asset sees what it shows. Its exact coordinates, the camera file's name and digest, and
    who did what with it are for the office, its owner, and the liaison of its municipality."""
    own = actor.user_id is not None and asset.owner_id == actor.user_id
    return own or actor.role in OFFICE or _within(asset.municipality_key, actor.territory)


def covers(actor: Actor, municipality_key: str | None) -> bool:
    """May ``actor`` work on events of this municipality? Liaisons only on their own territory."""
    return actor.role != Role.LIAISON or _within(municipality_key, actor.territory)


def demand(actor: Actor, action: Action, asset: Asset | None = None) -> None:
    """Raises NotFound when the actor may not even know of the asset, Forbidden when not allowed."""
    if can(actor, action, asset):
        return
    if asset is not None and not can(actor, Action.SEE, asset):
        raise NotFound("There is no such material.")
    raise Forbidden("Your account may not do this.")


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on Asset for what ``actor`` finds: ready, not in the bin, within their reach."""
    found = and_(Asset.processing == Processing.READY, Asset.deleted_at.is_(None))
    if actor.role in OFFICE:
        return found
    own = Asset.owner_id == actor.user_id if actor.user_id is not None else false()
    if actor.role == Role.VIEWER:
        return and_(found, or_(own, Asset.review != Review.REJECTED))
    keys = sorted(actor.territory)
    inside = or_(Asset.municipality_key.in_(keys), func.substr(Asset.municipality_key, 1, 2).in_(keys))
    return and_(found, or_(own, Asset.review == Review.APPROVED, inside if keys else false()))


def scope(actor: Actor) -> Scope:
    """The same for the search index."""
    if actor.role in OFFICE:
        return Scope(owner_id=actor.user_id)
    if actor.role == Role.VIEWER:
        return Scope(everything=True, rejected=False, owner_id=actor.user_id)
    return Scope(everything=False, approved=True, owner_id=actor.user_id, territory=actor.territory)
