"""Making renditions after the ingest: what is missing or was made by an older recipe, once."""

import logging
import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import load_only

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound, Unavailable
from dam.media.reasons import Unreadable
from dam.media.recipes import Recipe, standing
from dam.models import Asset, Original, OriginalRole, Processing, Rendition
from dam.queue import Job, JobQueue, Lane
from dam.services.access import Action, Actor, demand, policy_of
from dam.services.ingest import leases
from dam.services.renditions import recording
from dam.services.renditions.originals import borrowed, folder
from dam.services.renditions.recording import (
    ORIGINAL,
    WEB,
    WEB_MEANS,
    BeingMade,
    RenditionFile,
    as_file,
    is_preset,
    look_up,
    recipe_of,
)

log = logging.getLogger(__name__)

ASK_AGAIN = 3  # seconds
SOON = "This version is being made. Try again in a moment."
LOOK_EVERY = 0.5
SEND_EVERY = 30.0  # seconds; a job that was lost is sent again by whoever still waits
MOST_ASKED = 10_000
ASKED_BY_ACCESS = (
    Asset.kind, Asset.processing, Asset.review, Asset.owner_id, Asset.deleted_at, Asset.municipality_key,
    Asset.minors, Asset.embargo_until, Asset.rights_expire_on, Asset.withdrawn_at,
)  # fmt: skip

