"""One-use links open once, for two days, and only the newest."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from dam.archive import Archive
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import OneTimeLink, Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import links

WORDS = "nopales con queso"


@pytest.fixture
def user(archive: Archive) -> User:
    with archive.transaction() as tx:
        return accounts.add_user(tx, LOCAL_ADMINISTRATOR, "eva", "Eva", Role.EDITOR)


def _link(archive: Archive, user: User) -> str:
    with archive.transaction() as tx:
        return links.one_time_link(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, user.id))


def test_a_link_sets_the_password_once(archive: Archive, user: User) -> None:
    token = _link(archive, user)
    links.set_password(archive, token, WORDS)
    assert accounts.sign_in(archive, "eva", WORDS)
    with pytest.raises(NotFound):
        links.set_password(archive, token, "otra frase larga")
    assert accounts.sign_in(archive, "eva", WORDS)


def test_a_refused_password_does_not_use_the_link_up(archive: Archive, user: User) -> None:
    token = _link(archive, user)
    with pytest.raises(Invalid):
        links.set_password(archive, token, "corta")
    assert links.set_password(archive, token, WORDS)


def test_a_new_link_voids_the_older_one(archive: Archive, user: User) -> None:
    old, new = _link(archive, user), _link(archive, user)
    with pytest.raises(NotFound):
        links.set_password(archive, old, WORDS)
    assert links.set_password(archive, new, WORDS)


def test_a_link_of_another_account_stays_good(archive: Archive, user: User) -> None:
    with archive.transaction() as tx:
        other = accounts.add_user(tx, LOCAL_ADMINISTRATOR, "leo", "Leo", Role.EDITOR)
    token = _link(archive, user)
    _link(archive, other)
    assert links.set_password(archive, token, WORDS).id == user.id


def test_a_link_expires(archive: Archive, user: User) -> None:
    token = _link(archive, user)
    with archive.transaction() as tx:
        life = tx.scalar(select(OneTimeLink.expires_at)) - datetime.now(UTC)
        assert timedelta(hours=47) < life <= timedelta(hours=48)
        tx.execute(update(OneTimeLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    with pytest.raises(NotFound):
        links.set_password(archive, token, WORDS)


def test_a_closed_account_gets_no_link_and_its_old_one_is_dead(archive: Archive, user: User) -> None:
    token = _link(archive, user)
    with archive.transaction() as tx:
        accounts.change_user(tx, LOCAL_ADMINISTRATOR, accounts.get_user(tx, user.id), active=False)
    with pytest.raises(NotFound):
        links.set_password(archive, token, WORDS)
    with pytest.raises(Forbidden):
        _link(archive, user)


def test_the_database_holds_no_token(archive: Archive, user: User) -> None:
    token = _link(archive, user)
    with archive.reading() as tx:
        kept = tx.scalars(select(OneTimeLink)).one()
    assert token not in (kept.digest, str(kept.__dict__)) and len(kept.digest) == 64


def test_the_first_run_makes_one_administrator_without_a_password(archive: Archive) -> None:
    with archive.transaction() as tx:
        first = links.first_run_link(tx)
    with archive.transaction() as tx:
        second = links.first_run_link(tx)  # the first was never used: a lost link locks nobody out
    assert first and second and first != second
    with archive.reading() as tx:
        only = tx.scalars(select(User)).one()
    assert only.role == Role.ADMINISTRATOR and only.password_hash is None
    links.set_password(archive, second, WORDS)
    with archive.transaction() as tx:
        assert links.first_run_link(tx) is None
