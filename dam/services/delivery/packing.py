"""Packages: files put together first, with progress while versions are being made, then taken in one zip.

What a package holds is kept in rows, in one order, with every size: its zip is the same however often, and
from whichever byte, it is read.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound, Unavailable
from dam.models import Asset, Package, PackageItem
from dam.services import presets
from dam.services.access import Actor, visible
from dam.services.delivery import delivering, naming, papers
from dam.services.delivery.papers import Wording
from dam.services.delivery.ready import ready
from dam.services.delivery.zipping import Entry, Layout
from dam.services.describing.changes import chunks
from dam.services.presets.listing import fits
from dam.services.renditions import BeingMade, wishing

MOST = 5000  # files in one package
KEPT = timedelta(days=2)
PATIENCE = timedelta(minutes=20)  # for what is being made; then the package is closed without it
PORTION = 100  # files looked for together, and put down in one transaction

Present = Callable[[int], Actor]
Row = tuple[int, int, str]


@dataclass(frozen=True)
class Progress:
    """How far a package is. ``size`` in bytes once it is ``ready``; ``bytes`` of the files that are there."""

    package_id: int
    name: str
    files: int
    there: int
    waiting: int
    left_out: int
    bytes: int
    size: int | None

    @property
    def ready(self) -> bool:
        return self.size is not None


def open_package(
    archive: Archive,
    actor: Actor,
    asset_ids: Iterable[int],
    wanted: Sequence[str],
    name: str,
    *,
    use: str | None = None,
    first_only: bool = False,
) -> int:
    """A package of these assets in these formats, in this order; its id. ``name`` is the zip's, with its
    ending; ``use`` is what for, in the words of whoever takes it. A format that an asset of this kind never
    comes in is passed over, unless there is no other; ``first_only``: each asset only in the first that fits.
    Raises Invalid for none or too many."""
    ids, formats = list(dict.fromkeys(asset_ids)), list(dict.fromkeys(wanted))
    if not ids:
        raise Invalid("Choose at least one material.")
    if not formats:
        raise Invalid("Choose at least one format.")
    if len(ids) > MOST:
        raise Invalid("At most %(most)s files go into one package. Choose fewer.", most=MOST)
    with archive.transaction() as tx:
        pairs = [
            (asset_id, key)
            for asset_id, fitting in _fitting(tx, ids, formats)
            for key in (fitting[:1] if first_only else fitting)
        ]
        if len(pairs) > MOST:
            raise Invalid("At most %(most)s files go into one package. Choose fewer.", most=MOST)
        old = select(Package.id).where(Package.made_at < archive.clock() - KEPT).limit(20)
        tx.execute(delete(Package).where(Package.id.in_(list(tx.scalars(old)))))
        package = Package(user_id=actor.user_id, link_id=actor.link_id, name=name, made_at=archive.clock())
        package.use = " ".join((use or "").split())[:200] or None
        tx.add(package)
        tx.flush()
        tx.execute(insert(PackageItem.__table__), [
            {"package_id": package.id, "position": place, "asset_id": asset_id, "preset": preset}
            for place, (asset_id, preset) in enumerate(pairs)
        ])  # fmt: skip
    if len(formats) > 1 and not first_only:
        _wish(archive, actor, ids, formats)
    return package.id


def _fitting(tx: Transaction, ids: Sequence[int], formats: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Each asset with the formats its kind comes in; if in none, with the first of all, to be told why."""
    known = presets.known(tx)
    kinds: dict[int, str] = {}
    for some in chunks(ids):
        rows = tx.execute(select(Asset.id, Asset.kind).where(Asset.id.in_(some)))
        kinds |= {row.id: str(row.kind) for row in rows}
    for asset_id in ids:
        kind = kinds.get(asset_id)
        fitting = [key for key in formats if kind is None or fits(known, kind, key)]
        yield asset_id, fitting or formats[:1]


def _wish(archive: Archive, actor: Actor, ids: Sequence[int], formats: Sequence[str]) -> None:
    """Ask for all formats of an asset at once: it is decoded once. Only for what the actor finds."""
    with archive.reading() as tx:
        found = set()
        for begin in range(0, len(ids), 500):
            some = select(Asset.id).where(Asset.id.in_(ids[begin : begin + 500]), visible(actor))
            found |= set(tx.scalars(some))
    wishing.wish(archive, [asset_id for asset_id in ids if asset_id in found], formats)


def get(tx: Transaction, actor: Actor, package_id: int) -> Package:
    """One's own package; nobody else's. Raises NotFound."""
    package = tx.get(Package, package_id, populate_existing=True)
    if package is None or (package.user_id, package.link_id) != (actor.user_id, actor.link_id):
        raise NotFound("This package is not there any more. Put it together again.")
    return package


def left_out(archive: Archive, package_id: int) -> list[tuple[str, int]]:
    """Why files are not in it: each sentence, and of how many it is said; the commonest first."""
    item = PackageItem
    with archive.reading() as tx:
        rows = tx.execute(
            select(item.reason, func.count())
            .where(item.package_id == package_id, item.reason.is_not(None))
            .group_by(item.reason)
            .order_by(func.count().desc(), item.reason)
            .limit(20)
        )  # fmt: skip
        return [(reason, count) for reason, count in rows]


