"""Who asks, what can be asked for, and what each role may do at all."""

from dataclasses import dataclass
from enum import StrEnum

from dam.models import Role


class Action(StrEnum):
    SEE = "see"  # find it, look at its page and its thumbnail
    LOOK = "look"  # look at it in full: the web version on the screen, a clip played
    TAKE_WEB = "take_web"  # download renditions that carry credit and no location
    TAKE_NETWORK = "take_network"  # the same in the shape of a network: it is about to be published
    TAKE_ORIGINAL = "take_original"  # download the untouched camera file
    DESCRIBE = "describe"
    BIN = "bin"
    REVIEW = "review"  # approve and reject, embargo, end of rights, withdraw
    UPLOAD = "upload"
    EDIT_EVENTS = "edit_events"
    EDIT_CATALOGUE = "edit_catalogue"  # officials, offices, districts
    MERGE_CATALOGUE = "merge_catalogue"  # merge, import, delete, places
    EDIT_PRESETS = "edit_presets"  # download formats and packs
    MANAGE_USERS = "manage_users"
    SEE_AUDIT = "see_audit"
    USE_API = "use_api"
    COLLECT = "collect"  # make collections of one's own
    SHARE = "share"  # make links and feeds for people outside


TAKES = frozenset({Action.TAKE_WEB, Action.TAKE_NETWORK, Action.TAKE_ORIGINAL})


@dataclass(frozen=True)
class Actor:
    """Who asks. ``territory`` holds keys of states (two digits) and municipalities (five digits).

    ``only`` narrows a program's key, or a link, to the actions it was issued for; None is all that the role
    allows. ``link_id`` and ``public`` mark somebody outside the office: who opened a share link, or who reads
    a feed. ``named`` are the assets such a door shows; None leaves that to whoever made the actor.
    """

    user_id: int | None
    name: str
    role: Role
    territory: frozenset[str] = frozenset()
    only: frozenset[Action] | None = None
    link_id: int | None = None
    public: bool = False
    named: frozenset[int] | None = None


LOCAL_ADMINISTRATOR = Actor(None, "local administrator", Role.ADMINISTRATOR)

OFFICE = {Role.ADMINISTRATOR, Role.COORDINATOR, Role.EDITOR, Role.PHOTOGRAPHER}
DESK = {Role.ADMINISTRATOR, Role.COORDINATOR, Role.EDITOR}
HEADS = {Role.ADMINISTRATOR, Role.COORDINATOR}
SENDERS = OFFICE | {Role.LIAISON}

ROLES_OF = {
    Action.SEE: set(Role),
    Action.LOOK: set(Role),
    Action.TAKE_WEB: set(Role),
    Action.TAKE_NETWORK: set(Role),
    Action.TAKE_ORIGINAL: SENDERS,
    Action.DESCRIBE: SENDERS,
    Action.BIN: SENDERS,
    Action.REVIEW: HEADS,
    Action.UPLOAD: SENDERS,
    Action.EDIT_EVENTS: SENDERS,
    Action.EDIT_CATALOGUE: DESK,
    Action.MERGE_CATALOGUE: HEADS,
    Action.EDIT_PRESETS: HEADS,
    Action.MANAGE_USERS: {Role.ADMINISTRATOR},
    Action.SEE_AUDIT: HEADS,
    Action.USE_API: set(Role),
    Action.COLLECT: set(Role),
    Action.SHARE: SENDERS,
}
# What one may do to everybody's assets; the other roles named above only to their own.
EVERYBODYS = {Action.TAKE_ORIGINAL: DESK, Action.DESCRIBE: DESK, Action.BIN: HEADS, Action.REVIEW: HEADS}
# Somebody outside looks and takes what the door was made for, an original where the door says so; no more.
FROM_OUTSIDE = frozenset({Action.SEE, Action.LOOK}) | TAKES


def outside(actor: Actor) -> bool:
    """Is this somebody without an account: a link, a feed, a public page?"""
    return actor.link_id is not None or actor.public


def is_local_administrator(actor: Actor) -> bool:
    """Whoever has a shell on the archive's machine, who could copy the files as well."""
    return actor == LOCAL_ADMINISTRATOR


def allowed_at_all(actor: Actor, action: Action) -> bool:
    """May this role, this key or this link do ``action`` to anything?"""
    if outside(actor):
        # The door says what it lets out; a door that says nothing lets out no original.
        only = actor.only if actor.only is not None else FROM_OUTSIDE - {Action.TAKE_ORIGINAL}
        return action in FROM_OUTSIDE and _within(only, action)
    return actor.role in ROLES_OF[action] and (actor.only is None or _within(actor.only, action))


def _within(only: frozenset[Action], action: Action) -> bool:
    # One right each, told apart by the rules of release: web versions and networks' shapes, small and full.
    same = {Action.TAKE_NETWORK: Action.TAKE_WEB, Action.LOOK: Action.SEE}
    return action in only or same.get(action) in only
