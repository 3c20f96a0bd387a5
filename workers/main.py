"""A worker: ``python -m workers.main --lanes interactive,photos``. Warms up, then works off its lanes."""

import argparse
import gc
import logging
import os
import socket
import sys
import threading
from datetime import datetime

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, worker_registration
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from dam.archive import Archive
from dam.bootstrap import build
from dam.queue import Job, Lane
from dam.rq_queue import KnownJob, RqQueue
from dam.services import borders
from dam.services.ingest import processing
from dam.settings import from_environment
from workers import current

WORKER_TTL = 30  # seconds after which the others notice that this one died
HEARTBEAT = 15.0
MAINTENANCE = 15

log = logging.getLogger("worker")


class ArchiveWorker(SimpleWorker):
    """Works in its own process: nobody's file is opened here (dam.media.sandbox forks a child for each), so a
    work-horse would guard nothing, and cost 23 ms of CPU a photo."""

    job_class = KnownJob

    def execute_job(self, job: RqJob, queue: Queue) -> None:
        """One job, while a thread tells Redis that this worker lives, however long the clip."""
        execution = self.prepare_execution(job)
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT):
                try:
                    self.maintain_heartbeats(job, execution)
                except RedisError as error:
                    log.warning("Redis does not answer the heartbeat: %s", error)

        heart = threading.Thread(target=beat, name="heartbeat", daemon=True)
        heart.start()
        try:
            self.perform_job(job, queue, execution)
        finally:
            done.set()
            heart.join()
        self.set_state(WorkerStatus.IDLE)

    def get_heartbeat_ttl(self, job: RqJob, working_time: float = 0.0) -> int:
        """Seconds until the others take a silent worker for dead."""
        return WORKER_TTL + 60

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()
        self.be_known()
        warm(current.archive())

    def be_known(self) -> None:
        """A Redis that was emptied under us has forgotten who listens."""
        if not self.connection.sismember(self.redis_workers_keys, self.key):
            self.connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self)


def warm(archive: Archive) -> None:
    """Boundaries as they are now; connections that a database may have closed meanwhile are let go."""
    with archive.reading() as tx:
        borders.warm(tx)
    archive.database.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lanes", default=",".join(Lane), help="lanes in order of preference")
    lanes = [Lane(name) for name in parser.parse_args().lanes.split(",")]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    archive = build(from_environment())
    assert isinstance(archive.queue, RqQueue)
    current.use(archive)
    for job in Job:
        __import__(job.rpartition(".")[0])
    with archive.sandbox:
        processing.rehearse(archive)
        warm(archive)
        gc.collect()
        gc.freeze()
        worker = ArchiveWorker(
            [archive.queue.lane(lane) for lane in lanes],
            connection=archive.queue.redis,
            name=f"{socket.gethostname()}.{os.getpid()}.{datetime.now():%H%M%S%f}",
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            maintenance_interval=MAINTENANCE,
            log_job_description=False,
        )
        worker.work(logging_level="INFO")
    return 0


if __name__ == "__main__":
    sys.exit(main())
