"""Keys for programs never do more than their owner, nor more than they were issued for."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from dam.archive import Archive
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import ApiToken, Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, can
from dam.services.accounts import tokens
from dam.services.accounts.tokens import Scope


@pytest.fixture
def owner(archive: Archive) -> User:
    with archive.transaction() as tx:
        return accounts.add_user(tx, LOCAL_ADMINISTRATOR, "bot", "Sitio web", Role.EDITOR)


def _key(archive: Archive, user: User, *scopes: Scope) -> tuple[int, str]:
    with archive.transaction() as tx:
        row, text = tokens.issue_token(tx, accounts.actor_of(tx, user), "sitio", scopes)
        return row.id, text


def _actor(archive: Archive, text: str) -> Actor | None:
    with archive.reading() as tx:
        return tokens.actor_by_token(tx, text)


def test_a_key_stands_for_its_owner_within_its_scopes(archive: Archive, owner: User) -> None:
    actor = _actor(archive, _key(archive, owner, Scope.DOWNLOAD)[1])
    assert actor and actor.user_id == owner.id
    assert can(actor, Action.TAKE_WEB) and can(actor, Action.SEE)
    assert not can(actor, Action.UPLOAD) and not can(actor, Action.DESCRIBE)


def test_no_key_manages_accounts_whoever_owns_it(archive: Archive, owner: User) -> None:
    with archive.transaction() as tx:
        accounts.change_user(
            tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, owner.id), role=Role.ADMINISTRATOR
        )
        boss = accounts.get_user(tx, owner.id)
    everything = set(Scope) - {Scope.MOUNT}  # an application password stands alone
    actor = _actor(archive, _key(archive, boss, *everything)[1])
    assert actor and not can(actor, Action.MANAGE_USERS) and not can(actor, Action.SEE_AUDIT)


def test_a_key_loses_what_its_owner_loses(archive: Archive, owner: User) -> None:
    text = _key(archive, owner, Scope.DESCRIBE)[1]
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, owner.id), role=Role.VIEWER)
    actor = _actor(archive, text)
    assert actor and not can(actor, Action.DESCRIBE)


def test_a_viewer_cannot_issue_a_key_that_uploads(archive: Archive) -> None:
    with archive.transaction() as tx:
        viewer = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "mira", "Mira", Role.VIEWER)
    with pytest.raises(Forbidden):
        _key(archive, viewer, Scope.UPLOAD)
    assert _key(archive, viewer, Scope.READ, Scope.DOWNLOAD)


def test_a_key_issues_and_revokes_no_keys(archive: Archive, owner: User) -> None:
    number, text = _key(archive, owner, Scope.READ)
    actor = _actor(archive, text)
    assert actor
    with pytest.raises(Forbidden), archive.transaction() as tx:
        tokens.issue_token(tx, actor, "otra", [Scope.DESCRIBE])
    with pytest.raises(NotFound), archive.transaction() as tx:
        tokens.revoke_token(tx, actor, number)


def test_revoked_expired_unknown_and_closed_keys_open_nothing(archive: Archive, owner: User) -> None:
    number, revoked = _key(archive, owner, Scope.READ)
    with archive.transaction() as tx:
        tokens.revoke_token(tx, accounts.actor_of(tx, owner), number)
    assert _actor(archive, revoked) is None
    number, expired = _key(archive, owner, Scope.READ)
    with archive.transaction() as tx:
        past = datetime.now(UTC) - timedelta(seconds=1)
        tx.execute(update(ApiToken).where(ApiToken.id == number).values(expires_at=past))
    assert _actor(archive, expired) is None
    assert _actor(archive, "acervo_" + "x" * 43) is None and _actor(archive, "") is None
    good = _key(archive, owner, Scope.READ)[1]
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, owner.id), active=False)
    assert _actor(archive, good) is None


def test_nobody_revokes_somebody_elses_key_except_an_administrator(archive: Archive, owner: User) -> None:
    number, text = _key(archive, owner, Scope.READ)
    with archive.transaction() as tx:
        other = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "otro", "Otro", Role.COORDINATOR)
    with pytest.raises(NotFound), archive.transaction() as tx:
        tokens.revoke_token(tx, accounts.actor_of(tx, other), number)
    assert _actor(archive, text)
    with archive.transaction() as tx:
        tokens.revoke_token(tx, LOCAL_ADMINISTRATOR, number)
    assert _actor(archive, text) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "manage_users"]])
def test_scopes_are_chosen_from_the_list(archive: Archive, owner: User, scopes: list[str]) -> None:
    with pytest.raises(Invalid), archive.transaction() as tx:
        tokens.issue_token(tx, accounts.actor_of(tx, owner), "sitio", scopes)
