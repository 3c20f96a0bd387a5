"""The ground an archive stands on: private folders, one supervisor a data folder, its port, no left-overs."""

import errno
import fcntl
import os
import shutil
import signal
import socket
import stat
import time
from pathlib import Path
from typing import TextIO

from dam.errors import Conflict, Unavailable
from dam.serve import kernel
from dam.serve.programs import redis_dir
from dam.settings import Settings

MARK = "DAM_SUPERVISED"  # in the environment of everything that was started, with the data folder


def make_folders(settings: Settings) -> None:
    """The data folder and what the supervisor itself needs, readable by this account only."""
    os.umask(0o077)
    for folder in (settings.data_dir, settings.run_dir, logs_dir(settings), redis_dir(settings)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keep_private(folder)


def keep_private(folder: Path) -> None:
    """Raises Unavailable when the folder belongs to somebody else (a trap laid in /tmp, for example)."""
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode):
        found = folder.stat()
    if found.st_uid != os.getuid():
        raise Unavailable(f"{folder} belongs to another account. Set DAM_DATA_DIR to a folder of your own.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def logs_dir(settings: Settings) -> Path:
    return settings.data_dir / "logs"


def claim(settings: Settings) -> TextIO:
    """Hold the data folder for as long as the answer is open. Raises Conflict when somebody else does."""
    handle = (settings.data_dir / "supervisor.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        handle.close()
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise Conflict(f"This archive is running already: {owner}, data in {settings.data_dir}.") from error
    handle.truncate(0)
    handle.write(f"{settings.address}, process {os.getpid()}\n")
    handle.flush()
    return handle


def holder(settings: Settings) -> str | None:
    """Address and process of the supervisor that holds the data folder; None when the archive does not run
    on this machine."""
    lock = settings.data_dir / "supervisor.lock"
    try:
        with lock.open(encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return lock.read_text(encoding="utf-8").strip() or "unknown"
    return None


def listen(settings: Settings) -> socket.socket:
    """The address people open. Raises Unavailable, in words, when it is taken or not ours."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    try:
        listener = socket.create_server((settings.bind, settings.port), family=family, backlog=1024)
        # Connections inherit it. Without it an answer's body waits 40 ms for the browser to confirm its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        where = f"Port {settings.port} of {settings.bind}"
        if error.errno == errno.EADDRINUSE:
            why = "is taken by another program. Choose another with DAM_PORT, or end that program."
        elif error.errno == errno.EACCES:
            why = "may only be opened by root. Choose a DAM_PORT of 1024 or more, and a proxy in front."
        else:
            why = f"cannot be opened: {error.strerror}. Is DAM_BIND an address of this machine?"
        raise Unavailable(f"{where} {why}") from error


def end_leftovers(settings: Settings, patience: float = 5.0) -> int:
    """End what a killed supervisor of this very data folder left behind. How many there were."""
    found = kernel.started_with(MARK, str(settings.data_dir))
    deadline = time.monotonic() + patience
    number = signal.SIGTERM
    left = found
    while left:
        for pid in left:
            _send(pid, number)
        time.sleep(0.2)
        left = kernel.started_with(MARK, str(settings.data_dir))
        number = signal.SIGKILL if time.monotonic() > deadline else 0
    return len(found)


def empty_temporary_folder(settings: Settings) -> None:
    """What killed processes left in it; nobody works here before the programs are started."""
    folder = settings.run_dir / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True, mode=0o700)
    for left in settings.uploads_dir.glob("visit-*"):  # half-made renditions (dam.services.ingest.processing)
        shutil.rmtree(left, ignore_errors=True)


def clear_run_folder(settings: Settings) -> None:
    """Sockets and temporary files serve nobody once everything has ended."""
    shutil.rmtree(settings.run_dir, ignore_errors=True)


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
