"""A worker: ``python -m workers.main --lanes interactive,photos``. Warms up, then forks one child a job."""

import argparse
import gc
import logging
import os
import socket
import sys
from datetime import datetime

from rq import Worker, worker_registration
from rq.serializers import JSONSerializer

from dam.archive import Archive
from dam.bootstrap import build
from dam.queue import Job, Lane
from dam.rq_queue import KnownJob, RqQueue
from dam.services import places
from dam.services.ingest import processing
from dam.settings import from_environment
from workers import current

WORKER_TTL = 30  # seconds after which the others notice that this one died
MAINTENANCE = 15


class ArchiveWorker(Worker):
    """Forks after the parent has everything imported and warm, with no connection carried across."""

    job_class = KnownJob

    def fork_work_horse(self, job: object, queue: object) -> None:
        current.archive().database.dispose()
        super().fork_work_horse(job, queue)

    def main_work_horse(self, job: object, queue: object) -> None:
        gc.disable()  # it lives for one job and touches no page of its parent's that it need not
        super().main_work_horse(job, queue)

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
    """Fill the caches that children inherit: compiled statements, and boundaries as they are now."""
    with archive.reading() as tx:
        places.warm(tx)
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
