"""The tus protocol over a real socket, with a real client (tuspy) and by hand."""

import base64
import hashlib
import http.client
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from tusclient.client import TusClient

from dam.archive import Archive
from dam.models import Asset, Event, IngestItem, Original, Outcome, Role, Upload
from dam.services import ingest
from dam.services.access import Actor
from dam.services.ingest import upload_upkeep, uploads
from dam.web import make_app
from tests.web.serving import person, serving

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"


@pytest.fixture
def tus(archive: Archive, event: Event) -> Iterator[SimpleNamespace]:
    """A server, a photographer with a key, and an open batch."""
    user, key = person(archive)
    actor = Actor(user.id, user.name, user.role)
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, actor, event.id)
    headers = {"Authorization": f"Bearer {key}"}
    with serving(archive) as server:
        yield SimpleNamespace(
            archive=archive,
            address=server.address,
            server=server,
            batch=batch.id,
            headers=headers,
            user=user,
            actor=actor,
        )


@pytest.fixture
def near(archive: Archive, event: Event) -> SimpleNamespace:
    """The same without a socket, for what does not depend on one."""
    user, key = person(archive)
    actor = Actor(user.id, user.name, user.role)
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, actor, event.id)
    return SimpleNamespace(
        archive=archive,
        client=make_app(archive).test_client(),
        batch=batch.id,
        headers={"Authorization": f"Bearer {key}"},
        user=user,
        actor=actor,
    )


def ask(tus, method: str, path: str, body: bytes = b"", **headers: str) -> SimpleNamespace:
    """One request by hand; header names with underscores for dashes."""
    said = TUS | tus.headers | {name.replace("_", "-"): value for name, value in headers.items()}
    if client := getattr(tus, "client", None):
        reply = client.open(urlsplit(path).path, method=method, data=body or None, headers=said)
        return SimpleNamespace(status=reply.status_code, headers=reply.headers, text=reply.text)
    connection = http.client.HTTPConnection(urlsplit(tus.address).netloc, timeout=60)
    connection.request(method, urlsplit(path).path, body or None, said)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return SimpleNamespace(status=answer.status, headers=answer.headers, text=text)


def metadata(batch: int, path: str | bytes = "DCIM/IMG_0001.JPG", **more: str) -> str:
    values = {"batch": str(batch).encode(), "path": path if isinstance(path, bytes) else path.encode()}
    values |= {name: value.encode() for name, value in more.items()}
    return ",".join(f"{name} {base64.b64encode(value).decode()}" for name, value in values.items())


def create(tus, length: int, **meta) -> str:
    answer = ask(tus, "POST", "/tus/", Upload_Length=str(length), Upload_Metadata=metadata(tus.batch, **meta))
    assert answer.status == 201, answer.text
    return answer.headers["Location"]


def patch(tus, url: str, offset: int, body: bytes, **headers: str) -> SimpleNamespace:
    return ask(tus, "PATCH", url, body, Upload_Offset=str(offset), Content_Type=BYTES, **headers)


def stands_at(tus, url: str) -> int:
    return int(ask(tus, "HEAD", url).headers["Upload-Offset"])


def only_item(archive: Archive) -> IngestItem:
    with archive.reading() as tx:
        item = tx.scalars(select(IngestItem)).one()
        tx.expunge(item)
        return item


def stored(archive: Archive) -> list[str]:
    with archive.reading() as tx:
        return sorted(tx.scalars(select(Original.sha256)))


def wait_for(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.025)
    raise AssertionError("it never came about")


def begin(tus, url: str, said: int, sent: bytes) -> socket.socket:
    """Announce ``said`` bytes and send ``sent`` of them."""
    host, port = urlsplit(tus.address).netloc.split(":")
    wire = socket.create_connection((host, int(port)))
    lines = [f"PATCH {url} HTTP/1.1", f"Host: {host}", f"Content-Length: {said}", "Upload-Offset: 0"]
    lines += ["Tus-Resumable: 1.0.0", f"Content-Type: {BYTES}"]
    lines += [f"{name}: {value}" for name, value in tus.headers.items()]
    wire.sendall("\r\n".join([*lines, "", ""]).encode() + sent)
    return wire


def cut_off(tus, url: str, said: int, sent: bytes, *, reset: bool = False) -> None:
    """The cable is pulled in the middle."""
    wire = begin(tus, url, said, sent)
    if reset:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


