"""What is known of a batch's files, how far they are, and trying again."""

import hashlib
from collections.abc import Callable

import pytest

from dam.archive import Archive
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Asset, Event, IngestBatch, IngestItem, Outcome, Processing, Role
from dam.queue import Job
from dam.services import accounts, ingest
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.ingest import batches, uploads
from dam.services.ingest.batches import Fingerprint
from tests.services.test_uploads import Sends

ENDS = hashlib.sha256(b"ends").hexdigest()


@pytest.fixture
def batch(archive: Archive, event: Event) -> IngestBatch:
    with archive.transaction() as tx:
        return ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)


@pytest.fixture
def bring(archive: Archive, batch: IngestBatch) -> Callable[..., int]:
    """Send a file whole (or its first bytes only); answers its item's id."""

    def _bring(path: str, data: bytes, sent: int | None = None, into: IngestBatch = batch) -> int:
        meta = {"batch": str(into.id), "path": path, "modified": "1000", "ends_sha256": ENDS}
        arriving = uploads.start(archive, LOCAL_ADMINISTRATOR, len(data), meta)
        if sent != 0 and data:
            uploads.append(archive, LOCAL_ADMINISTRATOR, arriving.token, 0, Sends(data[:sent]))
        return arriving.item_id

    return _bring


def ask(archive: Archive, batch: IngestBatch, *files: Fingerprint, actor: Actor = LOCAL_ADMINISTRATOR):
    with archive.reading() as tx:
        return batches.recognise(tx, actor, batch.id, files)


def look(archive: Archive, batch: IngestBatch, since: int = 0, limit: int = 500) -> batches.Progress:
    with archive.reading() as tx:
        seen = batches.progress(tx, batches.get_batch(tx, LOCAL_ADMINISTRATOR, batch.id), since, limit)
        for item in seen.items:
            tx.expunge(item)
        return seen


def someone(archive: Archive, login: str, role: Role) -> Actor:
    with archive.transaction() as tx:
        return accounts.actor_of(tx, accounts.add_user(tx, LOCAL_ADMINISTRATOR, login, login, role))


def test_what_arrived_is_recognised_and_what_was_begun_goes_on(archive, batch, bring):
    bring("DCIM/a.jpg", b"aaa")
    bring("DCIM/b.jpg", b"bbb", sent=2)
    known, begun, new = ask(
        archive,
        batch,
        Fingerprint("DCIM/a.jpg", 3, 1000, ENDS),
        Fingerprint("DCIM/b.jpg", 3, 1000, ENDS),
        Fingerprint("DCIM/c.jpg", 3, 1000, ENDS),
    )
    assert (known.outcome, known.token) == (Outcome.RECEIVED, None)
    assert (begun.outcome, begun.offset) == (None, 2)
    assert begun.token
    assert (new.outcome, new.token) == (None, None)


@pytest.mark.parametrize(
    "other",
    [
        Fingerprint("DCIM/other.jpg", 3, 1000, ENDS),
        Fingerprint("DCIM/a.jpg", 4, 1000, ENDS),
        Fingerprint("DCIM/a.jpg", 3, 1001, ENDS),
        Fingerprint("DCIM/a.jpg", 3, 1000, hashlib.sha256(b"others").hexdigest()),
        Fingerprint("DCIM/a.jpg", 3, 1000, None),
    ],
)
def test_a_file_that_differs_in_anything_is_sent(archive, batch, bring, other):
    bring("DCIM/a.jpg", b"aaa")
    assert ask(archive, batch, other) == [batches.Known()]


def test_nothing_is_recognised_across_batches_but_the_same_bytes_are_a_duplicate(
    archive, event, batch, bring
):
    bring("DCIM/a.jpg", b"aaa")
    with archive.transaction() as tx:
        second = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    file = Fingerprint("DCIM/a.jpg", 3, 1000, ENDS)
    assert ask(archive, second, file) == [batches.Known()]
    bring("DCIM/a.jpg", b"aaa", into=second)
    assert ask(archive, second, file)[0].outcome == Outcome.DUPLICATE


def test_names_with_odd_letters_are_recognised(archive, batch, bring):
    for path in ("cafe\u0301.jpg", "a\x00b.jpg", "x\ud800y.jpg", "c/" * 3000 + "z.jpg"):
        kept = batches.kept_path(path)
        bring(kept, b"aaa")
        assert ask(archive, batch, Fingerprint(path, 3, 1000, ENDS))[0].outcome is not None


def test_a_question_is_bounded(archive, batch):
    with pytest.raises(Invalid):
        ask(archive, batch, *[Fingerprint("a", 1, 1, None)] * 101)