def progress(archive: Archive, actor: Actor, package_id: int) -> Progress:
    """As it stands. Raises NotFound."""
    with archive.reading() as tx:
        return _progress(tx, get(tx, actor, package_id))


def _progress(tx: Transaction, package: Package) -> Progress:
    item = PackageItem
    files, there, left, size = tx.execute(
        select(func.count(), func.count(item.key), func.count(item.reason), func.sum(item.bytes))
        .where(item.package_id == package.id)
    ).one()  # fmt: skip
    return Progress(
        package.id, package.name, files, there, files - there - left, left, int(size or 0), package.size
    )


def advance(
    archive: Archive,
    actor: Actor,
    package_id: int,
    words: Wording,
    present: Present,
    *,
    seconds: float = 1.5,
    close: bool = False,
) -> Progress:
    """Fetch for up to ``seconds`` what waits, sending for what must be made; once nothing waits the zip is
    laid out. ``close``: do without what still waits. ``present(asset_id)``: the actor with the rights of now.

    Called again and again by whoever watches. Raises NotFound, StoreError.
    """
    with archive.reading() as tx:
        package = get(tx, actor, package_id)
        if package.size is not None:
            return _progress(tx, package)
        waiting = [(item.position, item.asset_id, item.preset) for item in _waiting(tx, package_id)]
    close = close or archive.clock() - package.made_at > PATIENCE
    deadline = time.monotonic() + seconds
    turn = random.randrange(len(waiting)) if len(waiting) > PORTION else 0  # nobody is always the last
    for some in chunked([*waiting[turn:], *waiting[:turn]], PORTION):
        if time.monotonic() > deadline and not close:
            break
        there = ready(archive, present, [(asset_id, preset) for _place, asset_id, preset in some])
        found: list[dict[str, object]] = []
        for place, asset_id, preset in some:
            parcel = there.get((asset_id, preset))
            values = _values(archive, parcel) if parcel is not None else None
            if values is None and (close or time.monotonic() <= deadline):
                values = _fetch(archive, present, asset_id, preset, words, close)
            if values is not None:
                found.append({"place": place, **values})
        _put_down(archive, package_id, found)
    with archive.transaction() as tx:
        package = get(tx, actor, package_id)
        if package.size is None and next(iter(_waiting(tx, package_id)), None) is None:
            _lay_out(archive, tx, package, words)
        return _progress(tx, package)


def chunked(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _waiting(tx: Transaction, package_id: int) -> list[PackageItem]:
    return list(tx.scalars(
        select(PackageItem)
        .where(PackageItem.package_id == package_id, PackageItem.key.is_(None), PackageItem.reason.is_(None))
        .order_by(PackageItem.position)
    ))  # fmt: skip


def _fetch(
    archive: Archive, present: Present, asset_id: int, preset: str, words: Wording, close: bool
) -> dict[str, object] | None:
    try:
        parcel = delivering.prepare(archive, present(asset_id), asset_id, preset)
    except BeingMade:
        return {"reason": words.not_in_time} if close else None
    except (NotFound, Forbidden, Unavailable) as refusal:
        return {"reason": words.sentence(refusal)[:400]}
    return _values(archive, parcel)


def _values(archive: Archive, parcel: delivering.Parcel) -> dict[str, object]:
    return {
        "name": parcel.filename,
        "key": parcel.key,
        "untouched": parcel.store is archive.originals,
        "bytes": parcel.bytes,
        "row": list(papers.row(parcel.asset_id, parcel.caption)),
    }


def _put_down(archive: Archive, package_id: int, found: list[dict[str, object]]) -> None:
    if not found:
        return
    with archive.transaction() as tx:
        tx.execute(
            update(PackageItem),
            [{**{k: v for k, v in one.items() if k != "place"}, "package_id": package_id,
              "position": one["place"]} for one in found],
        )  # fmt: skip


def _lay_out(archive: Archive, tx: Transaction, package: Package, words: Wording) -> None:
    """Everything is there: unique names, the papers beside, the size of the whole."""
    wanted = select(PackageItem).where(PackageItem.package_id == package.id).order_by(PackageItem.position)
    everything = list(tx.scalars(wanted))
    several = len({item.preset for item in everything}) > 1
    taken: set[str] = set()
    for item in everything:
        if item.key is None:
            continue
        folder = f"{naming.slug(item.preset)}/" if several else ""
        item.name = naming.unique(folder + (item.name or "").rpartition("/")[2], taken)
        taken.add(item.name)
    rows = [(item.name or "", *(item.row or ())) for item in everything if item.key is not None]
    left = [(item.asset_id, item.reason) for item in everything if item.reason is not None]
    package.papers = [
        [words.table, papers.table(words, rows)],
        [words.readme, papers.note(words, rows, left)],
    ]
    tx.flush()
    package.size = layout_of(archive, package, everything).size
    package.stamp = secrets.token_hex(12)
    tx.flush()


def layout_of(archive: Archive, package: Package, everything: Iterable[PackageItem]) -> Layout:
    """The zip: the files that are there, then the papers."""
    entries = [Entry(item.name or "", item.bytes or 0) for item in everything if item.key is not None]
    entries += [Entry(name, len(text.encode())) for name, text in package.papers or ()]
    return Layout(entries, package.made_at.astimezone(archive.settings.zone))
