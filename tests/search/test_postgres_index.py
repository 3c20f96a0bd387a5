"""What only PostgreSQL's engine has: ceilings, the walk in order, kept totals, its own tables."""

import pickle
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine

from dam.search import postgres_counting, postgres_hits, postgres_paging, postgres_tables, postgres_tags
from dam.search.index import Asked, Condition, Filter, IndexDamaged, Order, Phrase, Prefix, Scope, State, Word
from dam.search.postgres_hits import DOCUMENTS
from dam.search.postgres_index import PostgresIndex
from dam.search.postgres_texts import KnownTexts
from tests.search.engine import Engine, document

DAY = datetime(2026, 5, 1)


@pytest.fixture
def url(empty_database: str) -> str:
    return empty_database


@pytest.fixture
def asked() -> list[str]:
    """The SQL of what the engine has read."""
    return []


@pytest.fixture
def engine(url: str, asked: list[str]):
    server = create_engine(url, isolation_level="AUTOCOMMIT")

    def execute(query: str, values: Sequence[Any]) -> list[tuple]:
        asked.append(query)
        return [tuple(row) for row in connection.exec_driver_sql(query, tuple(values))]

    with server.connect() as connection:
        yield Engine(PostgresIndex(url), execute)
    server.dispose()


def forty(engine: Engine, **more: object) -> None:
    """Every second one in Toluca, one a day; the ten oldest are videos."""
    engine.put(
        *(
            document(
                n, "feria", taken_at=DAY + timedelta(days=n), kind="video" if n <= 10 else "photo",
                municipality_key="15106" if n % 2 else None, **more,
            )
            for n in range(1, 41)
        )
    )  # fmt: skip


