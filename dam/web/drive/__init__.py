"""/dav: the archive as a read-only network folder, for the Finder, Explorer, InDesign and Photoshop.

It stands before Flask (WebDAV has methods and answers of its own) and has its own door: an application
password by Basic authentication, only over TLS or from this very machine.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.http import parse_range_header

from dam.web.drive import entry

Environ = dict[str, Any]
Start = Callable[..., Any]
MOUNT = "/dav"
# What may be asked of a folder that is only read. The others are refused before anything looks at them.
QUESTION = 65_536  # bytes of a body that says what is asked for
READING = {"OPTIONS", "PROPFIND", "GET", "HEAD"}


class Mount:
    """Hands what begins with /dav to WebDAV, and all else to ``inner``."""

    def __init__(self, app: Flask, inner: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._inner = app, inner
        self._dav: Callable[..., Iterable[bytes]] | None = None
        self._guesses = entry.Guesses()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path != MOUNT and not path.startswith(f"{MOUNT}/"):
            return self._inner(environ, start)
        archive = self._app.extensions["archive"]
        refusal = entry.let_in(archive, environ, self._guesses)
        if refusal is not None:
            return refusal(environ, start)
        method = environ["REQUEST_METHOD"]
        if method not in READING:
            return entry.read_only(method)(environ, start)
        if method == "PROPFIND" and environ.get("HTTP_DEPTH", "infinity").strip() not in ("0", "1"):
            return entry.finite_depth()(environ, start)
        if _is_long(environ):
            return entry.too_long()(environ, start)
        if not _is_utf8(path):
            return entry.no_such()(environ, start)
        _drop_odd_range(environ)
        if self._dav is None:
            from dam.web.drive.tree import make_dav  # wsgidav is imported when the first drive is mounted

            self._dav = make_dav(archive)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + MOUNT
        environ["PATH_INFO"] = path[len(MOUNT) :] or "/"
        return self._dav(environ, start)


def _is_long(environ: Environ) -> bool:
    """Longer than a question is, or of a length that is not told."""
    length = environ.get("CONTENT_LENGTH") or "0"
    told = length.isascii() and length.isdigit() and "HTTP_TRANSFER_ENCODING" not in environ
    return not told or int(length) > QUESTION


def _is_utf8(path: str) -> bool:
    """Names are told in UTF-8; another encoding's are nobody's. (WSGI hands bytes on as Latin-1.)"""
    try:
        path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _drop_odd_range(environ: Environ) -> None:
    """The library answers one range of bytes; whoever asks for something else gets the whole file (RFC 9110,
    14.2)."""
    wanted = parse_range_header(environ.get("HTTP_RANGE"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        environ.pop("HTTP_RANGE", None)


def set_up(app: Flask) -> None:
    """Before ``security.set_up``, whose trusted proxies must be seen first."""
    app.wsgi_app = Mount(app, app.wsgi_app)  # type: ignore[method-assign]
