"""Jobs by name, the lanes they travel in, and the one verb a queue has."""

from enum import StrEnum
from typing import Protocol


class Job(StrEnum):
    """Every job there is, as the dotted path of its function. A test resolves each."""

    PROCESS_ASSET = "workers.ingest.process_asset"
    STACK_BATCH = "workers.ingest.stack_batch"
    MAKE_RENDITION = "workers.renditions.make_rendition"
    LOOK_FOR_SUBJECT = "workers.renditions.look_for_subject"
    EMPTY_BIN = "workers.custody.empty_bin"


class Lane(StrEnum):
    """Someone is waiting, before photos, before video. At least one worker never takes ``VIDEO``."""

    INTERACTIVE = "interactive"
    PHOTOS = "photos"
    VIDEO = "video"


class JobQueue(Protocol):
    """Where jobs are sent. Sending the same job for the same subject twice is harmless."""

    def enqueue(self, job: Job, subject_id: int, lane: Lane) -> None:
        """Send ``job`` for one row. Raises Unavailable when the queue cannot be reached."""

    def workers(self, lane: Lane | None = None) -> int:
        """How many workers are listening now, to one lane or at all. Raises Unavailable."""

    def waiting(self, lane: Lane) -> int:
        """How many jobs were sent and not begun. Raises Unavailable."""


class MemoryQueue:
    """The twin for tests and for commands without a queue: remembers, in order, what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[Job, int, Lane]] = []

    def enqueue(self, job: Job, subject_id: int, lane: Lane) -> None:
        self.sent.append((job, subject_id, lane))

    def workers(self, lane: Lane | None = None) -> int:
        return 0

    def waiting(self, lane: Lane) -> int:
        return sum(1 for _job, _subject, sent_to in self.sent if sent_to == lane)
