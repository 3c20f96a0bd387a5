"""A memory of arrays that is bounded in bytes; what was not asked for longest is forgotten first."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np

OVERHEAD = 200  # bytes of a key and an array besides its items, roughly


class ArrayCache:
    """Arrays that are never changed, by key. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit  # bytes
        self._held: OrderedDict[Hashable, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> np.ndarray | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def keep(self, key: Hashable, array: np.ndarray) -> np.ndarray:
        with self._lock:
            before = self._held.pop(key, None)
            if before is not None:
                self._bytes -= before.nbytes + OVERHEAD
            if array.nbytes + OVERHEAD <= self._limit // 2:
                self._held[key] = array
                self._bytes += array.nbytes + OVERHEAD
            while self._bytes > self._limit:
                _, oldest = self._held.popitem(last=False)
                self._bytes -= oldest.nbytes + OVERHEAD
        return array

    @property
    def bytes(self) -> int:
        return self._bytes
