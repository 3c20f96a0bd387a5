"""The indexer: ``python -m workers.indexer``. Makes what changed searchable; there is exactly one."""

import logging
import signal
import sys
import threading
import time

from sqlalchemy.exc import OperationalError

from dam.archive import Archive
from dam.bootstrap import build
from dam.errors import Conflict, Unavailable
from dam.services import indexing
from dam.settings import from_environment

EVERY = 0.1  # seconds between looks at the pile of tickets
HEALTH = 1.0  # seconds between looks at an index to which nothing is added
QUIET = 600.0  # seconds between looks at how worn the index is
# A card's photos come in one by one, and a commit of one costs as much as a commit of ten.
GATHER = 0.8  # seconds after a commit, while more is on its way
PATIENCE = 5.0  # seconds after something was away
ANOTHER_CODE = 4  # exit: another indexer is at work

log = logging.getLogger("indexer")


def run(archive: Archive, stop: threading.Event) -> None:
    """Until ``stop`` is set: work tickets off, look again, rebuild what is damaged."""
    pause, written, healthy, looked = 0.0, 0.0, 0.0, time.monotonic()
    while not stop.wait(pause):
        try:
            pause, now = EVERY, time.monotonic()
            if not indexing.is_due(archive, gathering=now - written < GATHER) and now - healthy < HEALTH:
                continue
            done = indexing.drain(archive)
            healthy = time.monotonic()
            if done:
                written = healthy
                pause = 0.0 if done >= indexing.CHUNK else EVERY
            elif healthy - looked > QUIET:
                indexing.freshen(archive)
                looked = time.monotonic()
        except (Unavailable, OperationalError, OSError) as error:
            log.warning("The indexer waits: %s", error)
            pause = PATIENCE


def main() -> int:
    """Exit code 0 after SIGTERM or SIGINT, 4 when another indexer is at work."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = from_environment()
    try:
        with indexing.sole_indexer(settings):
            run(build(settings), stop)
    except Conflict as error:
        log.error("%s", error)
        return ANOTHER_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
