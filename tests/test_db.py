"""The database as both kinds of it are to behave."""

import threading
from typing import Any

import pytest
from sqlalchemy import JSON, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dam.db import Database
from dam.queue import MemoryQueue


class Base(DeclarativeBase):
    """Apart from the archive's own tables."""


class Thing(Base):
    __tablename__ = "things_of_a_test"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_database")
    made = Database(url, MemoryQueue())
    with made.engine.begin() as connection:
        Thing.__table__.create(connection)
    yield made
    made.dispose()


def test_numbers_that_json_does_not_know_become_null(either):
    facts = {"iso": float("inf"), "of": [1.5, float("nan"), {"deep": -float("inf")}], "name": "ñ"}
    with either.transaction() as tx:
        tx.add(Thing(id=1, name="a", facts=facts))
    with either.reading() as tx:
        assert tx.get(Thing, 1).facts == {"iso": None, "of": [1.5, None, {"deep": None}], "name": "ñ"}


def test_a_name_with_nul_is_no_error_and_no_other_name(either):
    with either.transaction() as tx:
        tx.add(Thing(id=1, name="admin", facts={}))
    with either.reading() as tx:
        assert tx.query(Thing).filter(Thing.name == "ad\x00min").all() == []


def test_writers_take_turns_so_that_what_they_looked_at_stays_so(either):
    with either.transaction() as tx:
        tx.add(Thing(id=1, name="0", facts={}))

    def add_ten() -> None:
        for _ in range(10):
            with either.transaction() as tx:
                thing = tx.get(Thing, 1)
                thing.name = str(int(thing.name) + 1)

    threads = [threading.Thread(target=add_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with either.reading() as tx:
        assert tx.get(Thing, 1).name == "40"


def test_a_reader_sees_one_moment(either):
    with either.transaction() as tx:
        tx.add(Thing(id=1, name="before", facts={}))
    with either.reading() as reading:
        assert reading.scalar(text("SELECT name FROM things_of_a_test")) == "before"
        with either.transaction() as tx:
            tx.get(Thing, 1).name = "after"
        assert reading.scalar(text("SELECT name FROM things_of_a_test")) == "before"
