"""A browser with nobody before it, and the archive it looks at: Redis, the indexer and one web process."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bench.running import descendants, memory_of
from dam.archive import Archive
from dam.models import Role
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import links
from dam.settings import ROOT

PASSWORD = "una frase larga para medir"


@dataclass
class Browser:
    """Signed in as an editor, on one connection that stays open."""

    connection: http.client.HTTPConnection
    process: int
    server: int | None = None  # of the database
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[http.client.HTTPMessage, bytes]:
        """Raises RuntimeError for anything but a page."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status >= 400:
            raise RuntimeError(f"{path} answered {answer.status}: {read[-500:]!r}")
        return answer.headers, read

    def enter(self, link: str) -> None:
        _, page = self.ask("GET", link)
        token = re.search(rb'name="csrf_token" value="([^"]+)"', page)[1].decode()
        form = {"csrf_token": token, "password": PASSWORD, "again": PASSWORD}
        self.ask("POST", link, urlencode(form))

    def page(self, query: str) -> bytes:
        return self.ask("GET", f"/buscar?{query}")[1]

    def counts(self, query: str) -> bytes:
        return self.ask("GET", f"/buscar/filtros?{query}")[1]

    def more(self, query: str, after: str) -> str:
        """The cards after a place, and where those end."""
        given = f"&{urlencode({'after': after})}" if after else ""
        return self.ask("GET", f"/buscar/mas?{query}{given}")[0]["X-Next"]

    def suggest(self, text: str) -> bytes:
        return self.ask("GET", f"/sugerir/busqueda?{urlencode({'q': text})}")[1]

    def finds(self, word: str) -> bool:
        return b"/archivo/" in self.ask("GET", f"/buscar/mas?{urlencode({'q': word})}")[1]

    def cpu(self) -> float:
        """Milliseconds of processor that the web process and the database have used so far."""
        pids = descendants(self.process) + (descendants(self.server) if self.server else [])
        tasks = (task for pid in pids for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6

    def memory(self) -> float:
        """MB of the process that answers."""
        return max(memory_of([pid]) for pid in descendants(self.process))


@contextmanager
def serving(archive: Archive, server: int | None = None) -> Iterator[Browser]:
    """Everything that finding needs, started as the supervisor does, with one process that serves."""
    settings = archive.settings
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "editora", "Editora", Role.EDITOR)
        token = links.one_time_link(tx, LOCAL_ADMINISTRATOR, user)
    environment = _environment(archive)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as dam.serve.ground does
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **more: object) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, env=environment, cwd=ROOT, **more))
        return started[-1]

    try:
        start("redis-server", "--port", "0", "--unixsocket", str(settings.redis_socket), "--save", "",
              "--dir", str(settings.run_dir), stdout=subprocess.DEVNULL)  # fmt: skip
        start(sys.executable, "-m", "workers.indexer", stderr=subprocess.DEVNULL)
        web = start(
            sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", f"fd://{listener.fileno()}",
            "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--keep-alive", "60",
            "--log-level", "warning", "--no-control-socket", pass_fds=[listener.fileno()],
        )  # fmt: skip
        browser = Browser(
            http.client.HTTPConnection("127.0.0.1", listener.getsockname()[1], timeout=120), web.pid, server
        )
        _until_it_answers(browser)
        browser.enter(f"/liga/{token}")
        yield browser
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)
        listener.close()


def _environment(archive: Archive) -> dict[str, str]:
    settings = archive.settings
    return os.environ | {
        "DAM_DATA_DIR": str(settings.data_dir),
        "DAM_DATABASE_URL": settings.database_url,
        "DAM_REDIS_URL": settings.redis_url,
    }


def _until_it_answers(browser: Browser, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            browser.ask("GET", "/healthz")
            return
        except (OSError, RuntimeError, http.client.HTTPException):
            browser.connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
