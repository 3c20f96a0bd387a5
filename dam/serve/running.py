"""One program under watch: started, ended, started again a little later each time."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from dam.serve import kernel, logs
from dam.serve.programs import Program

FIRST_PAUSE = 0.5  # seconds before the first new start; doubled each time
LONGEST_PAUSE = 30.0
SETTLED = 20.0  # seconds alive after which the pauses begin anew


class Running:
    """The current process of one program, if there is one."""

    def __init__(
        self, program: Program, folder: Path, logs_dir: Path, environment: Mapping[str, str]
    ) -> None:
        self.program = program
        self.ends = 0  # in a row, each soon after its start
        self.due = 0.0  # time.monotonic() of the next start
        self.pid: int | None = None
        self._folder = folder
        self._logs = logs_dir
        self._environment = {**environment, **dict(program.environment)}
        self._process: subprocess.Popen[bytes] | None = None
        self._since = 0.0

    def start(self, socket_descriptor: int | None = None) -> None:
        """In a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone."""
        passed = (socket_descriptor,) if self.program.passes_socket and socket_descriptor is not None else ()
        parent = os.getpid()
        program = self.program

        def prepare() -> None:
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            kernel.end_with(parent, program.death_signal)
            os.nice(program.nice)

        with logs.open_log(self._logs, program.name) as log:
            self._process = subprocess.Popen(
                program.argv,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=passed,
                preexec_fn=prepare,  # the supervisor has one thread only
            )
        self.pid = self._process.pid
        self._since = time.monotonic()

    def ended(self, status: int) -> None:
        """The process was reaped with the wait ``status``: plan the next start."""
        if self._process is not None:
            self._process.returncode = os.waitstatus_to_exitcode(status)
        self._process = self.pid = None
        now = time.monotonic()
        self.ends = 1 if now - self._since > SETTLED else self.ends + 1
        self.due = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.ends - 1))

    def send(self, number: int) -> None:
        """A signal to the process, if it is still there (it is ours until it is reaped)."""
        if self.pid is not None:
            os.kill(self.pid, number)
