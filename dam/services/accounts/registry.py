"""Users: who they are, what role they have, where a liaison answers, and how they sign in."""

import logging
import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import Conflict, Forbidden, Invalid, NotFound
from dam.models import District, Municipality, Role, State, Territory, User
from dam.services import audit
from dam.services.access import Action, Actor, demand
from dam.services.accounts import passwords

log = logging.getLogger(__name__)

LANGUAGES = ("es_MX", "en")


def actor_of(tx: Transaction, user: User) -> Actor:
    """The user as one who asks. A district stands for the keys of its municipalities."""
    if user.role != Role.LIAISON:
        return Actor(user.id, user.name, user.role)
    keys: set[str] = set()
    for territory in user.territories:
        if territory.district_id:
            district = tx.get_one(District, territory.district_id)
            keys.update(municipality.key for municipality in district.municipalities)
        else:
            keys.add(territory.municipality_key or territory.state_key or "")
    return Actor(user.id, user.name, user.role, frozenset(keys - {""}))


def find_user(tx: Transaction, login: str) -> User:
    """The user of that sign-in name, active or not. Raises NotFound."""
    user = tx.scalar(select(User).where(User.login == _plain(login)))
    if user is None:
        raise NotFound("There is no user %(login)s.", login=login)
    return user


def get_user(tx: Transaction, user_id: int) -> User:
    """Raises NotFound."""
    user = tx.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def users(tx: Transaction, actor: Actor) -> list[User]:
    """Everybody, active ones first, by name."""
    demand(actor, Action.MANAGE_USERS)
    return list(tx.scalars(select(User).order_by(User.active.desc(), func.lower(User.name), User.id)))


def colleagues(tx: Transaction, text: str = "", limit: int = 8) -> list[User]:
    """Active accounts whose name has these words, to share something with. Names only, for whoever is in."""
    wanted = select(User).where(User.active).order_by(func.lower(User.name), User.id).limit(limit)
    for word in text.split()[:6]:
        wanted = wanted.where(func.lower(User.name).contains(word.lower(), autoescape=True))
    return list(tx.scalars(wanted))


def add_user(
    tx: Transaction,
    actor: Actor,
    login: str,
    name: str,
    role: Role,
    *,
    credit: str | None = None,
    language: str | None = None,
) -> User:
    """A new account without a password: send its one-use link. Raises Invalid, Conflict."""
    demand(actor, Action.MANAGE_USERS)
    user = User(
        login=_login(login), name=_name(name), role=Role(role), credit=(credit or "").strip() or None,
        language=_language(language), session_mark=new_mark(),
    )  # fmt: skip
    if tx.scalar(select(User.id).where(User.login == user.login)):
        raise Conflict("The sign-in name %(login)s is taken.", login=user.login)
    tx.add(user)
    tx.flush()
    audit.record(tx, actor, "user.create", ("user", user.id), login=user.login, role=user.role)
    return user


def change_user(
    tx: Transaction,
    actor: Actor,
    user: User,
    *,
    login: str | None = None,
    name: str | None = None,
    role: Role | None = None,
    credit: str | None = None,
    active: bool | None = None,
) -> None:
    """Change what is given. Raises Conflict rather than leave the archive without an administrator."""
    demand(actor, Action.MANAGE_USERS)
    wanted: dict[str, object] = {}
    if login is not None:
        wanted["login"] = _login(login)
        taken = select(User.id).where(User.login == wanted["login"], User.id != user.id)
        if tx.scalar(taken):
            raise Conflict("The sign-in name %(login)s is taken.", login=wanted["login"])
    if name is not None:
        wanted["name"] = _name(name)
    if role is not None:
        wanted["role"] = Role(role)
    if credit is not None:
        wanted["credit"] = credit.strip()[:200] or None
    if active is not None:
        wanted["active"] = active
    changed = {field: value for field, value in wanted.items() if getattr(user, field) != value}
    if not changed:
        return
    stays = changed.get("role", user.role) == Role.ADMINISTRATOR and changed.get("active", user.active)
    if not stays:
        _keep_an_administrator(tx, user)
    for field, value in changed.items():
        setattr(user, field, value)
    if "active" in changed or "role" in changed:
        user.session_mark = new_mark()  # open sessions end: the next request asks who it is
    audit.record(tx, actor, "user.change", ("user", user.id), **changed)


def _keep_an_administrator(tx: Transaction, user: User) -> None:
    # All rows are locked in one order, so that two administrators cannot remove each other at once.
    administrators = select(User.id).where(User.role == Role.ADMINISTRATOR, User.active).order_by(User.id)
    if set(tx.scalars(administrators.with_for_update())) == {user.id}:
        raise Conflict("This is the last active administrator. Name another one first.")