def test_only_who_opened_a_batch_asks_about_its_files(archive, batch):
    with pytest.raises(Forbidden):
        ask(archive, batch, Fingerprint("a", 1, 1, None), actor=someone(archive, "otra", Role.PHOTOGRAPHER))
    with pytest.raises(NotFound):
        ask(archive, batch, Fingerprint("a", 1, 1, None), actor=someone(archive, "lejos", Role.LIAISON))
    with pytest.raises(Forbidden):
        ask(archive, batch, Fingerprint("a", 1, 1, None), actor=someone(archive, "mira", Role.VIEWER))


def test_progress_tells_each_change_once(archive, batch, bring):
    bring("a.jpg", b"aaa")
    first = look(archive, batch)
    assert dict(first.counters) == {Outcome.RECEIVED: 1}
    assert [item.path for item in first.items] == ["a.jpg"]
    assert look(archive, batch, first.change).items == ()
    with archive.transaction() as tx:
        ingest.note(tx, first.items[0].asset_id, Outcome.READY)
    second = look(archive, batch, first.change)
    assert [(item.path, item.outcome) for item in second.items] == [("a.jpg", Outcome.READY)]
    assert (second.files, second.over, second.arrived) == (1, 1, 1)


def test_many_changes_come_in_pages_that_miss_none(archive, batch):
    with archive.transaction() as tx:
        for n in range(25):
            ingest.expect_item(tx, batch.id, f"{n}.jpg", bytes=n)
    paths, since, more = [], 0, True
    while more:
        seen = look(archive, batch, since, limit=10)
        paths += [item.path for item in seen.items]
        since, more = seen.change, seen.more
    assert paths == [f"{n}.jpg" for n in range(25)]


def test_the_number_of_files_a_sender_announced_counts_until_more_came(archive, batch, bring):
    with archive.transaction() as tx:
        batches.expect_files(tx, LOCAL_ADMINISTRATOR, batch.id, 3, 9)
    bring("a.jpg", b"aaa")
    assert look(archive, batch).files == 3
    with pytest.raises(Invalid), archive.transaction() as tx:
        batches.expect_files(tx, LOCAL_ADMINISTRATOR, batch.id, -1, 0)


def test_one_press_tries_all_that_failed_again(archive, batch, bring):
    bring("a.jpg", b"aaa")
    lost = bring("b.jpg", b"bbb", sent=0)
    with archive.transaction() as tx:
        ingest.refuse_item(tx, lost, "upload_expired")
        asset = tx.get_one(Asset, look(archive, batch).items[0].asset_id)
        asset.processing = Processing.FAILED
        ingest.note(tx, asset.id, Outcome.FAILED, "gave_up")
    archive.queue.sent.clear()
    with archive.transaction() as tx:
        assert batches.retry_failed(tx, LOCAL_ADMINISTRATOR, batch.id) == (1, 1)
    assert [(job, subject) for job, subject, _ in archive.queue.sent] == [(Job.PROCESS_ASSET, asset.id)]
    assert dict(look(archive, batch).counters) == {Outcome.RECEIVED: 1, Outcome.FAILED: 1}


def test_batches_are_listed_newest_first_by_key(archive, event):
    actor = someone(archive, "foto", Role.PHOTOGRAPHER)
    with archive.transaction() as tx:
        mine = [ingest.open_batch(tx, actor, event.id).id for _ in range(3)]
        ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
    with archive.reading() as tx:
        page = batches.list_batches(tx, actor, limit=2)
        assert [batch.id for batch in page.batches] == [mine[2], mine[1]]
        rest = batches.list_batches(tx, actor, before=page.next, limit=2)
        assert ([batch.id for batch in rest.batches], rest.next) == ([mine[0]], None)
        assert len(batches.list_batches(tx, actor, everybodys=True).batches) == 4
        liaison = Actor(actor.user_id, "x", Role.LIAISON)
        assert len(batches.list_batches(tx, liaison, everybodys=True).batches) == 3


def test_an_unreadable_file_does_not_stop_the_batch(archive, batch, bring, work):
    bring("broken.jpg", b"this is no photo")
    bring("empty.jpg", b"")
    work()
    found = {item.path: (item.outcome, item.reason_code) for item in look(archive, batch).items}
    assert found["broken.jpg"][0] == Outcome.QUARANTINED
    assert found["broken.jpg"][1]
    assert found["empty.jpg"] == (Outcome.QUARANTINED, "empty")
    with archive.reading() as tx:
        assert tx.get(IngestItem, 1).asset_id is not None
