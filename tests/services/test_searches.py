"""Saved searches with what is new in them, recent ones, and searches in vain."""

from datetime import UTC, datetime, timedelta

import pytest

from dam.archive import Archive
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Asset, Processing, RecentSearch, Role
from dam.services import finding, indexing, searches
from dam.services.access import Actor
from dam.services.finding import Filters, Query
from tests.services.finding_material import METEPEC, add_asset, add_user, drain

NOON = datetime(2026, 5, 13, 18, tzinfo=UTC)


@pytest.fixture
def ana(archive) -> Actor:
    return Actor(add_user(archive, "ana", Role.EDITOR), "Ana", Role.EDITOR)


@pytest.fixture
def luis(archive) -> Actor:
    return Actor(add_user(archive, "luis", Role.EDITOR), "Luis", Role.EDITOR)


@pytest.fixture
def liaison(archive) -> Actor:
    return Actor(add_user(archive, "liga", Role.LIAISON), "Liga", Role.LIAISON, frozenset({METEPEC}))


def names(archive: Archive, actor: Actor) -> list[str]:
    with archive.reading() as tx:
        return [one.name for one in searches.saved(tx, actor)]


def test_a_saved_search_is_the_same_search_again(archive, ana):
    query = Query("mitin -boda", Filters(municipality_keys=(METEPEC,), dates=("2026",)))
    with archive.transaction() as tx:
        kept = searches.save(tx, ana, "  Mítines de\nMetepec ", query)
        assert kept.name == "Mítines de Metepec"
        assert searches.query_of(kept) == query
        again = searches.save(tx, ana, "mítines de metepec", "q=otra")
        assert again.id == kept.id and searches.query_of(again) == Query("otra")
    with archive.transaction() as tx:
        gone = searches.remove(tx, ana, kept.id)
        assert searches.saved(tx, ana) == []
        assert searches.query_of(searches.restore(tx, ana, gone)) == Query("otra")


def test_private_ones_are_ones_own_and_shared_ones_the_offices(archive, ana, luis, liaison):
    with archive.transaction() as tx:
        private = searches.save(tx, ana, "Mía", "q=a").id
        shared = searches.save(tx, ana, "De todos", "q=b", shared=True).id
        searches.save(tx, liaison, "De mi municipio", "q=c")
    assert names(archive, ana) == ["De todos", "Mía"]
    assert names(archive, luis) == ["De todos"]
    assert names(archive, liaison) == ["De mi municipio"], "what the office looks for is not told outside it"
    with archive.transaction() as tx:
        for actor, search_id in ((luis, private), (liaison, shared), (liaison, private)):
            with pytest.raises(NotFound):
                searches.get(tx, actor, search_id)
        with pytest.raises(Forbidden):
            searches.change(tx, luis, shared, name="Robada")
        with pytest.raises(Forbidden):
            searches.remove(tx, luis, shared)
        with pytest.raises(Forbidden):
            searches.save(tx, liaison, "Para todos", "q=d", shared=True)
        assert searches.change(tx, ana, shared, shared=False).shared is False
    assert names(archive, luis) == []


def test_nothing_and_too_much_are_not_saved(archive, ana):
    with archive.transaction() as tx:
        for name, query in ((" ", "q=a"), ("Todo", ""), ("Todo", "order=oldest"), ("x" * 121, "q=a")):
            with pytest.raises(Invalid):
                searches.save(tx, ana, name, query)


def test_new_is_what_arrived_since_one_last_looked_and_what_one_may_see(archive, ana, liaison):
    made = datetime.now(UTC)
    with archive.transaction() as tx:
        hers = searches.save(tx, ana, "Ferias", "q=feria").id
        his = searches.save(tx, liaison, "Ferias", "q=feria").id
    add_asset(archive, caption="Feria", created_at=made - timedelta(days=3))
    drain(archive)
    assert searches.new_in(archive, ana, hers) == 0, "never looked: nothing is new"
    with archive.transaction() as tx:
        assert searches.look(tx, ana, hers, made - timedelta(days=2)) is None
        searches.look(tx, liaison, his, made - timedelta(days=2))
    add_asset(archive, caption="Ferias", created_at=made - timedelta(days=1))
    add_asset(archive, caption="Otra cosa", created_at=made - timedelta(days=1))
    drain(archive)
    assert searches.new_in(archive, ana, hers) == 1
    assert searches.new_in(archive, liaison, his) == 0, "it lies in another municipality"
    with archive.transaction() as tx:
        assert searches.look(tx, ana, hers, made) == made - timedelta(days=2)
    assert searches.new_in(archive, ana, hers) == 0