# -- the way of a file ---------------------------------------------------------------------------------


def test_a_file_sent_with_tuspy_in_pieces_is_in_the_archive(tus, tmp_path: Path):
    data = os.urandom(700_000)
    file = tmp_path / "IMG_0001.JPG"
    file.write_bytes(data)
    client = TusClient(f"{tus.address}/tus/", headers=tus.headers)
    meta = {"batch": str(tus.batch), "filename": file.name}
    client.uploader(str(file), chunk_size=200_000, metadata=meta).upload()
    assert stored(tus.archive) == [hashlib.sha256(data).hexdigest()]
    assert only_item(tus.archive).outcome == Outcome.RECEIVED
    assert list(tus.archive.settings.uploads_dir.glob("*.part")) == []


def test_tuspy_with_checksums_sends_a_file(tus, tmp_path: Path):
    file = tmp_path / "IMG_0002.JPG"
    file.write_bytes(os.urandom(300_000))
    client = TusClient(f"{tus.address}/tus/", headers=tus.headers)
    meta = {"batch": str(tus.batch), "filename": file.name}
    client.uploader(str(file), chunk_size=100_000, metadata=meta, upload_checksum=True).upload()
    assert stored(tus.archive) == [hashlib.sha256(file.read_bytes()).hexdigest()]


def test_bytes_that_came_before_the_connection_was_cut_are_kept_and_the_rest_follows(tus):
    data = os.urandom(900_000)
    url = create(tus, len(data))
    cut_off(tus, url, said=len(data), sent=data[:400_000])
    wait_for(lambda: stands_at(tus, url) == 400_000)
    assert patch(tus, url, 400_000, data[400_000:]).status == 204
    assert stored(tus.archive) == [hashlib.sha256(data).hexdigest()]


def test_a_connection_that_is_reset_leaves_an_offset_that_can_be_gone_on_from(tus):
    data = os.urandom(900_000)
    url = create(tus, len(data))
    cut_off(tus, url, said=len(data), sent=data[:400_000], reset=True)
    wait_for(lambda: patch(tus, url, stands_at(tus, url), b"").status == 204)  # nobody holds it any more
    offset = stands_at(tus, url)
    assert 0 <= offset <= 400_000
    assert patch(tus, url, offset, data[offset:]).status == 204
    assert stored(tus.archive) == [hashlib.sha256(data).hexdigest()]


def test_an_upload_goes_on_after_the_server_was_killed_in_the_middle(tus):
    data = os.urandom(40_000_000)
    url = create(tus, len(data))
    wire = begin(tus, url, len(data), data[:30_000_000])
    wait_for(lambda: stands_at(tus, url) >= 16 * 1024**2)
    tus.server.kill_workers()
    wire.close()
    wait_for(lambda: _answers(tus, url))
    offset = stands_at(tus, url)
    assert 16 * 1024**2 <= offset <= 30_000_000
    assert patch(tus, url, offset, data[offset:]).status == 204
    assert stored(tus.archive) == [hashlib.sha256(data).hexdigest()]


def _answers(tus, url: str) -> bool:
    try:
        return ask(tus, "HEAD", url).status == 200
    except OSError:
        return False


def test_two_writers_at_once_the_second_is_told_to_come_again(tus):
    url = create(tus, 1000)
    wire = begin(tus, url, 1000, b"a" * 10)
    wait_for(lambda: (tus.archive.settings.uploads_dir / f"{url.rsplit('/', 1)[-1]}.part").exists())
    assert patch(tus, url, 0, b"b" * 1000).status == 423
    wire.sendall(b"a" * 990)
    assert wire.recv(100).startswith(b"HTTP/1.1 204")
    wire.close()
    assert stored(tus.archive) == [hashlib.sha256(b"a" * 1000).hexdigest()]


def test_a_wrong_checksum_throws_the_piece_away_and_a_right_one_takes_it(near):
    url = create(near, 10)
    right = base64.b64encode(hashlib.sha256(b"0123456789").digest()).decode()
    assert patch(near, url, 0, b"01234567xx", Upload_Checksum=f"sha256 {right}").status == 460
    assert stands_at(near, url) == 0
    assert patch(near, url, 0, b"0123456789", Upload_Checksum="crc32 AAAA").status == 400
    assert patch(near, url, 0, b"0123456789", Upload_Checksum=f"sha256 {right}").status == 204
    assert stored(near.archive) == [hashlib.sha256(b"0123456789").hexdigest()]


