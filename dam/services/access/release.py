"""THE RULES OF RELEASE: may this leave the archive, now, for this purpose?

``RULES`` below is the whole list and the only one. Every route that gives bytes comes here by way of
``access.decide``; nothing else in the program compares an embargo with a clock. A later rule (a consent, the
electoral calendar) is one more function in this file and one more line in that list: it reads the ``Request``
and answers None, or a ``Refusal`` with a code that stays and a sentence for whoever asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dam.models import Asset, Minors, Review
from dam.services.access.actors import OFFICE, Action, Actor, outside
from dam.settings import Settings

HOME = ZoneInfo("America/Mexico_City")


@dataclass(frozen=True)
class Policy:
    """What the office decided for itself. ``zone``: whose calendar ends a right. ``unseen_minors``: may what
    nobody looked at for minors go outside? As the program stands without settings: the strict answers."""

    zone: ZoneInfo = HOME
    unseen_minors: bool = False


def policy_of(settings: Settings) -> Policy:
    """The office's choices, from DAM_TIMEZONE and DAM_UNSEEN_MINORS."""
    return Policy(settings.zone, settings.unseen_minors == "allow")


@dataclass(frozen=True)
class Request:
    """Who wants to take what away, when (aware), and under which policy."""

    actor: Actor
    action: Action
    asset: Asset
    at: datetime
    policy: Policy

    @property
    def goes_outside(self) -> bool:
        """By a link, a feed or a public page, or in a shape made to be published on a network."""
        return outside(self.actor) or self.action == Action.TAKE_NETWORK

    @property
    def for_work(self) -> bool:
        """By somebody inside the office, or by the one who sent it in."""
        own = self.actor.user_id is not None and self.asset.owner_id == self.actor.user_id
        return not outside(self.actor) and (own or self.actor.role in OFFICE)


@dataclass(frozen=True)
class Refusal:
    """``code`` is stable; ``reason`` is a sentence (a msgid)."""

    code: str
    reason: str


Rule = Callable[[Request], Refusal | None]

WITHDRAWN = Refusal("withdrawn", "This material was withdrawn: it may not be used any more, and must be taken"
                                 " down where it was.")  # fmt: skip
REJECTED = Refusal("rejected", "This material was rejected: it may not leave the archive.")
NOT_APPROVED = Refusal(
    "not_approved", "This material is not approved yet. Ask the coordination to look at it."
)
EMBARGOED = Refusal("embargoed", "This material is under embargo: its hour has not come yet.")
RIGHTS_OVER = Refusal("rights_expired", "The rights to use this material have ended.")
MINORS = Refusal("minors", "Minors are recognisable in this material: it may not be published.")
MINORS_UNSEEN = Refusal(
    "minors_not_looked_at",
    "Nobody has looked yet whether minors are recognisable in this material. Look at it, and say so, first.",
)


def withdrawn(request: Request) -> Refusal | None:
    return WITHDRAWN if request.asset.withdrawn_at is not None else None


def approved(request: Request) -> Refusal | None:
    """Inside the office unapproved material may be taken for work: it is recorded, and the file says so."""
    if request.asset.review == Review.APPROVED or request.for_work:
        return None
    return REJECTED if request.asset.review == Review.REJECTED else NOT_APPROVED


def embargo_reached(request: Request) -> Refusal | None:
    until = request.asset.embargo_until
    return EMBARGOED if until is not None and request.at < until else None


def rights_hold(request: Request) -> Refusal | None:
    """The last day counts whole, by the office's calendar."""
    last_day = request.asset.rights_expire_on
    today = request.at.astimezone(request.policy.zone).date()
    return RIGHTS_OVER if last_day is not None and today > last_day else None


def no_minors_outside(request: Request) -> Refusal | None:
    if not request.goes_outside or request.asset.minors == Minors.NO:
        return None
    if request.asset.minors == Minors.YES:
        return MINORS
    return None if request.policy.unseen_minors else MINORS_UNSEEN


# The first refusal is the one that is told: what is final comes before what time or a person may change.
RULES: tuple[Rule, ...] = (
    withdrawn,
    rights_hold,
    approved,
    embargo_reached,
    no_minors_outside,
    # consent of those shown: here
    # veda electoral and government propaganda: here
)


def hold_like(asset: Asset, other: Asset) -> None:
    """What holds ``other`` back holds ``asset`` back as well: for two that become one, and one that becomes
    two. Nothing is let out by it: an approval, or a *no minors*, is never handed on."""
    if asset.withdrawn_at is None and other.withdrawn_at is not None:
        asset.withdrawn_at, asset.withdrawn_by = other.withdrawn_at, other.withdrawn_by
        asset.withdrawn_reason, asset.withdrawn_note = other.withdrawn_reason, other.withdrawn_note
    if other.review == Review.REJECTED:
        asset.review, asset.review_reason = other.review, other.review_reason
    if other.minors == Minors.YES:
        asset.minors = Minors.YES
    embargoes = [until for until in (asset.embargo_until, other.embargo_until) if until is not None]
    asset.embargo_until = max(embargoes, default=None)
    last_days = [day for day in (asset.rights_expire_on, other.rights_expire_on) if day is not None]
    asset.rights_expire_on = min(last_days, default=None)


def refusals(request: Request) -> list[Refusal]:
    """Everything that stands in the way, in the order in which it is told; empty when it may leave."""
    return [said for rule in RULES if (said := rule(request)) is not None]
