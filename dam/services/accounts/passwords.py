"""Passwords: argon2id with the library's current parameters, and what is acceptable."""

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dam.errors import Invalid

SHORTEST, LONGEST = 10, 256
# Each computation takes 64 MiB; more than two at once in one process serve nobody faster.
_turns = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("nobody's password")


def make(password: str) -> str:
    """The text to keep."""
    with _turns:
        return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Is this the password? Costs the same when there is none to compare with."""
    with _turns:
        try:
            _hasher.verify(kept or _nobodys(), password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_dated(kept: str | None) -> bool:
    """Was it made with other parameters than today's?"""
    return kept is not None and _hasher.check_needs_rehash(kept)


def acceptable(password: str, *names: str) -> str:
    """The password itself. Raises Invalid when it is too short, too long, or one of ``names``."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            "A password has at least %(shortest)s characters. Several words in a row are easy to remember.",
            shortest=SHORTEST,
        )
    simple = password.casefold()
    if len(set(simple)) < 4 or any(name and name.casefold() in (simple, simple[::-1]) for name in names):
        raise Invalid("This password is too easy to guess.")
    return password
