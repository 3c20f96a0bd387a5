"""The supervisor with small programs: shell loops and sleeps, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dam.serve import kernel
from dam.settings import ROOT

DRIVER = """
import sys
from pathlib import Path
from dam.serve.programs import Program
from dam.serve.supervisor import Supervisor, say
folder = Path(sys.argv[1])
programs = [Program(f"p{n}", ("/bin/sh", "-c", line), grace=1.0) for n, line in enumerate(sys.argv[2:])]
supervisor = Supervisor(folder, folder, {"PATH": "/usr/bin:/bin", "TEST_MARK": str(folder)}, None)
try:
    supervisor.start(programs)
    say("up")
    supervisor.watch()
finally:
    supervisor.stop()
"""


def eventually(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def alive(folder: Path) -> list[int]:
    """Everything that was started below ``folder``, dead ones left out."""
    return [pid for pid in kernel.started_with("TEST_MARK", str(folder)) if _running(pid)]


def _running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(*lines: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path), *lines],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout.readline().endswith("up\n")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()
    for pid in alive(tmp_path):
        os.kill(pid, signal.SIGKILL)


def test_a_program_that_was_killed_is_started_again(supervise, tmp_path):
    supervise("echo $$ >>starts; exec sleep 1000")
    first = eventually(lambda: (tmp_path / "starts").exists() and (tmp_path / "starts").read_text().split())
    os.kill(int(first[0]), signal.SIGKILL)
    pids = eventually(lambda: len(found := (tmp_path / "starts").read_text().split()) == 2 and found)
    assert pids[0] != pids[1]


def test_what_a_killed_program_left_running_is_ended_too(supervise, tmp_path):
    supervise("setsid sleep 1000 & echo $! >child; echo $$ >parent; wait")
    child = int(eventually(lambda: (tmp_path / "parent").exists() and (tmp_path / "child").read_text()))
    os.kill(int((tmp_path / "parent").read_text()), signal.SIGKILL)
    eventually(lambda: not _running(child))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_that_was_started_and_nothing_else(supervise, tmp_path, number):
    bystander = subprocess.Popen(["sleep", "1000"])
    try:
        process = supervise("exec sleep 1000", "setsid sh -c 'setsid sleep 1000 & wait' & sleep 1000")
        eventually(lambda: len(alive(tmp_path)) >= 4)
        process.send_signal(number)
        assert process.wait(20) == 0
        assert alive(tmp_path) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_program_that_will_not_end_is_ended_after_its_grace(supervise, tmp_path):
    process = supervise("trap '' TERM; touch deaf; while :; do sleep 1; done")
    eventually(lambda: (tmp_path / "deaf").exists())
    process.terminate()
    assert process.wait(20) == 0
    assert alive(tmp_path) == []


def test_programs_die_with_a_supervisor_that_is_killed(supervise, tmp_path):
    process = supervise("exec sleep 1000", "exec sleep 1000")
    eventually(lambda: len(alive(tmp_path)) == 2)
    process.kill()
    eventually(lambda: alive(tmp_path) == [])


def test_a_program_that_keeps_ending_is_named_with_its_last_words(supervise, tmp_path):
    process = supervise("echo the disk is upside down; exit 7")
    said = eventually(lambda: (line := process.stdout.readline()) and "upside down" in line and line)
    assert said.strip() == "p0: the disk is upside down"