def test_recent_searches_are_ones_own_once_each_and_the_last_first(archive, ana, luis):
    with archive.transaction() as tx:
        for minute, text in enumerate(["uno", "dos", "uno"]):
            searches.note(tx, ana, Query(text), minute, NOON + timedelta(minutes=minute))
        searches.note(tx, ana, Query(), 3, NOON)
        assert [(one.text, one.total) for one in searches.recent(tx, ana)] == [("uno", 2), ("dos", 1)]
        assert searches.recent(tx, luis) == []


def test_the_oldest_are_forgotten(archive, ana, monkeypatch):
    monkeypatch.setattr("dam.services.searches.remembering.MOST", 5)
    with archive.transaction() as tx:
        for number in range(9):
            searches.note(tx, ana, Query(f"busca {number}"), 1, NOON + timedelta(minutes=number))
        assert tx.query(RecentSearch).count() == 5
        assert searches.forget_old(tx, NOON + timedelta(days=91)) == 5


def test_the_report_tells_what_was_searched_in_vain_and_not_by_whom(archive, ana, luis):
    chief = Actor(add_user(archive, "jefa", Role.COORDINATOR), "Jefa", Role.COORDINATOR)
    with archive.transaction() as tx:
        for actor in (ana, luis, luis):
            searches.note(tx, actor, Query("gonsales"), 0, NOON)
        searches.note(tx, ana, Query("toluca"), 7, NOON)
        searches.note(tx, ana, Query("vieja"), 0, NOON - timedelta(days=100))
        searches.note(tx, ana, Query("", Filters(kinds=("audio",))), 0, NOON)
        (one,) = searches.fruitless(tx, chief, NOON - timedelta(days=90))
        assert (one.text, one.times, one.people) == ("gonsales", 3, 2)
        with pytest.raises(Forbidden):
            searches.fruitless(tx, ana, NOON)


def test_what_was_being_prepared_while_one_looked_is_new_afterwards(archive, ana):
    with archive.transaction() as tx:
        hers = searches.save(tx, ana, "Ferias", Query("feria")).id
    moment = datetime.now(UTC)
    minutes = [moment - timedelta(minutes=one) for one in (9, 5)]
    add_asset(archive, caption="Feria", created_at=minutes[0])
    late = add_asset(archive, caption="Feria", created_at=minutes[1], processing=Processing.WORKING)
    add_asset(archive, processing=Processing.RECEIVED, created_at=moment - timedelta(days=9))  # stuck
    drain(archive)
    with archive.transaction() as tx:
        searches.look(tx, ana, hers, moment)
    assert searches.new_in(archive, ana, hers) == 0
    with archive.transaction() as tx:
        tx.get(Asset, late).processing = Processing.READY
        indexing.touch(tx, [late])
    drain(archive)
    assert searches.new_in(archive, ana, hers) == 1


def test_what_arrived_in_the_same_second_after_one_looked_is_new(archive, ana):
    with archive.transaction() as tx:
        hers = searches.save(tx, ana, "Ferias", Query("feria")).id
        searches.look(tx, ana, hers, NOON + timedelta(microseconds=300_000))
    add_asset(archive, caption="Feria", created_at=NOON + timedelta(microseconds=600_000))
    drain(archive)
    assert searches.new_in(archive, ana, hers) == 1


def test_a_search_written_otherwise_is_the_same_search(archive, ana):
    chief = Actor(None, "chief", Role.ADMINISTRATOR)
    with archive.transaction() as tx:
        for text in ("gonsáles", "Gonsales ", " GONSALES"):
            searches.note(tx, ana, Query(text), 0, NOON)
        searches.note(tx, ana, Query("gonsales", Filters(kinds=("audio",))), 0, NOON)
        assert [one.text for one in searches.recent(tx, ana)] == ["gonsales", "GONSALES"]
        assert [one.times for one in searches.fruitless(tx, chief, NOON)] == [3, 1]


def test_what_is_done_to_all_results_is_done_to_those_there_were(archive, ana):
    moment = datetime.now(UTC)
    before = add_asset(archive, caption="Feria", created_at=moment - timedelta(minutes=1))
    add_asset(archive, caption="Feria", created_at=moment + timedelta(minutes=1))
    drain(archive)
    as_it_was = finding.from_args({"q": ["feria"], "until": [moment.isoformat()]})
    assert finding.all_ids(archive, ana, as_it_was) == [before]
    assert finding.from_args({"until": ["tomorrow"], "since": ["9" * 50]}) == Query()
