"""What every engine promises. Each engine there is goes through all of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine

from dam.errors import Invalid
from dam.search.index import (
    Asked,
    Condition,
    Either,
    Every,
    Filter,
    Order,
    Phrase,
    Prefix,
    Scope,
    Tier,
    Word,
)
from dam.search.postgres_index import PostgresIndex
from dam.search.whoosh_index import WhooshIndex
from tests.search.engine import ADDED, Engine, document


def _on_whoosh(request: pytest.FixtureRequest) -> Engine:
    return Engine(WhooshIndex(request.getfixturevalue("tmp_path") / "index"))


def _on_postgres(request: pytest.FixtureRequest) -> Engine:
    url = request.getfixturevalue("empty_database")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    request.addfinalizer(engine.dispose)

    connection = engine.connect()
    request.addfinalizer(connection.close)

    def execute(query: str, values: Sequence[object]) -> list[tuple]:
        return [tuple(row) for row in connection.exec_driver_sql(query, tuple(values))]

    return Engine(PostgresIndex(url), execute)


ENGINES = {"postgres": _on_postgres, "whoosh": _on_whoosh}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](request)


def test_an_empty_index_finds_nothing(engine):
    assert engine.ids() == [] and engine.ids(Word("feri")) == []
    assert engine.find().total == 0 and engine.find().next is None
    assert all(values == [] for values in engine.counts().values())


def test_put_find_replace_remove(engine):
    engine.put(document(1, "feria"), document(2, "carrera"))
    assert engine.ids(Word("feri")) == [1]
    engine.put(document(1, "carreras"))
    assert engine.ids(Word("feri")) == []
    assert engine.ids(Word("carrer")) == [2, 1]
    engine.remove(2, 99)
    assert engine.ids(Word("carrer")) == [1] and engine.ids() == [1]
    engine.put(document(2, "feria"))
    assert engine.ids(Word("feri")) == [2]


def test_the_same_asset_twice_in_a_thousand_commits_is_one(engine):
    for n in range(40):
        engine.put(document(7, f"feria vuelta{n}"), document(100 + n, "feria"))
    assert engine.ids(Word("feri")).count(7) == 1 and len(engine.ids()) == 41
    assert engine.ids(Word("vuelta39")) == [7] and engine.ids(Word("vuelta38")) == []


def test_rebuilding_replaces_everything_at_once(engine):
    engine.put(document(1, "feria"), document(2, "carrera"))
    with engine.index.rebuilding() as fresh:
        fresh.put([document(3, "feria")])
        assert engine.ids(Word("feri")) == [1], "the old one serves until the swap"
    engine.rebuild(document(3, "feria"))
    assert engine.ids(Word("feri")) == [3] and engine.ids(Word("carrer")) == []


def test_a_rebuild_that_fails_changes_nothing(engine):
    engine.put(document(1, "feria"))
    with pytest.raises(ZeroDivisionError), engine.index.rebuilding() as fresh:
        fresh.put([document(2, "feria")])
        raise ZeroDivisionError
    assert engine.ids(Word("feri")) == [1]
    engine.index.check(engine.rows.state())


def test_clauses(engine):
    engine.put(
        document(
            1, "La plaza de los mártires", texts={"caption": "La plaza de los mártires", "name": "libro.jpg"}
        ),
        document(2, "Los mártires, en la plaza; educación"),
        document(3, "educadores del año"),
        document(4, "un ano"),
    )
    phrase = Phrase(("plaz", "de", "los", "martir"))
    assert engine.ids(Word("plaz"), Word("martir")) == [2, 1]
    assert engine.ids(phrase) == [1]
    assert engine.ids(Phrase(("martir", "libr"))) == [], "a phrase does not run from one field into the next"
    assert engine.ids(Prefix("educ", "educ")) == [3, 2]
    assert engine.ids(Prefix("educaciones", "educacion")) == [2]
    assert engine.ids(Either((Word("an"), phrase, Word("ano")))) == [4, 3, 1]
    assert engine.ids(unwanted=(Word("plaz"), Word("nunc"))) == [4, 3]
    assert engine.ids(Word("ano", "año")) == [3, 4], "ñ first"
    assert engine.ids(Word("nunc")) == []


def test_one_way_of_saying_among_others_may_take_several_words(engine):
    engine.put(
        document(1, "la alcaldesa"),
        document(2, "el presidente del palacio municipal"),
        document(3, "presidente"),
        document(4, "un niño con el presidente municipal"),
    )
    either = Either((Every((Word("president"), Word("municipal"))), Word("alcald")))
    assert engine.ids(either) == [4, 2, 1]
    assert engine.ids(either, Word("nin")) == [4]
    assert engine.ids(unwanted=(either,)) == [3]
    or_the_third = Either((Condition(Filter.ASSET, (3,)), Word("alcald")))
    assert engine.ids(or_the_third) == [3, 1]
    assert engine.ids(or_the_third, order=Order.RELEVANCE) == [1, 3]
    assert engine.ids(either, order=Order.RELEVANCE)[-1] in (1, 2, 4)


def test_conditions_on_offices_keywords_cameras_ratings_captions_and_arrival(engine):
    engine.put(
        document(1, "con pie", offices=("president municipal", "president municipal@15106"), rating=5),
        document(2, "", texts={"name": "x"}, keywords=("educacion public", "bec"), camera="NIKON Z 6_2"),
        document(3, "pie", offices=("regidor",), keywords=("educador",), camera="Canon EOS R5", rating=3,
                 added_at=ADDED + timedelta(days=2)),
    )  # fmt: skip
    later = ADDED + timedelta(days=1)
    expected = {
        Condition(Filter.OFFICE, ("president municipal",)): [1],
        Condition(Filter.OFFICE, ("president municipal@15106", "regidor")): [1, 3],
        Condition(Filter.OFFICE, ("president municipal@15054", "president")): [],
        Condition(Filter.OFFICE, (), absent=True): [2],
        Condition(Filter.KEYWORD_LIKE, ("educ",)): [2, 3],
        Condition(Filter.KEYWORD_LIKE, ("public educacion",)): [2],
        Condition(Filter.KEYWORD_LIKE, ("bec public",)): [],
        Condition(Filter.KEYWORD_LIKE, (), absent=True): [1],
        Condition(Filter.CAMERA_LIKE, ("nikon",)): [2],
        Condition(Filter.CAMERA_LIKE, ("eos can", "sony")): [3],
        Condition(Filter.CAMERA_LIKE, (), absent=True): [1],
        Condition(Filter.RATING, (5, 4)): [1],
        Condition(Filter.RATING, (), absent=True): [2],
        Condition(Filter.CAPTION, (), absent=True): [2],
        Condition(Filter.CAPTION, (), negated=True, absent=True): [1, 3],
        Condition(Filter.ADDED, ((later, None),)): [3],
        Condition(Filter.ADDED, ((None, later),)): [1, 2],
        Condition(Filter.ADDED, ((ADDED, ADDED + timedelta(days=2)),)): [1, 2],
        Condition(Filter.ADDED, ((datetime(2026, 1, 3, tzinfo=UTC), None),)): [3],
    }
    for condition, ids in expected.items():
        assert sorted(engine.ids(always=(condition,))) == ids, condition
    assert dict(engine.counts()[Filter.OFFICE]) == {
        "president municipal": 1, "president municipal@15106": 1, "regidor": 1
    }  # fmt: skip


def test_of_a_stack_whose_cover_is_found_the_cover_stands_for_all(engine):
    engine.put(
        document(1, "feria", stack_id=7, cover=False),
        document(2, "feria", stack_id=7),
        document(3, "feria carrera", stack_id=7, cover=False, kind="video"),
        document(4, "feria"),
        document(5, "carrera", stack_id=8),
    )
    assert engine.ids(Word("feri")) == [4, 3, 2, 1]
    assert engine.ids(Word("feri"), stacked=True) == [4, 2]
    assert engine.find(Asked(wanted=(Word("feri"),), stacked=True)).total == 2
    assert engine.ids(Word("carrer"), stacked=True) == [5, 3], "its own words lead to a frame"
    video = Condition(Filter.KIND, ("video",))
    assert engine.ids(Word("feri"), stacked=True, filters=(video,)) == [3]
    assert dict(engine.counts(wanted=(Word("feri"),), stacked=True)[Filter.KIND]) == {"photo": 2}
    assert engine.ids(always=(Condition(Filter.STACK, (7,)),)) == [3, 2, 1]


def test_what_lies_in_the_place_comes_first_and_the_rest_only_mentions_it(engine):
    engine.put(
        document(1, "toluca", municipality_key="15106", attended_ids=(9,)),
        document(2, "toluca", municipality_key="15054", appears_ids=(9,)),
        document(3, "toluca", municipality_key="15106", appears_ids=(9,), taken_at=datetime(2020, 1, 1)),
        document(4, "toluca", taken_at=None),
        document(5, "toluca", municipality_key="15106", taken_at=datetime(2019, 1, 1)),
    )
    placed = engine.find(Asked(wanted=(Word("toluc"),), places=("15106",)))
    assert placed.asset_ids == (1, 3, 5, 2, 4)
    assert placed.tiers == (Tier.PLACED,) * 3 + (Tier.MENTIONED,) * 2
    assert placed.per_tier == {Tier.PLACED: 3, Tier.MENTIONED: 2}
    shown = engine.find(Asked(wanted=(Word("toluc"),), places=("15106", "x"), shows=(9,)))
    assert shown.asset_ids == (3, 1, 2, 5, 4)
    assert shown.per_tier == {Tier.APPEARS: 1, Tier.ATTENDED: 1, Tier.MENTIONED: 3}


def test_who_held_an_office_that_day_comes_first(engine):
    mayor = ("president municipal", "president municipal@15106")
    engine.put(
        document(1, "toluca", offices=(*mayor, *(f"{key}!" for key in mayor)), taken_at=datetime(2020, 1, 1)),
        document(2, "toluca", offices=mayor, municipality_key="15106"),
        document(3, "toluca", offices=("president municipal", "president municipal!")),
        document(4, "toluca", appears_ids=(9,)),
    )
    found = engine.find(Asked(wanted=(Word("toluc"),), holds=("president municipal@15106",)))
    assert found.asset_ids == (1, 2, 4, 3)
    assert found.per_tier == {Tier.APPEARS: 1, Tier.ATTENDED: 1, Tier.MENTIONED: 2}
    beside = engine.find(Asked(wanted=(Word("toluc"),), holds=("president municipal@15106",), shows=(9,)))
    assert beside.asset_ids == (4, 1, 2, 3)
    there = engine.find(Asked(holds=("president municipal@15106",), places=("15106",)))
    assert there.asset_ids == (2, 4, 3, 1) and there.per_tier[Tier.APPEARS] == 0


def test_words_written_nearly_so(engine):
    engine.put(
        document(1, "González inauguró la inauguración de Chimalhuacán y Ecatepec"),
        document(2, "Hernández, Pérez, hospital, vacunas 2026"),
        document(3, "Pérez"),
    )
    for typed, meant in {
        "inaguracion": "inauguracion",
        "inaguraciones": "inauguracion",
        "gonsales": "gonzalec",
        "peres": "perec",
        "hernandes": "hernandec",
        "ospital": "hospital",
        "chimaluacan": "chimalhuacan",
        "ecatepek": "ecatepec",
        "bacunas": "vacun",
    }.items():
        assert engine.index.near(engine.rows, typed)[:1] == (meant,), typed
    for hopeless in ("xyzzyxyz", "", "a", "2025", "%", "'", "hospital" * 50):
        assert engine.index.near(engine.rows, hopeless) == (), hopeless
    assert len(engine.index.near(engine.rows, "inaguracion", limit=1)) == 1
    engine.remove(2)
    assert engine.index.near(engine.rows, "ospital") == ()


def test_conditions(engine):
    engine.put(
        document(
            1,
            event_ids=(5, 6),
            municipality_key="01001",
            state_key="01",
            appears_ids=(9,),
            byline="Ana López",
        ),
        document(
            2, event_ids=(6,), attended_ids=(9,), kind="video", owner_id=3, taken_at=datetime(2026, 5, 1)
        ),
        document(3, taken_at=None, district_ids=(4,), review="approved", orientation="square"),
    )
    expected = {
        Condition(Filter.EVENT, (6,)): [1, 2],
        Condition(Filter.EVENT, (5, 99)): [1],
        Condition(Filter.EVENT, (6,), negated=True): [3],
        Condition(Filter.EVENT, (), absent=True): [3],
        Condition(Filter.MUNICIPALITY, ("01001",)): [1],
        Condition(Filter.MUNICIPALITY, ("nonsense", "00000", "99999999999")): [],
        Condition(Filter.MUNICIPALITY, (), absent=True): [2, 3],
        Condition(Filter.STATE, ("01",)): [1],
        Condition(Filter.DISTRICT, (4,)): [3],
        Condition(Filter.OFFICIAL, (9,)): [1, 2],
        Condition(Filter.APPEARS, (9,)): [1],
        Condition(Filter.ATTENDED, (9,)): [2],
        Condition(Filter.APPEARS, (), absent=True): [2, 3],
        Condition(Filter.KIND, ("video",)): [2],
        Condition(Filter.BYLINE, ("ana lopez",)): [1],
        Condition(Filter.BYLINE_LIKE, ("lop",)): [1],
        Condition(Filter.BYLINE, (), absent=True): [2, 3],
        Condition(Filter.REVIEW, ("approved", "rejected")): [3],
        Condition(Filter.ORIENTATION, ("square",)): [3],
        Condition(Filter.OWNER, (3,)): [2],
        Condition(Filter.ASSET, (1, 3, 10**8)): [1, 3],
        Condition(Filter.TAKEN, ((datetime(2026, 5, 1), datetime(2026, 5, 1, 1)),)): [2],
        Condition(Filter.TAKEN, ((None, None),)): [1, 2],
        Condition(Filter.TAKEN, (), absent=True): [3],
    }
    for condition, ids in expected.items():
        assert sorted(engine.ids(always=(condition,))) == ids, condition
        assert sorted(engine.ids(filters=(condition,))) == ids, condition


def test_orders(engine):
    engine.put(
        document(1, taken_at=datetime(2026, 1, 1), added_at=ADDED + timedelta(days=9)),
        document(2, taken_at=None, added_at=ADDED),
        document(3, taken_at=datetime(1910, 11, 20), added_at=ADDED),
        document(4, taken_at=datetime(2026, 1, 1), added_at=ADDED + timedelta(days=1)),
    )
    assert engine.ids(order=Order.NEWEST) == [4, 1, 3, 2]
    assert engine.ids(order=Order.OLDEST) == [3, 1, 4, 2]
    assert engine.ids(order=Order.ADDED) == [1, 4, 3, 2]


def test_relevance_goes_by_field_and_rarity(engine):
    engine.put(
        document(1, texts={"name": "rosa"}),
        document(2, texts={"caption": "rosa"}),
        document(3, texts={"officials": "Rosa"}),
        document(4, "otra"),
    )
    assert engine.ids(Word("ros"), order=Order.RELEVANCE) == [3, 2, 1]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("shows", [(), (9,)])
def test_pages_join_without_gap_or_double(engine, order, shows):
    for first in range(1, 60, 20):
        engine.put(
            *(
                document(
                    n,
                    "feria " * (n % 3) + "año" * (n % 2) + " ano",
                    taken_at=datetime(2026, 1, 1 + n % 4) if n % 5 else None,
                    appears_ids=(9,) if n % 4 == 0 else (),
                    attended_ids=(9,) if n % 2 == 0 else (),
                )
                for n in range(first, first + 20)
            )
        )
    asked = Asked(wanted=(Word("ano", "año"),), order=order, shows=shows)
    whole = engine.find(asked, limit=1000)
    assert whole.total == 60 == len(set(whole.asset_ids)) and whole.next is None
    joined, after = [], None
    while after is not None or not joined:
        page = engine.find(asked, after, limit=7)
        joined += page.asset_ids
        assert page.total == 60
        after = page.next
    assert joined == list(whole.asset_ids)
    if shows:
        assert whole.per_tier == {Tier.APPEARS: 15, Tier.ATTENDED: 15, Tier.MENTIONED: 30}
        assert list(whole.tiers) == [Tier.APPEARS] * 15 + [Tier.ATTENDED] * 15 + [Tier.MENTIONED] * 30


@pytest.mark.parametrize(
    "key", [(), (1,), (0, 0, 0, "x"), (9, 0, 0, 0), (0, -1, 0, 0), (0, 0, 2**70, 0), (0, 0, 0, 0.5)]
)
def test_a_forged_key_is_refused(engine, key):
    engine.put(document(1))
    with pytest.raises(Invalid):
        engine.find(after=key)


def test_scope_holds_in_results_and_counts(engine):
    engine.put(
        document(1, municipality_key="15106", state_key="15", review="received"),
        document(2, municipality_key="09001", state_key="09", review="approved"),
        document(3, municipality_key="09001", state_key="09", review="rejected", event_ids=(8,)),
        document(4, owner_id=77, review="rejected", byline="Yo"),
    )
    assert engine.ids(scope=Scope()) == [4, 3, 2, 1]
    assert engine.ids(scope=Scope(rejected=False)) == [2, 1]
    assert engine.ids(scope=Scope(rejected=False, owner_id=77)) == [4, 2, 1]
    liaison = Scope(everything=False, territory=frozenset({"15106"}), owner_id=77)
    assert engine.ids(scope=liaison) == [4, 2, 1]
    assert engine.ids(scope=Scope(everything=False, territory=frozenset({"09"}))) == [3, 2]
    assert engine.ids(scope=Scope(everything=False, approved=False)) == []
    nobody = Scope(everything=False, approved=False, territory=frozenset({"1510", "9", "", "x"}))
    assert engine.ids(scope=nobody) == []
    assert dict(engine.counts(scope=liaison)[Filter.MUNICIPALITY]) == {"09001": 1, "15106": 1}
    assert engine.counts(scope=liaison)[Filter.EVENT] == []


def test_counts_leave_their_own_filter_aside(engine):
    for n in range(12):
        engine.put(
            document(
                n + 1,
                event_ids=(1, 2)[: n % 3],
                kind=("photo", "video")[n % 2],
                taken_at=(datetime(2026, 5, 31, 23, 59, 59), datetime(1969, 12, 31), None)[n % 3],
                appears_ids=(4,) if n == 0 else (),
                attended_ids=(4, 5) if n < 3 else (),
            )
        )
    videos = Condition(Filter.KIND, ("video",))
    counts = engine.counts(filters=(videos,))
    assert counts[Filter.KIND] == [("photo", 6), ("video", 6)]
    assert counts[Filter.EVENT] == [(1, 4), (2, 2)]
    assert counts[Filter.TAKEN] == [((1969, 12), 2), ((2026, 5), 2)]
    assert counts[Filter.OFFICIAL] == [(4, 1), (5, 1)]
    assert dict(engine.counts()[Filter.OFFICIAL]) == {4: 3, 5: 3}, "who appears and attended counts once"
