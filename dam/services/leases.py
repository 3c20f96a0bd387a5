"""Leases: the row says that someone is at work on it, for a minute at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import update

from dam.archive import Archive
from dam.models import Asset

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