def set_territory(
    tx: Transaction,
    actor: Actor,
    user: User,
    *,
    states: Iterable[str] = (),
    districts: Iterable[int] = (),
    municipalities: Iterable[str] = (),
) -> None:
    """Replace where a liaison answers. Raises NotFound for a place that does not exist."""
    demand(actor, Action.MANAGE_USERS)
    territories = []
    for key in sorted(set(states)):
        _exists(tx, State, key)
        territories.append(Territory(state_key=key))
    for district_id in sorted(set(districts)):
        _exists(tx, District, district_id)
        territories.append(Territory(district_id=district_id))
    for key in sorted(set(municipalities)):
        _exists(tx, Municipality, key)
        territories.append(Territory(municipality_key=key))
    user.territories = territories
    tx.flush()
    audit.record(
        tx, actor, "user.territory", ("user", user.id),
        states=sorted(set(states)), districts=sorted(set(districts)),
        municipalities=sorted(set(municipalities)),
    )  # fmt: skip


def _exists(tx: Transaction, model: type, key: object) -> None:
    if tx.get(model, key) is None:
        raise NotFound("There is no place with the key %(key)s.", key=key)


def change_own(
    tx: Transaction,
    actor: Actor,
    *,
    name: str | None = None,
    language: str | None = None,
    credit: str | None = None,
) -> User:
    """What people may change about themselves: never role, sign-in name or territory."""
    if actor.user_id is None:
        raise Forbidden("Your account may not do this.")
    user = get_user(tx, actor.user_id)
    if name is not None:
        user.name = _name(name)
    if language is not None:
        user.language = _language(language)
    if credit is not None:
        user.credit = credit.strip()[:200] or None
    audit.record(tx, actor, "user.change_own", ("user", user.id))
    return user


def sign_in(archive: Archive, login: str, password: str) -> User:
    """The user whose name and password these are. Raises Forbidden, always with the same sentence and after
    the same work, whether the name is unknown, the account is closed or the password is wrong."""
    with archive.reading() as tx:
        user = tx.scalar(select(User).where(User.login == _plain(login)))
    kept = user.password_hash if user and user.active else None
    # The slow part runs outside any transaction: others go on writing meanwhile.
    fits = passwords.fits(kept, password)
    if user is None or not fits:
        log.warning("sign-in refused for %r", login[:120])
        raise Forbidden("The name and the password do not fit.")
    renewed = passwords.make(password) if passwords.is_dated(user.password_hash) else None
    with archive.transaction() as tx:
        user = get_user(tx, user.id)
        if not user.active or user.password_hash != kept:
            raise Forbidden("The name and the password do not fit.")  # changed while we looked
        user.password_hash = renewed or user.password_hash
        user.last_seen_at = datetime.now(UTC)
        audit.record(tx, actor_of(tx, user), "user.sign_in", ("user", user.id))
    return user


def change_password(archive: Archive, actor: Actor, old: str, new: str) -> User:
    """A new password for oneself; every other session of the account ends. Raises Forbidden, Invalid."""
    with archive.reading() as tx:
        user = get_user(tx, actor.user_id or 0)
    if not passwords.fits(user.password_hash, old):
        raise Forbidden("The present password is not right.")
    made = passwords.make(passwords.acceptable(new, user.login, user.name))
    with archive.transaction() as tx:
        user = get_user(tx, user.id)
        user.password_hash, user.session_mark = made, new_mark()
        audit.record(tx, actor, "user.password", ("user", user.id))
    return user


def seen(tx: Transaction, user_id: int) -> None:
    """Note that somebody uses the archive (once a day is enough)."""
    get_user(tx, user_id).last_seen_at = datetime.now(UTC)


def new_mark() -> str:
    """What ties a session to the account as it is now."""
    return secrets.token_hex(16)


def _plain(login: str) -> str:
    return unicodedata.normalize("NFC", login).strip().lower()


def _login(login: str) -> str:
    plain = _plain(login)
    if not re.fullmatch(r"[\w.+@-]{2,120}", plain):
        raise Invalid("A sign-in name is an e-mail address or one word of at least two letters.")
    return plain


def _name(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or len(plain) > 160 or not plain.isprintable():
        raise Invalid("A name has between 1 and 160 letters.")
    return plain


def _language(language: str | None) -> str | None:
    if language and language not in LANGUAGES:
        raise Invalid("The archive speaks Spanish (es_MX) and English (en).")
    return language or None
