"""Whatever happens to Redis or to a worker: every row that is unfinished and untouched is sent again."""

from datetime import timedelta

from sqlalchemy import and_, or_, select

from dam.archive import Archive
from dam.models import Asset, Kind, Processing
from dam.queue import Job, Lane
from dam.services.families import bursts
from dam.services.ingest.receiving import lane_of

GRACE = timedelta(seconds=10)  # a row this young is on its way
PAGE = 500

LANES = {lane: [kind for kind in Kind if lane_of(kind) == lane] for lane in (Lane.PHOTOS, Lane.VIDEO)}


def resend(archive: Archive) -> int:
    """Send again what stopped. How many jobs were sent.

    A row being worked on whose lease ran out is sent at once. A row that was only received is sent when
    its lane in the queue is empty: then the queue has forgotten it. So nothing is sent twice while a long
    queue is being worked off, and the cost does not grow with the archive. Raises Unavailable.
    """
    sent = 0
    for lane, kinds in LANES.items():
        forgotten = archive.queue.waiting(lane) == 0
        now = archive.clock()
        stopped = and_(Asset.processing == Processing.WORKING, Asset.lease_until < now)
        waiting = and_(
            Asset.processing == Processing.RECEIVED,
            Asset.lease_until.is_(None),
            Asset.created_at < now - GRACE,
        )
        with archive.reading() as tx:
            ids = tx.scalars(
                select(Asset.id)
                .where(or_(stopped, waiting) if forgotten else stopped, Asset.kind.in_(kinds))
                .order_by(Asset.id)
                .limit(PAGE)
            ).all()
        for asset_id in ids:
            archive.queue.enqueue(Job.PROCESS_ASSET, asset_id, lane)
        sent += len(ids)
    if archive.queue.waiting(Lane.PHOTOS) == 0:
        with archive.reading() as tx:
            batch_ids = bursts.forgotten(tx)
        for batch_id in batch_ids:
            archive.queue.enqueue(Job.STACK_BATCH, batch_id, Lane.PHOTOS)
    return sent
