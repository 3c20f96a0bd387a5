"""Many deliveries that were made before, found together: a package of 500 asks a handful of questions."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.archive import Archive
from dam.errors import DamError
from dam.models import Appearance, Asset, AssetEvent, Delivered, Rendition
from dam.services import presets, renditions
from dam.services.access import Actor, demand, policy_of
from dam.services.delivery import copies, naming
from dam.services.delivery.captioning import caption_of, under
from dam.services.delivery.delivering import Parcel, taking
from dam.services.renditions import ORIGINAL

Wanted = tuple[int, str]


def ready(
    archive: Archive, present: Callable[[int], Actor], wanted: Sequence[Wanted]
) -> dict[Wanted, Parcel]:
    """What of ``wanted`` may leave and is there, with today's recipe and caption; exactly what
    ``delivering.prepare`` would answer. What is not in the answer is for ``prepare``: to be made, to be
    written, to be refused with its reason."""
    found: dict[Wanted, Parcel] = {}
    ids = list(dict.fromkeys(asset_id for asset_id, preset in wanted if preset != ORIGINAL))
    if not ids:
        return found
    policy, now = policy_of(archive.settings), archive.clock()
    with archive.reading() as tx:
        known = presets.known(tx)
        assets = {asset.id: asset for asset in tx.scalars(
            select(Asset).where(Asset.id.in_(ids)).options(
                joinedload(Asset.municipality),
                selectinload(Asset.placements).joinedload(AssetEvent.event),
                selectinload(Asset.appearances).joinedload(Appearance.official),
            )
        )}  # fmt: skip
        made = {(row.asset_id, row.preset, row.recipe): row for row in tx.execute(
            select(Rendition.asset_id, Rendition.preset, Rendition.recipe).where(Rendition.asset_id.in_(ids))
        )}  # fmt: skip
        kept = {(row.asset_id, row.preset, row.recipe, row.metadata_digest): row for row in tx.execute(
            select(
                Delivered.asset_id, Delivered.preset, Delivered.recipe, Delivered.metadata_digest,
                Delivered.key, Delivered.bytes, Delivered.media_type,
            ).where(Delivered.asset_id.in_(ids))
        )}  # fmt: skip
        for asset_id, preset in wanted:
            asset = assets.get(asset_id)
            if asset is None or preset == ORIGINAL:
                continue
            try:
                demand(present(asset_id), taking(tx, preset), asset, at=now, policy=policy)
                recipe = renditions.recipe_for(tx, asset, preset)
            except DamError:
                continue
            word = presets.read(recipe.preset)
            told = known.get(word.key) if word else None
            caption = under(told.metadata_policy, caption_of(asset)) if told else caption_of(asset)
            key = (asset_id, recipe.preset, recipe.fingerprint)
            copy = kept.get((*key, copies.digest_of(caption)))
            if copy is None or key not in made or not archive.renditions.exists(copy.key):
                continue
            found[asset_id, preset] = Parcel(
                asset_id, recipe.preset, naming.file_name(asset, preset, recipe.format), copy.media_type,
                copy.bytes, copy.key, archive.renditions, caption, not naming.approved(asset),
            )  # fmt: skip
    return found
