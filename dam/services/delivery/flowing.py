"""A package on its way: permission asked for each file and each second; what left is recorded in portions."""

import logging
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import insert, select, update

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import DamError, NotFound
from dam.models import Asset, Delivery, Package, PackageItem
from dam.services import audit
from dam.services.access import Action, Actor, demand, policy_of
from dam.services.delivery import delivering, naming, packing
from dam.services.delivery.packing import Present
from dam.services.delivery.zipping import flow
from dam.services.renditions.making import ASKED_BY_ACCESS
from storage import StoreError

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
ASK_AGAIN = 1.0  # seconds of one file's flowing
PORTION = 64  # files recorded in one transaction

Begin = Callable[[Transaction, int], None]


class Cut(StoreError):
    """What was allowed when the package was begun is not any more: the zip ends short, and visibly so."""


@dataclass
class _Under:
    """One package under way."""

    archive: Archive
    actor: Actor
    package_id: int
    present: Present
    route: str
    items: list[PackageItem]
    papers: list[bytes]
    crcs: list[int | None]
    done: list[tuple[int, bool]] = field(default_factory=list)  # place among items, was it unapproved
    use: str | None = None
    stamp: str | None = None
    actions: dict[str, Action] = field(default_factory=dict)  # what taking each format means
    asked: set[int] = field(default_factory=set)  # materials that were allowed to leave on this way


def flow_package(
    archive: Archive,
    actor: Actor,
    package_id: int,
    present: Present,
    route: str,
    *,
    start: int = 0,
    stop: int | None = None,
    begin: Begin | None = None,
) -> Iterator[bytes]:
    """The bytes of a package's zip from ``start`` up to ``stop``. Memory stays flat.

    ``present(asset_id)`` gives the actor with the rights of this moment, or raises. ``begin(tx, files)`` is
    called once, before the first byte that ever leaves. Raises NotFound, what ``begin`` raises; once bytes
    flow StoreError, which cuts the zip: a file that was lost or may not leave any more makes the package be
    laid out anew the next time.
    """
    with archive.transaction() as tx:
        package = packing.get(tx, actor, package_id)
        if package.size is None:
            raise NotFound("This package is not there any more. Put it together again.")
        wanted = select(PackageItem).where(PackageItem.package_id == package_id, PackageItem.key.is_not(None))
        items = list(tx.scalars(wanted.order_by(PackageItem.position)))
        if package.taken_at is None:
            if begin is not None:
                begin(tx, len(items))
            package.taken_at = archive.clock()
            audit.record(
                tx, actor, "package.take", ("package", package_id), files=len(items), name=package.name,
                route=route, link=actor.link_id,
            )  # fmt: skip
        layout = packing.layout_of(archive, package, items)
        papers = [text.encode() for _name, text in package.papers or ()]
        use, stamp = package.use, package.stamp
    crcs = [item.crc for item in items] + [zlib.crc32(paper) for paper in papers]
    under = _Under(archive, actor, package_id, present, route, items, papers, crcs, use=use, stamp=stamp)
    return _flow(under, layout, start, stop)


def _flow(under: _Under, layout, start: int, stop: int | None) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    try:
        yield from flow(layout, lambda number, skip: _read(under, number, skip), under.crcs, start, stop)
    finally:
        _record(under)


