"""An index that is opened by its first use: most commands never search, and an engine takes long to load."""

from collections.abc import Callable
from typing import Any

from dam.search.index import SearchIndex


class Later:
    """Stands for the index that ``make`` makes, once, when something is asked of it."""

    def __init__(self, make: Callable[[], SearchIndex]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        """Only for what is not here yet: from the second time on the engine's own part answers."""
        if name == "engine":
            self.engine = self._make()
            return self.engine
        part = getattr(self.engine, name)
        setattr(self, name, part)
        return part