def test_a_terminated_upload_is_gone_and_its_file_says_why(near):
    url = create(near, 10)
    patch(near, url, 0, b"01234")
    assert ask(near, "DELETE", url).status == 204
    assert ask(near, "HEAD", url).status == 404
    assert (only_item(near.archive).outcome, only_item(near.archive).reason_code) == (
        Outcome.FAILED,
        "upload_cancelled",
    )
    assert list(near.archive.settings.uploads_dir.glob("*.part")) == []


def test_terminating_a_finished_upload_leaves_the_photo(near):
    url = create(near, 5)
    assert patch(near, url, 0, b"01234").status == 204
    assert ask(near, "DELETE", url).status == 204
    assert stored(near.archive) == [hashlib.sha256(b"01234").hexdigest()]
    assert only_item(near.archive).outcome == Outcome.RECEIVED


def test_first_bytes_may_come_with_the_announcement(near):
    answer = ask(near, "POST", "/tus/", b"0123", Upload_Length="6", Upload_Metadata=metadata(near.batch),
                 Content_Type=BYTES)  # fmt: skip
    assert (answer.status, answer.headers["Upload-Offset"]) == (201, "4")
    assert patch(near, answer.headers["Location"], 4, b"45").status == 204
    assert stored(near.archive) == [hashlib.sha256(b"012345").hexdigest()]


def test_a_body_without_announced_length_is_taken_in_chunks(tus):
    url = create(tus, 6)
    connection = http.client.HTTPConnection(urlsplit(tus.address).netloc)
    headers = TUS | tus.headers | {"Upload-Offset": "0", "Content-Type": BYTES}
    connection.request("PATCH", url, iter([b"01", b"23", b"45"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 204
    assert stored(tus.archive) == [hashlib.sha256(b"012345").hexdigest()]


def test_discovery_says_what_is_spoken(near):
    answer = ask(near, "OPTIONS", "/tus/")
    assert answer.status == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) >= {
        "creation",
        "checksum",
        "termination",
        "expiration",
    }
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert int(answer.headers["Tus-Max-Size"]) == near.archive.settings.upload_limit


def test_another_version_of_the_protocol_is_refused(near):
    assert ask(near, "POST", "/tus/", Tus_Resumable="0.2.2").status == 412


def test_what_a_client_means_may_stand_in_a_header(near):
    url = create(near, 5)
    answer = ask(near, "POST", url, b"01234", X_HTTP_Method_Override="PATCH", Upload_Offset="0",
                 Content_Type=BYTES)  # fmt: skip
    assert answer.status == 204
    assert ask(near, "HEAD", url, X_HTTP_Method_Override="DELETE").status == 400
    assert stands_at(near, url) == 5


def test_an_unfinished_upload_says_until_when_it_waits(near):
    url = create(near, 5)
    assert ask(near, "HEAD", url).headers["Upload-Expires"].endswith("GMT")


# -- hostile and clumsy senders ------------------------------------------------------------------------


def test_gaps_overlaps_and_replays_are_refused_with_where_the_upload_stands(near):
    url = create(near, 10)
    assert patch(near, url, 0, b"01234").status == 204
    for offset in (0, 3, 7, 10):
        answer = patch(near, url, offset, b"xx")
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "5")
    assert patch(near, url, 5, b"56789").status == 204
    assert stored(near.archive) == [hashlib.sha256(b"0123456789").hexdigest()]


def test_writing_after_the_end_changes_nothing(near):
    url = create(near, 5)
    assert patch(near, url, 0, b"01234").status == 204
    assert patch(near, url, 5, b"x").status == 413
    assert patch(near, url, 0, b"xxxxx").status == 409
    assert patch(near, url, 5, b"").status == 204
    key = hashlib.sha256(b"01234").hexdigest()
    assert b"".join(near.archive.originals.open(key)) == b"01234"


def test_more_bytes_than_announced_are_refused(tus):
    url = create(tus, 5)
    assert patch(tus, url, 0, b"0123456").status == 413
    assert stands_at(tus, url) == 0
    connection = http.client.HTTPConnection(urlsplit(tus.address).netloc)
    headers = TUS | tus.headers | {"Upload-Offset": "0", "Content-Type": BYTES}
    connection.request("PATCH", url, iter([b"0123", b"4567"]), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    assert stands_at(tus, url) == 0
    assert stored(tus.archive) == []


def test_chunks_of_one_byte_make_a_whole_file(near):
    data = b"acervo"
    url = create(near, len(data))
    for offset in range(len(data)):
        assert patch(near, url, offset, data[offset : offset + 1]).status == 204
    assert stored(near.archive) == [hashlib.sha256(data).hexdigest()]


def test_an_empty_file_is_an_outcome_with_a_reason(near):
    url = create(near, 0)
    answer = ask(near, "HEAD", url)
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("0", "0")
    item = only_item(near.archive)
    assert (item.outcome, item.reason_code) == (Outcome.QUARANTINED, "empty")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("/etc/passwd", "/etc/passwd"),
        ("C:\\fotos\\a.jpg", "C:\\fotos\\a.jpg"),
        ("a\x00b.jpg", "a␀b.jpg"),
        ("foto\u202egpj.exe", "foto\u202egpj.exe"),
        (b"a\xed\xa0\x80b.jpg", "a\\xed\\xa0\\x80b.jpg"),
        ("cafe\u0301.jpg", "cafe\u0301.jpg"),
        ("café.jpg", "café.jpg"),
        ("<script>alert(1)</script>.jpg", "<script>alert(1)</script>.jpg"),
        ("-rf", "-rf"),
        ("línea\nnueva.jpg", "línea\nnueva.jpg"),
    ],
)
def test_a_name_is_data_and_never_a_path(archive: Archive, event: Event, given, kept):
    from dam.services.ingest.upload_meta import read_metadata

    user, _ = person(archive)
    actor = Actor(user.id, user.name, user.role)
    with archive.transaction() as tx:
        batch = ingest.open_batch(tx, actor, event.id)
    before = {path for path in archive.settings.data_dir.rglob("*") if path.is_file()}
    arriving = uploads.start(archive, actor, 3, read_metadata(metadata(batch.id, given)))
    uploads.append(archive, actor, arriving.token, 0, SimpleNamespace(read=_once(b"abc")))
    with archive.reading() as tx:
        assert tx.scalars(select(IngestItem)).one().path == kept
    new = {path for path in archive.settings.data_dir.rglob("*") if path.is_file()} - before
    assert {path.name for path in new} <= {hashlib.sha256(b"abc").hexdigest()}


