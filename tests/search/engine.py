"""A search engine and the rows beside it, in memory: what the contract is tried on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from dam.search import rows as shapes
from dam.search.index import Asked, Found, Occasion, Row, SearchDocument, SearchIndex, State, Tally, Traits

ADDED = datetime(2026, 1, 1, tzinfo=UTC)


def document(asset_id: int, text: str = "", **more: Any) -> SearchDocument:
    """``text`` becomes the caption; what belongs to the occasion or the traits goes there."""
    occasion = Occasion(**_taken_from(more, Occasion))
    traits = Traits(**{"kind": "photo", "review": "received", **_taken_from(more, Traits)})
    usual: dict[str, Any] = {
        "taken_at": datetime(2026, 5, 1, 12),
        "added_at": ADDED,
        "texts": {"caption": text},
    }
    return SearchDocument(asset_id=asset_id, occasion=occasion, traits=traits, **{**usual, **more})


def _taken_from(given: dict[str, Any], part: type) -> dict[str, Any]:
    names = {one.name for one in fields(part)} - {"texts"}
    return {name: given.pop(name) for name in names & given.keys()}


Execute = Callable[[str, Sequence[Any]], list[tuple]]


class MemoryRows:
    """``RowSource`` over a dictionary."""

    def __init__(self) -> None:
        self.seq, self.stamp = 0, ""
        self.rows: dict[int, tuple[int, Row, str]] = {}
        self.scans = 0  # how often the texts had to be read
        self.asked_since: list[int] = []

    def state(self) -> State:
        return State(self.seq, self.stamp)

    def changed_since(self, seq: int) -> Iterator[Row]:
        self.asked_since.append(seq)
        kept = list(self.rows.values())
        return (row for written, row, _ in kept if written > seq and (seq >= 0 or not row.gone))

    def holding(self, pattern: str, among: Sequence[int] | None = None) -> Sequence[int]:
        self.scans += 1
        return [
            row.asset_id
            for _, row, text in self.rows.values()
            if pattern in text and not row.gone and (among is None or row.asset_id in among)
        ]

    def save(self, documents: Iterable[SearchDocument], gone: Iterable[int], stamp: str) -> None:
        seq = self.seq + 1
        for one in documents:
            row = Row(one.asset_id, False, one.taken_at, shapes.fields_of(one))
            self.rows[one.asset_id] = (seq, row, shapes.text_of(one))
        for asset_id in gone:
            self.rows[asset_id] = (seq, Row(asset_id, True, None, {}), "")
        self.seq, self.stamp = seq, stamp  # last: another thread may be reading


class Engine:
    """What services.indexing and services.finding do with an index, in short."""

    def __init__(self, index: SearchIndex, execute: Execute | None = None) -> None:
        self.index, self.rows = index, MemoryRows()
        self.rows.execute = execute
        with index.rebuilding():
            pass
        self.rows.save((), (), index.stamp())

    def put(self, *documents: SearchDocument) -> None:
        self.index.put(documents)
        self.rows.save(documents, (), self.index.stamp())

    def remove(self, *asset_ids: int) -> None:
        self.index.remove(asset_ids)
        self.rows.save((), asset_ids, self.index.stamp())

    def rebuild(self, *documents: SearchDocument) -> None:
        with self.index.rebuilding() as fresh:
            fresh.put(documents)
        self.rows.save(
            documents, set(self.rows.rows) - {one.asset_id for one in documents}, self.index.stamp()
        )

    def find(self, asked: Asked | None = None, after: Sequence[int] | None = None, limit: int = 50) -> Found:
        return self.index.find(self.rows, asked or Asked(), after, limit)

    def ids(self, *wanted: Any, **more: Any) -> list[int]:
        return list(self.find(Asked(wanted=wanted, **more), limit=1000).asset_ids)

    def counts(self, **more: Any) -> Tally:
        return self.index.counts(self.rows, Asked(**more))
