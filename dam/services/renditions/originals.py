"""The untouched files at hand: as a path on this machine, wherever the store keeps them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dam.archive import Archive


@contextmanager
def borrowed(archive: Archive, sha256: str) -> Iterator[Path]:
    """The original as a file on this machine: itself where the store is local, else a copy for a while.

    Never write to it. Raises KeyError when it is not there, StoreError.
    """
    path = archive.originals.local_path(sha256)
    if path is not None:
        archive.originals.size(sha256)  # KeyError or NotMounted, in words, instead of a puzzled decoder
        yield path
        return
    with folder(archive) as place:
        copy = place / "original"
        with copy.open("wb") as handle:
            for piece in archive.originals.open(sha256):
                handle.write(piece)
        yield copy


@contextmanager
def folder(archive: Archive) -> Iterator[Path]:
    """An empty folder beside the stores, gone with all that is in it at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="visit-", dir=archive.settings.uploads_dir) as name:
        yield Path(name)