def _once(data: bytes) -> Callable[[int], bytes]:
    left = [data]
    return lambda size: left.pop() if left else b""


def test_a_path_of_more_than_4000_characters_keeps_its_name(near):
    create(near, 5, path="carpeta/" * 590 + "IMG_0001.JPG")
    assert len(only_item(near.archive).path) <= 4000
    assert only_item(near.archive).path.endswith("IMG_0001.JPG")


@pytest.mark.parametrize(
    "header", ["", "batch", "batch !!!", "batch MTIz", "batch LTE=", "batch MQ==,batch MQ=="]
)
def test_an_upload_without_a_batch_of_ones_own_is_refused(near, header: str):
    assert ask(near, "POST", "/tus/", Upload_Length="5", Upload_Metadata=header).status in (400, 404)


@pytest.mark.parametrize("length", ["", "-1", "1e9", "٣", "9" * 30, str(10**14)])
def test_a_length_that_cannot_be_is_refused(near, length: str):
    headers = {"Upload_Length": length} if length.isascii() else {"Upload_Length": "x"}
    assert ask(near, "POST", "/tus/", Upload_Metadata=metadata(near.batch), **headers).status in (400, 413)


def test_nobody_else_goes_on_with_an_upload_but_an_administrator_may(near):
    url = create(near, 5)
    _, key = person(near.archive, "otra")
    stranger = SimpleNamespace(client=near.client, headers={"Authorization": f"Bearer {key}"})
    assert ask(stranger, "HEAD", url).status == 404
    assert patch(stranger, url, 0, b"01234").status == 404
    assert ask(stranger, "DELETE", url).status == 404
    answer = ask(stranger, "POST", "/tus/", Upload_Length="5", Upload_Metadata=metadata(near.batch))
    assert answer.status == 403
    _, key = person(near.archive, "jefa", Role.ADMINISTRATOR)
    head = SimpleNamespace(client=near.client, headers={"Authorization": f"Bearer {key}"})
    assert patch(head, url, 0, b"01234").status == 204


