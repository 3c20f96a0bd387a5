"""Outside programs: one runner, and what is installed."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dam.media.reasons import Reason, Unreadable

PATH = "/usr/local/bin:/usr/bin:/bin"
MOST_SAID = 64 * 1024


@dataclass(frozen=True)
class Tool:
    """``version`` and ``path`` are None when the program is missing; ``package`` is Debian's name for it."""

    name: str
    package: str
    version: str | None
    path: Path | None


@dataclass(frozen=True)
class Ran:
    """``said`` is the end of standard error, at most 64 kB."""

    code: int
    out: bytes
    said: str


KNOWN = (
    ("ffmpeg", "ffmpeg", ["-version"]),
    ("ffprobe", "ffmpeg", ["-version"]),
    ("exiftool", "libimage-exiftool-perl", ["-ver"]),
)


def find(name: str) -> Path | None:
    found = shutil.which(name, path=os.environ.get("PATH", PATH))
    return Path(found) if found else None


def need(name: str) -> Path:
    """Raises Unreadable(TOOL_MISSING)."""
    path = find(name)
    if path is None:
        raise Unreadable(Reason.TOOL_MISSING, name)
    return path


def installed() -> tuple[Tool, ...]:
    """Every outside program the media room uses, with its version; for `dam doctor`."""
    return tuple(_look(name, package, ask) for name, package, ask in KNOWN)


def _look(name: str, package: str, ask: list[str]) -> Tool:
    path = find(name)
    if path is None:
        return Tool(name, package, None, None)
    ran = run([str(path), *ask], seconds=20)
    first = ran.out.decode(errors="replace").splitlines()[:1]
    words = first[0].split() if first and ran.code == 0 else []
    version = words[2] if words[:2] == [name, "version"] else (words[0] if words else None)
    return Tool(name, package, version, path)


def run(
    arguments: Sequence[str],
    *,
    seconds: float,
    most_out: int = 4 * 1024 * 1024,
    own_group: bool = True,
    folder: str | None = None,
    pass_fds: Sequence[int] = (),
    before: Callable[[], None] | None = None,
) -> Ran:
    """Run a program to its end and return what it said; nothing of it is left over.

    Raises Unreadable: TOO_SLOW after ``seconds``, DECODER_FAILED when it says more than ``most_out`` bytes,
    TOOL_MISSING when it cannot be started. ``own_group=False`` leaves the killing to whoever owns the group.
    """
    try:
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_bare_environment(),
            start_new_session=own_group,
            pass_fds=pass_fds,
            preexec_fn=before,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise Unreadable(Reason.TOOL_MISSING, f"{arguments[0]}: {error.strerror}") from error
    try:
        out, said = _listen(process, time.monotonic() + seconds, most_out)
        return Ran(process.wait(), out, said.decode(errors="replace"))
    finally:
        _end(process, own_group)


def _bare_environment() -> dict[str, str]:
    """No secret of ours; few malloc arenas, which on a large machine would use up the limit of address
    space."""
    path = os.environ.get("PATH", PATH)
    return {"PATH": path, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "MALLOC_ARENA_MAX": "4"}


def _listen(process: subprocess.Popen[bytes], deadline: float, most_out: int) -> tuple[bytes, bytes]:
    assert process.stdout and process.stderr
    out, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as watch:
        watch.register(process.stdout, selectors.EVENT_READ, out)
        watch.register(process.stderr, selectors.EVENT_READ, said)
        while watch.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unreadable(Reason.TOO_SLOW, f"{Path(process.args[0]).name} did not end in time")  # type: ignore[index]
            for key, _ in watch.select(min(left, 1.0)):
                part = os.read(key.fd, 65536)
                if not part:
                    watch.unregister(key.fileobj)
                key.data.extend(part)
            del said[: -2 * MOST_SAID]
            if len(out) > most_out:
                raise Unreadable(Reason.DECODER_FAILED, "the program answered without end")
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise Unreadable(Reason.TOO_SLOW, "the program did not end in time") from error
    return bytes(out), bytes(said[-MOST_SAID:])


def _end(process: subprocess.Popen[bytes], own_group: bool) -> None:
    if process.poll() is None or own_group:
        try:
            if own_group:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except ProcessLookupError:
            pass
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
