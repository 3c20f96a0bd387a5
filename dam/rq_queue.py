"""The queue on Redis, through RQ. Knows jobs by name and never imports them."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from dam.errors import Unavailable
from dam.queue import Job, Lane

# RQ's own limit is a net below ours: the sandbox ends a file that takes too long, with a reason.
TIMEOUT = {Lane.INTERACTIVE: 30 * 60, Lane.PHOTOS: 30 * 60, Lane.VIDEO: 24 * 3600}
KEEP_FAILED = 86400  # seconds a failed job's trace stays readable in Redis


class KnownJob(RqJob):
    """A job that runs only what the archive knows: a forged one in Redis names nothing else."""

    def perform(self) -> object:
        if self.func_name not in set(Job) or len(self.args) != 1 or not isinstance(self.args[0], int):
            raise PermissionError(f"not a job of this archive: {self.func_name}")
        return super().perform()

    def restore(self, raw_data: dict[bytes, bytes]) -> None:
        """The archive's jobs name nothing to call afterwards: what stands there was not written by it."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []


class RqQueue:
    """Sends jobs as JSON: a function's name and one whole number."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = Redis.from_url(
            url,
            socket_timeout=600,
            socket_connect_timeout=5,
            health_check_interval=30,
            driver_info=None,  # each forked job would look its own version up anew, for 4 ms
        )

    def lane(self, lane: Lane) -> Queue:
        return Queue(f"dam:{lane}", connection=self.redis, serializer=JSONSerializer, job_class=KnownJob)

    def enqueue(self, job: Job, subject_id: int, lane: Lane) -> None:
        with _reaching_redis():
            self.lane(lane).enqueue_call(
                str(job),
                args=(subject_id,),
                timeout=TIMEOUT[lane],
                result_ttl=0,
                failure_ttl=KEEP_FAILED,
                # somebody waits for it, and nobody for a card's clips
                at_front=job == Job.MAKE_RENDITION and lane == Lane.VIDEO,
            )

    def workers(self, lane: Lane | None = None) -> int:
        """Workers alive now, of one lane or at all."""
        with _reaching_redis():
            if lane is None:
                return Worker.count(connection=self.redis)
            return len(Worker.all(queue=self.lane(lane)))

    def waiting(self, lane: Lane) -> int:
        """Jobs sent and not begun."""
        with _reaching_redis():
            return self.lane(lane).count

    def ping(self) -> dict[str, str]:
        """What doctor asks: version and whether jobs survive a crash and a full memory."""
        with _reaching_redis():
            server = self.redis.info("server")
            policy = self.redis.info("memory")["maxmemory_policy"]
            append = self.redis.info("persistence")["aof_enabled"]
            return {"version": server["redis_version"], "policy": policy, "append_only": str(bool(append))}


@contextmanager
def _reaching_redis() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable("The queue (Redis) does not answer. Is the archive started?") from error
