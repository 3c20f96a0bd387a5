"""Keys for programs (API, tus): the rights of their owner, narrowed by scopes, and never more."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import ApiToken, User
from dam.services import audit
from dam.services.access import ROLES_OF, TAKES, Action, Actor, demand
from dam.services.accounts import registry

PREFIX = "acervo_"  # so that a key found in a log or a repository is recognised for what it is
USED_EVERY = timedelta(minutes=5)  # how exact ``last_used_at`` is


class Scope(StrEnum):
    """What a key may be issued for."""

    READ = "read"
    DOWNLOAD = "download"
    UPLOAD = "upload"
    DESCRIBE = "describe"
    SHARE = "share"  # collections, links
    MOUNT = "mount"  # an application password, for the mounted drive and nothing else


ACTIONS_OF = {
    Scope.READ: {Action.USE_API, Action.SEE},
    Scope.DOWNLOAD: {Action.USE_API, Action.SEE, *TAKES},
    Scope.UPLOAD: {Action.USE_API, Action.SEE, Action.UPLOAD, Action.EDIT_EVENTS},
    Scope.DESCRIBE: {Action.USE_API, Action.SEE, Action.DESCRIBE},
    Scope.SHARE: {Action.USE_API, Action.SEE, Action.COLLECT, Action.SHARE},
    Scope.MOUNT: {Action.SEE, Action.TAKE_WEB, Action.TAKE_ORIGINAL},
}


def scopes_for(actor: Actor) -> list[Scope]:
    """The scopes this person can give: those of which the role allows something beyond reading."""
    beyond = {scope: ACTIONS_OF[scope] - ACTIONS_OF[Scope.READ] for scope in Scope}
    return [
        scope for scope in Scope
        if not beyond[scope] or any(actor.role in ROLES_OF[action] for action in beyond[scope])
    ]  # fmt: skip


def issue_token(
    tx: Transaction, actor: Actor, name: str, scopes: Iterable[str], *, days: int | None = 365
) -> tuple[ApiToken, str]:
    """A key for one's own account: the row, and the text that is shown once. Raises Invalid, Forbidden."""
    demand(actor, Action.USE_API)
    if actor.user_id is None or actor.only is not None:
        raise Forbidden("A key is issued by a person who is signed in, not by another key.")
    name = " ".join(name.split())[:120]
    if not name:
        raise Invalid("Say what the key is for.")
    try:
        wanted = sorted({Scope(scope) for scope in scopes})
    except ValueError as error:
        raise Invalid("There is no such scope.") from error
    if not wanted:
        raise Invalid("Choose at least one thing the key may do.")
    if Scope.MOUNT in wanted and len(wanted) > 1:
        raise Invalid("An application password opens the mounted drive and nothing else.")
    if not set(wanted) <= set(scopes_for(actor)):
        raise Forbidden("A key cannot do more than its owner.")
    if days is not None and not 1 <= days <= 3650:
        raise Invalid("A key lasts between 1 and 3650 days.")
    text = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        user_id=actor.user_id, name=name, digest=_digest(text), scopes=[str(scope) for scope in wanted],
        expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
    )  # fmt: skip
    tx.add(row)
    tx.flush()
    audit.record(tx, actor, "token.issue", ("token", row.id), name=name, scopes=wanted)
    return row, text


def tokens_of(tx: Transaction, user_id: int) -> list[ApiToken]:
    """Keys that are not revoked, newest first."""
    mine = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    return list(tx.scalars(select(ApiToken).where(*mine).order_by(ApiToken.id.desc())))


def revoke_token(tx: Transaction, actor: Actor, token_id: int) -> None:
    """One's own key; an administrator anybody's. Raises NotFound for others."""
    row = tx.get(ApiToken, token_id)
    own = row is not None and row.user_id == actor.user_id and actor.only is None
    if row is None or row.revoked_at or not (own or _manages(actor)):
        raise NotFound("There is no such key.")
    row.revoked_at = datetime.now(UTC)
    audit.record(tx, actor, "token.revoke", ("token", row.id), name=row.name)


def _manages(actor: Actor) -> bool:
    return actor.only is None and actor.role in ROLES_OF[Action.MANAGE_USERS]


def actor_by_token(tx: Transaction, token: str) -> Actor | None:
    """Whom the key stands for, narrowed to its scopes; None when it opens nothing (any more), and for an
    application password."""
    row = _row(tx, token)
    return _holder(tx, row) if row is not None and Scope.MOUNT not in row.scopes else None


def actor_by_password(tx: Transaction, login: str, password: str) -> Actor | None:
    """Whom an application password stands for, where the sign-in name is its owner's; None otherwise."""
    row = _row(tx, password)
    if row is None or Scope.MOUNT not in row.scopes:
        return None
    user = tx.get(User, row.user_id)
    return _holder(tx, row) if user is not None and user.login == login.strip().lower() else None


def _row(tx: Transaction, token: str) -> ApiToken | None:
    return tx.scalar(select(ApiToken).where(ApiToken.digest == _digest(token)))


def _holder(tx: Transaction, row: ApiToken) -> Actor | None:
    now = datetime.now(UTC)
    if row.revoked_at or (row.expires_at and row.expires_at <= now):
        return None
    user = tx.get(User, row.user_id)
    if user is None or not user.active:
        return None
    allowed = frozenset(action for scope in row.scopes for action in ACTIONS_OF[Scope(scope)])
    return replace(registry.actor_of(tx, user), only=allowed)


def use_is_stale(tx: Transaction, token: str) -> bool:
    """Is the last noted use of the key too old to be left as it is?"""
    used = tx.scalar(select(ApiToken.last_used_at).where(ApiToken.digest == _digest(token)))
    return used is None or datetime.now(UTC) - used > USED_EVERY


def note_use(tx: Transaction, token: str) -> None:
    """Keep when a key was last used, to within a few minutes."""
    row = tx.scalar(select(ApiToken).where(ApiToken.digest == _digest(token)))
    if row is not None:
        row.last_used_at = datetime.now(UTC)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