def _read(under: _Under, number: int, skip: int) -> Iterator[bytes]:
    if number >= len(under.items):
        for item in under.items:  # the papers tell what all of them are
            if item.asset_id not in under.asked:
                _ask(under, item)
        yield under.papers[number - len(under.items)][skip:]
        return
    item = under.items[number]
    unapproved = _ask(under, item)
    store = under.archive.originals if item.untouched else under.archive.renditions
    left = (item.bytes or 0) - skip
    asked = time.monotonic()
    try:
        handle = store.reader(item.key or "")
    except KeyError:
        _lay_out_anew(under)
        raise StoreError(f"{item.key} was replaced or lost; the package is put together again.") from None
    if not item.taken:
        item.taken = True
        under.done.append((number, unapproved))
    with handle:
        handle.seek(skip)
        while left > 0 and (piece := handle.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
            if time.monotonic() - asked > ASK_AGAIN:
                _ask(under, item)
                asked = time.monotonic()
    if left:
        raise StoreError(f"{item.key} has another length than the archive remembers.")
    if len(under.done) >= PORTION:
        _record(under)


def _ask(under: _Under, item: PackageItem) -> bool:
    """May it leave now? True for what leaves before it was approved. Raises Cut."""
    archive = under.archive
    try:
        actor = under.present(item.asset_id)
        with archive.reading() as tx:
            # a row with the columns the predicate reads: an asset itself costs four times as much
            asked = select(Asset.id, *ASKED_BY_ACCESS).where(Asset.id == item.asset_id)
            asset = cast(Asset | None, tx.execute(asked).first())
            if asset is None:
                raise NotFound("There is no such material.")
            action = under.actions.get(item.preset)
            if action is None:
                action = under.actions[item.preset] = delivering.taking(tx, item.preset)
            demand(actor, action, asset, at=archive.clock(), policy=policy_of(archive.settings))
            under.asked.add(item.asset_id)
            return not naming.approved(asset)
    except DamError as refusal:
        log.info("package %d was cut at material %d: %s", under.package_id, item.asset_id, refusal)
        _lay_out_anew(under)
        raise Cut(str(refusal)) from refusal


def _lay_out_anew(under: _Under) -> None:
    """Everything is looked at again: of what may not leave any more, each would cut it once more."""
    with under.archive.transaction() as tx:
        ours = PackageItem.package_id == under.package_id
        tx.execute(update(PackageItem).where(ours).values(key=None, bytes=None, crc=None))
        tx.execute(update(Package).where(Package.id == under.package_id).values(size=None, stamp=None))


def _record(under: _Under) -> None:
    """What left is written down, and the checksums that were learned on the way."""
    done, under.done = under.done, []
    learned = [
        {"package_id": under.package_id, "position": item.position, "crc": crc, "taken": item.taken}
        for item, crc in zip(under.items, under.crcs, strict=False)
        if crc is not None and item.crc is None
    ]
    if not done and not learned:
        return
    now = under.archive.clock()
    with under.archive.transaction() as tx:
        if learned:
            if tx.scalar(select(Package.stamp).where(Package.id == under.package_id)) != under.stamp:
                for one in learned:  # laid out anew: these are the sums of what it held before
                    del one["crc"]
            tx.execute(update(PackageItem), learned)
        if done:
            tx.execute(insert(Delivery.__table__), [
                {"asset_id": item.asset_id, "user_id": under.actor.user_id, "link_id": under.actor.link_id,
                 "preset": item.preset, "route": under.route, "at": now, "unapproved": unapproved,
                 "use": under.use}
                for item, unapproved in ((under.items[number], late) for number, late in done)
            ])  # fmt: skip
            audit.record_each(tx, under.actor, "asset.download", "asset", _told(under, done))
    for item, crc in zip(under.items, under.crcs, strict=False):
        item.crc = crc


def _told(under: _Under, done: list[tuple[int, bool]]) -> dict[int, dict[str, object]]:
    """Each asset once, with the formats that were taken of it."""
    told: dict[int, dict[str, object]] = {}
    for number, unapproved in done:
        item = under.items[number]
        one = told.setdefault(item.asset_id, {
            "preset": item.preset, "route": under.route, "name": item.name, "package": under.package_id
        })  # fmt: skip
        if one["name"] != item.name:
            one["preset"], one["name"] = f"{one['preset']}, {item.preset}", f"{one['name']}, {item.name}"
        if unapproved:
            one["unapproved"] = True
        if under.actor.link_id is not None:
            one["link"] = under.actor.link_id
    return told