def test_without_a_key_or_with_a_wrong_one_nothing_opens(near):
    nobody = SimpleNamespace(client=near.client, headers={})
    assert ask(nobody, "POST", "/tus/", Upload_Length="5").status in (400, 401, 403)
    wrong = SimpleNamespace(client=near.client, headers={"Authorization": "Bearer acervo_nothing"})
    assert ask(wrong, "POST", "/tus/", Upload_Length="5").status == 401


def test_ten_thousand_open_uploads_leave_the_next_one_as_it_was(near):
    first = create(near, 5, path="first.jpg")
    with near.archive.transaction() as tx:
        item = tx.scalars(select(IngestItem)).one()
        row = {"item_id": item.id, "user_id": near.user.id, "length": 10, "offset": 0, "meta": {}}
        row["expires_at"] = near.archive.clock().replace(year=2099)
        tx.execute(Upload.__table__.insert(), [row | {"token": f"open-{n}"} for n in range(10_000)])
    assert patch(near, first, 0, b"01234").status == 204
    url = create(near, 5, path="second.jpg")
    assert patch(near, url, 0, b"56789").status == 204
    assert upload_upkeep.finish_stranded(near.archive) == 0


def test_eight_clients_sending_the_same_file_at_once_keep_one_and_lose_none(tus):
    data = os.urandom(200_000)
    answers: list[int] = []

    def send() -> None:
        url = create(tus, len(data))
        answers.append(patch(tus, url, 0, data).status)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Senders never take the last two threads: those over the number are told to come again.
    assert set(answers) <= {204, 503} and 204 in answers
    assert stored(tus.archive) == [hashlib.sha256(data).hexdigest()]
    with tus.archive.reading() as tx:
        outcomes = tx.scalars(select(IngestItem.outcome)).all()
        assert len(tx.scalars(select(Asset)).all()) == 1
    assert outcomes.count(Outcome.RECEIVED) == 1
    assert set(outcomes) <= {Outcome.RECEIVED, Outcome.DUPLICATE}


def test_the_same_name_and_size_with_other_bytes_is_another_photo(near):
    for data in (b"one", b"two"):
        url = create(near, 3)
        assert patch(near, url, 0, data).status == 204
    assert stored(near.archive) == sorted(hashlib.sha256(data).hexdigest() for data in (b"one", b"two"))


class Drips:
    """A sender that gives one byte at a time, for ever."""

    def read(self, size: int) -> bytes:
        time.sleep(0.005)
        return b"x"


def test_a_sender_that_only_holds_a_thread_is_sent_away_and_its_bytes_are_kept(near, monkeypatch):
    monkeypatch.setattr("dam.web.uploads.STILL", 0.1)
    url = create(near, 10_000)
    said = TUS | near.headers | {"Upload-Offset": "0", "Content-Type": BYTES}
    body = {"wsgi.input": Drips(), "CONTENT_LENGTH": "10000"}
    answer = near.client.open(url, method="PATCH", headers=said, environ_overrides=body)
    assert answer.status_code == 408
    assert 0 < stands_at(near, url) < 1000


def test_senders_never_take_the_last_threads(near):
    url = create(near, 5)
    slots = near.client.application.extensions["upload_slots"]
    taken = 0
    while slots.acquire(blocking=False):
        taken += 1
    assert taken == near.archive.settings.web_threads - 2
    answer = patch(near, url, 0, b"01234")
    assert (answer.status, bool(answer.headers["Retry-After"])) == (503, True)
    assert ask(near, "HEAD", url).status == 200  # what is short is answered all the same
    slots.release()
    assert patch(near, url, 0, b"01234").status == 204


def test_a_refusal_before_a_large_body_leaves_the_server_answering(tus):
    url = create(tus, 5)
    wire = begin(tus, url, 50_000_000, b"x" * 1_000_000)
    wire.settimeout(30)
    assert wire.recv(100).startswith(b"HTTP/1.1 413")
    wire.close()
    assert patch(tus, url, 0, b"01234").status == 204
