"""The worker's job: one visit of a file, then facts, place and renditions are recorded in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from dam.archive import Archive
from dam.db import Transaction
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe, standing
from dam.media.visit import Facts, Visit
from dam.models import (
    Asset,
    Event,
    IngestBatch,
    Kind,
    Original,
    OriginalRole,
    Outcome,
    Processing,
    Rendition,
)
from dam.services import indexing, renditions
from dam.services.families import bursts, gathering, kinship, names
from dam.services.ingest import filing, keeping, leases, receiving
from dam.services.ingest.reasons import IngestReason
from dam.services.renditions import originals

ATTEMPTS = 5
PAUSE = timedelta(seconds=10)  # before the reconciler sends a failed try again


@dataclass(frozen=True)
class Task:
    """What the worker needs of the rows before it leaves the transaction."""

    asset_id: int
    sha256: str
    name: str
    wanted: tuple[Recipe, ...]


def process(archive: Archive, asset_id: int) -> None:
    """Look at an asset's original once and record everything. Does nothing when that is done or being done.

    A file that cannot be read ends in quarantine with its reason. When a store or tool fails, the error is
    raised and the reconciler sends the asset again, five times in all.
    """
    with archive.transaction() as tx:
        task = _claim(tx, asset_id, archive.clock())
    if task is None:
        return
    try:
        with (
            leases.kept(archive, asset_id),
            originals.folder(archive) as folder,
            originals.borrowed(archive, task.sha256) as original,
        ):
            visit = archive.sandbox.visit(original, task.wanted, folder, name=task.name)
            rows = renditions.store_made(archive, asset_id, task.sha256, visit.made)
    except Unreadable as unreadable:
        if unreadable.reason == Reason.TOOL_MISSING:  # our fault, not the file's
            _release(archive, asset_id, unreadable)
            raise
        if keeping.is_kept(unreadable, task.name):
            keeping.keep(archive, asset_id, unreadable)
        else:
            _quarantine(archive, asset_id, unreadable)
        return
    except Exception as error:
        _release(archive, asset_id, error)
        raise
    with archive.transaction() as tx:
        _record(tx, asset_id, visit, rows)


def _claim(tx: Transaction, asset_id: int, now: datetime) -> Task | None:
    asset = tx.get(Asset, asset_id, with_for_update=True)
    if asset is None or asset.processing not in (Processing.RECEIVED, Processing.WORKING):
        return None
    if asset.lease_until and asset.lease_until > now:
        return None
    if asset.attempts >= ATTEMPTS:
        _give_up(tx, asset)
        return None
    original = tx.scalars(
        select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
    ).one()
    asset.processing = Processing.WORKING
    asset.attempts += 1
    asset.lease_until = now + leases.LEASE
    receiving.note(tx, asset.id, Outcome.WORKING)
    return Task(asset.id, original.sha256, original.name, _wanted(tx, asset))


def _give_up(tx: Transaction, asset: Asset) -> None:
    asset.processing = Processing.FAILED
    asset.reason_code = IngestReason.GAVE_UP
    receiving.note(tx, asset.id, Outcome.FAILED, IngestReason.GAVE_UP)


def _wanted(tx: Transaction, asset: Asset) -> tuple[Recipe, ...]:
    """The standing recipes that are not yet made as they are written today. What begins like a clip may hold
    sound alone (WMA, MOV, 3GP, MKV), and an Ogg pictures: only who looks knows, and passes over what is for
    the other kind."""
    made = dict(
        tx.execute(select(Rendition.preset, Rendition.recipe).where(Rendition.asset_id == asset.id)).all()
    )
    every = renditions.standing_of(tx, asset.kind)
    if asset.kind in (Kind.VIDEO, Kind.AUDIO):
        every += renditions.standing_of(tx, Kind.AUDIO if asset.kind == Kind.VIDEO else Kind.VIDEO)
    return tuple(recipe for recipe in every if made.get(recipe.preset) != recipe.fingerprint)


def _quarantine(archive: Archive, asset_id: int, unreadable: Unreadable) -> None:
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        if unreadable.facts is not None:
            filing.file_facts(tx, asset, unreadable.facts)
        asset.processing = Processing.QUARANTINED
        asset.reason_code = str(unreadable.reason)
        asset.reason_detail = receiving.plain_text(unreadable.detail)[:400]
        asset.lease_until = None
        original = tx.scalars(
            select(Original).where(Original.asset_id == asset_id, Original.role == OriginalRole.PRIMARY)
        ).one()
        if waits := names.ending_of(original.name) in names.COMPANIONS:
            asset.reason_code = IngestReason.WAITS_FOR_PICTURE
        receiving.note(tx, asset_id, Outcome.QUARANTINED, asset.reason_code)
        indexing.touch(tx, [asset_id])
        if waits:
            gathering.gather(tx, asset)
        bursts.ask_for(tx, asset_id)


def _release(archive: Archive, asset_id: int, error: Exception) -> None:
    """Give the asset back for another try, or give it up after the last."""
    with archive.transaction() as tx:
        asset = tx.get_one(Asset, asset_id)
        asset.reason_detail = receiving.plain_text(f"{type(error).__name__}: {error}")[:400]
        asset.lease_until = archive.clock() + PAUSE * asset.attempts
        if asset.attempts >= ATTEMPTS:
            _give_up(tx, asset)


def _record(tx: Transaction, asset_id: int, visit: Visit, rows: Sequence[Rendition]) -> None:
    asset = tx.get_one(Asset, asset_id)
    filing.file_facts(tx, asset, visit.facts)
    filing.file_place(tx, asset)
    renditions.replace(tx, asset_id, rows)
    if visit.perceptual_hash is not None:
        asset.perceptual_hash = f"{visit.perceptual_hash & 0xFFFF_FFFF_FFFF_FFFF:016x}"
    asset.placeholder = visit.placeholder
    asset.processing = Processing.READY
    asset.reason_code = asset.reason_detail = asset.lease_until = None
    if visit.facts.media_type == kinship.SIDECAR_TYPE:  # read, and of no use until its picture is there
        asset.processing, asset.reason_code = Processing.QUARANTINED, IngestReason.WAITS_FOR_PICTURE
    receiving.note(tx, asset_id, Outcome(asset.processing), asset.reason_code)
    indexing.touch(tx, [asset_id])
    gathering.gather(tx, asset)
    bursts.ask_for(tx, asset_id)


class _Rehearsed(Exception):
    """Ends a rehearsal, so that its transaction is rolled back."""


def rehearse(archive: Archive) -> None:
    """Go through the database's part of one job and leave no trace: a worker calls this before its first one,
    so that nobody waits for statements to be compiled."""
    facts = Facts(kind="photo", media_type="image/jpeg", latitude=19.29, longitude=-99.66)
    recipes = standing(Kind.PHOTO)
    try:
        with archive.transaction() as tx:
            event = Event(name="-", folded="-", timezone=archive.settings.timezone)
            tx.add(event)
            tx.flush()
            batch = IngestBatch(event_id=event.id)
            asset = Asset(kind=Kind.PHOTO)
            tx.add_all([batch, asset])
            tx.flush()
            tx.add(Original(asset_id=asset.id, sha256="-", bytes=0, name="-"))
            item = receiving.expect_item(tx, batch.id, "-")
            item.asset_id = asset.id
            receiving.place(tx, asset.id, event.id, position=0)
            tx.flush()
            tx.expire_all()
            _claim(tx, asset.id, archive.clock())
            tx.flush()
            tx.expire_all()
            rows = [
                Rendition(
                    asset_id=asset.id, preset=recipe.preset, recipe="-", key="-", media_type="-", bytes=0
                )
                for recipe in recipes
            ]
            _record(tx, asset.id, Visit(facts=facts), rows)
            tx.flush()
            raise _Rehearsed
    except _Rehearsed:
        return
