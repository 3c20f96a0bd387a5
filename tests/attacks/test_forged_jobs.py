"""Whoever writes into Redis has the workers call nothing but the archive's own jobs."""

import json

import pytest
from redis import Redis
from rq.callbacks import execute_failure_callback, execute_success_callback
from rq.serializers import JSONSerializer
from rq.timeouts import UnixSignalDeathPenalty

from dam.queue import Job
from dam.rq_queue import KnownJob

called: list[tuple] = []


def witness(*given: object) -> None:
    called.append(given)


def _forged(function: str, *args: object) -> KnownJob:
    """As a worker reads it from a hash that somebody wrote by hand; nothing here talks to a Redis."""
    job = KnownJob("forged", connection=Redis(host="127.0.0.1", port=1), serializer=JSONSerializer)
    raw = {"created_at": "2026-05-01T00:00:00.000000Z", "data": json.dumps([function, None, args, {}])}
    for when in ("success", "failure", "stopped"):
        raw[f"{when}_callback_name"] = f"{__name__}.witness"
    raw["webhooks"] = json.dumps([{"url": "http://127.0.0.1:1/told", "job_status": "failed"}])
    job.restore({key.encode(): text.encode() for key, text in raw.items()})
    return job


@pytest.fixture(autouse=True)
def nobody_called() -> None:
    called.clear()


@pytest.mark.parametrize(
    ("function", "args"),
    [(f"{__name__}.witness", (1,)), ("os.system", ("true",)), (str(next(iter(Job))), ("1",))],
)
def test_a_job_that_is_none_of_ours_is_not_performed(function: str, args: tuple) -> None:
    with pytest.raises(PermissionError):
        _forged(function, *args).perform()
    assert called == []


def test_a_job_of_ours_brings_no_function_along_to_be_called_afterwards() -> None:
    job = _forged(str(next(iter(Job))), 1)
    execute_success_callback(job, UnixSignalDeathPenalty, None)
    execute_failure_callback(job, UnixSignalDeathPenalty, ValueError, ValueError(), None)
    assert called == [] and job.stopped_callback is None and not job.webhooks
