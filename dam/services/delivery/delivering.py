"""Delivery: the copy that leaves, with its credit inside and no location, made once and then read."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, NotFound, Unavailable
from dam.media.embed import Caption
from dam.media.reasons import Reason
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    AuditEntry,
    Delivery,
    Fit,
    Original,
    OriginalRole,
    Processing,
    Rendition,
)
from dam.services import audit, presets, renditions
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, demand, policy_of
from dam.services.delivery import copies, naming
from dam.services.delivery.captioning import caption_of, under
from dam.services.renditions import ORIGINAL, BeingMade, RenditionFile, making
from storage import BlobStore

WORKERS_WRITE = 256 * 1024 * 1024  # bytes from which a page does not wait: about a quarter of an hour of clip
INSIDE = frozenset({"web", "press", "audio"})  # families of formats that are not a network's own
UNKNOWN_TYPE = "application/octet-stream"
CONTINUED = timedelta(days=1)  # for so long a download that was begun may be gone on with


@dataclass(frozen=True)
class Parcel:
    """What leaves: ``key`` in ``store`` is ``bytes`` long. ``etag`` changes whenever the bytes do."""

    asset_id: int
    preset: str
    filename: str
    media_type: str
    bytes: int
    key: str
    store: BlobStore
    caption: Caption  # inside a rendition; beside an original, which is never written to
    unapproved: bool = False  # taken for work: its name says so, and so does the custody log

    @property
    def etag(self) -> str:
        return self.key

    def open(self) -> BinaryIO:
        """A seekable file of the whole. Raises KeyError when somebody replaced the copy just now."""
        return self.store.reader(self.key)


@dataclass(frozen=True)
class _Asked:
    """What was read of the rows before the transaction was left."""

    parcel: Parcel | None  # ready to go: an original, or a copy that was delivered before
    rendition: RenditionFile | None
    caption: Caption
    filename: str
    unapproved: bool = False
    ceiling: int | None = None  # bytes that the format allows


def deliver(
    archive: Archive,
    actor: Actor,
    asset_id: int,
    preset: str,
    route: str,
    *,
    counted: bool = True,
    goes_on: bool = False,
    wait: float = 0,
    use: str | None = None,
) -> Parcel:
    """The file of ``preset`` (``web``, ``original``, or the name of a rendition) as it may leave.

    A rendition carries the asset's metadata as it is now; an original is untouched. ``counted`` records who
    took it, by which ``route`` (page, zip, api, cli) and for what ``use``; not again where the request
    ``goes_on`` with what the same account began within the last day. ``wait`` > 0 waits for a version that
    must be made first, which only a terminal should do; otherwise BeingMade is raised.

    Raises NotFound, Forbidden, Unavailable, BeingMade, StoreError.
    """
    parcel = prepare(archive, actor, asset_id, preset, wait=wait)
    if counted and not (goes_on and _began(archive, actor, parcel)):
        with archive.transaction() as tx:
            record(tx, actor, parcel, route, use=use)
    return parcel


def _began(archive: Archive, actor: Actor, parcel: Parcel) -> bool:
    with archive.reading() as tx:
        taken = select(Delivery.id).where(
            Delivery.asset_id == parcel.asset_id,
            Delivery.at > archive.clock() - CONTINUED,
            Delivery.user_id == actor.user_id,
            Delivery.preset == parcel.preset,
        )
        return tx.scalars(taken.limit(1)).first() is not None


def prepare(archive: Archive, actor: Actor, asset_id: int, preset: str, *, wait: float = 0) -> Parcel:
    """As ``deliver``, without recording that anybody took it."""
    asked = _ask(archive, actor, asset_id, preset)
    if preset == ORIGINAL and asked.parcel is not None:
        return asked.parcel
    found = asked.rendition
    if found is None or found.stale:
        found = (
            making.find_or_make(archive, asset_id, preset, wait=wait)
            if wait
            else making.find_or_ask(archive, asset_id, preset)
        )
    if found == asked.rendition and asked.parcel is not None and archive.renditions.exists(asked.parcel.key):
        return asked.parcel
    if found.bytes >= WORKERS_WRITE and not wait:
        making.send_for(archive, asset_id)
        raise BeingMade(making.SOON, seconds=making.ASK_AGAIN)
    key, size = copies.write_copy(archive, found, asked.caption, asked.ceiling)
    return _parcel(archive, found, key, size, asked.filename, asked.caption, asked.unapproved)


def write_long(archive: Archive, asset_id: int) -> None:
    """The worker's part: the copies of this asset that are too long for a page to wait for."""
    with archive.reading() as tx:
        long = select(Rendition.preset).where(
            Rendition.asset_id == asset_id, Rendition.bytes >= WORKERS_WRITE
        )
        wanted = list(tx.scalars(long))
    for preset in wanted:
        with suppress(NotFound, Forbidden):  # into the bin meanwhile
            prepare(archive, LOCAL_ADMINISTRATOR, asset_id, preset, wait=1)


