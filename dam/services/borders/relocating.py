"""Once borders are known, what was only suggested becomes exact."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import or_, select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, MunicipalitySource
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.borders.locating import locate

PAGE = 500


@dataclass(frozen=True)
class Relocated:
    """``looked`` assets, of which ``changed``; ``next`` is the id to go on after, None when all were seen."""

    looked: int
    changed: int
    next: int | None


def relocate(tx: Transaction, after_id: int = 0, limit: int = PAGE) -> Relocated:
    """One page of the assets with coordinates that no person placed, in the order of their ids."""
    page = select(Asset).where(
        Asset.id > after_id,
        Asset.latitude.is_not(None),
        Asset.longitude.is_not(None),
        or_(Asset.municipality_source.is_(None), Asset.municipality_source != MunicipalitySource.PERSON),
    )
    assets = tx.scalars(page.order_by(Asset.id).limit(limit)).all()
    changed = [asset.id for asset in assets if _place(tx, asset)]
    tx.flush()
    indexing.touch(tx, changed)
    return Relocated(len(assets), len(changed), assets[-1].id if len(assets) == limit else None)


def _place(tx: Transaction, asset: Asset) -> bool:
    """True when where the asset is, or is thought to be, changed."""
    located = locate(tx, asset.latitude, asset.longitude)
    before = (asset.municipality_key, asset.municipality_source, asset.suggested_municipality_key)
    if located is not None and located.exact:
        asset.municipality_key = located.key
        asset.municipality_source = MunicipalitySource.GPS
        asset.suggested_municipality_key = asset.suggestion_confidence = None
    elif located is not None and located.key != asset.municipality_key:
        asset.suggested_municipality_key = located.key
        asset.suggestion_confidence = located.confidence
    after = (asset.municipality_key, asset.municipality_source, asset.suggested_municipality_key)
    if before[0] != after[0]:
        asset.version += 1  # copies that carry the place are made anew
    return before != after


def relocate_all(archive: Archive, actor: Actor, progress: Callable[[int], None] | None = None) -> int:
    """All pages, each in a transaction of its own, so that nobody waits. Answers how many changed."""
    demand(actor, Action.MERGE_CATALOGUE)
    after: int | None = 0
    looked = changed = 0
    while after is not None:
        with archive.transaction() as tx:
            page = relocate(tx, after)
        after, looked, changed = page.next, looked + page.looked, changed + page.changed
        if progress:
            progress(looked)
    with archive.transaction() as tx:
        audit.record(tx, actor, "places.relocate", looked=looked, changed=changed)
    return changed
