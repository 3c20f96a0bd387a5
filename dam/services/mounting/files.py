"""The files in a mounted folder: which may be read now, how large they are, and opening one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.archive import Archive
from dam.errors import DamError, Forbidden, NotFound, Unavailable
from dam.models import Asset, AssetEvent, Delivered, Delivery, Original, OriginalRole
from dam.services import delivery
from dam.services.access import Action, Actor, can, policy_of
from dam.services.delivery import bundles, naming
from dam.services.describing.changes import chunks
from dam.services.mounting.folders import Folder, asset_ids
from dam.services.renditions import ORIGINAL, BeingMade
from storage import StoreError

MOST = 5000  # files in a folder
LOOK = 4.0  # seconds one look at a folder may spend on finding out what is ready
SAME = timedelta(hours=1)  # reads of one file by one account within it are one delivery
WATCHED_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class File:
    """``bytes`` and ``tag`` are those of the file as it would be read now."""

    name: str
    asset_id: int
    preset: str
    bytes: int
    media_type: str
    changed_at: datetime
    tag: str


@dataclass(frozen=True)
class Opened:
    """``handle`` is seekable, and raises StoreError once the reader may read no more."""

    handle: BinaryIO
    bytes: int


def files_of(archive: Archive, actor: Actor, folder: Folder) -> list[File]:
    """What may be taken of the folder now. Versions that are still to be made are sent for, and stand in it
    at a later look: a file without a size cannot be placed."""
    ids = asset_ids(archive, actor, folder, MOST)
    if folder.preset == ORIGINAL:
        return _unique(_originals(archive, actor, ids))
    return _unique(_versions(archive, actor, ids, folder.preset))


def _originals(archive: Archive, actor: Actor, ids: list[int]) -> list[File]:
    found: dict[int, File] = {}
    policy, now = policy_of(archive.settings), archive.clock()
    for some in chunks(ids):
        with archive.reading() as tx:
            rows = tx.execute(
                select(Asset, Original)
                .join(Original, (Original.asset_id == Asset.id) & (Original.role == OriginalRole.PRIMARY))
                .where(Asset.id.in_(some))
                .options(
                    joinedload(Asset.municipality),
                    selectinload(Asset.placements).joinedload(AssetEvent.event),
                )
            )
            for asset, original in rows:
                if asset.id in found or not can(actor, Action.TAKE_ORIGINAL, asset, at=now, policy=policy):
                    continue
                found[asset.id] = File(
                    naming.original_name(asset, original), asset.id, ORIGINAL, original.bytes,
                    original.media_type or "application/octet-stream", original.received_at, original.sha256,
                )  # fmt: skip
    return [found[asset_id] for asset_id in ids if asset_id in found]


def _versions(archive: Archive, actor: Actor, ids: list[int], preset: str) -> list[File]:
    found: list[delivery.Parcel] = []
    end = time.monotonic() + LOOK
    for asset_id in ids:
        if time.monotonic() > end:
            break
        try:
            found.append(delivery.prepare(archive, actor, asset_id, preset))
        except (BeingMade, NotFound, Forbidden, Unavailable):
            continue
    dates = _made_at(archive, found)
    return [
        File(one.filename, one.asset_id, preset, one.bytes, one.media_type, dates[one.key], one.key)
        for one in found
        if one.key in dates
    ]


def _made_at(archive: Archive, parcels: list[delivery.Parcel]) -> dict[str, datetime]:
    """Key → when that copy was written: a program that asks by date must not keep an older one."""
    dates: dict[str, datetime] = {}
    for some in chunks([one.asset_id for one in parcels]):
        with archive.reading() as tx:
            written = select(Delivered.key, Delivered.made_at).where(Delivered.asset_id.in_(some))
            dates |= {row.key: row.made_at for row in tx.execute(written)}
    return dates


def _unique(files: list[File]) -> list[File]:
    taken: set[str] = set()
    made = []
    for one in files:
        name = naming.unique(one.name, taken)
        taken.add(name)
        made.append(File(name, *(getattr(one, field) for field in list(File.__dataclass_fields__)[1:])))
    return made


def take(archive: Archive, actor: Actor, file: File) -> Opened:
    """Open a file, and note that it was taken (once an hour: programs read one file many times).

    Raises NotFound, Forbidden, Unavailable, BeingMade, KeyError when it was replaced just now, StoreError.
    """
    parcel = delivery.prepare(archive, actor, file.asset_id, file.preset)
    handle = parcel.open()
    try:
        if not _taken_lately(archive, actor, parcel):
            with archive.transaction() as tx:
                delivery.record(tx, actor, parcel, "drive")
    except BaseException:
        handle.close()
        raise
    return Opened(_Guarded(handle, lambda: _still(archive, actor, file)), parcel.bytes)  # type: ignore[arg-type]


def _taken_lately(archive: Archive, actor: Actor, parcel: delivery.Parcel) -> bool:
    with archive.reading() as tx:
        before = select(Delivery.id).where(
            Delivery.asset_id == parcel.asset_id, Delivery.user_id == actor.user_id,
            Delivery.preset == parcel.preset, Delivery.route == "drive", Delivery.at > archive.clock() - SAME,
        )  # fmt: skip
        return tx.scalar(before.limit(1)) is not None


def _still(archive: Archive, actor: Actor, file: File) -> None:
    try:
        bundles.watch(archive, actor, file.asset_id, file.preset)()
    except DamError as refusal:
        raise StoreError(str(refusal)) from refusal


class _Guarded:
    """A file that asks now and then whether it may still be read."""

    def __init__(self, file: BinaryIO, ask: Callable[[], None]) -> None:
        self._file, self._ask, self._asked = file, ask, time.monotonic()
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, most: int = -1) -> bytes:
        if time.monotonic() - self._asked >= WATCHED_EVERY:
            self._ask()
            self._asked = time.monotonic()
        return self._file.read(most)
