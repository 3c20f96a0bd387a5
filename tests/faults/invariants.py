"""What must hold after every fault (TRUST, I1 to I5 and I7), in one function."""

import hashlib
from pathlib import Path

from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, IndexTicket, IngestItem, Original, Outcome, Processing, SearchRow
from dam.services import audit

ENDED = {Processing.READY, Processing.QUARANTINED, Processing.FAILED}


def unfinished(archive: Archive, batch_id: int) -> int:
    """Items of the batch that have not ended, and assets of it that finding does not know yet."""
    mine = select(IngestItem.asset_id).where(IngestItem.batch_id == batch_id)
    with archive.reading() as tx:
        items = tx.scalar(
            select(func.count())
            .select_from(IngestItem)
            .where(
                IngestItem.batch_id == batch_id,
                IngestItem.outcome.in_([Outcome.SENDING, Outcome.RECEIVED, Outcome.WORKING]),
            )
        )
        tickets = tx.scalar(
            select(func.count()).select_from(IndexTicket).where(IndexTicket.asset_id.in_(mine))
        )
    return (items or 0) + (tickets or 0)


def outcomes(archive: Archive, batch_id: int) -> dict[Outcome, int]:
    """How many items of the batch ended in which way."""
    counted = select(IngestItem.outcome, func.count()).where(IngestItem.batch_id == batch_id)
    with archive.reading() as tx:
        return {outcome: number for outcome, number in tx.execute(counted.group_by(IngestItem.outcome))}


def check(archive: Archive) -> None:
    """Raises AssertionError, naming what is broken."""
    with archive.reading() as tx:
        assets = tx.scalars(select(Asset)).all()
        originals = tx.scalars(select(Original)).all()
        known = set(tx.scalars(select(SearchRow.asset_id).where(SearchRow.gone.is_(False))))
        items = tx.scalars(select(IngestItem)).all()
        verdict = audit.verify(tx)
    with_original = {original.asset_id for original in originals}
    lent_by = {original.home_id: original.asset_id for original in originals if original.home_id}
    for original in originals:
        assert _digest(archive, original.sha256) == original.sha256, f"I1: original {original.id}"
    for asset in assets:
        if asset.processing == Processing.JOINED:
            assert lent_by.get(asset.id) == asset.joined_id, f"I2: joined asset {asset.id} lost its file"
            continue
        assert asset.id in with_original, f"I2: asset {asset.id} has no original"
        assert asset.processing in ENDED, f"I4: asset {asset.id} is {asset.processing}"
        if asset.processing == Processing.READY:
            assert asset.id in known, f"asset {asset.id} is ready and cannot be found"
        else:
            assert asset.reason_code, f"I4: asset {asset.id} is {asset.processing} without a reason"
    for item in items:
        assert item.outcome not in (Outcome.SENDING, Outcome.RECEIVED, Outcome.WORKING), f"I4: item {item.id}"
        assert item.outcome in (Outcome.READY, Outcome.DUPLICATE, Outcome.ATTACHED) or item.reason_code
    assert verdict.holds, f"I5: {verdict}"


def _digest(archive: Archive, key: str) -> str:
    digest = hashlib.sha256()
    for piece in archive.originals.open(key):
        digest.update(piece)
    return digest.hexdigest()


def picture_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and modification time of everything on a card: I7 says that it stays as it was."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
