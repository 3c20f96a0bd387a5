"""The one predicate: who, what, to which asset, when, and why not."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dam.errors import Forbidden, NotFound, NotReleased
from dam.models import Asset, Processing, Role
from dam.services.access import reach, release
from dam.services.access.actors import (
    EVERYBODYS,
    HEADS,
    ROLES_OF,
    TAKES,
    Action,
    Actor,
    allowed_at_all,
    is_local_administrator,
    outside,
)
from dam.services.access.release import Policy, Request

NO_SUCH = "There is no such material."
NOT_YOURS = "Your account may not do this."
STRICT = Policy()


@dataclass(frozen=True)
class Decision:
    """``allowed``, or why not: ``code`` is stable, ``reason`` a sentence for whoever asked (a msgid). Codes:
    ``unknown`` (they may not even know of it), ``role``, and the rules of release's own."""

    allowed: bool
    code: str = ""
    reason: str = ""


ALLOWED = Decision(True)
UNKNOWN = Decision(False, "unknown", NO_SUCH)
NOT_THEIRS = Decision(False, "role", NOT_YOURS)


def decide(
    actor: Actor,
    action: Action,
    asset: Asset | None = None,
    *,
    at: datetime | None = None,
    policy: Policy = STRICT,
) -> Decision:
    """May ``actor`` do ``action``, to ``asset`` where one is named, ``at`` this moment (aware; None is now)?

    Without the office's ``policy`` (``access.policy_of(settings)``) the strict answers hold.
    """
    if not allowed_at_all(actor, action):
        return NOT_THEIRS if asset is None or _may_know(actor, asset) else UNKNOWN
    if asset is None:
        return ALLOWED
    own = actor.user_id is not None and asset.owner_id == actor.user_id
    if asset.processing == Processing.QUARANTINED:
        return _quarantined(actor, action, own)
    if not reach.sees(actor, asset, own):
        return UNKNOWN
    if asset.deleted_at is not None and action not in (Action.SEE, Action.BIN):
        return NOT_THEIRS
    if not outside(actor) and not (own or actor.role in EVERYBODYS.get(action, ROLES_OF[action])):
        return NOT_THEIRS
    if asset.withdrawn_at is not None and actor.role not in HEADS and not outside(actor):
        # Whoever could see it may know what became of it; only those who answer for it still look at it.
        return _refused(release.WITHDRAWN)
    request = Request(actor, action, asset, at or datetime.now(UTC), policy)
    leaves = action in TAKES or outside(actor) or (action is Action.LOOK and not request.for_work)
    if leaves and not is_local_administrator(actor):
        against = release.refusals(request)
        return _refused(against[0]) if against else ALLOWED
    return ALLOWED


def can(
    actor: Actor,
    action: Action,
    asset: Asset | None = None,
    *,
    at: datetime | None = None,
    policy: Policy = STRICT,
) -> bool:
    """As ``decide``, where only yes or no matters."""
    return decide(actor, action, asset, at=at, policy=policy).allowed


def demand(
    actor: Actor,
    action: Action,
    asset: Asset | None = None,
    *,
    at: datetime | None = None,
    policy: Policy = STRICT,
) -> None:
    """Raises NotFound when the actor may not even know of the asset, NotReleased where a rule of release
    stands against it, Forbidden when not allowed. Whoever comes by a link or a feed is told of a rule neither
    that it stands against something nor that there is anything: NotFound."""
    decision = decide(actor, action, asset, at=at, policy=policy)
    if decision.allowed:
        return
    if decision.code == "unknown" or (outside(actor) and decision.code != "role"):
        raise NotFound(NO_SUCH)
    if decision.code == "role":
        raise Forbidden(decision.reason)
    raise NotReleased(decision.reason, rule=decision.code)


def _may_know(actor: Actor, asset: Asset) -> bool:
    """Whoever cannot see it is told that there is nothing, whatever they wanted to do."""
    own = actor.user_id is not None and asset.owner_id == actor.user_id
    if not allowed_at_all(actor, Action.SEE):
        return False
    if asset.processing == Processing.QUARANTINED:
        return _quarantined(actor, Action.SEE, own).allowed
    return reach.sees(actor, asset, own)


def _refused(refusal: release.Refusal) -> Decision:
    return Decision(False, refusal.code, refusal.reason)


def _quarantined(actor: Actor, action: Action, own: bool) -> Decision:
    # Nobody else gets near a file that could not be decoded, and it is never rendered.
    if outside(actor) or not (own or actor.role == Role.ADMINISTRATOR):
        return UNKNOWN
    return ALLOWED if action in (Action.SEE, Action.TAKE_ORIGINAL, Action.BIN) else NOT_THEIRS