def record(
    tx: Transaction,
    actor: Actor,
    parcel: Parcel,
    route: str,
    *,
    use: str | None = None,
    file: int | None = None,
) -> None:
    """Note in the custody log that ``actor`` took this, by which link, and what for. ``file``: which of the
    asset's originals."""
    use = " ".join((use or "").split())[:200] or None
    tx.add(
        Delivery(
            asset_id=parcel.asset_id,
            user_id=actor.user_id,
            link_id=actor.link_id,
            preset=parcel.preset,
            route=route,
            use=use,
            unapproved=parcel.unapproved,
        )
    )
    told = {"preset": parcel.preset, "route": route, "name": parcel.filename}
    told |= {"use": use} if use else {}
    told |= {"unapproved": True} if parcel.unapproved else {}
    told |= {"link": actor.link_id} if actor.link_id is not None else {}
    told |= {"file": file} if file is not None else {}
    audit.record(tx, actor, "asset.download", ("asset", parcel.asset_id), **told)


def taking(tx: Transaction, preset: str) -> Action:
    """What taking this format away means for the predicate: a network's shape is about to be published."""
    if preset == ORIGINAL:
        return Action.TAKE_ORIGINAL
    word = presets.read(preset)
    known = presets.known(tx).get(word.key) if word else None
    if known is None or known.family in INSIDE:
        return Action.TAKE_WEB
    made_to_fit = known.fit is Fit.CROP or known.ceiling is not None or known.seconds is not None
    plain = known.family == "video" and not made_to_fit
    return Action.TAKE_WEB if plain else Action.TAKE_NETWORK


def demand_still(archive: Archive, actor: Actor, asset_id: int, preset: str) -> None:
    """For a file under way: may ``actor``, as they stand now, still take it? Raises NotFound, Forbidden,
    NotReleased."""
    with archive.reading() as tx:
        asset = tx.get(Asset, asset_id)
        if asset is None:
            raise NotFound("There is no such material.")
        demand(actor, taking(tx, preset), asset, at=archive.clock(), policy=policy_of(archive.settings))


def load(tx: Transaction, asset_id: int) -> Asset:
    """An asset with what its caption and its name are written from. Raises NotFound."""
    asset = tx.scalars(
        select(Asset)
        .where(Asset.id == asset_id)
        .options(
            joinedload(Asset.municipality),
            selectinload(Asset.placements).joinedload(AssetEvent.event),
            selectinload(Asset.appearances).joinedload(Appearance.official),
        )
    ).first()
    if asset is None:
        raise NotFound("There is no such material.")
    return asset


