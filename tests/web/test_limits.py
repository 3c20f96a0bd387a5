"""Attempts are counted in Redis for all processes together, and in memory while Redis is away."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from dam.archive import Archive
from dam.models import Role
from dam.web import make_app


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen]]:
    socket = tmp_path / "r.sock"
    command = [
        "redis-server",
        "--port",
        "0",
        "--unixsocket",
        str(socket),
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(200):
        if socket.exists():
            break
        time.sleep(0.02)
    yield socket, server
    server.kill()
    server.wait()


def _browser(archive: Archive, socket: Path):
    settings = replace(archive.settings, redis_url=f"unix://{socket}")
    app = make_app(replace(archive, settings=settings))
    app.config["CHECK_FORMS"] = False
    return app.test_client()


def _try(browser) -> int:
    return browser.post("/entrar", data={"login": "eva", "password": "wrong"}).status_code


def test_attempts_at_one_process_count_at_the_other(archive: Archive, make_user, redis) -> None:
    socket, _server = redis
    make_user(Role.EDITOR, "eva")
    one, other = _browser(archive, socket), _browser(archive, socket)
    assert [_try(one) for _ in range(5)] + [_try(other) for _ in range(5)] == [403] * 10
    assert _try(one) == _try(other) == 429
    assert Redis(unix_socket_path=str(socket)).keys("*") != []


def test_when_redis_goes_away_people_still_come_in_and_guessing_still_ends(archive, make_user, redis) -> None:
    socket, server = redis
    make_user(Role.EDITOR, "eva")
    browser = _browser(archive, socket)
    assert _try(browser) == 403
    server.kill()
    server.wait()
    answers = [_try(browser) for _ in range(12)]
    assert set(answers) == {403, 429} and answers[-1] == 429
    good = browser.post("/entrar", data={"login": "leo", "password": "x"})
    assert good.status_code == 403  # another name is not locked, and nothing broke
