"""Whose eyes reach what: for one asset in hand, for a database query, for the search index.

tests/services/test_access.py holds the three together.
"""

from sqlalchemy import ColumnElement, and_, false, func, or_

from dam.models import Asset, Processing, Review, Role
from dam.search.index import Scope
from dam.services.access.actors import HEADS, OFFICE, Actor, outside


def sees(actor: Actor, asset: Asset, own: bool) -> bool:
    """Does the asset lie within ``actor``'s reach, quarantine and the rules of release left aside?"""
    if outside(actor):
        # A link shows what it was made for; what of that may leave is for the rules of release.
        named = actor.named is None or asset.id in actor.named
        return named and asset.deleted_at is None and asset.processing == Processing.READY
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
    if outside(actor):
        return False
    own = actor.user_id is not None and asset.owner_id == actor.user_id
    return own or actor.role in OFFICE or _within(asset.municipality_key, actor.territory)


def covers(actor: Actor, municipality_key: str | None) -> bool:
    """May ``actor`` work on events of this municipality? Liaisons only on their own territory."""
    return actor.role != Role.LIAISON or _within(municipality_key, actor.territory)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on Asset for what ``actor`` finds: ready, not in the bin, not withdrawn, within reach.

    Nobody outside finds anything: a link shows what it names.
    """
    if outside(actor):
        return false()
    found = and_(
        Asset.processing == Processing.READY, Asset.deleted_at.is_(None), Asset.withdrawn_at.is_(None)
    )
    if actor.role in OFFICE:
        return found
    own = Asset.owner_id == actor.user_id if actor.user_id is not None else false()
    if actor.role == Role.VIEWER:
        return and_(found, or_(own, Asset.review != Review.REJECTED))
    keys = sorted(actor.territory)
    inside = or_(Asset.municipality_key.in_(keys), func.substr(Asset.municipality_key, 1, 2).in_(keys))
    return and_(found, or_(own, Asset.review == Review.APPROVED, inside if keys else false()))


def scope(actor: Actor) -> Scope:
    """The same for the search index, which holds neither the bin nor what was withdrawn."""
    if outside(actor):
        return Scope(everything=False, approved=False)
    if actor.role in OFFICE:
        return Scope(owner_id=actor.user_id)
    if actor.role == Role.VIEWER:
        return Scope(everything=True, rejected=False, owner_id=actor.user_id)
    return Scope(everything=False, approved=True, owner_id=actor.user_id, territory=actor.territory)
