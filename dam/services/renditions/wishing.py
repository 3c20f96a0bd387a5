"""Renditions that somebody asked for: a row for each, so that all of one asset are made in one visit of it,
whoever asks, and so that nobody asks for ever for what cannot be made."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import DamError, Invalid, NotFound, Unavailable
from dam.media.recipes import Recipe
from dam.models import Asset, Kind, Processing, Rendition, Wish
from dam.queue import Job, Lane
from dam.services.presets import ORIGINAL
from dam.services.renditions import recording

AT_ONCE = 500  # assets in one transaction
FORGOTTEN = timedelta(seconds=90)  # a wish this old whose job nobody has
PAGE = 200
LONG_WORK = ("mp4", "gif", "webp")
COULD_NOT = "This version could not be made."
NO_SOUND = "There is no sound in this clip."
TOO_FEW = "Too few pixels of this file can be read for this format."


def lane_of(recipe: Recipe) -> Lane:
    """Encoding a clip takes minutes: it waits with clips, before those that nobody waits for."""
    return Lane.VIDEO if recipe.kind == "video" and recipe.format in LONG_WORK else Lane.INTERACTIVE


def wish(archive: Archive, asset_ids: Iterable[int], words: Sequence[str]) -> int:
    """Ask for every one of these formats of these assets before any of them is fetched: each asset is then
    decoded once. What is there already, does not fit the material, or is not ready is passed over: fetching
    it tells why. How many are to be made."""
    ids, count = list(dict.fromkeys(asset_ids)), 0
    for begin in range(0, len(ids), AT_ONCE):
        with archive.transaction() as tx:
            some = ids[begin : begin + AT_ONCE]
            for asset in tx.scalars(select(Asset).where(Asset.id.in_(some))):
                if asset.processing == Processing.READY and asset.deleted_at is None:
                    count += _wish_one(tx, asset, words)
    return count


def _wish_one(tx: Transaction, asset: Asset, words: Sequence[str]) -> int:
    made = dict(
        tx.execute(select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)).all()
    )
    lanes: set[Lane] = set()
    count = 0
    for word in words:
        if word == ORIGINAL:
            continue
        try:
            recipe = recording.recipe_for(tx, asset, word)
        except (NotFound, Unavailable, Invalid):
            continue
        if made.get(recipe.preset) != recipe.fingerprint and remember(tx, asset.id, recipe):
            lanes.add(lane_of(recipe))
            count += 1
    for lane in lanes:
        tx.after_commit(Job.MAKE_RENDITION, asset.id, lane)
    return count


def remember(tx: Transaction, asset_id: int, recipe: Recipe) -> bool:
    """Note the wish; False where this very one was refused before."""
    row = tx.get(Wish, (asset_id, recipe.preset))
    if row is None:
        tx.add(Wish(asset_id=asset_id, preset=recipe.preset, recipe=recipe.fingerprint))
        tx.flush()
        return True
    if row.recipe != recipe.fingerprint:
        row.recipe, row.reason = recipe.fingerprint, None
    return row.reason is None


def ask(archive: Archive, asset_id: int, recipe: Recipe) -> None:
    """One wish; two who have it at the same time have one."""
    try:
        with archive.transaction() as tx:
            remember(tx, asset_id, recipe)
    except IntegrityError:
        return


def refusal(tx: Transaction, asset_id: int, recipe: Recipe) -> str | None:
    """Why this very rendition could not be made, if that was tried."""
    row = tx.get(Wish, (asset_id, recipe.preset))
    return row.reason if row is not None and row.recipe == recipe.fingerprint else None


def is_wished(tx: Transaction, asset_id: int, recipe: Recipe) -> bool:
    row = tx.get(Wish, (asset_id, recipe.preset))
    return row is not None and row.recipe == recipe.fingerprint


def wished(tx: Transaction, asset: Asset) -> tuple[Recipe, ...]:
    """What is wished of an asset, by today's recipes, and is not there. Settles what cannot be."""
    made = dict(
        tx.execute(select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)).all()
    )
    wanted = []
    for row in tx.scalars(select(Wish).where(Wish.asset_id == asset.id, Wish.reason.is_(None))):
        try:
            recipe = recording.recipe_for(tx, asset, row.preset)
        except DamError as refused:
            row.reason = refused.message[:400]
            continue
        if made.get(recipe.preset) == recipe.fingerprint:
            tx.delete(row)
            continue
        row.recipe = recipe.fingerprint
        wanted.append(recipe)
    return tuple(wanted)


def settle(
    tx: Transaction, asset_id: int, wanted: Iterable[Recipe], made: Iterable[str], why: str | None = None
) -> None:
    """After the work: what was made is no wish any more, the rest is told why."""
    there = set(made)
    for recipe in wanted:
        if recipe.preset in there:
            tx.execute(delete(Wish).where(Wish.asset_id == asset_id, Wish.preset == recipe.preset))
            continue
        row = tx.get(Wish, (asset_id, recipe.preset))
        if row is not None and row.recipe == recipe.fingerprint:
            row.reason = (why or (NO_SOUND if recipe.format in ("mp3", "wav") else TOO_FEW))[:400]


def resend(archive: Archive) -> int:
    """Wishes whose job was lost are sent again; for the reconciler. How many assets. Raises Unavailable."""
    with archive.reading() as tx:
        rows = tx.execute(
            select(Wish.asset_id, Asset.kind)
            .join(Asset, Asset.id == Wish.asset_id)
            .where(Wish.reason.is_(None), Wish.at < archive.clock() - FORGOTTEN, Asset.lease_until.is_(None))
            .distinct()
            .limit(PAGE)
        ).all()
    sent = 0
    for asset_id, kind in rows:
        lane = Lane.VIDEO if kind == Kind.VIDEO else Lane.INTERACTIVE
        if archive.queue.waiting(lane) == 0:
            archive.queue.enqueue(Job.MAKE_RENDITION, asset_id, lane)
            sent += 1
    return sent
