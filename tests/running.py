"""A whole archive in a temporary folder, started as script/server starts it, whose parts can be killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dam import bootstrap
from dam.archive import Archive
from dam.serve import ground, kernel, ready
from dam.settings import ROOT, from_environment

T = TypeVar("T")
WORDS = {  # how each program of dam.serve.programs is recognised by its arguments
    "redis": "redis-server",
    "web": "gunicorn",
    "photos-1": "interactive,photos",
    "any-1": "interactive,photos,video",
    "indexer": "workers.indexer",
    "reconciler": "workers.reconciler",
}


def eventually(condition: Callable[[], T], seconds: float = 180.0, pause: float = 0.05) -> T:
    """The first true answer of ``condition``; AssertionError when there is none in ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(pause)
    raise AssertionError(f"{condition} did not hold within {seconds} s")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class RunningArchive:
    """``archive`` looks at the same database and stores from the test's own process."""

    def __init__(self, folder: Path) -> None:
        given = {"DAM_DATA_DIR": str(folder / "var"), "DAM_PORT": str(free_port()), "DAM_WEB_PROCESSES": "1"}
        others = {name: value for name, value in os.environ.items() if not name.startswith("DAM_")}
        self.environment = {**others, **given, "PYTHONPATH": str(ROOT)}
        self.settings = from_environment(given)
        self.log = folder / "console.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._archive: Archive | None = None

    @property
    def archive(self) -> Archive:
        if self._archive is None:
            self._archive = bootstrap.build(self.settings)
        return self._archive

    def start(self) -> None:
        with self.log.open("ab") as console:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-P", "-m", "dam.serve"],
                env=self.environment, stdout=console, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            eventually(lambda: self._up() and self.pids(), 90)
        except AssertionError as error:
            raise AssertionError(self.log.read_text()) from error

    def _up(self) -> bool:
        assert self._supervisor is not None and self._supervisor.poll() is None, self.log.read_text()
        return ready.web_answers(self.settings) and self.archive.queue.workers() >= 2

    def stop(self, seconds: float = 40.0) -> int:
        """Ask it to end, as Ctrl-C does; its exit code."""
        assert self._supervisor is not None
        self._supervisor.send_signal(signal.SIGINT)
        return self._supervisor.wait(seconds)

    def kill_supervisor(self) -> None:
        assert self._supervisor is not None
        self._supervisor.kill()
        self._supervisor.wait(10)

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self._supervisor is not None and self._supervisor.poll() is None:
            self._supervisor.terminate()
            try:
                self._supervisor.wait(40)
            except subprocess.TimeoutExpired:
                self.kill_supervisor()
        ground.end_leftovers(self.settings, patience=0.0)
        ground.clear_run_folder(self.settings)
        if self._archive is not None:
            self._archive.scribe.close()
            self._archive.database.dispose()

    def pids(self) -> dict[str, int]:
        """The direct children of the supervisor, by program name."""
        assert self._supervisor is not None
        found = {}
        for pid in kernel.children_of(self._supervisor.pid):
            words = _arguments(pid)
            for name, word in WORDS.items():
                if word in words or (words and words[0].startswith(word)):
                    found[name] = pid
        return found

    def kill(self, name: str) -> int:
        """SIGKILL to one program; the number it had."""
        pid = eventually(lambda: self.pids().get(name), 30)
        os.kill(pid, signal.SIGKILL)
        return pid

    def darkroom(self) -> int | None:
        """The warm parent below a worker, whose children read the files."""
        for name in ("photos-1", "any-1"):
            worker = self.pids().get(name)
            for child in kernel.children_of(worker) if worker else []:
                if "dam.media.darkroom" in _arguments(child):
                    return child
        return None

    def came_back(self, name: str, before: int) -> bool:
        return self.pids().get(name, before) != before

    def dam(self, *arguments: str) -> dict[str, object]:
        """One command of script/dam, and the JSON it prints."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "dam.cli", *arguments, "--json"],
            env=self.environment, capture_output=True, check=False, timeout=240,
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr.decode()
        answer: dict[str, object] = json.loads(done.stdout)
        return answer


def _arguments(pid: int) -> list[str]:
    try:
        said = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return said.replace("\0", " ").split()
