"""What moves: the supervisor, Redis, the workers of each lane, the indexer's work."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from dam.archive import Archive
from dam.cli.checkup.finding import Finding, good, mind, wrong
from dam.errors import DamError, Unavailable
from dam.queue import Lane
from dam.rq_queue import RqQueue
from dam.search.index import IndexDamaged
from dam.serve import ground
from dam.services import status

START = "Start the archive: script/server."


def supervisor(archive: Archive) -> Iterator[Finding]:
    owner = ground.holder(archive.settings)
    if owner is None:
        yield mind("running", "The archive is not running on this machine", START)
    else:
        yield good("running", owner)


def redis(archive: Archive) -> Iterator[Finding]:
    assert isinstance(archive.queue, RqQueue)
    running = ground.holder(archive.settings) is not None
    try:
        told = archive.queue.ping()
    except Unavailable as error:
        if archive.settings.private_redis and not running:
            yield mind("redis", "The archive's own Redis runs only while the archive does", START)
        elif archive.settings.private_redis:
            yield wrong("redis", error.message, f"See {ground.logs_dir(archive.settings) / 'redis.log'}.")
        else:
            yield wrong("redis", error.message, "Check DAM_REDIS_URL and whether that Redis runs.")
        return
    said = f"Redis {told['version']}, {told['policy']}, append-only file {told['append_only']}"
    if told["policy"] != "noeviction":
        yield wrong("redis", said, "Set its maxmemory-policy to noeviction: when full it throws jobs away.")
    elif told["append_only"] != "True":
        yield mind("redis", said, "Set its appendonly to yes: a crash makes it forget jobs (resent later).")
    else:
        yield good("redis", said)
    yield from _workers(archive.queue)


def _workers(queue: RqQueue) -> Iterator[Finding]:
    listening = {lane: queue.workers(lane) for lane in Lane}
    said = ", ".join(f"{lane} {count}" for lane, count in listening.items())
    if not listening[Lane.PHOTOS]:
        yield wrong("workers", f"Nobody works on photos ({said})", "Start the archive or script/worker.")
    elif not listening[Lane.VIDEO]:
        yield wrong("workers", f"Nobody works on video ({said})", "Set DAM_ANY_WORKERS to at least 1.")
    elif listening[Lane.PHOTOS] <= listening[Lane.VIDEO]:
        advice = "Set DAM_PHOTO_WORKERS to at least 1: a photo may wait behind a clip."
        yield mind("workers", f"Every worker takes video ({said})", advice)
    else:
        yield good("workers", f"Listening by lane: {said}")


def index(archive: Archive) -> Iterator[Finding]:
    try:
        archive.index.stamp()
        waiting = status.unindexed(archive)
    except IndexDamaged as error:
        yield mind("index", error.message, "The indexer rebuilds it, or script/dam reindex.")
    except (SQLAlchemyError, DamError):
        yield mind("index", "It cannot be judged without the database", START)
    else:
        if waiting > 1000:
            yield mind("index", f"{waiting} assets wait", "If they do not become fewer: logs/indexer.log.")
        else:
            yield good("index", f"present; {waiting} assets wait to be indexed")
