"""May it leave, now, for this purpose? Each rule alone, for each kind of asker."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dam.errors import Invalid, NotFound, NotReleased
from dam.models import Asset, Kind, Minors, Processing, Review, Role
from dam.services.access import LOCAL_ADMINISTRATOR, TAKES, Action, Actor, Policy, decide, demand, hold_like
from dam.services.access.deciding import NO_SUCH
from dam.settings import from_environment

NOON = datetime(2026, 5, 2, 18, tzinfo=UTC)  # noon in Mexico
OFFICE = [Actor(1, str(role), role) for role in
          (Role.ADMINISTRATOR, Role.COORDINATOR, Role.EDITOR)]  # fmt: skip
VIEWER = Actor(5, "viewer", Role.VIEWER)
STRICT = Policy()
EVERYTHING = frozenset({Action.SEE, Action.LOOK, *TAKES})
LINK = Actor(None, "prensa", Role.VIEWER, only=EVERYTHING, link_id=3, named=frozenset({7}))
FEED = Actor(None, "feed", Role.VIEWER, public=True)


def _asset(**facts: object) -> Asset:
    clear = {"id": 7, "kind": Kind.PHOTO, "processing": Processing.READY, "review": Review.APPROVED,
             "minors": Minors.NO, "owner_id": 4}  # fmt: skip
    return Asset(**{**clear, **facts})


def _code(actor: Actor, action: Action, policy: Policy = STRICT, **facts: object) -> str:
    decision = decide(actor, action, _asset(**facts), at=NOON, policy=policy)
    assert decision.allowed == (decision.code == "") == (decision.reason == "")
    return decision.code


AGAINST_EVERYBODY = {
    "withdrawn": {"withdrawn_at": NOON},
    "embargoed": {"embargo_until": NOON + timedelta(seconds=1)},
    "rights_expired": {"rights_expire_on": date(2026, 5, 1)},
}


@pytest.mark.parametrize("actor", [*OFFICE, VIEWER, LINK, FEED], ids=lambda actor: actor.name)
@pytest.mark.parametrize("code", AGAINST_EVERYBODY)
def test_withdrawn_embargoed_and_expired_material_leaves_with_nobody(actor: Actor, code: str) -> None:
    for action in TAKES:
        if decide(actor, action, _asset(), at=NOON).allowed:
            assert _code(actor, action, **AGAINST_EVERYBODY[code]) == code


@pytest.mark.parametrize("code", AGAINST_EVERYBODY)
def test_the_local_administrator_may_take_anything(code: str) -> None:
    for action in TAKES:
        assert _code(LOCAL_ADMINISTRATOR, action, **AGAINST_EVERYBODY[code]) == ""
        assert _code(LOCAL_ADMINISTRATOR, action, minors=Minors.YES, review=Review.REJECTED) == ""


def test_an_embargo_ends_at_its_very_moment_and_a_right_with_its_last_day_in_the_office_s_zone() -> None:
    editor = OFFICE[2]
    assert _code(editor, Action.TAKE_WEB, embargo_until=NOON) == ""
    assert _code(editor, Action.TAKE_WEB, rights_expire_on=date(2026, 5, 2)) == ""
    late = datetime(2026, 5, 3, 5, 59, tzinfo=UTC)  # 23:59 of the last day in Mexico
    last_day = _asset(rights_expire_on=date(2026, 5, 2))
    assert decide(editor, Action.TAKE_WEB, last_day, at=late).allowed
    assert not decide(editor, Action.TAKE_WEB, last_day, at=late + timedelta(minutes=1)).allowed


@pytest.mark.parametrize("review", [Review.RECEIVED, Review.IN_REVIEW, Review.REJECTED])
def test_unapproved_material_is_for_work_inside_the_office_and_for_its_owner(review: Review) -> None:
    told = "rejected" if review == Review.REJECTED else "not_approved"
    for actor in OFFICE:
        assert _code(actor, Action.TAKE_WEB, review=review) == ""
    assert _code(Actor(4, "owner", Role.LIAISON), Action.TAKE_ORIGINAL, review=review) == ""
    assert _code(LINK, Action.TAKE_WEB, review=review) == told
    assert _code(FEED, Action.SEE, review=review) == told
    if review != Review.REJECTED:
        assert _code(VIEWER, Action.TAKE_WEB, review=review) == told


@pytest.mark.parametrize("actor", [LINK, FEED])
@pytest.mark.parametrize("action", [Action.SEE, Action.TAKE_WEB])
def test_minors_do_not_go_outside_not_even_as_a_thumbnail(actor: Actor, action: Action) -> None:
    assert _code(actor, action, minors=Minors.YES) == "minors"
    assert _code(actor, action, minors=Minors.NOT_LOOKED_AT) == "minors_not_looked_at"
    lenient = Policy(unseen_minors=True)
    assert _code(actor, action, lenient, minors=Minors.NOT_LOOKED_AT) == ""
    assert _code(actor, action, lenient, minors=Minors.YES) == "minors"


def test_a_network_s_shape_counts_as_going_outside_whoever_takes_it() -> None:
    for actor in OFFICE:
        assert _code(actor, Action.TAKE_WEB, minors=Minors.YES) == ""
        assert _code(actor, Action.TAKE_NETWORK, minors=Minors.YES) == "minors"
        assert _code(actor, Action.TAKE_NETWORK, minors=Minors.NOT_LOOKED_AT) == "minors_not_looked_at"


def test_a_link_shows_what_it_names_and_does_nothing_else() -> None:
    assert _code(LINK, Action.TAKE_ORIGINAL) == ""
    assert _code(LINK, Action.SEE, id=8) == "unknown"
    assert _code(LINK, Action.SEE, deleted_at=NOON) == "unknown"
    assert _code(FEED, Action.TAKE_ORIGINAL) == "role"  # a door that does not say so lets out no original
    for action in set(Action) - EVERYTHING:
        assert not decide(LINK, action, at=NOON).allowed
        assert not decide(LINK, action, _asset(), at=NOON).allowed


def test_a_key_that_may_take_web_versions_may_take_network_shapes_and_no_original() -> None:
    key = Actor(1, "key", Role.EDITOR, only=frozenset({Action.SEE, Action.TAKE_WEB}))
    assert _code(key, Action.TAKE_NETWORK) == ""
    assert _code(key, Action.TAKE_ORIGINAL) == "role"


def test_what_was_withdrawn_is_looked_at_only_by_those_who_answer_for_it() -> None:
    for head in OFFICE[:2]:
        assert _code(head, Action.SEE, withdrawn_at=NOON) == ""
    for actor in (OFFICE[2], VIEWER, LINK, Actor(4, "owner", Role.PHOTOGRAPHER)):
        assert _code(actor, Action.SEE, withdrawn_at=NOON) == "withdrawn"
    hidden = _asset(withdrawn_at=NOON, review=Review.REJECTED)
    with pytest.raises(NotFound):  # whoever could not see it does not learn of it now
        demand(VIEWER, Action.SEE, hidden, at=NOON)


def test_a_refusal_says_which_rule_and_is_a_sentence() -> None:
    with pytest.raises(NotReleased) as refused:
        demand(VIEWER, Action.TAKE_NETWORK, _asset(minors=Minors.YES), at=NOON)
    assert refused.value.detail == {"rule": "minors"} and refused.value.code == "not_released"
    assert str(refused.value).endswith(".")


def test_whoever_comes_from_outside_is_told_neither_the_rule_nor_that_there_is_anything() -> None:
    for facts in ({"minors": Minors.YES}, {"review": Review.REJECTED}, *AGAINST_EVERYBODY.values()):
        with pytest.raises(NotFound) as refused:
            demand(LINK, Action.SEE, _asset(**facts), at=NOON)
        assert refused.value.detail == {} and str(refused.value) == NO_SUCH, facts


def test_the_office_s_choice_is_refuse_or_allow() -> None:
    assert from_environment({}).unseen_minors == "refuse"
    with pytest.raises(Invalid):
        from_environment({"DAM_UNSEEN_MINORS": "maybe"})


@pytest.mark.parametrize("facts", [{"review": Review.RECEIVED}, *AGAINST_EVERYBODY.values()])
def test_what_may_not_be_taken_is_looked_at_in_full_only_inside_the_office_and_by_its_owner(facts) -> None:
    hidden = "withdrawn_at" in facts  # looked at by those who answer for it alone
    assert (_code(VIEWER, Action.LOOK, **facts) == "") is False
    assert (_code(LINK, Action.LOOK, **facts) == "") is False
    assert (_code(OFFICE[2], Action.LOOK, **facts) == "") is not hidden
    assert (_code(Actor(4, "owner", Role.LIAISON), Action.LOOK, **facts) == "") is not hidden
    assert _code(OFFICE[1], Action.LOOK, **facts) == ""
    if not hidden:
        assert _code(VIEWER, Action.SEE, **facts) == ""


def test_what_holds_one_file_back_holds_back_what_it_is_joined_with_and_nothing_is_let_out() -> None:
    held = _asset(withdrawn_at=NOON, minors=Minors.YES, review=Review.REJECTED, review_reason="ojos",
                  embargo_until=NOON + timedelta(days=2), rights_expire_on=date(2026, 6, 1))  # fmt: skip
    free = _asset(embargo_until=NOON, rights_expire_on=date(2026, 7, 1))
    hold_like(free, held)
    assert (free.withdrawn_at, free.minors, free.review) == (NOON, Minors.YES, Review.REJECTED)
    assert (free.embargo_until, free.rights_expire_on) == (NOON + timedelta(days=2), date(2026, 6, 1))
    waiting = _asset(review=Review.RECEIVED, minors=Minors.NOT_LOOKED_AT)
    hold_like(waiting, _asset())
    assert (waiting.review, waiting.minors) == (Review.RECEIVED, Minors.NOT_LOOKED_AT)
