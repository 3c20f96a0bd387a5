"""A store in memory, for tests. Keeps the same promises."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from storage.base import KeyExists, check_key
from storage.transfer import CHUNK


class MemoryStore:
    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, key: str, source: Path, *, share: bool = False) -> int:
        check_key(key)
        if key in self._blobs:
            raise KeyExists(key)
        self._blobs[key] = source.read_bytes()
        return len(self._blobs[key])

    def keep_all(self, files: Mapping[str, Path]) -> dict[str, int]:
        for key, source in files.items():
            self._blobs.setdefault(check_key(key), source.read_bytes())
        return {key: len(self._blobs[key]) for key in files}

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        blob = self._blobs[check_key(key)]
        end = len(blob) if length is None else min(len(blob), start + length)
        return (blob[at : min(at + CHUNK, end)] for at in range(start, end, CHUNK))

    def reader(self, key: str) -> BinaryIO:
        return io.BytesIO(self._blobs[check_key(key)])

    def exists(self, key: str) -> bool:
        return check_key(key) in self._blobs

    def size(self, key: str) -> int:
        return len(self._blobs[check_key(key)])

    def delete(self, key: str) -> None:
        self._blobs.pop(check_key(key), None)

    def keys(self) -> Iterator[str]:
        return iter(list(self._blobs))

    def local_path(self, key: str) -> Path | None:
        return None

    def link(self, key: str, *, seconds: int, filename: str, media_type: str) -> str | None:
        return None
