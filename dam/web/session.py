"""Who asks, on which archive, by a browser session or by a program's key."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Flask, current_app, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from dam.archive import Archive
from dam.errors import NotSignedIn
from dam.models import User
from dam.services import accounts
from dam.services.access import Action, Actor, can
from dam.services.accounts import tokens


@dataclass(frozen=True)
class Person(UserMixin):
    """The account behind a browser session, as it was when the request began."""

    actor: Actor
    mark: str
    login: str
    language: str | None

    def get_id(self) -> str:
        return f"{self.actor.user_id}:{self.mark}"


def archive() -> Archive:
    """The archive this application serves."""
    return cast(Archive, current_app.extensions["archive"])


def current_actor() -> Actor:
    """Who asks. Raises NotSignedIn when nobody does."""
    if "actor" not in g:
        if not current_user.is_authenticated:
            raise NotSignedIn("Sign in first.")
        g.actor = cast(Person, current_user).actor
    return cast(Actor, g.actor)


def is_signed_in() -> bool:
    """Is there a browser session of an account that is still as it was?"""
    return bool(current_user.is_authenticated)


def may(action: Action) -> bool:
    """For templates: may the one who asks do this at all? False when nobody is signed in."""
    return is_signed_in() and can(current_actor(), action)


def begin(user: User) -> None:
    """Start a fresh session: nothing of an earlier one stays, whoever prepared it."""
    chosen = session.get("language")
    session.clear()
    if chosen:
        session["language"] = chosen
    session.permanent = True
    session["day"] = _today()
    with archive().reading() as tx:
        person = _person(tx.get_one(User, user.id), accounts.actor_of(tx, tx.get_one(User, user.id)))
    login_user(person)
    g.pop("actor", None)


def end() -> None:
    """Forget who it was."""
    logout_user()
    session.clear()
    g.pop("actor", None)


def forget_who_asks() -> None:
    """For the rest of this request nobody is signed in; the session itself stays."""
    g.pop("actor", None)
    g._login_user = AnonymousUserMixin()


def token_given() -> str | None:
    """The key in the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def use_token() -> None:
    """Act for the owner of the key, within its scopes. Raises NotSignedIn when it opens nothing."""
    token = token_given() or ""
    with archive().reading() as tx:
        actor = tokens.actor_by_token(tx, token)
        stale = actor is not None and tokens.use_is_stale(tx, token)
    if actor is None:
        raise NotSignedIn("This key is unknown, revoked or expired.")
    g.actor = actor
    if stale:
        with archive().transaction() as tx:
            tokens.note_use(tx, token)


def set_up(app: Flask) -> None:
    """Sessions that end when the account changes, and are prolonged once a day while they are used."""
    manager = LoginManager()
    manager.session_protection = None  # phones change networks in the middle of an upload
    manager.init_app(app)
    manager.user_loader(_load)
    app.before_request(_prolong)


def _load(written: str) -> Person | None:
    user_id, _, mark = written.partition(":")
    if not re.fullmatch(r"[0-9]{1,9}", user_id):
        return None
    with archive().reading() as tx:
        user = tx.get(User, int(user_id))
        if user is None or not user.active or user.session_mark != mark:
            return None
        return _person(user, accounts.actor_of(tx, user))


def _person(user: User, actor: Actor) -> Person:
    return Person(actor, user.session_mark, user.login, user.language)


def _prolong() -> None:
    if "_user_id" not in session or session.get("day") == _today() or not is_signed_in():
        return
    session["day"] = _today()
    with archive().transaction() as tx:
        accounts.seen(tx, cast(int, current_actor().user_id))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
