"""One-use links: the only way an account gets its first password, or a new one when it is forgotten."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Forbidden, NotFound
from dam.models import OneTimeLink, Purpose, Role, User
from dam.services import audit
from dam.services.access import LOCAL_ADMINISTRATOR, Action, Actor, demand
from dam.services.accounts import passwords, registry

LIFE = timedelta(hours=48)


def one_time_link(tx: Transaction, actor: Actor, user: User) -> str:
    """A fresh token for ``/liga/<token>``; older ones of this user stop working. Only its digest is kept."""
    demand(actor, Action.MANAGE_USERS)
    if not user.active:
        raise Forbidden("This account is closed. Open it first.")
    now = datetime.now(UTC)
    unused = (OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
    tx.execute(update(OneTimeLink).where(*unused).values(used_at=now))
    token = secrets.token_urlsafe(32)
    tx.add(
        OneTimeLink(
            user_id=user.id, purpose=Purpose.SET_PASSWORD, digest=_digest(token), expires_at=now + LIFE
        )
    )
    audit.record(tx, actor, "user.link", ("user", user.id))
    return token


def link_owner(tx: Transaction, token: str) -> User:
    """Whom the link is for; looking does not use it. Raises NotFound when it opens nothing any more."""
    link = tx.scalar(select(OneTimeLink).where(OneTimeLink.digest == _digest(token)))
    if link is None or link.used_at or link.expires_at <= datetime.now(UTC):
        raise _gone()
    user = registry.get_user(tx, link.user_id)
    if not user.active:
        raise _gone()
    return user


def set_password(archive: Archive, token: str, password: str) -> User:
    """Use the link up: the account gets this password and its sessions end. Raises NotFound, Invalid."""
    with archive.reading() as tx:
        user = link_owner(tx, token)
    made = passwords.make(passwords.acceptable(password, user.login, user.name))
    with archive.transaction() as tx:
        user = link_owner(tx, token)
        mine = (OneTimeLink.digest == _digest(token), OneTimeLink.used_at.is_(None))
        used = tx.execute(update(OneTimeLink).where(*mine).values(used_at=datetime.now(UTC)))
        if used.rowcount != 1:
            raise _gone()  # somebody used it in the same moment
        user.password_hash, user.session_mark = made, registry.new_mark()
        user.last_seen_at = datetime.now(UTC)
        audit.record(tx, registry.actor_of(tx, user), "user.password", ("user", user.id), by="link")
    return user


def first_run_link(tx: Transaction) -> str | None:
    """A token for the first administrator, as long as nobody has set a password yet; None afterwards.

    Makes that account when there is no user at all. Starting again before the link was used gives a new one.
    """
    if tx.scalar(select(User.id).where(User.password_hash.is_not(None)).limit(1)):
        return None
    first = select(User).where(User.role == Role.ADMINISTRATOR, User.active).order_by(User.id).limit(1)
    user = tx.scalar(first)
    if user is None:
        user = registry.add_user(tx, LOCAL_ADMINISTRATOR, "admin", "Administrador", Role.ADMINISTRATOR)
    return one_time_link(tx, LOCAL_ADMINISTRATOR, user)


def _gone() -> NotFound:
    return NotFound(
        "This link was used already, or it is older than two days. Ask an administrator for a new one."
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
