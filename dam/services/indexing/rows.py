"""The rows that finding orders, filters and counts by: written by the one indexer, read by everybody."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import ProgrammingError

from dam.db import Transaction
from dam.models import SearchRow, SearchState
from dam.models.among import among as named
from dam.search import rows as shapes
from dam.search.index import IndexDamaged, Row, SearchDocument, State

STATE_ID = 1
REBUILD_ASKED = "rebuild"  # a stamp no index has
NO_TABLE = ("42P01", "3F000", "42703")  # PostgreSQL's codes for a table, schema or column that is not there
SCAN = 2000  # rows fetched at once


class DatabaseRows:
    """The rows as one read transaction sees them (``dam.search.index.RowSource``)."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def state(self) -> State:
        found = self._tx.execute(select(SearchState.seq, SearchState.stamp)).first()
        return State(found.seq, found.stamp) if found else State(0, "")

    def changed_since(self, seq: int) -> Iterator[Row]:
        columns = (SearchRow.asset_id, SearchRow.gone, SearchRow.taken_at, SearchRow.fields)
        changed = SearchRow.seq > seq if seq >= 0 else SearchRow.gone.is_(False)
        for row in self._tx.execute(select(*columns).where(changed).execution_options(yield_per=SCAN)):
            yield Row(row.asset_id, row.gone, row.taken_at, row.fields)

    def holding(self, pattern: str, among: Sequence[int] | None = None) -> Sequence[int]:
        place = func.instr if self._tx.get_bind().dialect.name == "sqlite" else func.strpos
        query = select(SearchRow.asset_id).where(place(SearchRow.text, pattern) > 0)
        if among is None:
            return list(self._tx.scalars(query.where(SearchRow.gone.is_(False))))
        # What is gone has no text; asked whether it is, SQLite would walk through all that is not.
        return list(self._tx.scalars(query.where(named(SearchRow.asset_id)), {"ids": among}))

    def execute(self, query: str, values: Sequence[object]) -> list[tuple]:
        try:
            return [tuple(row) for row in self._tx.connection().exec_driver_sql(query, tuple(values))]
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) not in NO_TABLE:
                raise
            raise IndexDamaged(
                "The search index is being built for the first time. Try again in a few minutes."
            ) from error


def save(
    tx: Transaction, documents: Sequence[SearchDocument], gone: Collection[int] = (), stamp: str | None = None
) -> None:
    """Write the rows of ``documents``, note that ``gone`` ones left, and count ``seq`` on."""
    written = [document.asset_id for document in documents]
    seq = _next_seq(tx, stamp)
    _set_gone(tx, gone, seq)
    for some in _portions(written):
        tx.execute(delete(SearchRow).where(SearchRow.asset_id.in_(some)))
    if documents:
        tx.execute(
            insert(SearchRow),
            [
                {
                    "asset_id": one.asset_id,
                    "seq": seq,
                    "gone": False,
                    "taken_at": one.taken_at,
                    "fields": shapes.fields_of(one),
                    "text": shapes.text_of(one),
                }
                for one in documents
            ],
        )


def mark(tx: Transaction, stamp: str) -> None:
    """Note which index holds what the rows say, after a rebuild or to ask for one."""
    _next_seq(tx, stamp, anew=True)


def rebuild_asked(tx: Transaction) -> bool:
    """Was a rebuild asked for that is not done yet?"""
    return DatabaseRows(tx).state().stamp == REBUILD_ASKED


def _next_seq(tx: Transaction, stamp: str | None, *, anew: bool = False) -> int:
    state = tx.get(SearchState, STATE_ID, with_for_update=True)
    if state is None:
        state = SearchState(id=STATE_ID, seq=0, stamp="")
        tx.add(state)
    state.seq += 1
    if stamp is not None and (state.stamp != REBUILD_ASKED or anew):
        state.stamp = stamp
    tx.flush()
    return state.seq


def _set_gone(tx: Transaction, gone: Iterable[int], seq: int) -> None:
    for some in _portions(list(gone)):
        tx.execute(
            update(SearchRow)
            .where(SearchRow.asset_id.in_(some))
            .values(gone=True, seq=seq, fields={}, text="")
        )


def _portions(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
