"""Describing: one description for many assets, and the way back."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    AuditEntry,
    Change,
    Event,
    IndexTicket,
    Municipality,
    MunicipalitySource,
    Official,
    Processing,
    Review,
    Role,
    User,
)
from dam.services import audit
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.services.describing import Description, describe, placing, undo

TOLUCA, METEPEC = "15106", "15054"


@pytest.fixture
def people(archive: Archive) -> dict[str, Actor]:
    """One actor of each role; their rows exist."""
    actors = {}
    with archive.transaction() as tx:
        for role in Role:
            user = User(login=role, name=role.title(), role=role, session_mark="x")
            tx.add(user)
            tx.flush()
            land = frozenset({TOLUCA}) if role == Role.LIAISON else frozenset()
            actors[role] = Actor(user.id, user.name, role, land)
    return actors


def make_event(archive: Archive, name: str, municipality: str | None = None) -> int:
    with archive.transaction() as tx:
        event = Event(name=name, folded=name.lower(), timezone="America/Mexico_City",
                      municipality_key=municipality, starts_at=datetime(2026, 5, 1))  # fmt: skip
        tx.add(event)
        tx.flush()
        return event.id


def make_official(archive: Archive, name: str) -> int:
    with archive.transaction() as tx:
        official = Official(name=name, folded=name.lower())
        tx.add(official)
        tx.flush()
        return official.id


@pytest.fixture
def rally(archive: Archive) -> int:
    return make_event(archive, "Mitin", TOLUCA)


@pytest.fixture
def make(archive: Archive, rally: int) -> Callable[..., list[int]]:
    """``make(count, owner=…, key=…)``: ready photos of the rally, one minute apart."""

    def _make(count: int = 1, owner: Actor | None = None, **more: object) -> list[int]:
        with archive.transaction() as tx:
            assets = [
                Asset(processing=Processing.READY, owner_id=owner.user_id if owner else None, keywords=[],
                      persons=[], taken_at=datetime(2026, 5, 1, 10 + i // 60 % 12, i % 60), **more)
                for i in range(count)
            ]  # fmt: skip
            tx.add_all(assets)
            tx.flush()
            ids = [asset.id for asset in assets]
            placing.move(tx, ids, rally)
            return ids

    return _make


def read(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        asset = tx.get_one(Asset, asset_id)
        assert asset.placements
        for appearance in asset.appearances:
            assert appearance.official.name
        tx.expunge_all()
        return asset


def test_one_description_reaches_every_chosen_asset_and_no_other(archive, make):
    first, second, other = make(3)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [first, second], Description(caption=" Óscar  saluda ", rating=4))
    assert [read(archive, i).caption for i in (first, second, other)] == [
        "Óscar saluda",
        "Óscar saluda",
        None,
    ]
    assert [read(archive, i).rating for i in (first, second, other)] == [4, 4, None]
    assert [read(archive, i).version for i in (first, second, other)] == [2, 2, 1]


def test_an_edit_is_in_the_custody_log_and_waits_for_the_indexer(archive, make):
    (asset_id,) = make(1)
    with archive.transaction() as tx:
        tx.query(IndexTicket).delete()
        change = describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(headline="Abrazo"))
    with archive.reading() as tx:
        entry = tx.scalars(select(AuditEntry).where(AuditEntry.action == "asset.describe")).one()
        assert (entry.subject_type, entry.subject_id) == ("asset", asset_id)
        assert entry.detail == {"change": change.id, "fields": ["headline"], "said": {"headline": "Abrazo"}}
        assert audit.verify(tx).holds
        assert set(tx.scalars(select(IndexTicket.asset_id))) == {asset_id}


def test_none_empties_and_silence_leaves_alone(archive, make):
    (asset_id,) = make(1, headline="Uno", caption="Dos")
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(headline=None))
    asset = read(archive, asset_id)
    assert (asset.headline, asset.caption) == (None, "Dos")


def test_keywords_are_added_and_removed_whatever_their_case(archive, make):
    (asset_id,) = make(1)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(add_keywords=("Salud", " salud ", "Niñez")))
        describe(
            tx,
            LOCAL_ADMINISTRATOR,
            [asset_id],
            Description(add_keywords=("agua",), remove_keywords=("SALUD",)),
        )
    assert read(archive, asset_id).keywords == ["Niñez", "agua"]


def test_who_appears_keeps_the_order_in_which_it_was_said(archive, make):
    (asset_id,) = make(1)
    ana, beto, carla = (make_official(archive, name) for name in ("Ana", "Beto", "Carla"))
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(appears_add=(carla, ana)))
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(appears_add=(beto, ana)))
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(appears_remove=(ana,)))
    shown = read(archive, asset_id).appearances
    assert [(a.official.name, a.confirmed) for a in shown] == [("Carla", True), ("Beto", True)]


def test_saying_that_a_suggested_person_appears_confirms_it(archive, make, people):
    (asset_id,) = make(1)
    ana = make_official(archive, "Ana")
    with archive.transaction() as tx:
        tx.add(Appearance(asset_id=asset_id, official_id=ana, confirmed=False))
    with archive.transaction() as tx:
        describe(tx, people[Role.EDITOR], [asset_id], Description(appears_add=(ana,)))
    (shown,) = read(archive, asset_id).appearances
    assert shown.confirmed and shown.user_id == people[Role.EDITOR].user_id


def test_a_person_s_municipality_is_marked_as_a_person_s(archive, make):
    (asset_id,) = make(1, municipality_key=TOLUCA, municipality_source=MunicipalitySource.GPS)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(municipality_key=METEPEC))
    asset = read(archive, asset_id)
    assert (asset.municipality_key, asset.municipality_source) == (METEPEC, MunicipalitySource.PERSON)


def test_another_event_gives_new_numbers_in_the_order_of_taking(archive, make):
    ids = make(3)
    conference = make_event(archive, "Rueda de prensa")
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [ids[2], ids[0]], Description(event_id=conference))
        describe(tx, LOCAL_ADMINISTRATOR, [ids[1]], Description(event_id=conference))
    numbers = {i: [(p.event_id, p.number) for p in read(archive, i).placements] for i in ids}
    assert numbers == {ids[0]: [(conference, 1)], ids[2]: [(conference, 2)], ids[1]: [(conference, 3)]}


def test_a_number_is_never_given_again(archive, make, rally):
    first, second = make(2)
    other = make_event(archive, "Otro")
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [first, second], Description(event_id=other))
    (third,) = make(1)
    assert [(p.event_id, p.number) for p in read(archive, third).placements] == [(rally, 3)]


def test_moving_keeps_further_events_and_their_numbers(archive, make, rally):
    (asset_id,) = make(1)
    second, third = make_event(archive, "Segundo"), make_event(archive, "Tercero")
    with archive.transaction() as tx:
        number = placing.take_numbers(tx, second, 1)[0]
        tx.add(AssetEvent(asset_id=asset_id, event_id=second, number=number, position=1))
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(event_id=third))
    assert [p.event_id for p in read(archive, asset_id).placements] == [third, second]
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(event_id=second))
    assert [(p.event_id, p.number) for p in read(archive, asset_id).placements] == [(second, 1)]


def test_a_municipality_known_only_from_the_event_follows_the_event(archive, make):
    (told,) = make(1, municipality_key=TOLUCA, municipality_source=MunicipalitySource.EVENT)
    (measured,) = make(1, municipality_key=TOLUCA, municipality_source=MunicipalitySource.GPS)
    other = make_event(archive, "En Metepec", METEPEC)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [told, measured], Description(event_id=other))
    assert read(archive, told).municipality_key == METEPEC
    assert read(archive, measured).municipality_key == TOLUCA


def test_when_one_of_many_may_not_be_edited_none_is(archive, make, people):
    photographer = people[Role.PHOTOGRAPHER]
    own, foreign = make(1, owner=photographer), make(2)
    with archive.transaction() as tx, pytest.raises(Forbidden) as refusal:
        describe(tx, photographer, own + foreign, Description(caption="Mía"))
    assert refusal.value.detail == {"barred": 2, "chosen": 3}
    assert read(archive, own[0]).caption is None
    with archive.transaction() as tx:
        describe(tx, photographer, own, Description(caption="Mía"))
    assert read(archive, own[0]).caption == "Mía"


def test_what_one_may_not_see_is_as_if_it_were_not_there(archive, make, people):
    (asset_id,) = make(1, municipality_key=METEPEC)
    with archive.transaction() as tx, pytest.raises(NotFound):
        describe(tx, people[Role.LIAISON], [asset_id], Description(caption="?"))
    with archive.transaction() as tx, pytest.raises(NotFound):
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id, 999_999], Description(caption="?"))


def test_only_heads_decide_about_review(archive, make, people):
    (asset_id,) = make(1)
    with archive.transaction() as tx, pytest.raises(Forbidden):
        describe(tx, people[Role.EDITOR], [asset_id], Description(review=Review.APPROVED))
    with archive.transaction() as tx:
        describe(tx, people[Role.COORDINATOR], [asset_id], Description(review=Review.APPROVED))
    assert read(archive, asset_id).review == Review.APPROVED


def test_a_liaison_moves_nothing_into_another_territory_s_event(archive, make, people):
    (asset_id,) = make(1, owner=people[Role.LIAISON])
    away = make_event(archive, "En Metepec", METEPEC)
    with archive.transaction() as tx, pytest.raises(Forbidden):
        describe(tx, people[Role.LIAISON], [asset_id], Description(event_id=away))


@pytest.mark.parametrize(
    "description",
    [
        Description(),
        Description(rating=6),
        Description(rating=0),
        Description(headline="x" * 401),
        Description(add_keywords=tuple(f"palabra {i}" for i in range(101))),
        Description(add_keywords=("x" * 121,)),
    ],
)
def test_what_cannot_be_used_is_refused(archive, make, description):
    (asset_id,) = make(1)
    with archive.transaction() as tx, pytest.raises(Invalid):
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], description)


@pytest.mark.parametrize(
    "description",
    [Description(event_id=999), Description(municipality_key="99999"), Description(appears_add=(999,))],
)
def test_unknown_places_people_and_events_are_refused(archive, make, description):
    (asset_id,) = make(1)
    with archive.transaction() as tx, pytest.raises(NotFound):
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], description)


def test_marks_that_cannot_be_seen_are_not_kept(archive, make):
    (asset_id,) = make(1)
    with archive.transaction() as tx:
        told = Description(headline="a\x00b\u202ec\nd", caption="uno\r\n\r\n\r\n\r\n<b>dos</b>")
        describe(tx, LOCAL_ADMINISTRATOR, [asset_id], told)
    asset = read(archive, asset_id)
    assert (asset.headline, asset.caption) == ("a bc d", "uno\n\n<b>dos</b>")


# undo


def test_undo_puts_everything_back_exactly(archive, make, rally):
    ids = make(2, headline="Antes", municipality_key=TOLUCA, municipality_source=MunicipalitySource.EVENT)
    ana, beto = make_official(archive, "Ana"), make_official(archive, "Beto")
    other = make_event(archive, "Otro", METEPEC)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [ids[0]], Description(appears_add=(ana,), add_keywords=("agua",)))
    with archive.transaction() as tx:
        change = describe(
            tx, LOCAL_ADMINISTRATOR, ids,
            Description(headline="Después", event_id=other, appears_add=(beto,), appears_remove=(ana,),
                        remove_keywords=("agua",), municipality_key=METEPEC, rating=5),
        )  # fmt: skip
    with archive.transaction() as tx:
        undone = undo(tx, LOCAL_ADMINISTRATOR, change.id)
    assert (undone.restored, undone.kept) == (tuple(ids), ())
    first, second = read(archive, ids[0]), read(archive, ids[1])
    assert [(a.official_id, a.confirmed) for a in first.appearances] == [(ana, True)]
    assert second.appearances == []
    assert (first.keywords, first.headline, first.rating) == (["agua"], "Antes", None)
    assert (first.municipality_key, first.municipality_source) == (TOLUCA, MunicipalitySource.EVENT)
    assert [(p.event_id, p.number) for p in first.placements] == [(rally, 1)]
    assert [(p.event_id, p.number) for p in second.placements] == [(rally, 2)]


def test_undo_leaves_what_was_edited_since_and_says_so(archive, make):
    first, second = make(2)
    with archive.transaction() as tx:
        change = describe(tx, LOCAL_ADMINISTRATOR, [first, second], Description(caption="Uno", rating=3))
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [second], Description(caption="Mejor"))
    with archive.transaction() as tx:
        undone = undo(tx, LOCAL_ADMINISTRATOR, change.id)
    assert (undone.restored, undone.kept) == ((first, second), (second,))
    assert (read(archive, first).caption, read(archive, second).caption) == (None, "Mejor")
    assert read(archive, second).rating is None


def test_undo_refuses_when_all_was_edited_since_or_when_done_twice(archive, make):
    (asset_id,) = make(1)
    with archive.transaction() as tx:
        first = describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(caption="Uno"))
        second = describe(tx, LOCAL_ADMINISTRATOR, [asset_id], Description(caption="Dos"))
    with archive.transaction() as tx, pytest.raises(Conflict):
        undo(tx, LOCAL_ADMINISTRATOR, first.id)
    with archive.transaction() as tx:
        undo(tx, LOCAL_ADMINISTRATOR, second.id)
    with archive.transaction() as tx, pytest.raises(Conflict):
        undo(tx, LOCAL_ADMINISTRATOR, second.id)
    assert read(archive, asset_id).caption == "Uno"


def test_nobody_undoes_another_person_s_change_but_a_coordinator(archive, make, people):
    (asset_id,) = make(1)
    with archive.transaction() as tx:
        change = describe(tx, people[Role.EDITOR], [asset_id], Description(caption="Uno"))
    with archive.transaction() as tx, pytest.raises(NotFound):
        undo(tx, people[Role.PHOTOGRAPHER], change.id)
    with archive.transaction() as tx:
        undo(tx, people[Role.COORDINATOR], change.id)
    assert read(archive, asset_id).caption is None


def test_a_change_remembers_only_what_differs(archive, make):
    same, other = make(2)
    with archive.transaction() as tx:
        describe(tx, LOCAL_ADMINISTRATOR, [same], Description(caption="Uno"))
        change = describe(tx, LOCAL_ADMINISTRATOR, [same, other], Description(caption="Uno"))
    with archive.reading() as tx:
        assert tx.get_one(Change, change.id).before == {"assets": {str(other): {"caption": None}}}
    assert read(archive, same).version == 2


def test_five_thousand_assets_cost_about_as_many_statements_as_five(archive, make):
    ana, other = make_official(archive, "Ana"), make_event(archive, "Otro")

    def statements(ids: list[int]) -> int:
        seen = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        sa_event.listen(archive.database.engine, "before_cursor_execute", listen)
        with archive.transaction() as tx:
            told = Description(caption="Uno", event_id=other, appears_add=(ana,), add_keywords=("agua",))
            describe(tx, LOCAL_ADMINISTRATOR, ids, told)
        sa_event.remove(archive.database.engine, "before_cursor_execute", listen)
        return len(seen)

    few, many = statements(make(5)), statements(make(2000))
    assert many < few + 40
    with archive.reading() as tx:
        assert tx.get_one(Municipality, TOLUCA).name  # the archive goes on
