"""The custody log is a chain that shows what was done to it."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, text, update

from dam.archive import Archive
from dam.models import AuditEntry, AuditHead
from dam.services import audit
from dam.services.access import LOCAL_ADMINISTRATOR


def _three(archive: Archive) -> list[int]:
    """Ids of three entries that were added one after the other."""
    with archive.transaction() as tx:
        for number in range(3):
            audit.record(
                tx, LOCAL_ADMINISTRATOR, "asset.describe", ("asset", number), headline="Ñandú", n=number
            )
        return [entry.id for entry in reversed(audit.newest(tx, LOCAL_ADMINISTRATOR, limit=3))]


def _verdict(archive: Archive) -> audit.Verdict:
    with archive.reading() as tx:
        return audit.verify(tx)


def test_an_untouched_chain_holds(archive: Archive) -> None:
    before = _verdict(archive).entries
    _three(archive)
    verdict = _verdict(archive)
    assert verdict.holds and verdict.entries == before + 3


def test_an_empty_chain_holds(archive: Archive) -> None:
    assert _verdict(archive) == audit.Verdict(0, None, audit.BEGINNING)


def test_a_changed_detail_is_found_where_it_is(archive: Archive) -> None:
    _first, second, _third = _three(archive)
    with archive.transaction() as tx:
        tx.execute(update(AuditEntry).where(AuditEntry.id == second).values(detail={"headline": "other"}))
    assert _verdict(archive).broken_at == second


def test_a_changed_moment_or_name_is_found(archive: Archive) -> None:
    first, *_ = _three(archive)
    with archive.transaction() as tx:
        tx.execute(update(AuditEntry).where(AuditEntry.id == first).values(actor="somebody else"))
    assert _verdict(archive).broken_at == first


def test_an_entry_removed_from_the_middle_is_found(archive: Archive) -> None:
    _first, second, third = _three(archive)
    with archive.transaction() as tx:
        tx.execute(delete(AuditEntry).where(AuditEntry.id == second))
    assert _verdict(archive).broken_at == third


def test_an_entry_removed_from_the_end_is_found(archive: Archive) -> None:
    *_, third = _three(archive)
    with archive.transaction() as tx:
        tx.execute(delete(AuditEntry).where(AuditEntry.id == third))
    assert not _verdict(archive).holds


def test_a_deed_that_is_rolled_back_leaves_no_entry_and_no_head(archive: Archive) -> None:
    _three(archive)
    before = _verdict(archive)
    try:
        with archive.transaction() as tx:
            audit.record(tx, LOCAL_ADMINISTRATOR, "asset.bin", ("asset", 9))
            raise RuntimeError("the deed failed")
    except RuntimeError:
        pass
    assert _verdict(archive) == before


def test_details_that_json_does_not_know_are_kept_as_text(archive: Archive) -> None:
    with archive.transaction() as tx:
        audit.record(tx, LOCAL_ADMINISTRATOR, "event.edit", ("event", 1), day=archive.clock().date())
    assert _verdict(archive).holds


def test_there_is_one_head(archive: Archive) -> None:
    _three(archive)
    _three(archive)
    with archive.reading() as tx:
        assert tx.query(AuditHead).count() == 1
        assert tx.execute(text("SELECT digest FROM audit_head")).scalar() == _verdict(archive).head


def test_the_log_is_read_by_family_by_subject_and_by_page(archive: Archive) -> None:
    with archive.transaction() as tx:
        audit.record(tx, LOCAL_ADMINISTRATOR, "event.create", ("event", 7))
        audit.record(tx, LOCAL_ADMINISTRATOR, "eventual.thing", ("event", 8))
        audit.record(tx, LOCAL_ADMINISTRATOR, "event.edit", ("event", 7))
    with archive.reading() as tx:
        family = audit.newest(tx, LOCAL_ADMINISTRATOR, action="event")
        assert [entry.action for entry in family] == ["event.edit", "event.create"]
        about = audit.newest(tx, LOCAL_ADMINISTRATOR, subject=("event", 8))
        assert [entry.action for entry in about] == ["eventual.thing"]
        older = audit.newest(tx, LOCAL_ADMINISTRATOR, before=family[0].id, limit=1)
        assert older[0].action == "eventual.thing"


def test_what_many_write_at_once_is_one_chain(archive: Archive) -> None:
    def _write(writer: int) -> None:
        for number in range(10):
            with archive.transaction() as tx:
                audit.record(tx, LOCAL_ADMINISTRATOR, "asset.describe", ("asset", writer * 100 + number))

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(_write, range(6)))
    verdict = _verdict(archive)
    assert verdict.holds and verdict.entries == 60
