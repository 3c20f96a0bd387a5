"""Leases: the row says that someone is at work on it, for a minute at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import and_, case, or_, update

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, Processing

LEASE = timedelta(seconds=60)
RENEW_EVERY = 20.0  # seconds


@contextmanager
def kept(archive: Archive, asset_id: int) -> Iterator[None]:
    """Renew the lease from a thread while the block runs. The first renewal comes after 20 s, so that a
    photo costs nothing."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEW_EVERY):
            with archive.transaction() as tx:
                tx.execute(
                    update(Asset)
                    .where(Asset.id == asset_id, Asset.lease_until.is_not(None))
                    .values(lease_until=archive.clock() + LEASE)
                )

    thread = threading.Thread(target=renew, name=f"lease-{asset_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def give_back_cut_work(tx: Transaction, now: datetime) -> int:
    """Before anything is started: what an earlier run left in the middle is nobody's, may be taken up at
    once, and its cut try does not count. Only where no other machine can be at work. How many there were."""
    working = Asset.processing == Processing.WORKING
    fewer = case((and_(working, Asset.attempts > 0), Asset.attempts - 1), else_=Asset.attempts)
    cut = update(Asset).where(or_(working, Asset.lease_until > now))
    return tx.execute(cut.values(lease_until=now, attempts=fewer)).rowcount