def ceiling(monkeypatch: pytest.MonkeyPatch, hits: int) -> None:
    monkeypatch.setattr(postgres_hits, "CEILING", hits)
    monkeypatch.setattr(postgres_paging, "CEILING", hits)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ceilings that forty assets reach."""
    ceiling(monkeypatch, 15)
    monkeypatch.setattr(postgres_paging, "WALKED", 12)
    monkeypatch.setattr(postgres_counting, "CEILING", 15)


@pytest.mark.parametrize("wanted", [Word("feri"), Prefix("fer", "fer")])
@pytest.mark.parametrize("large", [0, 1000])
@pytest.mark.parametrize("order", list(Order))
def test_beyond_the_ceiling_pages_still_join_and_the_number_is_a_least_one(
    engine, low, monkeypatch, order, large, wanted
):
    """Whether that many are gathered, or seen to be many in one slice after another."""
    monkeypatch.setattr(postgres_hits, "LARGE", large)
    monkeypatch.setattr(postgres_tags, "RUN", 1)  # two in a slice
    with engine.index.rebuilding() as fresh:
        fresh.sample([document(1, "feria")])  # a frequent word
    forty(engine)
    joined, after = [], None
    while after is not None or not joined:
        page = engine.find(Asked(wanted=(wanted,), order=order), after, limit=7)
        assert (page.total, page.more) == (15, True)
        joined += page.asset_ids
        after = page.next
    assert joined == sorted(joined, reverse=order is not Order.OLDEST) and len(joined) == 40


def test_hits_that_lie_far_down_the_order_are_found_all_the_same(engine, low, monkeypatch):
    """More than the ceiling, and none among the newest that are walked through."""
    ceiling(monkeypatch, 5)
    forty(engine)
    found = engine.find(Asked(always=(Condition(Filter.KIND, ("video",)),)), limit=4)
    assert found.asset_ids == (10, 9, 8, 7) and found.more


def test_up_to_the_ceiling_the_number_is_exact(engine, low):
    forty(engine)
    found = engine.find(Asked(always=(Condition(Filter.KIND, ("video",)),)))
    assert (found.total, found.more) == (10, False)


@pytest.mark.parametrize("large", [0, 1000])
def test_hits_are_read_once_until_the_index_changes(engine, asked, monkeypatch, large):
    monkeypatch.setattr(postgres_hits, "LARGE", large)
    forty(engine)
    feria = Asked(wanted=(Word("feri"),), order=Order.RELEVANCE)
    first = engine.find(feria, limit=7)
    asked.clear()
    second, again = engine.find(feria, first.next, limit=7), engine.find(feria, limit=7)
    assert (first.asset_ids, again.asset_ids) == (tuple(range(40, 33, -1)), first.asset_ids)
    assert second.asset_ids == tuple(range(33, 26, -1)) and (second.total, again.total) == (40, 40)
    assert not any(f"{DOCUMENTS} WHERE" in query for query in asked), "neither page looked at a row again"
    engine.put(document(41, "feria", taken_at=DAY + timedelta(days=50)))
    engine.remove(40)
    assert engine.find(feria, limit=2).asset_ids == (41, 39)


def test_no_slice_is_asked_whether_hits_of_a_rare_word_are_many(engine, asked, monkeypatch):
    """They cannot be, and asking takes as long as a part of the answer."""
    monkeypatch.setattr(postgres_hits, "LARGE", 0)
    with engine.index.rebuilding() as fresh:
        fresh.sample([document(n, "feria") for n in range(1, 41)])
        fresh.put([document(n, "feria tianguis" if n > 38 else "feria") for n in range(1, 41)])
    asks_slices = []
    for words in (["feri"], ["feri", "tianguis"]):
        asked.clear()
        found = engine.find(Asked(wanted=tuple(map(Word, words))))
        assert found.total == (2 if "tianguis" in words else 40)
        asks_slices.append(any("LIMIT 2500" in query for query in asked))
    assert asks_slices == [True, False]


def test_what_is_seen_of_a_prefix_is_never_more_than_there_is(engine, low, monkeypatch):
    """Frames that their cover stands for are no hits, in however few words the prefix is spelled out."""
    monkeypatch.setattr(postgres_hits, "LARGE", 0)
    frames = [document(n, "feria", stack_id=7, cover=False) for n in range(2, 41)]
    documents = [document(1, "feria24", stack_id=7), document(41, "feriado"), *frames]
    with engine.index.rebuilding() as fresh:
        fresh.sample(documents)
        fresh.put(documents)
    found = engine.find(Asked(wanted=(Prefix("feri", "feri"),), stacked=True))
    assert (set(found.asset_ids), found.total, found.more) == ({1, 41}, 2, False)


def test_spans_of_time_go_by_years_and_then_by_the_second(engine):
    moments = [
        datetime(2020, 12, 31, 23, 59, 59),
        datetime(2021, 1, 1),
        datetime(2021, 6, 1),
        datetime(2040, 1, 1),
    ]
    engine.put(*(document(n, taken_at=moment) for n, moment in enumerate([*moments, None], 1)))

    def within(*spans: tuple[datetime | None, datetime | None], **more: bool) -> list[int]:
        return sorted(engine.ids(always=(Condition(Filter.TAKEN, spans, **more),)))

    assert within((moments[1], datetime(2022, 1, 1))) == [2, 3]
    assert within((moments[0], moments[1])) == [1]
    assert within((moments[1], datetime(2021, 1, 1, 0, 0, 1)), (moments[3], None)) == [2, 4]
    assert within((datetime(2000, 1, 1), moments[3])) == [1, 2, 3], "more years than are looked up"
    assert within((moments[1], datetime(2022, 1, 1)), negated=True) == [1, 4, 5]
    assert within((None, moments[2])) == [1, 2] and within((moments[2], moments[1])) == []


@pytest.mark.parametrize("large", [0, 1000])
def test_counts_beyond_the_ceiling_are_least_ones_but_not_those_of_everything(
    engine, low, monkeypatch, large
):
    monkeypatch.setattr(postgres_hits, "LARGE", large)
    forty(engine)
    some = engine.counts(wanted=(Word("feri"),))
    assert some.at_least and 0 < some[Filter.KIND][0][1] <= 16
    everything = engine.counts()
    assert not everything.at_least
    assert everything[Filter.KIND] == [("photo", 30), ("video", 10)]
    assert dict(everything[Filter.MUNICIPALITY]) == {"15106": 20}
    within = engine.counts(scope=Scope(everything=False, approved=False, territory=frozenset({"15106"})))
    assert not within.at_least and dict(within[Filter.KIND]) == {"photo": 15, "video": 5}


def test_counts_of_a_prefix_are_exact_up_to_their_ceiling(engine, monkeypatch):
    """Also where a frequent word alone shows that there are many hits."""
    ceiling(monkeypatch, 10)
    monkeypatch.setattr(postgres_counting, "CEILING", 30)
    monkeypatch.setattr(postgres_hits, "LARGE", 0)
    documents = [document(n, "feria" if n > 5 else "feroz") for n in range(1, 26)]
    with engine.index.rebuilding() as fresh:
        fresh.sample(documents[5:])
        fresh.put(documents)
    counted = engine.counts(wanted=(Prefix("fer", "fer"),))
    assert (counted[Filter.KIND], counted.at_least) == ([("photo", 25)], False)


def test_the_totals_follow_every_edit(engine):
    forty(engine, byline="Ana", appears_ids=(3,))
    assert [engine.counts()[Filter.BYLINE] for _ in range(2)] == [[("Ana", 40)]] * 2
    engine.put(document(1, "feria", kind="video", byline="ANA", appears_ids=(3, 4)))
    engine.remove(2, 3, 99)
    engine.put(document(41, byline="Ána"))
    kept = engine.counts()
    counted = engine.counts(always=(Condition(Filter.ASSET, tuple(range(1, 50))),))
    assert kept == counted and kept[Filter.BYLINE] == [("Ána", 39)]


def test_a_commit_that_failed_leaves_nothing_known_that_the_index_lacks(engine, monkeypatch):
    engine.rebuild(document(1, "feria", byline="Ana"))
    engine.put(document(2, "feria"))
    save = KnownTexts.save

    def broken(*given: Any) -> None:
        save(*given)
        raise psycopg.OperationalError("the connection is gone")

    monkeypatch.setattr(KnownTexts, "save", broken)
    with pytest.raises(IndexDamaged):
        engine.put(document(3, "carnaval", byline="Luz"))
    monkeypatch.undo()
    engine.put(document(4, "carnaval", byline="Luz"))
    assert dict(engine.counts()[Filter.BYLINE]) == {"Ana": 1, "Luz": 1}
    assert "carnaval" in engine.index.near(engine.rows, "carnavl")


def test_no_word_of_a_text_is_a_tag_and_no_name_breaks_out(engine):
    odd = "O'Brien \\ \"=e5' & !x:* \t\n"
    engine.put(
        document(1, "=e5 '=E' e5:*", byline=odd, keywords=("=e5", "o'brien\\"), camera=odd),
        document(2, event_ids=(5,)),
    )
    assert engine.ids(always=(Condition(Filter.EVENT, (5,)),)) == [2]
    assert engine.ids(Prefix("e", "e")) == [1]
    assert engine.ids(always=(Condition(Filter.BYLINE, (odd,)),)) == [1]
    assert engine.ids(always=(Condition(Filter.BYLINE_LIKE, ("o'bri",)),)) == [1]
    assert engine.ids(always=(Condition(Filter.CAMERA_LIKE, ("\\",)),)) == [1]
    assert engine.ids(always=(Condition(Filter.BYLINE_LIKE, ("%", "_")),)) == []
    assert engine.counts()[Filter.BYLINE] == [(odd, 1)]


def test_a_build_that_was_never_finished_is_swept_by_the_next(engine, url):
    with pytest.raises(ZeroDivisionError), engine.index.rebuilding() as fresh:
        fresh.put([document(1, "feria")])
        raise ZeroDivisionError
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE SCHEMA search_build_0123abcd")  # of a process that was killed
    engine.rebuild(document(2, "feria"))
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^search_'").fetchall()
        kept = connection.execute(
            "SELECT reloptions FROM pg_inherits JOIN pg_class ON oid = inhrelid"
            " WHERE inhparent = 'search_index.documents'::regclass"
        ).fetchall()
    assert left == [("search_index",)]
    assert kept == [(["toast_tuple_target=8160"],)] * 2, "vacuumed as other tables are"


def test_portions_agree_on_numbers_and_the_more_careful_writing_is_shown(engine):
    with engine.index.rebuilding() as fresh:
        one, two = pickle.loads(pickle.dumps(fresh.portion())), pickle.loads(pickle.dumps(fresh.portion()))
        one.put([document(1, "feria", byline="ana ruiz", keywords=("plaza",))])
        two.put([document(2, "feria plaza", byline="Ána Ruiz", camera="Nikon Z9")])
        fresh.join(one.learned())
        one.put([document(3, "carrera", byline="Ána Ruiz")])
        for portion in (one, two):
            fresh.join(portion.learned())
            portion.close()
        fresh.put([document(4, "feria", byline="Ana Ruiz")])
    assert sorted(engine.ids(Word("feri"))) == [1, 2, 4]
    assert engine.counts()[Filter.BYLINE] == [("Ána Ruiz", 4)]
    assert engine.ids(always=(Condition(Filter.CAMERA_LIKE, ("nik",)),)) == [2]
    assert engine.ids(always=(Condition(Filter.KEYWORD_LIKE, ("pla",)),)) == [1]
    engine.put(document(5, "feria", byline="Otra"))
    assert engine.counts()[Filter.BYLINE] == [("Ána Ruiz", 4), ("Otra", 1)]


def test_phrases_of_frequent_words_are_found_by_their_pairs(engine, url):
    said = ("obra de la salud", "salud y obra", "obra salud", "obra nueva salud", "salud", "obra", "feria")
    made = [document(n, said[n % len(said)]) for n in range(1, 71)]
    with engine.index.rebuilding() as fresh:
        fresh.sample(made[::2])
        fresh.put(made)
    by_pair = engine.ids(Word("obr"), Phrase(("obr", "salud")))
    assert sorted(by_pair) == [n for n in range(1, 71) if n % 7 == 2]
    assert sorted(engine.ids(Phrase(("obr", "de", "la", "salud")))) == list(range(7, 71, 7))
    assert engine.ids(Phrase(("salud", "obr", "salud"))) == []
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        kept = connection.execute(
            "SELECT count(*) FROM search_index.documents WHERE words @@ $$'=wobr salud'$$::tsquery"
        ).fetchone()
    assert kept == (20,), "nothing else is looked at"
    engine.put(document(100, "obra salud"), document(2, "feria"))
    assert set(engine.ids(Phrase(("obr", "salud")))) == {100, *by_pair} - {2}


def test_a_large_index_that_never_looked_for_pairs_is_worn(engine, monkeypatch):
    engine.rebuild(*(document(n, "obra salud") for n in range(1, 21)))
    assert not engine.index.worn()
    monkeypatch.setattr(postgres_tables, "PAIRS_FROM", 10)
    assert engine.index.worn()
    with engine.index.rebuilding() as fresh:
        fresh.sample([])
        fresh.put([document(n, "obra salud") for n in range(1, 21)])
    assert not engine.index.worn()


def test_an_index_of_another_state_of_the_database_is_noticed(engine):
    engine.put(document(1, "feria"))
    engine.index.check(engine.rows.state())
    for stamp in ("", "other/1", "rebuild"):
        with pytest.raises(IndexDamaged):
            engine.index.check(State(1, stamp))
