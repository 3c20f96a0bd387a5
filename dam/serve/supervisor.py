"""Keeps a set of programs running until it is told to stop; then ends all of them, and nothing else."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dam.errors import Unavailable
from dam.serve import kernel, logs
from dam.serve.programs import Program
from dam.serve.running import Running

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK = 0.5  # seconds
ROTATE_EVERY = 60.0
STUBBORN = 4  # ends in a row after which the console shows the program's last words


def say(sentence: str) -> None:
    """To the console: one line, with the time."""
    print(time.strftime("%H:%M:%S"), sentence, flush=True)


class Supervisor:
    """``run`` starts ``first`` and waits for it, starts the others, and returns after a signal.

    The process that calls must have one thread only. All pauses are seconds.
    """

    def __init__(
        self, folder: Path, logs_dir: Path, environment: dict[str, str], descriptor: int | None
    ) -> None:
        self._folder = folder
        self._logs = logs_dir
        self._environment = environment
        self._descriptor = descriptor
        self._running: list[Running] = []
        self._stop = False
        self._rotated = 0.0
        signal.pthread_sigmask(signal.SIG_BLOCK, (*STOPPING, signal.SIGCHLD))
        kernel.take_in_orphans()

    def start(self, programs: Sequence[Program]) -> None:
        """Start each. Raises Unavailable when a program is not on this machine."""
        for program in programs:
            running = Running(program, self._folder, self._logs, self._environment)
            self._running.append(running)
            self._start(running)

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Watch until ``condition`` holds. False when ``seconds`` passed or a signal to stop came."""
        deadline = time.monotonic() + seconds
        while not self._stop and time.monotonic() < deadline:
            if condition():
                return True
            self._watch(0.1)
        return False

    def watch(self) -> None:
        """Until a signal to stop comes."""
        while not self._stop:
            self._watch(TICK)

    def stop(self, names: set[str] | None = None) -> None:
        """Ask those named (or all) to end, and end whoever does not within its grace, with all children.
        A second signal from the terminal ends the waiting."""
        leaving = [each for each in self._running if names is None or each.program.name in names]
        for each in leaving:
            each.send(signal.SIGTERM)
        begun = time.monotonic()
        hurry = False
        while any(each.pid for each in leaving):
            info = signal.sigtimedwait({*STOPPING, signal.SIGCHLD}, 0.1)
            hurry = hurry or (info is not None and info.si_signo in STOPPING)
            for each in leaving:
                if hurry or time.monotonic() - begun > each.program.grace:
                    each.send(signal.SIGKILL)
            self._reap(quiet=True)
        self._running = [each for each in self._running if each not in leaving]
        self._end_strays()

    @property
    def stopping(self) -> bool:
        return self._stop

    def _watch(self, seconds: float) -> None:
        info = signal.sigtimedwait({*STOPPING, signal.SIGCHLD}, seconds)
        if info is not None and info.si_signo in STOPPING:
            self._stop = True
            return
        self._reap()
        now = time.monotonic()
        for each in self._running:
            if each.pid is None and each.due <= now:
                self._start(each)
        if now - self._rotated > ROTATE_EVERY:
            logs.rotate(self._logs)
            self._rotated = now

    def _start(self, running: Running) -> None:
        try:
            running.start(self._descriptor)
        except FileNotFoundError as error:
            raise Unavailable(f"{running.program.argv[0]} is not installed: run script/setup.") from error

    def _reap(self, *, quiet: bool = False) -> None:
        """Learn who ended, and end what it left behind."""
        ended = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            for each in self._running:
                if each.pid == pid:
                    each.ended(status)
                    ended = True
                    if not quiet:
                        self._tell(each, os.waitstatus_to_exitcode(status))
        if ended:
            self._end_strays()

    def _end_strays(self) -> None:
        """Work-horses and decoders whose parent died became our children: nobody waits for them now."""
        known = {each.pid for each in self._running}
        while strays := [pid for pid in kernel.children_of(os.getpid()) if pid not in known]:
            for pid in strays:
                os.kill(pid, signal.SIGKILL)  # ours, and not reaped: the number cannot be another's
            for pid in strays:
                os.waitpid(pid, 0)

    def _tell(self, running: Running, code: int) -> None:
        name = running.program.name
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        pause = max(0.0, running.due - time.monotonic())
        say(f"{name} {how}; it starts again in {pause:.1f} s")
        if running.ends == STUBBORN:
            for line in logs.last_words(self._logs, name):
                print(f"         {name}: {line}", file=sys.stderr, flush=True)
            say(f"{name} keeps ending; see {logs.path_of(self._logs, name)}")
