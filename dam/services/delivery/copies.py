"""Delivered copies: a rendition with its caption inside, kept by recipe and by the digest of that caption."""

import hashlib
import json
import logging
import shutil
from dataclasses import asdict
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound, Unavailable
from dam.media.embed import Caption, NotEmbedded, Scribe
from dam.media.reasons import Unreadable
from dam.models import Delivered, MetadataPolicy
from dam.services import renditions
from dam.services.delivery import naming
from dam.services.delivery.captioning import under
from dam.services.renditions import BeingMade, RenditionFile, making
from dam.services.renditions.originals import folder

log = logging.getLogger(__name__)

LONG_WRITE = 48 * 1024 * 1024  # bytes
WRITTEN_AS = 2  # raise it when dam.media.embed writes a caption in another way: kept copies are made anew


def digest_of(caption: Caption) -> str:
    """SHA-256 of everything that will be written into the file."""
    told = json.dumps([WRITTEN_AS, asdict(caption)], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(told.encode("ascii")).hexdigest()


def find_copy(tx: Transaction, found: RenditionFile, digest: str) -> tuple[str, int] | None:
    """Key and size of the copy of this very rendition with this very caption."""
    row = tx.execute(
        select(Delivered.key, Delivered.bytes).where(
            Delivered.asset_id == found.asset_id,
            Delivered.preset == found.preset,
            Delivered.recipe == found.recipe,
            Delivered.metadata_digest == digest,
        )
    ).first()
    return (row.key, row.bytes) if row else None


def write_copy(
    archive: Archive, found: RenditionFile, caption: Caption, ceiling: int | None = None
) -> tuple[str, int]:
    """Copy the rendition, write the caption into the copy, keep it, and drop the copies it replaces. Its key
    and size in bytes. Where a long caption would break the format's ``ceiling``, the credit alone goes in.

    Two who do this at once make the same file: the second finds it there. Raises BeingMade when the rendition
    is gone, Unavailable when the caption could not be written, StoreError.
    """
    digest = digest_of(caption)
    key = f"{found.key}-{digest[:16]}"
    with folder(archive) as place:
        copy = place / f"copy.{naming.EXTENSIONS[found.media_type]}"
        try:  # made from a copy: the rendition may be the very file others are reading
            with archive.renditions.reader(found.key) as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
        except KeyError:
            making.lost(archive, found)
            raise BeingMade(making.SOON, seconds=making.ASK_AGAIN) from None
        try:
            _scribe(archive, found.bytes, copy, caption)
            if ceiling is not None and copy.stat().st_size > ceiling:
                _scribe(archive, found.bytes, copy, under(MetadataPolicy.CREDIT, caption))
        except (NotEmbedded, Unreadable) as error:
            # Without its credit nothing leaves.
            log.error("asset %d: %s %s", found.asset_id, error, error.detail)
            raise Unavailable("The credit could not be written into the file, so it stays here.") from error
        size = renditions.keep(archive, key, copy)
    row = Delivered(
        asset_id=found.asset_id,
        preset=found.preset,
        recipe=found.recipe,
        metadata_digest=digest,
        key=key,
        bytes=size,
        media_type=found.media_type,
    )
    try:
        with archive.transaction() as tx:
            _drop_superseded(tx, archive, row)
            tx.add(row)
    except IntegrityError:
        _check_kept(archive, row)
    return key, size


def _scribe(archive: Archive, size: int, copy: Path, caption: Caption) -> None:
    """A long clip is written anew as a whole: by an exiftool of its own, so that photos need not wait."""
    if size < LONG_WRITE:
        archive.scribe.write(copy, caption)
        return
    with Scribe() as own:
        own.write(copy, caption)


def _check_kept(archive: Archive, row: Delivered) -> None:
    """Someone else delivered the very same just now; or the asset is deleted: nothing stays."""
    with archive.reading() as tx:
        kept = tx.scalar(select(Delivered.id).where(Delivered.key == row.key))
    if kept is None:
        archive.renditions.delete(row.key)
        raise NotFound("There is no such material.")


def _drop_superseded(tx: Transaction, archive: Archive, row: Delivered) -> None:
    for old in tx.scalars(
        select(Delivered).where(Delivered.asset_id == row.asset_id, Delivered.preset == row.preset)
    ):
        tx.delete(old)
        if old.key != row.key:
            tx.afterwards(partial(archive.renditions.delete, old.key))
    tx.flush()
