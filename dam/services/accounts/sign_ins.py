"""Where somebody is signed in: each browser has a row, and ends when the row goes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.orm import lazyload

from dam.db import Transaction
from dam.errors import NotFound
from dam.models import SignIn, User
from dam.services import audit
from dam.services.access import Actor

LASTS = timedelta(days=14)  # without being used


def begin(tx: Transaction, user: User, agent: str = "") -> SignIn:
    """A browser in which ``user`` has just signed in; what nobody used for a fortnight is forgotten."""
    ended = datetime.now(UTC) - LASTS
    tx.execute(delete(SignIn).where(SignIn.user_id == user.id, SignIn.last_seen_at < ended))
    row = SignIn(user_id=user.id, mark=user.session_mark, agent=agent[:200])
    tx.add(row)
    tx.flush()
    return row


def owner(tx: Transaction, sign_in_id: int, mark: str) -> User | None:
    """Who is signed in there, if the account is still as it was then."""
    return tx.scalars(_owner(), {"sign_in": sign_in_id, "given": mark}).first()


@cache  # every request asks it: putting it together costs more than the answer
def _owner() -> Select[tuple[User]]:
    given = bindparam("given")
    return (
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.id == bindparam("sign_in"), SignIn.mark == given, User.session_mark == given)
        .where(User.active)
        .options(lazyload(User.territories))  # most roles have none, and nobody looks at them
    )


def listed(tx: Transaction, user: User) -> Sequence[SignIn]:
    """The browsers that are still signed in, last used first."""
    return tx.scalars(
        select(SignIn)
        .where(
            SignIn.user_id == user.id,
            SignIn.mark == user.session_mark,
            SignIn.last_seen_at > datetime.now(UTC) - LASTS,
        )
        .order_by(SignIn.last_seen_at.desc(), SignIn.id.desc())
    ).all()


def seen(tx: Transaction, sign_in_id: int) -> None:
    """Note that it is used (once a day is enough)."""
    tx.execute(update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=datetime.now(UTC)))


def end(tx: Transaction, actor: Actor, sign_in_id: int) -> None:
    """Sign one's own browser out, this one or another. Raises NotFound."""
    gone = tx.execute(delete(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == actor.user_id)).rowcount
    if not gone:
        raise NotFound("There is no such session.")
    audit.record(tx, actor, "user.sign_out", ("user", actor.user_id))
