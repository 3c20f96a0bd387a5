"""Who may sign in: accounts, passwords, one-use links, keys for programs, territories."""

from dam.services.accounts.registry import (
    LANGUAGES,
    actor_of,
    add_user,
    change_own,
    change_password,
    change_user,
    colleagues,
    find_user,
    get_user,
    new_mark,
    seen,
    set_territory,
    sign_in,
    users,
)

__all__ = [
    "LANGUAGES",
    "actor_of",
    "add_user",
    "change_own",
    "change_password",
    "change_user",
    "colleagues",
    "find_user",
    "get_user",
    "new_mark",
    "seen",
    "set_territory",
    "sign_in",
    "users",
]
