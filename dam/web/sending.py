"""Sending stored bytes: ranges, entity tags, and headers that let no browser take them for else."""

import hashlib
import time
from collections.abc import Callable
from typing import BinaryIO

from flask import Response, request
from werkzeug.wsgi import wrap_file

from storage import BlobStore

WATCHED_EVERY = 1.0  # seconds
PIECE = 256 * 1024  # bytes that are read at a time
# Whatever a file turns out to be, it is shown alone, runs nothing and reaches nothing.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox"


def send(
    store: BlobStore,
    key: str,
    size: int,
    media_type: str,
    *,
    cache: str,
    attachment: str | None = None,
    watch: Callable[[], None] | None = None,
) -> Response:
    """The file ``key``, ``size`` bytes long, shown in the page or, with a name, as ``attachment``.

    ``watch`` is called again and again while bytes flow; what it raises cuts them short.
    Answers HEAD, If-None-Match, If-Range and one range (206); several ranges, or one outside, are 416.
    Raises KeyError when the store has no such file, RequestedRangeNotSatisfiable.
    """
    handle = store.reader(key) if watch is None else Watched(store.reader(key), watch)
    try:
        body = wrap_file(request.environ, handle, PIECE)
        answer = Response(body, content_type=media_type, direct_passthrough=True)
        answer.content_length = size
        answer.set_etag(tag_of(key))
        answer.headers["Cache-Control"] = cache
        answer.headers["Content-Disposition"] = disposition(attachment)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Content-Security-Policy"] = ALONE
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except BaseException:
        handle.close()
        raise
    return answer


def tag_of(key: str) -> str:
    """An entity tag: another one for other bytes. It is no key: keys hold the digest of the camera's file,
    which is not for everybody who may look at a picture."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


class Watched:
    """A file that asks before each piece whether it may still be read (it shows no descriptor: the kernel's
    own way of sending would ask nobody)."""

    def __init__(self, file: BinaryIO, watch: Callable[[], None]) -> None:
        self._file = file
        self._watch = watch
        self._asked = time.monotonic()
        self.close = file.close
        self.seek = file.seek
        self.tell = file.tell

    def read(self, most: int = -1) -> bytes:
        if time.monotonic() - self._asked >= WATCHED_EVERY:
            self._watch()
            self._asked = time.monotonic()
        return self._file.read(most)


def disposition(attachment: str | None) -> str:
    """RFC 6266. Names of delivered files are plain ASCII by construction; anything else is refused."""
    if attachment is None:
        return "inline"
    if not attachment.isascii() or not attachment.isprintable() or set(attachment) & set('"\\;/%'):
        raise ValueError(f"not a name of ours: {attachment!r}")
    return f"attachment; filename=\"{attachment}\"; filename*=UTF-8''{attachment}"


def goes_on() -> bool:
    """Does this request ask for the rest of a download, rather than begin one?"""
    ranges = request.range
    return ranges is not None and all(start != 0 for start, _end in ranges.ranges)
