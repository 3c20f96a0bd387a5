"""The mounted drive: what the Finder asks (replayed), what rclone does, and who is not let in."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree as xml

import pytest
from flask import Flask

from dam.archive import Archive
from dam.models import Delivery, Role
from dam.services import accounts, collections, mounting
from dam.services.accounts import tokens
from tests import material, taking
from tests.web.serving import serving

DAV = "{DAV:}"
FINDER = "WebDAVFS/3.0.0 (03008000) Darwin/22.6.0 (x86_64)"
# As the Finder's WebDAVFS asks, on mounting and on opening a folder.
QUOTA = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n'
    b"<D:quota-available-bytes/>\n"
    b"<D:quota-used-bytes/>\n<D:quota/>\n<D:quotaused/>\n</D:prop>\n</D:propfind>\n"
)
LISTING = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:">\n<D:prop>\n'
    b"<D:getlastmodified/>\n"
    b"<D:getcontentlength/>\n<D:creationdate/>\n<D:resourcetype/>\n</D:prop>\n</D:propfind>\n"
)
LOCKING = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:lockinfo xmlns:D="DAV:">\n'
    b"<D:lockscope><D:exclusive/></D:lockscope>\n<D:locktype><D:write/></D:locktype>\n"
    b"<D:owner>\n<D:href>http://www.apple.com/webdav_fs/</D:href>\n</D:owner>"
    b"\n</D:lockinfo>\n"
)
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def photos(archive: Archive, event, send, tmp_path) -> list[int]:
    ids = [
        taking.take_in(archive, send, material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
        for seed in (1, 2)
    ]
    for asset_id in ids:
        taking.change(archive, asset_id, review="approved")
    return ids


@pytest.fixture
def password(archive: Archive, make_user, photos) -> Callable[[Role], tuple[str, str]]:
    """An application password of an account with that role; the editor has a collection."""

    def _make(role: Role = Role.EDITOR) -> tuple[str, str]:
        user = make_user(role)
        with archive.transaction() as tx:
            actor = accounts.actor_of(tx, accounts.get_user(tx, user.id))
            if role == Role.EDITOR:
                made = collections.create(tx, actor, "Campaña: otoño/invierno")
                collections.add(tx, actor, made.id, photos)
            _row, text = tokens.issue_token(tx, actor, "Finder", ["mount"])
        return user.login, text

    return _make


def _basic(login: str, text: str) -> dict[str, str]:
    told = base64.b64encode(f"{login}:{text}".encode()).decode()
    return {"Authorization": f"Basic {told}", "User-Agent": FINDER}


def _names(answer) -> list[str]:
    tree = xml.fromstring(answer.data)
    return [response.findtext(f"{DAV}href") for response in tree.findall(f"{DAV}response")]


def test_what_the_finder_asks_on_mounting_is_answered(app: Flask, password):
    client, headers = app.test_client(), _basic(*password())
    asked = client.open("/dav/", method="OPTIONS", headers=headers, environ_overrides=HERE)
    assert asked.status_code == 200 and asked.headers["DAV"] == "1"  # one: mounted read-only, no locks wanted
    root = client.open(
        "/dav/", method="PROPFIND", headers=headers | {"Depth": "0"}, data=QUOTA, environ_overrides=HERE
    )
    assert root.status_code == 207 and _names(root) == ["/dav/"]
    listed = client.open(
        "/dav/", method="PROPFIND", headers=headers | {"Depth": "1"}, data=LISTING, environ_overrides=HERE
    )
    assert _names(listed) == ["/dav/", "/dav/Colecciones/", "/dav/Eventos/"]
    for notes in ("._.", ".DS_Store", ".hidden", "._Colecciones", ".metadata_never_index", "Contents"):
        missing = client.open(
            f"/dav/{notes}", method="PROPFIND", headers=headers | {"Depth": "0"}, data=LISTING,
            environ_overrides=HERE,
        )  # fmt: skip
        assert missing.status_code == 404, notes


def test_folders_of_collections_and_events_lead_to_files(app: Flask, password, archive, photos):
    client, headers = app.test_client(), _basic(*password())

    def _look(path: str):
        return client.open(
            path, method="PROPFIND", headers=headers | {"Depth": "1"}, data=LISTING, environ_overrides=HERE
        )

    shelf = _names(_look("/dav/Colecciones/"))
    assert shelf[1:] == ["/dav/Colecciones/Campa%C3%B1a%20oto%C3%B1o%20invierno/"]
    decomposed = "/dav/Colecciones/Campan%CC%83a%20oton%CC%83o%20invierno/"  # as macOS writes names
    assert len(_names(_look(decomposed))) == 3
    originals = _look(shelf[1] + "Originales/")
    sizes = [
        int(one.text) for one in xml.fromstring(originals.data).iter(f"{DAV}getcontentlength") if one.text
    ]
    assert len(sizes) == 2 and min(sizes) > 1000
    assert _names(_look("/dav/Eventos/"))[1:] == ["/dav/Eventos/2026/"]
    day = _names(_look("/dav/Eventos/2026/"))[1:]
    assert day == ["/dav/Eventos/2026/2026-05-01%20Mitin%20en%20Toluca/"]
    file = _names(_look(day[0] + "Originales/"))[1]
    assert file.endswith("2026-05-01_toluca_mitin_0001_original.jpg")
    whole = client.get(file, headers=headers, environ_overrides=HERE)
    assert len(whole.data) == sizes[0] and whole.headers["X-Content-Type-Options"] == "nosniff"
    part = client.get(file, headers=headers | {"Range": "bytes=100-199"}, environ_overrides=HERE)
    assert part.status_code == 206 and part.data == whole.data[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{sizes[0]}"
    head = client.head(file, headers=headers, environ_overrides=HERE)
    assert head.headers["Content-Length"] == str(sizes[0])
    with archive.reading() as tx:
        assert [(one.asset_id, one.route) for one in tx.query(Delivery)] == [(photos[0], "drive")]


@pytest.mark.parametrize(
    ("method", "status"),
    [("PUT", 403), ("DELETE", 403), ("MKCOL", 403), ("LOCK", 403), ("MOVE", 403), ("COPY", 403),
     ("PROPPATCH", 403), ("UNLOCK", 405), ("POST", 405), ("SEARCH", 405)],
)  # fmt: skip
def test_nothing_is_changed_by_this_door(app: Flask, password, method, status):
    client, headers = app.test_client(), _basic(*password())
    answer = client.open(
        "/dav/Colecciones/._x", method=method, headers=headers, data=LOCKING, environ_overrides=HERE
    )
    assert answer.status_code == status


def test_a_folder_is_never_told_whole(app: Flask, password):
    client, headers = app.test_client(), _basic(*password())
    for depth in ({"Depth": "infinity"}, {}):
        answer = client.open("/dav/", method="PROPFIND", headers=headers | depth, environ_overrides=HERE)
        assert answer.status_code == 403 and b"propfind-finite-depth" in answer.data


@pytest.mark.parametrize(
    ("asked", "headers"), [(b" " * 70_000, {}), (LISTING, {"Transfer-Encoding": "chunked"})]
)
def test_a_question_without_end_is_not_read(app: Flask, password, asked, headers):
    client, signed = app.test_client(), _basic(*password())
    answer = client.open(
        "/dav/",
        method="PROPFIND",
        headers=signed | {"Depth": "1"} | headers,
        data=asked,
        environ_overrides=HERE,
    )
    assert answer.status_code == 413


def test_only_an_application_password_of_ones_own_opens_it(app: Flask, archive, password, make_user):
    client = app.test_client()
    login, text = password()
    assert client.get("/dav/", environ_overrides=HERE).status_code == 401
    other = make_user(Role.EDITOR)
    with archive.transaction() as tx:
        actor = accounts.actor_of(tx, accounts.get_user(tx, other.id))
        _row, plain_key = tokens.issue_token(tx, actor, "api", ["read", "download"])
    for name, said in ((login, "nopales con queso"), (other.login, text), (other.login, plain_key)):
        answer = client.get("/dav/", headers=_basic(name, said), environ_overrides=HERE)
        assert answer.status_code == 401 and "Basic" in answer.headers["WWW-Authenticate"]
    # and it opens nothing else
    assert client.get("/api/v1/assets", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    with archive.transaction() as tx:
        user = accounts.find_user(tx, login)
        tokens.revoke_token(tx, accounts.actor_of(tx, user), tokens.tokens_of(tx, user.id)[0].id)
    assert client.get("/dav/", headers=_basic(login, text), environ_overrides=HERE).status_code == 401


def test_a_password_travels_only_over_https_or_within_this_machine(app: Flask, password):
    client, headers = app.test_client(), _basic(*password())
    far = {"REMOTE_ADDR": "192.0.2.7"}
    plain = client.open("/dav/", method="OPTIONS", headers=headers, environ_overrides=far)
    assert plain.status_code == 403 and "WWW-Authenticate" not in plain.headers
    behind = headers | {"X-Forwarded-For": "192.0.2.7"}  # a proxy that nobody told us to trust
    assert client.open("/dav/", method="OPTIONS", headers=behind, environ_overrides=HERE).status_code == 403
    tls = client.open(
        "/dav/", method="OPTIONS", headers=headers, base_url="https://localhost", environ_overrides=far
    )
    assert tls.status_code == 200


def test_guessing_is_stopped(app: Flask, password):
    client = app.test_client()
    login, text = password()
    for _ in range(20):
        client.get("/dav/", headers=_basic(login, "wrong"), environ_overrides=HERE)
    assert client.get("/dav/", headers=_basic(login, text), environ_overrides=HERE).status_code == 429


@pytest.mark.parametrize("state", ["embargo_until", "withdrawn_at", "deleted_at"])
def test_what_may_not_be_taken_does_not_stand_there(app: Flask, password, archive, photos, state):
    client, headers = app.test_client(), _basic(*password())
    taking.change(archive, photos[0], **{state: archive.clock() + timedelta(days=1)})
    folder = "/dav/Eventos/2026/2026-05-01%20Mitin%20en%20Toluca/Originales/"
    answer = client.open(
        folder, method="PROPFIND", headers=headers | {"Depth": "1"}, data=LISTING, environ_overrides=HERE
    )
    assert len(_names(answer)) == 2 and [name for name in _names(answer) if "_0001_" in name] == []
    name = f"{folder}2026-05-01_toluca_mitin_0001_original.jpg"
    assert client.get(name, headers=headers, environ_overrides=HERE).status_code == 404


def test_what_is_withdrawn_after_the_folder_was_told_is_not_read(app: Flask, password, archive, photos):
    client, headers = app.test_client(), _basic(*password())
    folder = "/dav/Eventos/2026/2026-05-01%20Mitin%20en%20Toluca/Originales/"
    listed = client.open(
        folder, method="PROPFIND", headers=headers | {"Depth": "1"}, data=LISTING, environ_overrides=HERE
    )
    file = _names(listed)[1]
    taking.change(archive, photos[0], withdrawn_at=archive.clock())
    assert client.get(file, headers=headers, environ_overrides=HERE).status_code in (403, 404)


def test_a_viewer_mounts_no_originals(app: Flask, password):
    client, headers = app.test_client(), _basic(*password(Role.VIEWER))
    folder = "/dav/Eventos/2026/2026-05-01%20Mitin%20en%20Toluca/"
    listed = client.open(
        folder, method="PROPFIND", headers=headers | {"Depth": "1"}, data=LISTING, environ_overrides=HERE
    )
    assert [name for name in _names(listed) if "Originales" in name] == []
    assert client.open(
        folder + "Originales/", method="PROPFIND", headers=headers | {"Depth": "1"}, environ_overrides=HERE
    ).status_code == 404  # fmt: skip


@pytest.mark.skipif(shutil.which("rclone") is None, reason="rclone is not installed")
def test_rclone_lists_and_reads_by_range(archive: Archive, password, photos, tmp_path):
    login, text = password()
    with serving(archive) as server:
        hidden = subprocess.run(
            ["rclone", "obscure", text], capture_output=True, text=True, check=True
        ).stdout
        remote = f":webdav,url='{server.address}/dav',vendor=other,user='{login}',pass='{hidden.strip()}':"

        def _rclone(*said: str) -> bytes:
            ran = subprocess.run(
                ["rclone", "--config", "/dev/null", "--retries", "1", *said], capture_output=True, timeout=60,
                check=False,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stderr.decode()
            return ran.stdout

        assert _rclone("lsf", remote).decode().split() == ["Colecciones/", "Eventos/"]
        folder = "Eventos/2026/2026-05-01 Mitin en Toluca/Originales"
        names = _rclone("lsf", f"{remote}{folder}").decode().splitlines()
        assert len(names) == 2
        whole = _rclone("cat", f"{remote}{folder}/{names[0]}")
        assert (
            _rclone("cat", "--offset", "500", "--count", "100", f"{remote}{folder}/{names[0]}")
            == whole[500:600]
        )
        refused = subprocess.run(
            ["rclone", "--config", "/dev/null", "--retries", "1", "copyto", __file__, f"{remote}x.py"],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert refused.returncode != 0


def test_a_name_that_is_no_utf_8_is_no_file_of_ours(app: Flask, password):
    client, headers = app.test_client(), _basic(*password())
    for path in ("/dav/\xff\xfe", "/dav/Colecciones/\xe9", "/dav/\xed\xa0\x80/x"):  # as WSGI hands them on
        for method in ("OPTIONS", "PROPFIND", "GET", "HEAD"):
            asked = headers | ({"Depth": "1"} if method == "PROPFIND" else {})
            given = HERE | {"PATH_INFO": path}
            answer = client.open("/dav/x", method=method, headers=asked, environ_overrides=given)
            assert answer.status_code == 404, (method, path)


def test_a_range_that_is_none_gives_the_whole_file(app: Flask, password):
    client, headers = app.test_client(), _basic(*password())
    folder = "/dav/Colecciones/Campa%C3%B1a%20oto%C3%B1o%20invierno/Originales/"
    listed = client.open(folder, method="PROPFIND", headers=headers | {"Depth": "1"}, environ_overrides=HERE)
    file = _names(listed)[1]
    whole = client.get(file, headers=headers, environ_overrides=HERE).data
    for odd in ("bytes=9-1", "junk", "lines=1-2", "bytes=0-1,4-5"):  # RFC 9110, 14.2
        answer = client.get(file, headers=headers | {"Range": odd}, environ_overrides=HERE)
        assert (answer.status_code, answer.data == whole) == (200, True), odd


def test_a_version_that_says_something_else_is_newer(archive, event, photos):
    folder = mounting.Folder(None, event.id, "web-2048")
    actor = taking.people(archive)["editor"]
    before = mounting.files_of(archive, actor, folder)[0]
    taking.change(archive, photos[0], caption="Otra cosa")
    after = mounting.files_of(archive, actor, folder)[0]
    assert after.tag != before.tag
    assert after.changed_at > before.changed_at, "a program that asks by date would keep the old caption"
