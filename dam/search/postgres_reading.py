"""One question's look at the index, over the connection of the rows it is asked with."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dam.search.cache import ArrayCache
from dam.search.folding import fold
from dam.search.index import Filter
from dam.search.postgres_tables import ROUGHLY, SCHEMA

REMEMBERED = 500  # answers
WORK = "64MB"  # at most, for one question: where the hits lie takes about 50 bytes for each block of 8 kB
Execute = Callable[[str, Sequence[Any]], list[Any]]


class Remembered:
    """Answers of this process that may be given again for a while. Safe for threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, key: Hashable, seconds: float) -> Any:
        """What was kept at most ``seconds`` ago, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None or time.monotonic() - found[0] >= seconds:
                return None
            self._held.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, answer: Any) -> Any:
        with self._lock:
            self._held[key] = (time.monotonic(), answer)
            while len(self._held) > REMEMBERED:
                self._held.popitem(last=False)
        return answer

    def get(self, key: Hashable, seconds: float, make: Callable[[], Any]) -> Any:
        """What ``make`` answered at most ``seconds`` ago, or answers now."""
        found = self.peek(key, seconds)
        return self.keep(key, make()) if found is None else found


@dataclass(frozen=True)
class Reader:
    """``execute`` runs SQL with %s for values and answers the rows; ``remembered`` and ``arrays`` outlive the
    question."""

    execute: Execute
    remembered: Remembered
    arrays: ArrayCache

    @cached_property
    def _begun(self) -> tuple[tuple[str, int], frozenset[str], float]:
        """The planner is to use the indexes: it takes looking into a long row for cheap. With the usual 4 MB
        of work it would forget which rows of a block were hits, and read the words of all of them again."""
        *_, build, generation, frequent, documents = self.execute(
            "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),"
            f" set_config('work_mem', '{WORK}', true), build, generation, frequent, {ROUGHLY}"
            f" FROM {SCHEMA}.meta",
            (),
        )[0]
        return (build, generation), frozenset(frequent or ()), documents

    def begin(self) -> tuple[str, int]:
        """Before anything is asked within a transaction; says which ``index`` is looked at."""
        return self.index

    @property
    def index(self) -> tuple[str, int]:
        """Build and generation of the index that is looked at: what was found in it stays true of it."""
        return self._begun[0]

    @property
    def documents(self) -> float:
        """Roughly how many there are."""
        return self._begun[2]

    @property
    def frequent(self) -> frozenset[str]:
        """The words whose pairs are kept (``postgres_query.Known``)."""
        return self._begun[1]

    def texts(self, name: Filter, text: str) -> Sequence[str]:
        """Folded texts in which each word of ``text`` begins a word (``postgres_query.Known``)."""
        words = fold(text).split()[:8]
        if not words:
            return ()
        begins = " AND ".join(["(folded LIKE %s OR folded LIKE %s)"] * len(words))
        starts = [start for word in words for start in (f"{_plain(word)}%", f"% {_plain(word)}%")]
        found = self.execute(
            f"SELECT folded FROM {SCHEMA}.texts WHERE filter = %s AND {begins} ORDER BY folded LIMIT 500",
            (name.value, *starts),
        )
        return [row[0] for row in found]


def _plain(text: str) -> str:
    """Without a meaning of its own in LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
