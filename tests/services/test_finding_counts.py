"""Counts say what a click would give, and only of what the asker may see."""

from datetime import datetime

from dam.models import Asset, Kind, Review, Role
from dam.services import finding
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.finding import Filters, Query
from tests.services.finding_material import (
    ECATEPEC,
    METEPEC,
    TOLUCA,
    add_asset,
    add_event,
    add_official,
    add_user,
    drain,
)

LIAISON = Actor(77, "Enlace", Role.LIAISON, frozenset({METEPEC}))
VIEWER = Actor(78, "Consulta", Role.VIEWER)


def numbers(counts) -> dict[str, int]:
    return {one.value: one.count for one in counts}


def test_each_count_is_what_choosing_it_finds(archive):
    ana, beto = add_official(archive, "Ana Ruiz"), add_official(archive, "Beto Díaz")
    rally, tour = (
        add_event(archive, "Mitin", attendees=[ana, beto]),
        add_event(archive, "Gira", attendees=[ana]),
    )
    for n in range(30):
        add_asset(
            archive,
            events=([rally], [tour], [rally, tour], [])[n % 4],
            appears=([ana], [], [beto])[n % 3],
            municipality_key=(TOLUCA, METEPEC, None)[n % 3],
            kind=(Kind.PHOTO, Kind.VIDEO)[n % 2],
            taken_at=(datetime(2026, 5, 1), datetime(2025, 12, 31, 23, 59, 59), None)[n % 3],
            byline=("Ana López", "ana lopez", None, "Luis")[n // 2 % 4],
            review=list(Review)[n % 4],
        )
    drain(archive)
    chosen = Filters(kinds=("photo",))
    counts = finding.counts(archive, LOCAL_ADMINISTRATOR, Query(filters=chosen))
    names = {
        "event": "event_ids",
        "municipality": "municipality_keys",
        "official": "official_ids",
        "year": "dates",
        "month": "dates",
        "author": "bylines",
        "review": "reviews",
        "state": "state_keys",
    }
    for shown, name in names.items():
        assert getattr(counts, shown), shown
        for one in getattr(counts, shown):
            value = int(one.value) if name.endswith("_ids") else one.value
            query = Query(filters=Filters(**{"kinds": ("photo",), name: (value,)}))
            assert finding.find(archive, LOCAL_ADMINISTRATOR, query).total == one.count, (shown, one)
    assert numbers(counts.kind) == {"photo": 15, "video": 15}, "its own choice is left aside"
    assert [one.chosen for one in counts.kind if one.value == "photo"] == [True]
    assert [one.label for one in counts.author] == ["Ana López", "Luis"]
    assert {one.label for one in counts.municipality} == {"Toluca", "Metepec"}


def test_several_values_of_one_filter_are_or_and_filters_are_and(archive):
    one = add_asset(archive, municipality_key=TOLUCA)
    two = add_asset(archive, municipality_key=METEPEC, kind=Kind.VIDEO)
    add_asset(archive, municipality_key=ECATEPEC)
    drain(archive)
    both = Filters(municipality_keys=(TOLUCA, METEPEC))
    assert finding.find(archive, LOCAL_ADMINISTRATOR, Query(filters=both)).total == 2
    photos = Filters(municipality_keys=(TOLUCA, METEPEC), kinds=("photo",))
    assert finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(filters=photos)) == [one]
    assert two not in finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query(filters=photos))


def test_nothing_leaks_to_those_who_may_not_see(archive):
    """Results, counts and suggestions alike."""
    owner = add_user(archive, "enlace", Role.LIAISON)
    liaison = Actor(owner, "Enlace", Role.LIAISON, frozenset({METEPEC}))
    viewer = Actor(add_user(archive, "consulta"), "Consulta", Role.VIEWER)
    secret = add_official(archive, "Secreto Reservado")
    hidden = add_event(archive, "Reunión reservada", attendees=[secret], municipality_key=ECATEPEC)
    add_asset(archive, events=[hidden], appears=[secret], municipality_key=ECATEPEC, byline="Reserva Uno")
    refused = add_asset(archive, municipality_key=METEPEC, review=Review.REJECTED)
    local = add_asset(archive, municipality_key=METEPEC)
    out = add_asset(archive, municipality_key=TOLUCA, review=Review.APPROVED)
    own = add_asset(archive, municipality_key=None, owner_id=owner)
    drain(archive)

    assert set(finding.all_ids(archive, liaison, Query())) == {refused, local, out, own}
    assert finding.find(archive, liaison, Query("reservado")).total == 0
    assert finding.find(archive, liaison, Query(filters=Filters(official_ids=(secret,)))).total == 0
    counts = finding.counts(archive, liaison, Query())
    assert numbers(counts.municipality) == {METEPEC: 2, TOLUCA: 1}
    assert counts.official == () and counts.event == () and counts.author == ()
    assert finding.suggest(archive, liaison, "reser") == []
    assert [one.count for one in finding.suggest(archive, liaison, "ecatepec")] == []
    assert {(one.filter, one.count) for one in finding.suggest(archive, LOCAL_ADMINISTRATOR, "reser")} == {
        ("official", 1),
        ("event", 1),
        ("author", 1),
    }

    assert refused not in finding.all_ids(archive, viewer, Query())
    assert len(finding.all_ids(archive, viewer, Query())) == 4
    assert numbers(finding.counts(archive, viewer, Query()).municipality)[METEPEC] == 1


def test_what_was_withdrawn_is_gone_before_the_indexer_looks(archive):
    viewer = Actor(add_user(archive, "consulta"), "Consulta", Role.VIEWER)
    refused, binned, kept = (add_asset(archive, review=Review.APPROVED) for _ in range(3))
    drain(archive)
    with archive.transaction() as tx:
        tx.get(Asset, refused).review = Review.REJECTED
        tx.get(Asset, binned).deleted_at = archive.clock()
    assert finding.all_ids(archive, viewer, Query()) == [kept]
    assert [hit.asset_id for hit in finding.find(archive, viewer, Query()).hits] == [kept]
    assert finding.all_ids(archive, LOCAL_ADMINISTRATOR, Query()) == [kept, refused]


def test_a_whole_state_is_a_territory(archive):
    add_asset(archive, municipality_key=METEPEC)
    drain(archive)
    assert finding.find(archive, Actor(1, "x", Role.LIAISON, frozenset({"15"})), Query()).total == 1
    assert finding.find(archive, Actor(1, "x", Role.LIAISON, frozenset({"09"})), Query()).total == 0
    assert finding.find(archive, Actor(1, "x", Role.LIAISON, frozenset()), Query()).total == 0


def test_suggestions_prefer_names_that_begin_so_and_those_with_more_material(archive):
    many = add_official(archive, "Tomás Muchas")
    few = add_official(archive, "Tomasa Pocas")
    add_official(archive, "Alma Tomás")
    for _ in range(3):
        add_asset(archive, appears=[many])
    add_asset(archive, appears=[few])
    drain(archive)
    found = finding.suggest(archive, LOCAL_ADMINISTRATOR, "tomas")
    assert [(one.value, one.count) for one in found[:2]] == [(str(many), 3), (str(few), 1)]
    assert finding.suggest(archive, LOCAL_ADMINISTRATOR, "t") == []
    assert finding.suggest(archive, LOCAL_ADMINISTRATOR, "") == []
