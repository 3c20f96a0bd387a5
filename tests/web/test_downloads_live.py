"""Bytes through the real web server: whole files, ranges, many at once, readers who leave in the middle."""

import io
import socket
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from dam.archive import Archive
from dam.models import Event, Role
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import tokens
from dam.services.renditions import making
from tests import material, taking
from tests.web.serving import serving


@pytest.fixture
def live(archive: Archive, event: Event, send, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A server with one photo and one clip, and an editor's key."""
    photo = taking.take_in(archive, send, material.photo(tmp_path / "a.jpg", size=(2400, 1600)), event)
    clip = taking.take_in(archive, send, material.clip(tmp_path / "b.mp4", seconds=2, size="640x360"), event)
    with archive.transaction() as tx:
        user = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "edita", "Edita", Role.EDITOR)
        _row, key = tokens.issue_token(tx, accounts.actor_of(tx, user), "test", ["read", "download"])
    with serving(archive, threads=4) as server:
        yield SimpleNamespace(address=server.address, key=key, photo=photo, clip=clip)


def _ask(
    live: SimpleNamespace, path: str, body: bytes | None = None, method: str | None = None, **headers: str
):
    headers = {"Authorization": f"Bearer {live.key}", **headers}
    if body is not None:
        headers["Content-Type"] = "application/json"
    return urllib.request.urlopen(
        urllib.request.Request(live.address + path, data=body, headers=headers, method=method), timeout=60
    )


def _stored(archive: Archive, asset_id: int, preset: str) -> bytes:
    found = making.find_or_ask(archive, asset_id, preset)
    with archive.renditions.reader(found.key) as handle:
        return handle.read()


def test_files_ranges_and_heads_arrive_as_they_are_stored(archive, live):
    whole = _stored(archive, live.clip, "mp4-720")
    path = f"/archivo/{live.clip}/mp4-720"
    assert _ask(live, path).read() == whole
    part = _ask(live, path, Range="bytes=1000-")
    assert part.status == 206 and part.read() == whole[1000:]
    some = _ask(live, path, Range="bytes=10-19")
    assert some.read() == whole[10:20] and some.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    head = _ask(live, path, method="HEAD")
    assert head.read() == b"" and int(head.headers["Content-Length"]) == len(whole)
    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(live, path, Range="bytes=0-1,3-4")
    assert refused.value.code == 416
    tag = head.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as same:
        _ask(live, path, **{"If-None-Match": tag})
    assert same.value.code == 304


def test_fifty_thumbnails_at_once_all_arrive(archive, live):
    thumb = _stored(archive, live.photo, "thumb")
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: _ask(live, f"/archivo/{live.photo}/thumb").read(), range(50)))
    assert got == [thumb] * 50


def test_readers_who_leave_in_the_middle_keep_nobody_else_from_a_zip(live):
    body = b'{"asset_ids": [%d, %d], "preset": "original"}' % (live.photo, live.clip)
    where = urlsplit(live.address)
    for _ in range(4):
        with socket.create_connection((where.hostname, where.port), timeout=30) as line:
            line.sendall(
                b"POST /api/v1/zip HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Authorization: Bearer %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                % (live.key.encode(), len(body), body)
            )
            assert line.recv(10)  # the answer begins; then we hang up
    for _ in range(20):
        try:
            whole = zipfile.ZipFile(io.BytesIO(_ask(live, "/api/v1/zip", body).read()))
            break
        except urllib.error.HTTPError as error:
            assert error.code == 503, "only because the four before are still being noticed"
            time.sleep(0.2)
    assert whole.testzip() is None and len(whole.namelist()) == 4
