"""Transactions: whose turn it is."""

import threading

import pytest

from dam.archive import Archive


def test_a_transaction_inside_a_transaction_is_refused_instead_of_waiting_for_itself(archive: Archive):
    if not archive.database.url.startswith("sqlite"):
        pytest.skip("only SQLite's writers take turns")
    with archive.transaction(), pytest.raises(RuntimeError), archive.transaction():
        pass


def test_whoever_waits_writes_when_the_one_before_has_ended(archive: Archive):
    order: list[str] = []
    begun, waiting = threading.Event(), threading.Event()

    def second() -> None:
        begun.wait(10)
        waiting.set()
        with archive.transaction():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with archive.transaction():
        begun.set()
        waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_turn_is_given_back_when_the_transaction_fails(archive: Archive):
    with pytest.raises(ZeroDivisionError), archive.transaction():
        raise ZeroDivisionError
    with archive.transaction() as tx:
        assert tx is not None
