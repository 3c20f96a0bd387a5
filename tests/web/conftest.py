"""The web application on a temporary archive, and a browser for each role."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dam.archive import Archive
from dam.models import Role, User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts import passwords, sign_ins
from dam.web import make_app
from tests.web.finding import make_assets, rally  # noqa: F401

PASSWORD = "nopales con queso"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Made once: argon2 is slow on purpose."""
    return passwords.make(PASSWORD)


@pytest.fixture
def app(archive: Archive) -> Flask:
    """Forms need no token here; tests/attacks looks at that."""
    app = make_app(archive)
    app.config["CHECK_FORMS"] = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def make_user(archive: Archive, password_hash: str) -> Callable[..., User]:
    """``make_user(Role.LIAISON, municipalities=["15106"])``: an account with PASSWORD."""
    numbers = count(1)

    def _make(role: Role = Role.ADMINISTRATOR, login: str | None = None, **territory: list) -> User:
        with archive.transaction() as tx:
            user = accounts.add_user(
                tx, LOCAL_ADMINISTRATOR, login or f"{role}{next(numbers)}", f"Persona {role}", role
            )
            user.password_hash = password_hash
            if territory:
                accounts.set_territory(tx, LOCAL_ADMINISTRATOR, user, **territory)
        return user

    return _make


@pytest.fixture
def as_user(app: Flask, archive: Archive) -> Callable[[User], FlaskClient]:
    """A browser with a session of this account, without the slow way through the form."""

    def _enter(user: User) -> FlaskClient:
        browser = app.test_client()
        with archive.transaction() as tx:
            row = sign_ins.begin(tx, user)
        with browser.session_transaction() as session:
            session["_user_id"] = f"{row.id}:{row.mark}"
            session["_fresh"] = True
        return browser

    return _enter


@pytest.fixture
def as_role(
    make_user: Callable[..., User], as_user: Callable[[User], FlaskClient]
) -> Callable[..., FlaskClient]:
    """``as_role(Role.EDITOR)``; ``as_role(Role.LIAISON, municipalities=["15106"])``."""

    def _enter(role: Role, **territory: list) -> FlaskClient:
        return as_user(make_user(role, **territory))

    return _enter


def form_token(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form token"
    return found[1]
