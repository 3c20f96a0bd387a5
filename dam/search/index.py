"""What every search engine promises. The database is the truth; an index can be thrown away at any time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class SearchDocument:
    """One asset as finding sees it. Ids are catalogue ids; texts are as written (the engine normalises).

    ``texts`` maps a field (headline, caption, keywords, officials, attendees, event, municipality, state,
    place, byline, credit, name, offices) to what is written there.
    """

    asset_id: int
    taken_at: datetime | None
    added_at: datetime
    kind: str
    review: str
    owner_id: int | None
    event_ids: tuple[int, ...]
    municipality_key: str | None
    state_key: str | None
    district_ids: tuple[int, ...]
    appears_ids: tuple[int, ...]  # confirmed appearances
    attended_ids: tuple[int, ...]  # officials at its events
    byline: str | None
    orientation: str | None  # landscape, portrait, square
    rating: int | None
    camera: str | None
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """What the asker may see, applied inside the query: results, counts and suggestions alike.

    ``everything``: all ready assets. Otherwise an asset is in scope when it is approved and
    ``approved`` is set, or its owner is ``owner_id``, or its municipality lies in ``territory`` (keys of
    municipalities, five digits, or of states, two digits). ``rejected`` False hides rejected ones.
    """

    everything: bool = True
    rejected: bool = True
    approved: bool = True
    owner_id: int | None = None
    territory: frozenset[str] = frozenset()


class SearchIndex(Protocol):
    """An engine. Only the indexer process writes; any process reads."""

    def put(self, documents: Sequence[SearchDocument]) -> None:
        """Add or replace, in one commit."""

    def remove(self, asset_ids: Iterable[int]) -> None:
        """Forget; no error for what is not there."""
