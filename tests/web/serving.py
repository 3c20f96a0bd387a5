"""The real web server on a free port of this machine, for tests that speak HTTP over a socket."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dam.archive import Archive
from dam.models import Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import tokens

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    address: str
    pid: int

    def kill_workers(self) -> None:
        """SIGKILL to each process that serves; the one above them starts others."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)


@contextmanager
def serving(archive: Archive, *, processes: int = 1, threads: int = 8) -> Iterator[Server]:
    """gunicorn as script/server runs it, on the archive's folder; ended when the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as dam.serve.ground does
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", f"fd://{listener.fileno()}",
            "--worker-class", "gthread", "--workers", str(processes), "--threads", str(threads),
            "--graceful-timeout", "1", "--log-level", "warning",
        ],
        cwd=ROOT,
        env=os.environ | {
            "DAM_DATA_DIR": str(archive.settings.data_dir),
            "DAM_REDIS_URL": archive.settings.redis_url,
            "DAM_WEB_THREADS": str(threads),
        },
        pass_fds=[listener.fileno()],
    )  # fmt: skip
    try:
        _wait_until_it_answers(address, server)
        yield Server(address, server.pid)
    finally:
        server.terminate()
        server.wait(20)
        listener.close()


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server ended at once"
        try:
            urllib.request.urlopen(urllib.request.Request(f"{address}/tus/", method="OPTIONS"), timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def person(archive: Archive, login: str = "foto", role: Role = Role.PHOTOGRAPHER) -> tuple[User, str]:
    """An account, and a key with which a program sends files for it."""
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, login, login.title(), role)
        actor = accounts.actor_of(tx, user)
        _, key = tokens.issue_token(tx, actor, "test", ["upload"])
    return user, key
