"""The reconciler: ``python -m workers.reconciler``. Sends again what stopped, finishes stranded uploads,
and once an hour clears what has expired."""

import logging
import signal
import sys
import threading
import time

from dam.archive import Archive
from dam.bootstrap import build
from dam.errors import Unavailable
from dam.services import bin, searches
from dam.services.framing import looking
from dam.services.ingest import reconciling, upload_upkeep
from dam.services.renditions import wishing
from dam.settings import from_environment
from storage import StoreError

EVERY = 10.0  # seconds
HOURLY = 3600.0

log = logging.getLogger("reconciler")


def run(archive: Archive, stop: threading.Event) -> None:
    """Until ``stop`` is set. A part that is away is named in the log and asked again next time."""
    cleared, looked = float("-inf"), 0
    while not stop.wait(EVERY):
        try:
            upload_upkeep.finish_stranded(archive)
            sent = reconciling.resend(archive)
            if sent:
                log.info("%d stopped jobs were sent again", sent)
            wishing.resend(archive)
            looked = looking.send_the_rest(archive, looked)
            if time.monotonic() - cleared > HOURLY:
                upload_upkeep.expire(archive)
                upload_upkeep.abandon(archive)
                upload_upkeep.sweep(archive)
                bin.empty(archive)
                with archive.transaction() as tx:
                    searches.forget_old(tx, archive.clock())
                cleared = time.monotonic()
        except (Unavailable, StoreError) as error:
            log.warning("%s", error)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(build(from_environment()), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
