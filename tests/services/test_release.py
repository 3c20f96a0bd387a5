"""The queue, the verdicts, withdrawing, where it went."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dam.archive import Archive
from dam.errors import Forbidden, Invalid, NotFound, NotReleased
from dam.models import (
    Asset,
    AssetEvent,
    Delivery,
    Event,
    Kind,
    Minors,
    Network,
    Processing,
    Review,
    Role,
    User,
    Withdrawal,
)
from dam.services import accounts, describing, finding, indexing, release
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, demand
from dam.services.describing import Description
from dam.services.finding import Query
from dam.services.release import queueing, whereabouts
from dam.services.release.best import Frame, choose


@pytest.fixture
def boss(archive: Archive) -> Actor:
    return _account(archive, Role.COORDINATOR)


def _account(archive: Archive, role: Role) -> Actor:
    with archive.transaction() as tx:
        user = User(login=f"{role}@example.mx", name=f"Alguien {role}", role=role, session_mark="x")
        tx.add(user)
        tx.flush()
        return accounts.actor_of(tx, user)


def _make(archive: Archive, event: Event | None = None, count: int = 1, **facts: object) -> list[int]:
    ready = {"kind": Kind.PHOTO, "processing": Processing.READY, "keywords": [], "persons": []}
    with archive.transaction() as tx:
        made = [Asset(**{**ready, **facts}) for _ in range(count)]
        tx.add_all(made)
        tx.flush()
        if event is not None:
            for asset in made:
                tx.add(AssetEvent(asset_id=asset.id, event_id=event.id, number=asset.id, position=0))
        indexing.touch(tx, [asset.id for asset in made])
    return [asset.id for asset in made]


def _event(archive: Archive, name: str, day: datetime | None) -> Event:
    with archive.transaction() as tx:
        event = Event(name=name, folded=name, starts_at=day, timezone="America/Mexico_City")
        tx.add(event)
        tx.flush()
    return event


def _get(archive: Archive, asset_id: int) -> Asset:
    with archive.reading() as tx:
        return tx.get_one(Asset, asset_id)


def test_the_queue_holds_what_waits_newest_event_first(archive: Archive, boss: Actor) -> None:
    new = _event(archive, "Nuevo", datetime(2026, 5, 2, 10))
    old = _event(archive, "Viejo", datetime(2025, 1, 1, 10))
    newest = _make(archive, new, 2)
    alone, looked_at = _make(archive), _make(archive, old, review=Review.IN_REVIEW)
    for away in ({"review": Review.APPROVED}, {"review": Review.REJECTED}, {"deleted_at": archive.clock()},
                 {"withdrawn_at": archive.clock()}, {"processing": Processing.WORKING}):  # fmt: skip
        _make(archive, new, **away)
    with archive.reading() as tx:
        queue = release.waiting(tx, boss)
        assert release.count_waiting(tx, boss) == 4
    assert [(one.name, list(one.asset_ids)) for one in queue.events] == [
        ("Nuevo", newest), ("Viejo", looked_at), (None, alone),
    ]  # fmt: skip
    assert queue.older is None


def test_the_queue_goes_on_by_key_and_misses_nothing(archive: Archive, boss: Actor, monkeypatch) -> None:
    monkeypatch.setattr(queueing, "WINDOW", 2)
    monkeypatch.setattr(queueing._last, "__defaults__", (2,))
    ids = _make(archive, None, 5)
    seen: list[int] = []
    before = None
    with archive.reading() as tx:
        while True:
            queue = queueing.waiting(tx, boss, before=before)
            seen += [asset_id for one in queue.events for asset_id in one.asset_ids]
            if queue.older is None:
                break
            before = queue.older
    assert sorted(seen) == ids and len(seen) == len(ids)


def test_hundreds_are_approved_at_once_and_taken_back_at_once(archive: Archive, boss: Actor) -> None:
    ids = _make(archive, None, 40)
    with archive.transaction() as tx:
        change = release.review(tx, boss, ids, Review.APPROVED, no_minors=True)
    one = _get(archive, ids[7])
    assert (one.review, one.minors, one.reviewed_by) == (Review.APPROVED, Minors.NO, boss.user_id)
    assert one.reviewed_at is not None
    with archive.transaction() as tx:
        describing.undo(tx, boss, change.id)
    one = _get(archive, ids[7])
    assert (one.review, one.minors, one.reviewed_by) == (Review.RECEIVED, Minors.NOT_LOOKED_AT, None)
    assert one.reviewed_at is None


def test_approving_never_says_no_minors_where_somebody_recognised_one(archive: Archive, boss: Actor) -> None:
    (marked,) = _make(archive, None, minors=Minors.YES)
    with archive.transaction() as tx:
        release.review(tx, boss, [marked], Review.APPROVED, no_minors=True)
    assert _get(archive, marked).minors == Minors.YES


def test_a_rejection_has_a_reason_and_an_approval_forgets_it(archive: Archive, boss: Actor) -> None:
    (one,) = _make(archive)
    with archive.transaction() as tx:
        with pytest.raises(Invalid):
            release.review(tx, boss, [one], Review.REJECTED, "   ")
        release.review(tx, boss, [one], Review.REJECTED, " ojos   cerrados ")
    assert _get(archive, one).review_reason == "ojos cerrados"
    with archive.transaction() as tx:
        release.review(tx, boss, [one], Review.APPROVED)
    assert _get(archive, one).review_reason is None


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PHOTOGRAPHER, Role.LIAISON, Role.VIEWER])
def test_only_coordinators_review_withdraw_and_set_embargoes(archive: Archive, role: Role) -> None:
    actor = _account(archive, role)
    ids = _make(archive, None, owner_id=actor.user_id)
    tomorrow = archive.clock() + timedelta(days=1)
    with archive.transaction() as tx:
        for attempt in (
            lambda: release.review(tx, actor, ids, Review.APPROVED),
            lambda: release.withdraw(tx, actor, ids, Withdrawal.ERROR),
            lambda: release.waiting(tx, actor),
            lambda: release.withdrawn(tx, actor),
            lambda: describing.describe(tx, actor, ids, Description(embargo_until=tomorrow)),
            lambda: describing.describe(tx, actor, ids, Description(rights_expire_on=date(2027, 1, 1))),
            lambda: whereabouts.places_to_clean(tx, actor, ids),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_embargo_rights_and_minors_are_described_and_undone(archive: Archive, boss: Actor) -> None:
    (one,) = _make(archive)
    until, last = datetime(2026, 6, 1, 12, tzinfo=UTC), date(2027, 1, 31)
    said = Description(embargo_until=until, rights_expire_on=last, minors=Minors.NO)
    with archive.transaction() as tx:
        change = describing.describe(tx, boss, [one], said)
    asset = _get(archive, one)
    assert (asset.embargo_until, asset.rights_expire_on, asset.minors) == (until, last, Minors.NO)
    with archive.transaction() as tx:
        describing.undo(tx, boss, change.id)
    asset = _get(archive, one)
    assert (asset.embargo_until, asset.rights_expire_on) == (None, None)
    with archive.transaction() as tx, pytest.raises(Invalid):
        describing.describe(tx, boss, [one], Description(embargo_until=datetime(2026, 6, 1)))


def test_what_was_withdrawn_is_found_by_nobody_and_comes_back_with_undo(
    archive: Archive, boss: Actor
) -> None:
    one, other = _make(archive, None, 2, review=Review.APPROVED)
    editor = _account(archive, Role.EDITOR)
    with archive.transaction() as tx:
        change = release.withdraw(tx, boss, [one], Withdrawal.AUTHORITY, "Oficio INE/123")
        again = release.withdraw(tx, boss, [one], Withdrawal.ERROR)
    assert again.before["assets"] == {}  # the first reason stays
    _index(archive)
    for actor in (boss, editor, LOCAL_ADMINISTRATOR):
        assert finding.all_ids(archive, actor, Query()) == [other]
    with archive.reading() as tx:
        (shown,) = release.withdrawn(tx, boss).assets
        assert (shown.id, shown.withdrawn_reason, shown.withdrawn_note) == (
            one, Withdrawal.AUTHORITY, "Oficio INE/123",
        )  # fmt: skip
        demand(boss, Action.SEE, shown)
        with pytest.raises(NotReleased):
            demand(boss, Action.TAKE_WEB, shown)
        with pytest.raises(NotReleased):
            demand(editor, Action.SEE, shown)
    with archive.transaction() as tx:
        describing.undo(tx, boss, change.id)
    _index(archive)
    assert sorted(finding.all_ids(archive, editor, Query())) == [one, other]
    assert _get(archive, one).withdrawn_reason is None


def test_reinstating_lets_it_be_found_again(archive: Archive, boss: Actor) -> None:
    (one,) = _make(archive)
    with archive.transaction() as tx:
        release.withdraw(tx, boss, [one], Withdrawal.RIGHTS)
        release.reinstate(tx, boss, [one])
    _index(archive)
    assert finding.all_ids(archive, boss, Query()) == [one]


def _index(archive: Archive) -> None:
    while indexing.drain(archive):
        pass


def test_the_list_of_places_to_clean_names_everybody_who_has_it(archive: Archive, boss: Actor) -> None:
    one, other = _make(archive, None, 2)
    editor = _account(archive, Role.EDITOR)
    with archive.transaction() as tx:
        tx.add(Delivery(asset_id=one, user_id=editor.user_id, preset="ig-1x1", route="page", use="Campaña"))
        tx.add(Delivery(asset_id=other, user_id=editor.user_id, preset="web", route="zip", unapproved=True))
        whereabouts.note_publication(tx, editor, [one], Network.FACEBOOK, address="facebook.com/pt/1",
                                     published_on=date(2026, 5, 3), note="portada")  # fmt: skip
    with archive.reading() as tx:
        places = whereabouts.places_to_clean(tx, boss, [one, other])
    published = [place.publication for place in places if place.publication]
    taken = {place.asset_id: place.taken for place in places if place.taken}
    assert [(row.network, row.address) for row in published] == [
        (Network.FACEBOOK, "https://facebook.com/pt/1")
    ]
    assert (taken[one].who, taken[one].use, taken[one].preset) == ("Alguien editor", "Campaña", "ig-1x1")
    assert taken[other].unapproved


def test_a_place_is_cleaned_and_a_wrong_note_taken_away(archive: Archive, boss: Actor) -> None:
    (one,) = _make(archive)
    editor, other = _account(archive, Role.EDITOR), _account(archive, Role.PHOTOGRAPHER)
    with archive.transaction() as tx:
        (row,) = whereabouts.note_publication(tx, editor, [one], Network.PRINT, published_on=date(2026, 5, 3))
        assert whereabouts.clean(tx, other, row.id).cleaned_by == other.user_id
        with pytest.raises(Forbidden):
            whereabouts.forget_publication(tx, other, row.id)
        whereabouts.forget_publication(tx, editor, row.id)
        with pytest.raises(NotFound):
            whereabouts.clean(tx, boss, row.id)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://x/y", "https://", "http://a b.mx", "x" * 2100]
)
def test_an_address_of_a_publication_is_a_web_address(archive: Archive, boss: Actor, address: str) -> None:
    ids = _make(archive)
    with archive.transaction() as tx, pytest.raises(Invalid):
        whereabouts.note_publication(
            tx, boss, ids, Network.WEB, address=address, published_on=date(2026, 5, 3)
        )


def test_who_has_no_business_with_origins_sees_only_what_they_took_themselves(archive: Archive) -> None:
    (one,) = _make(archive, None, review=Review.APPROVED)
    viewer, editor = _account(archive, Role.VIEWER), _account(archive, Role.EDITOR)
    with archive.transaction() as tx:
        for actor in (viewer, editor):
            tx.add(Delivery(asset_id=one, user_id=actor.user_id, preset="web", route="page"))
    with archive.reading() as tx:
        asset = tx.get_one(Asset, one)
        assert [told.who for told in whereabouts.deliveries(tx, viewer, asset)] == ["Alguien viewer"]
        assert len(whereabouts.deliveries(tx, editor, asset)) == 2


START = datetime(2026, 5, 1, 10)


def _frame(number: int, **facts: object) -> Frame:
    plain = {"taken_at": START + timedelta(minutes=number), "rating": 0, "detail": 0.1, "faces": 0,
             "named": False, "approved": False, "hash": (number * 0x9E3779B97F4A7C15) % 2**64}  # fmt: skip
    return Frame(number, **{**plain, **facts})


def test_the_best_twelve_are_spread_over_the_event() -> None:
    frames = [_frame(number) for number in range(240)]
    picked = choose(frames)
    assert len(picked) == 12 and picked == sorted(picked)
    assert [number // 20 for number in picked] == list(range(12))


def test_of_a_burst_the_sharpest_is_chosen_and_the_others_are_not() -> None:
    bursts = [_frame(number, hash=(number // 10) * 0x0F0F1234F0F0ABCD % 2**64,
                     detail=0.9 if number % 10 == 4 else 0.1) for number in range(120)]  # fmt: skip
    assert choose(bursts) == [number for number in range(120) if number % 10 == 4]


def test_stars_and_faces_come_before_sharpness_and_few_frames_are_all_there_is() -> None:
    few = [_frame(1, detail=0.9), _frame(2, rating=4), _frame(3, faces=2)]
    assert choose(few) == [1, 2, 3]
    assert choose(few, 1) == [2]
    assert choose([]) == []


def test_twins_fill_the_sheet_only_when_nothing_else_is_left() -> None:
    twins = [_frame(number, hash=7) for number in range(20)] + [_frame(50)]
    picked = choose(twins)
    assert len(picked) == 12 and 50 in picked