# What this process sent lately, by queue: forgetting it costs a job that finds nothing to do.
_asked: WeakKeyDictionary[JobQueue, dict[int, float]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Task:
    """What is to be made, read before the transaction is left."""

    asset_id: int
    sha256: str
    name: str
    wanted: tuple[Recipe, ...]


def find_or_ask(archive: Archive, asset_id: int, preset: str) -> RenditionFile:
    """The rendition, or BeingMade after sending the job that makes it. Never decodes.

    A stale one is sent for as well, and served meanwhile. Raises NotFound for a preset that this material
    does not come in, Unavailable when it is not ready or this version could not be made.
    """
    with archive.reading() as tx:
        asset = tx.get(Asset, asset_id)
        if asset is None:
            raise NotFound("There is no such material.")
        found = look_up(tx, asset, preset)
        ready, reason = asset.processing == Processing.READY, asset.reason_code
    if found is not None and (not found.stale or reason):
        return found
    if not ready:
        raise Unavailable("This material is not ready yet.")
    if reason:
        raise Unavailable("This version could not be made.", reason=reason)
    try:
        send_for(archive, asset_id)
    except Unavailable:
        if found is None:
            raise
    if found is None:
        raise BeingMade(SOON, seconds=ASK_AGAIN)
    return found


def send_for(archive: Archive, asset_id: int) -> None:
    """Send the job that makes what an asset lacks, once in a while: after a change of recipe fifty thumbnails
    of a page ask for it with every look. Raises Unavailable."""
    asked, now = _asked.setdefault(archive.queue, {}), time.monotonic()
    if now - asked.get(asset_id, -SEND_EVERY) < SEND_EVERY:
        return
    archive.queue.enqueue(Job.MAKE_RENDITION, asset_id, Lane.INTERACTIVE)
    if len(asked) >= MOST_ASKED:
        asked.clear()
    asked[asset_id] = now


def find_or_make(archive: Archive, asset_id: int, preset: str, *, wait: float = 120.0) -> RenditionFile:
    """For a terminal or a worker: the rendition, waiting up to ``wait`` seconds for whoever makes it.

    Raises BeingMade when it takes longer, Unavailable without a worker to make it, else as find_or_ask.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            return find_or_ask(archive, asset_id, preset)
        except BeingMade:
            if archive.queue.workers(Lane.INTERACTIVE) == 0:
                raise Unavailable(
                    "This version must be made first, and no worker is running. Start one with script/worker."
                ) from None
            if time.monotonic() >= deadline:
                raise
            time.sleep(LOOK_EVERY)


def view(archive: Archive, actor: Actor, asset_id: int, preset: str) -> RenditionFile:
    """The rendition for looking at, in one indexed query: fifty of these are one page of results.

    Raises NotFound for what the actor may not see, what was never ready, and what is in quarantine;
    BeingMade when a ready asset lacks it.
    """
    if not is_preset(preset) or preset == ORIGINAL:
        raise NotFound("There is no such material.")
    names = set(WEB_MEANS.values()) if preset == WEB else {preset}
    with archive.reading() as tx:
        row = tx.execute(
            select(Asset, Rendition)
            .outerjoin(Rendition, and_(Rendition.asset_id == Asset.id, Rendition.preset.in_(names)))
            .where(Asset.id == asset_id)
            .options(load_only(*ASKED_BY_ACCESS))
        ).first()
        if row is None or row.Asset.processing == Processing.QUARANTINED:
            raise NotFound("There is no such material.")
        demand(actor, Action.SEE, row.Asset, at=archive.clock(), policy=policy_of(archive.settings))
        recipe = recipe_of(row.Asset.kind, preset)
        found = as_file(row.Rendition, recipe) if row.Rendition is not None else None
        if found is None and row.Asset.processing != Processing.READY:
            raise NotFound("This material is not ready yet.")
    return found if found is not None and not found.stale else find_or_ask(archive, asset_id, preset)


def lost(archive: Archive, found: RenditionFile) -> None:
    """A row whose file is gone is no rendition: forget it and send for a new one."""
    with archive.transaction() as tx:
        tx.execute(
            delete(Rendition).where(
                Rendition.asset_id == found.asset_id,
                Rendition.preset == found.preset,
                Rendition.recipe == found.recipe,
            )
        )
        tx.after_commit(Job.MAKE_RENDITION, found.asset_id, Lane.INTERACTIVE)


def make_missing(archive: Archive, asset_id: int) -> None:
    """The worker's job: make what a ready asset lacks. Does nothing when that is done or being done.

    The asset's lease is the lock, so that the same rendition is made once, whoever asks at the same time.
    """
    task = _claim(archive, asset_id)
    if task is None:
        return
    try:
        with (
            leases.kept(archive, asset_id),
            folder(archive) as place,
            borrowed(archive, task.sha256) as original,
        ):
            visit = archive.sandbox.visit(original, task.wanted, place, name=task.name)
            rows = recording.store_made(archive, asset_id, task.sha256, visit.made)
    except Unreadable as unreadable:
        log.warning("renditions of asset %d: %s", asset_id, unreadable)
        _release(archive, asset_id, unreadable)
        return
    except BaseException:
        _release(archive, asset_id, None)
        raise
    with archive.transaction() as tx:
        recording.replace(tx, asset_id, rows, archive.renditions)
        tx.get_one(Asset, asset_id).lease_until = None


def _claim(archive: Archive, asset_id: int) -> Task | None:
    now = archive.clock()
    with archive.transaction() as tx:
        free = or_(Asset.lease_until.is_(None), Asset.lease_until < now)
        claimed = tx.execute(
            update(Asset)
            .where(Asset.id == asset_id, Asset.processing == Processing.READY, free)
            .values(lease_until=now + leases.LEASE)
        )
        if not claimed.rowcount:
            return None
        asset = tx.get_one(Asset, asset_id)
        wanted = lacking(tx, asset)
        if not wanted:
            asset.lease_until = None
            return None
        original = tx.scalars(
            select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
        ).one()
        return Task(asset_id, original.sha256, original.name, wanted)


def lacking(tx: Transaction, asset: Asset) -> tuple[Recipe, ...]:
    """The standing recipes of this asset that are not made as they are written today."""
    rows = select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)
    made = dict(tx.execute(rows).all())
    return tuple(one for one in standing(asset.kind) if made.get(one.preset) != one.fingerprint)


def _release(archive: Archive, asset_id: int, unreadable: Unreadable | None) -> None:
    """Give the asset back; a file that could not be read again is noted, so that nobody asks for ever."""
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.lease_until = None
        if unreadable is not None:
            asset.reason_code = str(unreadable.reason)
            asset.reason_detail = unreadable.detail.encode("utf-8", "replace").decode()[:400]
