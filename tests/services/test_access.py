"""The one predicate, said three times: for an asset in hand, for a query, for the search index."""

from itertools import product

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.errors import Forbidden, NotFound
from dam.models import Asset, Kind, Processing, Review, Role, User
from dam.models.columns import now
from dam.services import accounts, finding, indexing
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, can, demand, visible
from dam.services.finding import Query

TOLUCA, METEPEC, CHOLULA = "15106", "15054", "21140"


@pytest.fixture
def users(archive: Archive) -> dict[Role, User]:
    with archive.transaction() as tx:
        return {role: accounts.add_user(tx, LOCAL_ADMINISTRATOR, str(role), str(role), role) for role in Role}


@pytest.fixture
def assets(archive: Archive, users: dict[Role, User]) -> list[Asset]:
    """One asset of every mixture of state, review, place, owner, and whether it is binned or withdrawn."""
    owners = [None, users[Role.LIAISON].id, users[Role.VIEWER].id, users[Role.PHOTOGRAPHER].id]
    places = [None, TOLUCA, METEPEC]
    mixtures = product(Processing, Review, places, owners, ("here", "binned", "withdrawn"))
    with archive.transaction() as tx:
        made = [
            Asset(
                kind=Kind.PHOTO,
                processing=processing,
                review=review,
                municipality_key=place,
                owner_id=owner,
                deleted_at=now() if gone == "binned" else None,
                withdrawn_at=now() if gone == "withdrawn" else None,
                keywords=[],
                persons=[],
            )
            for processing, review, place, owner, gone in mixtures
        ]
        tx.add_all(made)
        tx.flush()
        indexing.touch(tx, [asset.id for asset in made])
    while indexing.drain(archive):
        pass
    return made


@pytest.fixture
def actors(users: dict[Role, User]) -> list[Actor]:
    """Every role as itself; the liaison with one municipality, with a whole state, and with nothing."""
    plain = [Actor(users[role].id, str(role), role) for role in Role]
    places = [frozenset({TOLUCA}), frozenset({"15"}), frozenset({CHOLULA, "21"})]
    liaison = users[Role.LIAISON].id
    return [
        *plain,
        *(Actor(liaison, "liaison", Role.LIAISON, place) for place in places),
        Actor(None, "a link", Role.VIEWER, link_id=1, named=frozenset()),
        LOCAL_ADMINISTRATOR,
    ]


def test_what_is_found_is_what_may_be_seen_by_query_and_by_index_alike(
    archive: Archive, assets: list[Asset], actors: list[Actor]
) -> None:
    for actor in actors:
        findable = {
            asset.id
            for asset in assets
            if asset.processing == Processing.READY
            and asset.deleted_at is None
            and asset.withdrawn_at is None  # whoever answers for it still looks at it, and nobody finds it
            and can(actor, Action.SEE, asset)
        }
        with archive.reading() as tx:
            assert set(tx.scalars(select(Asset.id).where(visible(actor)))) == findable, actor
        assert set(finding.all_ids(archive, actor, Query())) == findable, actor
        assert finding.find(archive, actor, Query(), limit=1).total == len(findable), actor


def test_whoever_may_do_anything_with_an_asset_may_see_it(assets: list[Asset], actors: list[Actor]) -> None:
    on_assets = [Action.TAKE_WEB, Action.TAKE_ORIGINAL, Action.DESCRIBE, Action.BIN, Action.REVIEW]
    for actor, asset, action in product(actors, assets, on_assets):
        assert not can(actor, action, asset) or can(actor, Action.SEE, asset)


def test_nobody_but_its_owner_and_administrators_gets_near_a_quarantined_file(
    assets: list[Asset], actors: list[Actor]
) -> None:
    for actor, asset in product(actors, assets):
        if asset.processing != Processing.QUARANTINED:
            continue
        close = actor.role == Role.ADMINISTRATOR or (actor.user_id and asset.owner_id == actor.user_id)
        assert can(actor, Action.SEE, asset) == bool(close)
        assert not can(actor, Action.TAKE_WEB, asset)


def test_a_liaison_sees_of_other_territories_only_what_was_approved(
    assets: list[Asset], users: dict[Role, User]
) -> None:
    liaison = Actor(users[Role.LIAISON].id, "liaison", Role.LIAISON, frozenset({TOLUCA}))
    elsewhere = [
        asset
        for asset in assets
        if asset.municipality_key != TOLUCA
        and asset.owner_id != liaison.user_id
        and asset.processing == Processing.READY
        and asset.deleted_at is None
        and asset.withdrawn_at is None
    ]
    assert {asset.review for asset in elsewhere if can(liaison, Action.SEE, asset)} == {Review.APPROVED}


@pytest.mark.parametrize(("role", "refusal"), [(Role.LIAISON, NotFound), (Role.PHOTOGRAPHER, Forbidden)])
def test_who_may_not_know_is_told_that_there_is_nothing(
    assets: list[Asset], role: Role, refusal: type[Exception]
) -> None:
    hidden = next(
        asset
        for asset in assets
        if asset.processing == Processing.READY
        and asset.review == Review.RECEIVED
        and asset.owner_id is None
        and asset.deleted_at is None
        and asset.withdrawn_at is None
    )
    with pytest.raises(refusal):
        demand(Actor(9_999, "x", role), Action.DESCRIBE, hidden)
