"""A folder as a store: temp file, fsync, link, fsync of the folder; two levels of folders by the key."""

import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from storage.base import KeyExists, NotMounted, check_key
from storage.transfer import CHUNK, as_store_error, copy_durably, sync_folder

MARKER = ".store"


class LocalStore:
    """Files named by their key, without extension, below ``folder``; ``.store`` marks that it is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder and its marker, once, at set-up; never while serving."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.folder / "incoming").mkdir(exist_ok=True)
        marker = self.folder / MARKER
        if not marker.exists():
            marker.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
            sync_folder(self.folder)

    def check_mounted(self) -> None:
        """Raises NotMounted when the marker is missing."""
        if not (self.folder / MARKER).is_file():
            raise NotMounted(f"{self.folder} is not mounted: its marker {MARKER} is missing.")

    def put(self, key: str, source: Path, *, share: bool = False) -> int:
        target = self._path(key)
        self.check_mounted()
        try:
            self._make_folder(target.parent)
            if share and source.stat().st_dev == self.folder.stat().st_dev:
                size = self._sync_file(source)
                self._link(source, target)
            else:
                temporary = self.folder / "incoming" / secrets.token_hex(12)
                try:
                    size = copy_durably(source, temporary)
                    self._link(temporary, target)
                finally:
                    temporary.unlink(missing_ok=True)
            sync_folder(target.parent)
            return size
        except OSError as error:
            raise as_store_error(error, key) from error

    def keep_all(self, files: Mapping[str, Path]) -> dict[str, int]:
        self.check_mounted()
        kept, touched = {}, set()
        for key, source in files.items():
            target = self._path(key)
            try:
                if source.stat().st_dev != self.folder.stat().st_dev:
                    kept[key] = self.put(key, source)
                    continue
                self._make_folder(target.parent)
                kept[key] = self._sync_file(source)
                self._link(source, target)
                touched.add(target.parent)
            except KeyExists:
                kept[key] = self.size(key)
            except OSError as error:
                raise as_store_error(error, key) from error
        for folder in touched:
            sync_folder(folder)
        return kept

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        handle = self.reader(key)
        return _chunks(handle, start, length)

    def reader(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            self.check_mounted()
            raise KeyError(key) from error

    def exists(self, key: str) -> bool:
        if self._path(key).is_file():
            return True
        self.check_mounted()
        return False

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError as error:
            self.check_mounted()
            raise KeyError(key) from error

    def delete(self, key: str) -> None:
        self.check_mounted()
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        self.check_mounted()
        for first in sorted(self.folder.iterdir()):
            if first.is_dir() and first.name != "incoming":
                for second in sorted(first.iterdir()):
                    yield from sorted(path.name for path in second.iterdir())

    def local_path(self, key: str) -> Path | None:
        return self._path(key)

    def link(self, key: str, *, seconds: int, filename: str, media_type: str) -> str | None:
        return None

    def _path(self, key: str) -> Path:
        check_key(key)
        return self.folder / key[:2] / key[2:4].ljust(2, "_") / key

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        upper = folder.parent
        if not upper.is_dir():
            upper.mkdir(exist_ok=True)
            sync_folder(upper.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(upper)

    @staticmethod
    def _sync_file(path: Path) -> int:
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
            return os.fstat(handle.fileno()).st_size

    @staticmethod
    def _link(source: Path, target: Path) -> None:
        """A hard link refuses to replace what is there, which a rename would not."""
        try:
            os.link(source, target)
        except FileExistsError as error:
            raise KeyExists(target.name) from error


def _chunks(handle: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    with handle:
        handle.seek(start)
        left = length
        while left is None or left > 0:
            piece = handle.read(CHUNK if left is None else min(CHUNK, left))
            if not piece:
                return
            if left is not None:
                left -= len(piece)
            yield piece
