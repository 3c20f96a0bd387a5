"""Approving and rejecting, one or thousands at a time; every answer can be taken back with ``undo``."""

from collections.abc import Iterable
from datetime import UTC, datetime

from dam.db import Transaction
from dam.errors import Invalid
from dam.models import Change, Minors, Review
from dam.services import describing
from dam.services.access import Action, Actor
from dam.services.describing import Description
from dam.services.describing.changes import REVIEW_FIELDS, chosen, remember, states

LONGEST_REASON = 400


def review(
    tx: Transaction,
    actor: Actor,
    asset_ids: Iterable[int],
    verdict: Review,
    reason: str | None = None,
    *,
    no_minors: bool = False,
) -> Change:
    """Say of all the assets, or of none, that they are approved, rejected, being looked at, or wait again.

    A rejection has a reason, which whoever sent the material reads. ``no_minors``: whoever says it has looked
    and recognised none; what was marked *yes* before stays so. Raises Invalid, NotFound, Forbidden.
    """
    said = " ".join((reason or "").split())[:LONGEST_REASON] or None
    if verdict is Review.REJECTED and said is None:
        raise Invalid("Say why it is rejected.")
    assets = chosen(tx, actor, Action.REVIEW, asset_ids)
    fields = REVIEW_FIELDS | {"minors"} if no_minors else REVIEW_FIELDS
    before = states(tx, assets, fields)
    moment = datetime.now(UTC)
    for asset in assets:
        if asset.review != verdict or asset.review_reason != said:
            asset.review, asset.review_reason = verdict, said
            asset.reviewed_at, asset.reviewed_by = moment, actor.user_id
        if no_minors and asset.minors == Minors.NOT_LOOKED_AT:
            asset.minors = Minors.NO
    told = {"review": str(verdict)} | ({"review_reason": said} if said else {})
    return remember(tx, actor, "review", before, states(tx, assets, fields), said=told)


def say_minors(tx: Transaction, actor: Actor, asset_ids: Iterable[int], minors: Minors) -> Change:
    """Say whether minors are recognisable in them. Raises NotFound, Forbidden."""
    return describing.describe(tx, actor, asset_ids, Description(minors=minors))