def _ask(archive: Archive, actor: Actor, asset_id: int, preset: str) -> _Asked:
    with archive.reading() as tx:
        asset = load(tx, asset_id)
        now, policy = archive.clock(), policy_of(archive.settings)
        demand(actor, taking(tx, preset), asset, at=now, policy=policy)
        if preset == ORIGINAL:
            return _Asked(_original(tx, archive, asset), None, caption_of(asset), "")
        recipe = renditions.recipe_for(tx, asset, preset)
        found = renditions.look_up(tx, asset, preset)
        if found is None and asset.processing != Processing.READY:
            raise Unavailable("This material is not ready yet.")
        word = presets.read(recipe.preset)
        told = presets.known(tx).get(word.key) if word else None
        caption = under(told.metadata_policy, caption_of(asset)) if told else caption_of(asset)
        filename = naming.file_name(asset, preset, recipe.format)
        kept = copies.find_copy(tx, found, copies.digest_of(caption)) if found is not None else None
        unapproved = not naming.approved(asset)
        parcel = _parcel(archive, found, *kept, filename, caption, unapproved) if found and kept else None
        return _Asked(parcel, found, caption, filename, unapproved, told.ceiling if told else None)


def _original(tx: Transaction, archive: Archive, asset: Asset) -> Parcel:
    original = tx.scalars(
        select(Original).where(Original.asset_id == asset.id, Original.role == OriginalRole.PRIMARY)
    ).one()
    return _of_original(archive, asset, original)


def _of_original(archive: Archive, asset: Asset, original: Original) -> Parcel:
    # what nobody looked into, or what a browser would run, is a file of unknown type
    unknown = asset.processing == Processing.QUARANTINED or asset.reason_code == Reason.NOT_RENDERED
    beside = original.role in (OriginalRole.SIDECAR, OriginalRole.OTHER)
    return Parcel(
        asset_id=asset.id,
        preset=ORIGINAL,
        filename=naming.original_name(asset, original),
        media_type=UNKNOWN_TYPE if unknown or beside else original.media_type or UNKNOWN_TYPE,
        bytes=original.bytes,
        key=original.sha256,
        store=archive.originals,
        caption=caption_of(asset),
        unapproved=not naming.approved(asset),
    )


def deliver_file(
    archive: Archive,
    actor: Actor,
    asset_id: int,
    original_id: int,
    route: str,
    *,
    counted: bool = True,
    goes_on: bool = False,
) -> Parcel:
    """One original of an asset of several: its RAW file, its sidecar, its clip; untouched, and recorded as
    ``deliver`` does: not again where the request ``goes_on`` with this very file. Raises NotFound, Forbidden,
    NotReleased."""
    with archive.reading() as tx:
        asset = load(tx, asset_id)
        demand(actor, Action.TAKE_ORIGINAL, asset, at=archive.clock(), policy=policy_of(archive.settings))
        original = tx.get(Original, original_id)
        if original is None or original.asset_id != asset.id:
            raise NotFound("There is no such file.")
        parcel = _of_original(archive, asset, original)
    if counted and not (goes_on and _began_file(archive, actor, asset_id, original_id)):
        with archive.transaction() as tx:
            record(tx, actor, parcel, route, file=original_id)
    return parcel


def _began_file(archive: Archive, actor: Actor, asset_id: int, original_id: int) -> bool:
    with archive.reading() as tx:
        taken = select(AuditEntry.detail).where(
            AuditEntry.subject_type == "asset",
            AuditEntry.subject_id == asset_id,
            AuditEntry.action == "asset.download",
            AuditEntry.actor_id == actor.user_id,
            AuditEntry.at > archive.clock() - CONTINUED,
        )
        return any(detail.get("file") == original_id for detail in tx.scalars(taken))


def _parcel(
    archive: Archive,
    found: RenditionFile,
    key: str,
    size: int,
    filename: str,
    caption: Caption,
    unapproved: bool,
) -> Parcel:
    store = archive.renditions
    return Parcel(
        found.asset_id, found.preset, filename, found.media_type, size, key, store, caption, unapproved
    )
