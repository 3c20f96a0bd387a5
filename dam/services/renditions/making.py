"""Making renditions after the ingest: what is missing or was made by an older recipe, once."""

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import load_only

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import DoesNotFit, NotFound, Unavailable
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe
from dam.models import Asset, Original, OriginalRole, Processing, Rendition
from dam.queue import Job, JobQueue, Lane
from dam.services.access import Action, Actor, demand, policy_of
from dam.services.framing import looking
from dam.services.ingest import leases
from dam.services.presets import ORIGINAL, WEB, WEB_MEANS
from dam.services.renditions import recording, wishing
from dam.services.renditions.originals import borrowed, folder
from dam.services.renditions.recording import (
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
SMALL = frozenset({"thumb", "preview", "poster", "storyboard"})  # shown with every list and page
MOST_ROUNDS = 20
ASKED_BY_ACCESS = (
    Asset.kind, Asset.processing, Asset.review, Asset.owner_id, Asset.deleted_at, Asset.municipality_key,
    Asset.minors, Asset.embargo_until, Asset.rights_expire_on, Asset.withdrawn_at,
)  # fmt: skip

# What this process sent lately, by queue: forgetting it costs a job that finds nothing to do.
_asked: WeakKeyDictionary[JobQueue, dict[int, float]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Task:
    """What is to be made, read before the transaction is left: what every asset has, and what was wished."""

    asset_id: int
    sha256: str
    name: str
    wanted: tuple[Recipe, ...]
    wished: tuple[Recipe, ...] = ()

    def visits(self) -> list[tuple[Recipe, ...]]:
        """All that is wanted of a photo comes from one decode; of a clip each encoding is a pass of its own,
        so that one that fails takes no other with it."""
        if all(recipe.kind != "video" for recipe in self.wished):
            return [self.wanted + self.wished]
        return [*([self.wanted] if self.wanted else []), *((recipe,) for recipe in self.wished)]


def find_or_ask(archive: Archive, asset_id: int, preset: str) -> RenditionFile:
    """The rendition, or BeingMade after sending the job that makes it. Never decodes.

    A stale one of those that every asset has is sent for as well, and served meanwhile; a network's shape
    never is: its window was moved. Raises NotFound for a preset that this material does not come in,
    Unavailable when it is not ready; DoesNotFit when it is too small or too long, or when this version could
    not be made; Invalid.
    """
    with archive.reading() as tx:
        asset = tx.get(Asset, asset_id)
        if asset is None:
            raise NotFound("There is no such material.")
        recipe = recording.recipe_for(tx, asset, preset)
        found = look_up(tx, asset, preset)
        ready, reason = asset.processing == Processing.READY, asset.reason_code
        every = any(one.preset == recipe.preset for one in recording.standing_of(tx, asset.kind))
        why = None if every else wishing.refusal(tx, asset_id, recipe)
        noted = every or wishing.is_wished(tx, asset_id, recipe)
    if found is not None and (not found.stale or (reason and every)):
        return found
    if not ready:
        raise Unavailable("This material is not ready yet.")
    if why:
        raise DoesNotFit(why, reason="not_made")
    if reason and every:
        raise DoesNotFit("This version could not be made.", reason=reason)
    if not noted:
        wishing.ask(archive, asset_id, recipe)
    serve = found is not None and every
    try:
        send_for(archive, asset_id, Lane.INTERACTIVE if every else wishing.lane_of(recipe), new=not noted)
    except Unavailable:
        if not serve:
            raise
    if serve and found is not None:
        return found
    raise BeingMade(SOON, seconds=ASK_AGAIN)


def send_for(archive: Archive, asset_id: int, lane: Lane = Lane.INTERACTIVE, *, new: bool = False) -> None:
    """Send the job that makes what an asset lacks, once in a while, or at once for a ``new`` wish: after a
    change of recipe fifty thumbnails of a page ask for it with every look. Raises Unavailable."""
    asked, now = _asked.setdefault(archive.queue, {}), time.monotonic()
    if not new and now - asked.get(asset_id, -SEND_EVERY) < SEND_EVERY:
        return
    archive.queue.enqueue(Job.MAKE_RENDITION, asset_id, lane)
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
            if archive.queue.workers() == 0:
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
        rows = tx.execute(
            select(Asset, Rendition)
            .outerjoin(Rendition, and_(Rendition.asset_id == Asset.id, Rendition.preset.in_(names)))
            .where(Asset.id == asset_id)
            .options(load_only(*ASKED_BY_ACCESS))
        ).all()
        asset = rows[0].Asset if rows else None
        if asset is None or asset.processing == Processing.QUARANTINED:
            raise NotFound("There is no such material.")
        action = Action.SEE if preset in SMALL else Action.LOOK
        demand(actor, action, asset, at=archive.clock(), policy=policy_of(archive.settings))
        recipe = _shown(tx, asset, preset)
        made = (row.Rendition for row in rows if row.Rendition is not None)
        found = next((as_file(row, recipe) for row in made if row.preset == recipe.preset), None)
        if found is None and asset.processing != Processing.READY:
            raise NotFound("This material is not ready yet.")
    return found if found is not None and not found.stale else find_or_ask(archive, asset_id, preset)


def _shown(tx: Transaction, asset: Asset, preset: str) -> Recipe:
    """What every asset has is for looking at. A network's shape is taken away, by the doors that ask and
    record. Raises NotFound."""
    name = recipe_of(asset.kind, preset).preset
    return next(one for one in recording.standing_of(tx, asset.kind) if one.preset == name)


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
    """The worker's job: make what a ready asset lacks and what was wished of it. Does nothing when that is
    done or being done.

    The asset's lease is the lock, so that the same rendition is made once, whoever asks at the same time.
    What is wished while this works is found at its end: whoever sent a job for it met the lease.
    """
    before: Task | None = None
    for _ in range(MOST_ROUNDS):
        task = _claim(archive, asset_id)
        if task is None:
            return
        if task == before:  # nothing came of it, and nothing will
            _release(archive, asset_id, None)
            return
        before = task
        _make(archive, task)


def _make(archive: Archive, task: Task) -> None:
    try:
        with leases.kept(archive, task.asset_id), borrowed(archive, task.sha256) as original:
            if any("window" in dict(recipe.options) for recipe in task.wished):
                task = _framed(archive, task)
            for wanted in task.visits():
                if wanted:
                    _visit(archive, task, original, wanted)
    except Unreadable as unreadable:
        log.warning("renditions of asset %d: %s", task.asset_id, unreadable)
        _release(archive, task.asset_id, unreadable)
        return
    except BaseException:
        _release(archive, task.asset_id, None)
        raise
    _release(archive, task.asset_id, None)


def _framed(archive: Archive, task: Task) -> Task:
    """Where nobody looked for the subject yet, that comes first: the windows follow from it."""
    if not looking.look(archive, task.asset_id):
        return task
    with archive.transaction() as tx:
        wished = wishing.wished(tx, tx.get_one(Asset, task.asset_id))
        return replace(task, wished=tuple(one for one in wished if one not in task.wanted))


def _visit(archive: Archive, task: Task, original: Path, wanted: tuple[Recipe, ...]) -> None:
    wishes = tuple(recipe for recipe in wanted if recipe in task.wished)
    with folder(archive) as place:
        try:
            visit = archive.sandbox.visit(original, wanted, place, name=task.name)
        except Unreadable as unreadable:
            if not wishes or unreadable.reason == Reason.TOOL_MISSING:
                raise
            log.warning("wishes of asset %d: %s", task.asset_id, unreadable)
            with archive.transaction() as tx:
                wishing.settle(tx, task.asset_id, wishes, (), wishing.COULD_NOT)
            if len(wishes) < len(wanted):
                raise
            return
        rows = recording.store_made(archive, task.asset_id, task.sha256, visit.made)
        made = [one.preset for one in visit.made]
        with archive.transaction() as tx:
            recording.replace(tx, task.asset_id, rows, archive.renditions)
            wishing.settle(tx, task.asset_id, wishes, made)


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
        wished = tuple(one for one in wishing.wished(tx, asset) if one not in wanted)
        if not wanted and not wished:
            asset.lease_until = None
            return None
        original = tx.scalars(
            select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
        ).one()
        return Task(asset_id, original.sha256, original.name, wanted, wished)


def lacking(tx: Transaction, asset: Asset) -> tuple[Recipe, ...]:
    """The standing recipes of this asset that are not made as they are written today."""
    if asset.reason_code:
        return ()  # it was tried, and the file could not be read again
    rows = select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)
    made = dict(tx.execute(rows).all())
    standing = recording.standing_of(tx, asset.kind)
    return tuple(one for one in standing if made.get(one.preset) != one.fingerprint)


def _release(archive: Archive, asset_id: int, unreadable: Unreadable | None) -> None:
    """Give the asset back; a file that could not be read again is noted, so that nobody asks for ever."""
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.lease_until = None
        if unreadable is not None:
            asset.reason_code = str(unreadable.reason)
            asset.reason_detail = unreadable.detail.encode("utf-8", "replace").decode()[:400]
