"""Many files in one zip that begins at once: what is still being made comes last, and is waited for.

For programs and terminals. Pages put a ``packing`` together first, whose length is known.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import select
from zipstream import ZIP_STORED, ZipStream

from dam.archive import Archive
from dam.errors import DamError, Forbidden, NotFound, Unavailable
from dam.models import Role, User
from dam.services import accounts
from dam.services.access import Actor
from dam.services.delivery import delivering, naming, papers
from dam.services.delivery.papers import Wording
from dam.services.renditions import BeingMade
from storage import StoreError

MOST = 5000  # files in one zip
CHUNK = 256 * 1024
ASK_AGAIN = 1.0  # seconds of one file's flowing
LOOK_EVERY = 1.0  # seconds, while versions are being made
FRESH = 0.05  # seconds for which an account counts as just looked at
PATIENCE = 900.0  # seconds without any version becoming ready

__all__ = ["MOST", "Wording", "as_of_now", "present_account", "watch", "zip_name", "zip_stream"]


@dataclass
class _Ledger:
    """What went in and what did not, gathered while the zip flows."""

    taken: set[str] = field(default_factory=set)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    left: list[tuple[int, str]] = field(default_factory=list)


def zip_stream(
    archive: Archive,
    actor: Actor,
    asset_ids: Iterable[int],
    presets: str | Sequence[str],
    words: Wording | None = None,
    *,
    route: str = "zip",
    patience: float = PATIENCE,
) -> Iterator[bytes]:
    """The zip's bytes, made while they are read; memory stays flat. Its length is not known beforehand.

    Each asset's permission is asked when its turn comes, with the rights the account has by then, and each
    second while it flows: what may not leave any more cuts the zip. What is
    being made comes last: it is waited for as long as something becomes ready within ``patience`` seconds.
    What may not leave, is not ready, or is missing is named in the note with its reason. Nothing is
    compressed: photos and clips are already. A store that fails raises StoreError, which cuts the zip
    visibly short.
    """
    words = words or Wording()
    ledger = _Ledger()
    stream = ZipStream(compress_type=ZIP_STORED)
    formats = [presets] if isinstance(presets, str) else list(dict.fromkeys(presets))
    waiting = [(asset_id, preset) for asset_id in dict.fromkeys(asset_ids) for preset in formats]
    last = time.monotonic()
    while waiting:
        again: list[tuple[int, str]] = []
        for asset_id, preset in waiting:
            late = time.monotonic() - last > patience
            try:
                parcel, handle = _next(archive, actor, asset_id, preset, route)
            except BeingMade as soon:
                if late or not _somebody_works(archive):
                    ledger.left.append((asset_id, words.sentence(soon)))
                else:
                    again.append((asset_id, preset))
                continue
            except (NotFound, Forbidden, Unavailable) as refusal:
                ledger.left.append((asset_id, words.sentence(refusal)))
                continue
            except KeyError:
                ledger.left.append((asset_id, words.file_missing))
                continue
            with handle:
                folder = f"{naming.slug(preset)}/" if len(formats) > 1 else ""
                name = naming.unique(folder + parcel.filename, ledger.taken)
                ledger.taken.add(name)
                ledger.rows.append((name, *papers.row(parcel.asset_id, parcel.caption)))
                still = watch(archive, actor, asset_id, preset)
                stream.add(_chunks(handle, parcel, still), name, size=parcel.bytes)
                yield from stream.file()
            last = time.monotonic()
        waiting = again
        if waiting:
            time.sleep(LOOK_EVERY)
    stream.add(papers.table(words, ledger.rows).encode("utf-8"), words.table)
    stream.add(papers.note(words, ledger.rows, ledger.left).encode("utf-8"), words.readme)
    yield from stream.finalize()


def _somebody_works(archive: Archive) -> bool:
    try:
        return archive.queue.workers() > 0
    except Unavailable:
        return False


def zip_name(archive: Archive, about: str, at: datetime | None = None) -> str:
    """acervo_2026-05-01_1840_web.zip, by the office's clock. ``about``: a preset, or a collection's name."""
    now = (at or archive.clock()).astimezone(archive.settings.zone)
    office = naming.slug(archive.settings.office_name, 24) or "acervo"
    return f"{office}_{now:%Y-%m-%d_%H%M}_{naming.slug(about, 60) or 'material'}.zip"


def _next(
    archive: Archive, actor: Actor, asset_id: int, preset: str, route: str
) -> tuple[delivering.Parcel, BinaryIO]:
    parcel = delivering.prepare(archive, as_of_now(archive, actor), asset_id, preset)
    handle = parcel.open()
    try:
        with archive.transaction() as tx:
            delivering.record(tx, actor, parcel, route)
    except BaseException:
        handle.close()
        raise
    return parcel, handle


def as_of_now(archive: Archive, actor: Actor) -> Actor:
    """The same account with the rights it has now: a long zip outlives a role. Raises Forbidden."""
    if actor.user_id is None:
        return actor
    with archive.reading() as tx:
        user = tx.get(User, actor.user_id)
        if user is None or not user.active:
            raise Forbidden("This account is closed.")
        return replace(accounts.actor_of(tx, user), only=actor.only)


def watch(archive: Archive, actor: Actor, asset_id: int, preset: str) -> Callable[[], None]:
    """What is asked again and again while a file flows: raises NotFound, Forbidden, NotReleased once it may
    not leave any more, or the account is closed."""
    return lambda: delivering.demand_still(archive, as_of_now(archive, actor), asset_id, preset)


def present_account(archive: Archive, actor: Actor) -> Callable[[int], Actor]:
    """``as_of_now`` for many files: an account that did not change since is not read whole again. A liaison's
    territory is read each time. What it answers raises Forbidden once the account is closed."""
    last: list[tuple[object, Actor]] = []
    asked_at = [0.0]

    def present(_asset_id: int) -> Actor:
        if last and time.monotonic() - asked_at[0] < FRESH:
            return last[0][1]
        asked_at[0] = time.monotonic()
        if actor.user_id is None or actor.role == Role.LIAISON:
            return as_of_now(archive, actor)
        asked = select(User.active, User.role, User.session_mark).where(User.id == actor.user_id)
        with archive.reading() as tx:
            row = tx.execute(asked).first()
        if not last or last[0][0] != row:
            last[:] = [(row, as_of_now(archive, actor))]
        return last[0][1]

    return present


def _chunks(handle: BinaryIO, parcel: delivering.Parcel, still: Callable[[], None]) -> Iterator[bytes]:
    left, asked = parcel.bytes, time.monotonic()
    while piece := handle.read(CHUNK):
        left -= len(piece)
        yield piece
        if time.monotonic() - asked >= ASK_AGAIN:
            try:
                still()
            except DamError as refusal:
                raise StoreError(f"{parcel.filename} may not leave any more: {refusal}") from refusal
            asked = time.monotonic()
    if left:
        raise StoreError(f"{parcel.key} has another length than the archive remembers.")
