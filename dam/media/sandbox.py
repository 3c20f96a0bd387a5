"""Where strangers' files are read: the worker's side.

A ``Sandbox`` may be started before a worker forks and used in every fork and thread: each visit makes its own
connection, so no answer can reach the wrong asker. Whoever finds the warm parent dead starts it again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dam.media import tools
from dam.media.limits import Limits
from dam.media.lockdown import Protection
from dam.media.reasons import Reason, SandboxLost, Unreadable
from dam.media.recipes import Recipe
from dam.media.visit import Facts, Made, Usage, Visit
from dam.media.wire import receive_answer, send_request

START_SECONDS = 30.0
TRIES = 2


class Sandbox:
    def __init__(self, *, limits: Limits | None = None, room: str = "dam.media.darkroom") -> None:
        """Starts nothing. ``room`` is the module that is run as the warm parent."""
        self.limits = limits or Limits()
        self._room = room
        self._folder: Path | None = None
        self._owner = 0
        self._lifeline: tuple[int, int] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the warm parent (about half a second). Raises SandboxLost."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="dam-darkroom-"))
            self._lifeline = os.pipe()
            self._owner = os.getpid()
        self._start_again()

    def close(self) -> None:
        """Stop the warm parent. In a forked process it only lets go of it."""
        if self._folder is None or self._lifeline is None:
            return
        if os.getpid() == self._owner:
            with contextlib.suppress(OSError), self._connect() as link:
                send_request(link, {"verb": "stop"}, [])
                link.settimeout(5)
                link.recv(1)
            if self._process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
            shutil.rmtree(self._folder, ignore_errors=True)
        for end in self._lifeline:
            os.close(end)
        self._folder = self._lifeline = None

    def visit(self, original: Path, wanted: Sequence[Recipe], into: Path, *, name: str = "") -> Visit:
        """Read a file's facts and make the wanted renditions of its kind into ``into`` (an existing
        folder that holds none of them yet); recipes for another kind are passed over. ``name`` is for
        messages only.

        Raises Unreadable with its reason (the file's fault; nothing is left in ``into``), SandboxLost
        when the warm parent died twice under this visit (not the file's fault: try later), FileExistsError,
        OSError for an original or a folder that cannot be opened.
        """
        for recipe in wanted:
            if os.path.lexists(into / recipe.file_name):
                raise FileExistsError(17, "a rendition is already there", str(into / recipe.file_name))
        for attempt in range(TRIES):
            try:
                return self._visit(original, wanted, into)
            except (ConnectionError, EOFError) as error:
                _sweep(wanted, into)
                if attempt == TRIES - 1:
                    raise SandboxLost(
                        f"The process that reads files died while reading {name or original}."
                    ) from error
                self._start_again()
        raise AssertionError("unreachable")

    def protections(self) -> tuple[Protection, ...]:
        """What this machine's kernel really grants to a child, found by trying."""
        if self._folder is None:
            raise SandboxLost("The sandbox is not started.")
        with self._connect() as link:
            send_request(link, {"verb": "protections"}, [])
            told = receive_answer(link)
        return tuple(Protection(*line) for line in told["protections"])

    def _visit(self, original: Path, wanted: Sequence[Recipe], into: Path) -> Visit:
        if self._folder is None:
            raise SandboxLost("The sandbox is not started.")
        request = {
            "verb": "visit",
            "wanted": [asdict(r) for r in wanted],
            "seconds": self.limits.photo_seconds,
        }
        with _opened(original, os.O_RDONLY) as file, _opened(into, os.O_PATH | os.O_DIRECTORY) as folder:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Unreadable(Reason.UNKNOWN_FORMAT, "not a regular file")
            with self._connect() as link:
                send_request(link, request, [file, folder])
                link.settimeout(self.limits.video_cap_seconds + 60)
                answer = receive_answer(link)
        try:
            return _understand(answer, wanted, into)
        except Unreadable:
            _sweep(wanted, into)
            raise

    def _connect(self) -> socket.socket:
        """Raises ConnectionError when nobody answers the door."""
        assert self._folder
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.connect(str(self._folder / "door"))
        except FileNotFoundError as error:
            link.close()
            raise ConnectionRefusedError("the darkroom has no door") from error
        except OSError:
            link.close()
            raise
        return link

    def _start_again(self) -> None:
        """Under a lock that all forks share, so that one of them starts it and the others find it."""
        if self._folder is None or self._lifeline is None:
            raise SandboxLost("The sandbox is not started.")
        if not self._folder.exists():  # a long-lived worker, and somebody who tidies /tmp
            self._folder.mkdir(mode=0o700)
        if self._folder.lstat().st_uid != os.geteuid():
            raise SandboxLost("The folder of the process that reads files belongs to somebody else.")
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._answers():
                self._launch()

    def _answers(self) -> bool:
        """A dying listener may still take a connection, so that only an answer counts."""
        try:
            with self._connect() as link:
                send_request(link, {"verb": "hello"}, [])
                link.settimeout(START_SECONDS)
                return "hello" in receive_answer(link)
        except (OSError, EOFError):
            return False

    def _launch(self) -> None:
        """It holds the lifeline's reading end only: it ends when the last writer (we and our forks) has."""
        assert self._folder and self._lifeline
        door = self._folder / "door"
        door.unlink(missing_ok=True)
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                self._room,
                str(door),
                str(self._lifeline[0]),
                json.dumps(self.limits.as_dict()),
            ],
            env=_bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(self._lifeline[0],),
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not door.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise SandboxLost("The process that reads files does not start.")
            select.select([], [], [], 0.01)
        self._process = process


def _bare_environment() -> dict[str, str]:
    """Nothing of ours but where programs and this package stand. Huge pages save a child's page faults."""
    return {
        "PATH": os.environ.get("PATH", tools.PATH),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "VIPS_CONCURRENCY": "1",  # a child has one picture and one processor
    }


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC | (os.O_NONBLOCK if not flags & os.O_PATH else 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sweep(wanted: Sequence[Recipe], into: Path) -> None:
    for recipe in wanted:
        (into / recipe.file_name).unlink(missing_ok=True)


def _understand(answer: dict[str, Any], wanted: Sequence[Recipe], into: Path) -> Visit:
    """A child is not believed: names come from what was asked, lengths from the disk."""
    lines: dict[str, Any] = {}
    for line in str(answer["heard"]).split("\n"):
        letter, _, text = line.partition(" ")
        with contextlib.suppress(ValueError):
            lines[letter] = json.loads(text)
    facts = None
    try:
        facts = Facts.from_dict(lines["A"]) if "A" in lines else None
        if answer["slow"]:
            raise Unreadable(Reason.TOO_SLOW, "stopped at its time limit", facts)
        if answer["long"]:
            raise Unreadable(Reason.DECODER_FAILED, "answered without end", facts)
        if "X" in lines:
            raise FileExistsError(17, "a rendition is already there", str(into / str(lines["X"]["name"])))
        if "F" in lines:
            raise Unreadable(Reason(lines["F"]["reason"]), str(lines["F"]["detail"]), facts)
        if "V" not in lines or facts is None:
            raise _death(int(answer["code"]), facts)
        told = lines["V"]
        made = _made(told["made"], [r for r in wanted if r.kind == facts.kind], into)
        usage = Usage(answer["cpu_seconds"], answer["peak_bytes"])
        return Visit(
            facts=facts,
            made=made,
            perceptual_hash=told.get("perceptual_hash"),
            placeholder=told.get("placeholder"),
            average_color=told.get("average_color"),
            warnings=tuple(str(w)[:300] for w in told.get("warnings", ())),
            usage=usage,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(
            Reason.DECODER_FAILED, f"the child's answer makes no sense: {error}", facts
        ) from error


def _death(code: int, facts: Facts | None) -> Unreadable:
    """A child ended without an answer. A SIGKILL that was not ours is the kernel's, short of memory."""
    if code == -9:
        return Unreadable(Reason.TOO_MUCH_MEMORY, "killed by the system", facts)
    if code == -24:
        return Unreadable(Reason.TOO_SLOW, "used up its processor time", facts)
    return Unreadable(Reason.DECODER_FAILED, f"the decoder crashed ({code})", facts)


def _made(told: list[dict[str, Any]], wanted: list[Recipe], into: Path) -> tuple[Made, ...]:
    by_preset = {line["preset"]: line for line in told}
    made = []
    for recipe in wanted:
        path, line = into / recipe.file_name, by_preset.get(recipe.preset)
        if line is None:
            continue
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            raise ValueError(f"{recipe.preset} is no file")
        made.append(
            Made(
                recipe.preset, recipe.fingerprint, path, _side(line["width"]), _side(line["height"]),
                status.st_size,
                recipe.media_type, dict(line["detail"]),
            )
        )  # fmt: skip
    return tuple(made)


def _side(told: int | None) -> int | None:
    """Pixels; None for what is heard and not seen."""
    return None if told is None else int(told)
