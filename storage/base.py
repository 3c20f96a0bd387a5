"""What every store promises. One contract test (tests/storage) runs against all of them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{1,150}")


class StoreError(Exception):
    """The store failed: an error, not an outcome. Nothing may be recorded as stored."""


class OutOfSpace(StoreError):
    """No room for more bytes."""


class NotMounted(StoreError):
    """The store's marker is not there: the disk is missing, which does not mean that its files are."""


class KeyExists(StoreError):
    """A key is written once."""


class BlobStore(Protocol):
    """Keys are lower-case ASCII (``KEY``), never a client's file name."""

    def put(self, key: str, source: Path, *, share: bool = False) -> int:
        """Store the file ``source`` under ``key``, durably, and answer its size in bytes.

        ``share`` allows the store to keep the very file instead of a copy: whoever says so never writes to
        it again. ``source`` itself stays; its owner removes it. Raises KeyExists when the key is taken,
        OutOfSpace, StoreError.
        """

    def keep_all(self, files: Mapping[str, Path]) -> dict[str, int]:
        """``put`` with ``share`` for several files at once, synced together: the size in bytes of each key.

        Only for what can be made anew under the same key: one that is there already is as good. Raises
        OutOfSpace, StoreError; some of the files may be stored then.
        """

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` in chunks. Raises KeyError when there is no such key."""

    def reader(self, key: str) -> BinaryIO:
        """A seekable binary file of the whole. Raises KeyError when there is no such key."""

    def exists(self, key: str) -> bool: ...

    def size(self, key: str) -> int:
        """Bytes. Raises KeyError when there is no such key."""

    def delete(self, key: str) -> None:
        """Forget the key; no error when it is not there."""

    def keys(self) -> Iterator[str]:
        """Every key, in no order, for checks only: its cost grows with the store."""

    def local_path(self, key: str) -> Path | None:
        """Where the file lies on this machine, or None: borrow a copy instead."""

    def link(self, key: str, *, seconds: int, filename: str, media_type: str) -> str | None:
        """An address where a client can fetch the bytes itself for a while, or None: stream them."""


def check_key(key: str) -> str:
    """The key itself. Raises ValueError when it could be anything but a plain name."""
    if not KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"not a key: {key!r}")
    return key
