"""A whole archive for a measurement: Redis, workers, indexer as real processes, and what they cost."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dam.bootstrap import build, prepare
from dam.errors import Unavailable
from dam.settings import from_environment

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Running:
    """Processes of one archive. ``cpu`` counts everything, ``spent`` what a block added."""

    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def cpu(self) -> float:
        """CPU seconds so far of every process of the tree, the finished ones included."""
        finished = resource.getrusage(resource.RUSAGE_CHILDREN)
        alive = sum(cpu_of(pid) for pid in descendants(os.getpid()))
        return finished.ru_utime + finished.ru_stime + alive

    def dam(self, *arguments: str) -> dict[str, object]:
        """Run a command of the archive and read its JSON."""
        ran = subprocess.run(
            [sys.executable, "-m", "dam.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            check=False,
        )
        if ran.returncode not in (0, 3):
            raise RuntimeError(f"dam {arguments[0]} ended with {ran.returncode}")
        return json.loads(ran.stdout)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def cpu_of(pid: int) -> float:
    """CPU seconds so far of a process and of those it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / TICK


def memory_of(pids: list[int]) -> float:
    """MB in use by these processes together, shared pages counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


@contextmanager
def running(folder: Path, workers: int) -> Iterator[Running]:
    """An empty archive in ``folder`` with ``workers`` workers, serving no pages."""
    environment = {**os.environ, "DAM_DATA_DIR": str(folder)}
    for name in ("DAM_DATABASE_URL", "DAM_REDIS_URL"):
        environment.pop(name, None)
    settings = from_environment(environment)
    archive = build(settings)
    prepare(archive)
    run = Running(environment)
    run.start(
        "redis-server", "--port", "0", "--unixsocket", str(settings.redis_socket),
        "--dir", str(settings.run_dir), "--appendonly", "yes", "--save", "",
        "--maxmemory-policy", "noeviction",
    )  # fmt: skip
    try:
        run.start(sys.executable, "-m", "workers.indexer")
        _until(lambda: settings.redis_socket.exists())
        for _ in range(workers):
            run.start(sys.executable, "-m", "workers.main")
        _until(lambda: _listening(archive, workers))
        time.sleep(1)
        yield run
    finally:
        for process in reversed(run.processes):
            process.send_signal(signal.SIGTERM)
        for process in run.processes:
            process.wait(30)
        archive.database.dispose()


def _listening(archive: object, workers: int) -> bool:
    try:
        return archive.queue.workers() >= workers  # type: ignore[attr-defined]
    except Unavailable:
        return False


def _until(ready: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():  # type: ignore[operator]
        if time.monotonic() > end:
            raise TimeoutError("the archive did not start")
        time.sleep(0.1)
