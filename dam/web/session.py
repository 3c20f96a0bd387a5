"""Who asks, on which archive, by a browser session or by a program's key."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Flask, current_app, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user, logout_user

from dam.archive import Archive
from dam.errors import NotFound, NotSignedIn
from dam.models import User
from dam.services import accounts
from dam.services.access import Action, Actor, can
from dam.services.accounts import sign_ins, tokens


@dataclass(frozen=True)
class Person(UserMixin):
    """The account behind a browser session, as it was when the request began."""

    actor: Actor
    sign_in_id: int
    mark: str
    login: str
    language: str | None

    def get_id(self) -> str:
        return f"{self.sign_in_id}:{self.mark}"


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


def current_sign_in() -> int:
    """The number of the browser session that asks."""
    return cast(Person, current_user).sign_in_id


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
    with archive().transaction() as tx:
        user = tx.get_one(User, user.id)
        row = sign_ins.begin(tx, user, request.user_agent.string)
        person = _person(user, row.id, accounts.actor_of(tx, user))
    login_user(person)
    g.pop("actor", None)


def end() -> None:
    """Forget who it was: a copy of the cookie opens nothing either."""
    with suppress(NotFound), archive().transaction() as tx:  # ended from another browser meanwhile
        sign_ins.end(tx, current_actor(), current_sign_in())
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
    """Sessions that end when the account changes."""
    manager = LoginManager()
    manager.session_protection = None  # phones change networks in the middle of an upload
    manager.init_app(app)
    manager.user_loader(_load)


def _load(written: str) -> Person | None:
    sign_in, _, mark = written.partition(":")
    if not re.fullmatch(r"[0-9]{1,15}", sign_in):
        return None
    with archive().reading() as tx:
        user = sign_ins.owner(tx, int(sign_in), mark)
        return _person(user, int(sign_in), accounts.actor_of(tx, user)) if user else None


def _person(user: User, sign_in_id: int, actor: Actor) -> Person:
    return Person(actor, sign_in_id, user.session_mark, user.login, user.language)


def prolong() -> None:
    """Once a day, as long as it is used. Not where anybody may come in: caches keep some of those answers,
    and nobody's cookie with them."""
    if "_user_id" not in session or session.get("day") == _today() or not is_signed_in():
        return
    session["day"] = _today()
    with archive().transaction() as tx:
        accounts.seen(tx, cast(int, current_actor().user_id))
        sign_ins.seen(tx, current_sign_in())


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
