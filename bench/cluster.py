"""A private PostgreSQL cluster in a temporary folder: for measurements, and for the tests."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

OWNER = "dam"
# Nothing of it is kept: what is written need not survive a power cut.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class Cluster:
    """A running server that listens on a socket in ``folder`` and nowhere else; ``pid`` is its process."""

    folder: Path
    pid: int

    def url(self, database: str) -> str:
        """What DAM_DATABASE_URL is to say."""
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def execute(self, *statements: str) -> None:
        """Outside any transaction, as their owner."""
        with psycopg.connect(
            host=str(self.folder), user=OWNER, dbname="postgres", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)


def programs() -> Path | None:
    """Where initdb and postgres lie (Debian keeps them out of the path), the newest; None: not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda one: int(one.parts[4]))
    return found[-1].parent if found else None


@contextmanager
def cluster(settings: dict[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster that is gone after the block. As root it runs as ``postgres`` or ``nobody``, since
    PostgreSQL refuses root. Raises FileNotFoundError where it is not installed."""
    found = programs()
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian package postgresql).")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="dam-pg-", dir="/tmp"))  # a short path: it holds the socket
    process = None
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        subprocess.run(
            [found / "initdb", "-D", folder / "data", "-U", OWNER, "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **_as(account),
        )  # fmt: skip
        chosen = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "200",
            **THROWAWAY,
            **(settings or {}),
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [found / "postgres", "-D", folder / "data", *options],
                stdout=log, stderr=log, cwd=folder, **_as(account),
            )  # fmt: skip
        started = Cluster(folder, process.pid)
        _until_it_answers(started, process)
        yield started
    finally:
        if process is not None:
            process.send_signal(signal.SIGQUIT)  # at once: nothing is to be kept
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _until_it_answers(started: Cluster, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            return started.execute("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((started.folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)
