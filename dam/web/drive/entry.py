"""Who comes into the mounted drive: an application password, over TLS or from this machine, not too often."""

import base64
import binascii
import ipaddress
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

from dam.archive import Archive
from dam.services.access import Actor
from dam.services.accounts import tokens

log = logging.getLogger(__name__)

REALM = 'Basic realm="Acervo", charset="UTF-8"'
WRONG_AT_MOST = 20  # passwords by one sender, in each process
WITHIN = 900.0  # seconds
SENDERS = 10_000
ACTOR = "dam.actor"
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-cache",
}

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Guesses:
    """Wrong passwords by sender, the oldest sender forgotten first. One for each process: an application
    password has 256 bits, so this only keeps noise out of the log."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def too_many(self, sender: str) -> bool:
        with self._lock:
            recent = [at for at in self._wrong.get(sender, []) if time.monotonic() - at < WITHIN]
            return len(recent) >= WRONG_AT_MOST

    def count(self, sender: str) -> None:
        with self._lock:
            recent = [at for at in self._wrong.pop(sender, []) if time.monotonic() - at < WITHIN]
            self._wrong[sender] = [*recent[-WRONG_AT_MOST:], time.monotonic()]
            while len(self._wrong) > SENDERS:
                self._wrong.popitem(last=False)


def let_in(archive: Archive, environ: dict[str, Any], guesses: Guesses) -> App | None:
    """None, with the actor in the environment; or what is answered instead."""
    if not _private(environ):
        # No question for a password: it would travel where everybody can read it.
        return _say(403, "The mounted drive is only opened over HTTPS.")
    sender = environ.get("REMOTE_ADDR", "")
    if guesses.too_many(sender):
        return _say(429, "Too many attempts. Wait some minutes and try again.", {"Retry-After": "900"})
    given = _given(environ.get("HTTP_AUTHORIZATION", ""))
    if given is None:
        return _say(401, "Sign in with an application password.", {"WWW-Authenticate": REALM})
    actor = _actor(archive, *given)
    if actor is None:
        guesses.count(sender)
        log.warning("mounted drive: refused for %r from %s", given[0][:120], sender)
        return _say(401, "The name and the password do not fit.", {"WWW-Authenticate": REALM})
    environ[ACTOR] = actor
    return None


def _private(environ: dict[str, Any]) -> bool:
    if environ.get("wsgi.url_scheme") == "https":
        return True
    if environ.get("HTTP_X_FORWARDED_FOR") or environ.get("HTTP_FORWARDED"):
        return False  # a proxy on this machine that nobody told us to trust stands for somebody elsewhere
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _given(header: str) -> tuple[str, str] | None:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def _actor(archive: Archive, name: str, password: str) -> Actor | None:
    with archive.reading() as tx:
        actor = tokens.actor_by_password(tx, name, password)
        stale = actor is not None and tokens.use_is_stale(tx, password)
    if stale:
        with archive.transaction() as tx:
            tokens.note_use(tx, password)
    return actor


def read_only(method: str) -> App:
    """PUT, LOCK, DELETE…: nothing is changed by this door, nor are the Finder's notes (._x) kept."""
    allow = {"Allow": "OPTIONS, PROPFIND, GET, HEAD", "DAV": "1"}
    return _say(403 if method in ("PUT", "MKCOL", "LOCK", "DELETE", "MOVE", "COPY", "PROPPATCH") else 405,
                "This folder is only read.", allow)  # fmt: skip


def finite_depth() -> App:
    """RFC 4918, 9.1: a folder of the whole archive is not told at once."""
    said = (
        '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'
    )
    return Response(said, 403, SAFE, content_type="application/xml; charset=utf-8")


def no_such() -> App:
    return _say(404, "There is no such file.")


def too_long() -> App:
    """What a client wants to know of a folder is a few lines of XML."""
    return _say(413, "The question is too long.")


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> App:
    return Response(text + "\n", status, SAFE | (headers or {}), content_type="text/plain; charset=utf-8")
