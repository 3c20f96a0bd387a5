"""The bin: in, back, and gone after thirty days with its files."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from dam.archive import Archive
from dam.errors import Forbidden
from dam.models import (
    Asset,
    AssetEvent,
    AuditEntry,
    Event,
    IngestItem,
    Original,
    Outcome,
    Processing,
    Role,
    User,
)
from dam.services import bin as the_bin
from dam.services import describing, ingest
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.describing import placing
from dam.services.ingest import receiving


@pytest.fixture
def photographer(archive: Archive) -> Actor:
    with archive.transaction() as tx:
        user = User(login="foto", name="Foto", role=Role.PHOTOGRAPHER, session_mark="x")
        tx.add(user)
        tx.flush()
        return Actor(user.id, user.name, user.role)


@pytest.fixture
def photo(archive: Archive, tmp_path):
    """``photo(content, owner)``: an asset with an original and a rendition in the stores."""

    def _photo(content: bytes = b"one", owner: Actor | None = None) -> int:
        with archive.transaction() as tx:
            event = tx.scalars(select(Event)).first() or Event(name="Mitin", folded="mitin", timezone="UTC")
            tx.add(event)
            tx.flush()
            batch = ingest.open_batch(tx, LOCAL_ADMINISTRATOR, event.id)
            item = ingest.expect_item(tx, batch.id, f"{content.decode()}.jpg", bytes=len(content))
        file = tmp_path / "file"
        file.write_bytes(content)
        ingest.archive_item(archive, item.id, file)
        with archive.transaction() as tx:
            asset = tx.get_one(Asset, tx.get_one(IngestItem, item.id).asset_id)
            asset.processing = Processing.READY
            asset.owner_id = owner.user_id if owner else None
            return asset.id

    return _photo


def ids_in_bin(archive: Archive, actor: Actor) -> list[int]:
    with archive.reading() as tx:
        return [asset.id for asset in the_bin.binned(tx, actor).assets]


def later(archive: Archive, days: float) -> Archive:
    moment = datetime.now(UTC) + timedelta(days=days)
    return Archive(**{**archive.__dict__, "clock": lambda: moment})


def test_what_is_binned_is_listed_and_comes_back(archive, photo):
    first, second = photo(b"one"), photo(b"two")
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [first])
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [second])
    assert ids_in_bin(archive, LOCAL_ADMINISTRATOR) == [second, first]
    with archive.transaction() as tx:
        the_bin.restore(tx, LOCAL_ADMINISTRATOR, [second])
    assert ids_in_bin(archive, LOCAL_ADMINISTRATOR) == [first]


def test_binning_is_undone_like_any_change(archive, photo):
    asset_id = photo()
    with archive.transaction() as tx:
        change = the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])
    with archive.transaction() as tx:
        describing.undo(tx, LOCAL_ADMINISTRATOR, change.id)
    assert ids_in_bin(archive, LOCAL_ADMINISTRATOR) == []
    with archive.reading() as tx:
        actions = tx.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == asset_id)).all()
        assert actions[-2:] == ["asset.bin", "asset.undo"]


def test_one_bins_and_sees_only_one_s_own_unless_one_is_a_head(archive, photo, photographer):
    own, foreign = photo(b"own", photographer), photo(b"foreign")
    with archive.transaction() as tx, pytest.raises(Forbidden):
        the_bin.to_bin(tx, photographer, [own, foreign])
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [own, foreign])
    assert ids_in_bin(archive, photographer) == [own]
    assert sorted(ids_in_bin(archive, LOCAL_ADMINISTRATOR)) == sorted([own, foreign])


def test_the_bin_is_paged_by_key(archive, photo):
    made = [photo(bytes([65 + i])) for i in range(5)]
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, made)  # all in the same instant
    seen, after = [], None
    with archive.reading() as tx:
        while True:
            page = the_bin.binned(tx, LOCAL_ADMINISTRATOR, after, limit=2)
            seen += [asset.id for asset in page.assets]
            after = page.next
            if after is None:
                break
    assert seen == sorted(made, reverse=True)


def test_nothing_is_emptied_before_its_time(archive, photo):
    asset_id = photo()
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])
    assert the_bin.empty(later(archive, 29.9)) == 0
    with archive.reading() as tx:
        assert the_bin.days_left(later(archive, 10), tx.get_one(Asset, asset_id)) == 20
    assert ids_in_bin(archive, LOCAL_ADMINISTRATOR) == [asset_id]


def test_emptying_takes_rows_and_files_and_leaves_the_log(archive, photo):
    gone, stays = photo(b"gone"), photo(b"stays")
    with archive.transaction() as tx:
        digests = dict(tx.execute(select(Original.asset_id, Original.sha256)).all())
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [gone])
    assert the_bin.empty(later(archive, 30.1)) == 1
    assert not archive.originals.exists(digests[gone])
    assert archive.originals.exists(digests[stays])
    with archive.reading() as tx:
        assert tx.scalars(select(Asset.id)).all() == [stays]
        assert tx.scalar(select(func.count()).select_from(AssetEvent)) == 1
        item = tx.scalars(select(IngestItem).where(IngestItem.path == "gone.jpg")).one()
        assert (item.asset_id, item.outcome) == (None, Outcome.RECEIVED)
        entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "asset.empty")).one()
        assert (entry.subject_id, entry.detail) == (gone, {"sha256": [digests[gone]]})


def test_an_emptied_number_is_not_given_again(archive, photo):
    gone = photo(b"gone")
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [gone])
    the_bin.empty(later(archive, 31))
    new = photo(b"new")
    with archive.reading() as tx:
        assert tx.scalars(select(AssetEvent.number).where(AssetEvent.asset_id == new)).all() == [2]


def test_a_file_that_came_back_meanwhile_is_kept(archive, photo, monkeypatch):
    asset_id = photo(b"same")
    with archive.transaction() as tx:
        (digest,) = tx.scalars(select(Original.sha256)).all()
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])
    forget = the_bin._remove_files

    def sent_again_first(*args):
        photo(b"same")  # between the rows' end and the files'
        forget(*args)

    monkeypatch.setattr(the_bin, "_remove_files", sent_again_first)
    the_bin.empty(later(archive, 31))
    assert archive.originals.exists(digest)


def test_the_same_file_sent_while_the_bin_lets_go_of_it_is_stored_again(archive, photo, monkeypatch):
    asset_id = photo(b"same")
    with archive.transaction() as tx:
        (digest,) = tx.scalars(select(Original.sha256)).all()
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])
    enter = receiving._enter

    def emptied_first(*args):
        monkeypatch.setattr(receiving, "_enter", enter)
        the_bin.empty(later(archive, 31))  # after the bytes were found stored, before their row
        return enter(*args)

    monkeypatch.setattr(receiving, "_enter", emptied_first)
    again = photo(b"same")
    assert again and archive.originals.exists(digest)
    with archive.reading() as tx:
        assert tx.scalars(select(Original.sha256)).all() == [digest]


def test_a_file_whose_deletion_was_cut_short_leaves_no_row_without_file(archive, photo, monkeypatch):
    asset_id = photo(b"cut")
    with archive.transaction() as tx:
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset_id])

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(the_bin, "_remove_files", killed)
    with pytest.raises(KeyboardInterrupt):
        the_bin.empty(later(archive, 31))
    with archive.reading() as tx:
        assert tx.scalars(select(Original)).all() == []


def test_more_than_one_lot_is_emptied(archive, monkeypatch):
    with archive.transaction() as tx:
        event = Event(name="Mitin", folded="mitin", timezone="UTC")
        assets = [Asset(processing=Processing.READY, keywords=[], persons=[]) for _ in range(7)]
        tx.add_all([event, *assets])
        tx.flush()
        placing.move(tx, [asset.id for asset in assets], event.id)
        the_bin.to_bin(tx, LOCAL_ADMINISTRATOR, [asset.id for asset in assets])
    monkeypatch.setattr(the_bin, "AT_ONCE", 3)
    assert the_bin.empty(later(archive, 31)) == 7
