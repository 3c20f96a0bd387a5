"""The embedded engine: Whoosh says which assets hold a word; columns in memory order, filter and count them.

Whoosh keeps an asset's id and its normalised words, nothing else. A segment never changes, so its postings
are decoded once and kept (bounded in bytes); deletions are laid over them at every commit. Some of Whoosh's
inner parts are used on purpose: blocks of postings are read whole instead of one document at a time.
"""

import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from whoosh import columns as whoosh_columns
from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec, W3LeafMatcher
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.writing import SegmentWriter

from dam.search import choosing, rows, snapshot
from dam.search.builds import Builds
from dam.search.cache import ArrayCache
from dam.search.columns import Columns, batched, learn, no_columns
from dam.search.index import (
    Asked,
    Found,
    IndexDamaged,
    NewIndex,
    Prefix,
    RowSource,
    SearchDocument,
    State,
    Tally,
    Word,
)
from dam.search.reading import Postings, Reading
from dam.search.spelling import Vocabulary

log = logging.getLogger(__name__)

CACHE_BYTES = 64 * 1024**2
BLOCK = 1024  # postings decoded at once
BATCH = 10_000  # documents of one segment in a rebuild: as many as are sorted without spilling to disk
REBUILD_MEMORY = 256  # MB of postings
ATTEMPTS = 5  # a merge may take files away between reading the table of contents and opening them
NAME = "MAIN"
COLUMNS = "columns.npz"  # beside a build's own files
ASSET_BYTES = 4
LEARNED = 10_000  # rows in memory at once
MERGE_AT = 8  # small segments before they are joined
MERGED = 4000  # documents that one merge rewrites at most
MANY_SEGMENTS = 40  # small ones; more make every new word slow
TALLIES = 16  # counts of everything that are kept: one for each reach of an account
FEW_DEAD = 5000  # replaced documents that are not worth a rebuild


class Codec(W3Codec):
    """Larger blocks, and no lengths of fields: asking for them costs a look at the disk for each posting."""

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK)


class Stems(fields.FieldType):
    """A mapping of stem to weight, as ``dam.search.rows.weighed_stems`` makes it."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None, scorable=False)

    def index(self, value: dict[str, float], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        for stem, weight in value.items():
            yield _encoded(stem), 1, weight, b""


class WhooshIndex:
    """``dam.search.index.SearchIndex`` in a folder. Opens nothing before it is asked to."""

    needs_rows = True

    def __init__(self, folder: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._builds = Builds(folder)
        self._cache = ArrayCache(cache_bytes)
        self._lock = threading.RLock()
        self._view: _View | None = None
        self._columns = no_columns()
        self._told = ""

    # -- writing: the one indexer

    def put(self, documents: Sequence[SearchDocument], without: Iterable[int] = ()) -> None:
        with self._lock, _damage():
            view = self._refreshed()
            index = _open(self._builds.current())
            writer = index.writer(compound=False, codec=Codec())
            try:
                _delete(writer, view, [*without, *(document.asset_id for document in documents)])
                _add(writer, documents)
            except BaseException:
                writer.cancel()
                raise
            writer.commit(mergetype=_merge)

    def remove(self, asset_ids: Iterable[int]) -> None:
        self.put((), without=asset_ids)

    def check(self, state: State) -> None:
        with self._lock, _damage():
            view = self._refreshed()
            self._builds.demand_sound(self._builds.folder / view.build)
        build, _, generation = state.stamp.partition("/")
        if build != view.build or not generation.isdigit():
            raise IndexDamaged("The search index belongs to another state of the database.")
        if int(generation) > view.generation:
            raise IndexDamaged("The search index is older than the database.")
        if int(generation) < view.generation:  # a backup was restored, or the indexer ended between the two
            raise IndexDamaged("The search index is younger than the database.")

    def stamp(self) -> str:
        with self._lock, _damage():
            view = self._refreshed()
            return f"{view.build}/{view.generation}"

    def worn(self) -> bool:
        with self._lock, _damage():
            view = self._refreshed()
        documents = sum(len(assets) for _, assets in view.parts)
        dead = documents - sum(int(np.count_nonzero(assets)) for _, assets in view.parts)
        small = sum(len(assets) < MERGED for _, assets in view.parts)
        return small > MANY_SEGMENTS or dead > max(FEW_DEAD, documents // 3)

    @contextmanager
    def rebuilding(self) -> Iterator[NewIndex]:
        build = self._builds.begin()
        try:
            fresh = _Building(build)
            yield fresh
            fresh.finish()
            self._builds.promote(build)
        except BaseException:
            self._builds.discard(build)
            raise

    # -- reading: everybody

    def find(
        self, rows: RowSource, asked: Asked, after: Sequence[int] | None = None, limit: int = 50
    ) -> Found:
        reading = self._reading(rows)
        return choosing.page(reading.choose(asked), after, limit, reading.scores)

    def counts(self, rows: RowSource, asked: Asked) -> Tally:
        reading = self._reading(rows)
        known = reading.columns.tallies
        tally = None if asked.narrowed else known.get(asked)
        if tally is None:
            tally = choosing.count(reading.choose(asked))
            if not asked.narrowed and len(known) < TALLIES:
                known[asked] = tally
        return tally

    def near(self, rows: RowSource, word: str, limit: int = 8) -> tuple[str, ...]:
        reading = self._reading(rows)
        with self._lock:  # the vocabularies are read from the segments' files
            return reading.near(word, limit)

    def warm(self, rows: RowSource) -> None:
        """The columns beside the index, for processes that begin: they learn only what came after."""
        reading = self._reading(rows)
        if reading.view is not None:
            snapshot.save(reading.columns, self._builds.folder / reading.view.build / COLUMNS)

    def _reading(self, rows: RowSource) -> Reading:
        state = rows.state()
        with self._lock:
            try:
                view = self._seen(state)
            except IndexDamaged as damage:
                self._tell(damage)
                view = None
            self._columns = self._learned(rows, state, view)
            return Reading(self._columns, rows, self._cache, view, self._read, self._report)

    def _learned(self, rows: RowSource, state: State, view: "_View | None") -> Columns:
        columns = self._columns
        if columns.seq > state.seq:  # another database than before
            columns = no_columns()
        if columns.seq < 0 and view is not None:
            kept = snapshot.load(self._builds.folder / view.build / COLUMNS)
            columns = kept if kept is not None and kept.seq <= state.seq else columns
        if columns.seq < state.seq:
            for some in batched(rows.changed_since(columns.seq), LEARNED):
                columns = learn(columns, some, columns.seq)
            columns = replace(columns, seq=state.seq)
        return columns

    def _seen(self, state: State) -> "_View":
        with _damage():
            view = self._refreshed()
        build, _, generation = state.stamp.partition("/")
        if build == view.build and int(generation) > view.generation:
            raise IndexDamaged("The search index is older than the database.")
        return view

    def _refreshed(self) -> "_View":
        """The view of the last commit. A process that was forked opens its own files."""
        build = self._builds.current()
        storage = FileStorage(str(build))
        for attempt in range(ATTEMPTS):
            view = self._view
            now = (build.name, TOC._latest_generation(storage, NAME), os.getpid())
            if view is not None and (view.build, view.generation, view.process) == now:
                break
            self._builds.demand_sound(build)
            try:
                self._view = _opened(storage, build.name, view)
                break
            except FileNotFoundError:
                if attempt + 1 == ATTEMPTS:
                    raise
        return self._view

    def _read(self, segment: "_Segment", atom: Word | Prefix) -> Postings:
        with self._lock, _damage():
            return _read(segment, atom)

    def _tell(self, damage: IndexDamaged) -> None:
        """In the log, once for each kind of damage and not with every search."""
        if self._told != damage.message:
            self._told = damage.message
            log.warning("Words are sought in the database: %s", damage)

    def _report(self, damage: IndexDamaged) -> None:
        """Damage where only readers look: the indexer is told, everything is opened afresh next time."""
        self._tell(damage)
        with self._lock:
            if self._view is not None and not isinstance(damage.__cause__, OSError):
                self._builds.report(self._view.build)
            self._view = None


@lru_cache(maxsize=50_000)
def _encoded(stem: str) -> bytes:
    """One object for one word, however many documents hold it."""
    return stem.encode()


class _Segment:
    """One immutable segment: its words, and which asset each document is."""

    def __init__(self, storage: FileStorage, schema: fields.Schema, segment: object) -> None:
        self.id = segment.segment_id()
        self._reader = SegmentReader(storage, schema, segment)
        self._format = schema["words"].format
        column = self._reader.column_reader("asset", schema["asset"].column_type)
        held = column.raw_column()._dbfile.get(0, segment.doc_count_all() * ASSET_BYTES)
        self._assets = np.frombuffer(held, ">i4").astype(np.int32)
        if len(self._assets) != segment.doc_count_all() or (self._assets <= 0).any():
            raise IndexDamaged("The search index has lost which asset is which.")

    def assets(self, deleted: Iterable[int]) -> np.ndarray:
        """The asset of each document, 0 for deleted ones."""
        assets = self._assets.copy()
        assets[list(deleted)] = 0
        return assets

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All its words; read when somebody misspells one for the first time. Raises IndexDamaged."""
        with _damage():
            return Vocabulary.of(term.decode() for term in self._reader.expand_prefix("words", ""))

    def terms_from(self, start: str) -> Iterator[bytes]:
        return self._reader.expand_prefix("words", start)

    def postings(self, term: bytes) -> Postings:
        try:
            matcher = self._reader._terms.matcher("words", term, self._format)
        except TermNotFound:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        if not isinstance(matcher, W3LeafMatcher):  # a rare word's postings lie inside the dictionary
            return np.array(matcher._ids, np.int32), np.array(matcher._weights, np.float32)
        documents, weights = [], []
        while True:
            matcher._read_data()
            deltas, given = matcher._data[0], matcher._data[1]
            documents.append(np.cumsum(deltas))
            weights.append(np.broadcast_to(np.float32(1.0 if given is None else given), len(deltas)))
            if matcher._lastblock:
                break
            matcher._next_block()
        return np.concatenate(documents).astype(np.int32), np.concatenate(weights).astype(np.float32)


@dataclass(frozen=True)
class _View:
    """The index as of one commit, opened by one process."""

    build: str
    generation: int
    process: int
    parts: tuple[tuple[_Segment, np.ndarray], ...] = ()  # each segment with its documents' assets


class _Building:
    """An index that is being filled; nothing is to be read from it before it is finished."""

    def __init__(self, build: Path) -> None:
        schema = fields.Schema(asset=fields.COLUMN(whoosh_columns.NumericColumn("i")), words=Stems())
        self._index = FileStorage(str(build)).create_index(schema, NAME)
        self._writer = self._begin()
        self._added = 0

    def sample(self, documents: Sequence[SearchDocument]) -> None:
        """It keeps no pairs of words."""

    def portion(self) -> None:
        """One writer holds the folder."""

    def join(self, learned: object) -> None:
        raise TypeError("there are no portions of this index")

    def put(self, documents: Sequence[SearchDocument]) -> None:
        if self._added >= BATCH:
            self.finish()
            self._writer, self._added = self._begin(), 0
        _add(self._writer, documents)
        self._added += len(documents)

    def finish(self) -> None:
        self._writer.commit(merge=False)

    def _begin(self) -> SegmentWriter:
        return self._index.writer(compound=False, codec=Codec(), limitmb=REBUILD_MEMORY)


def _open(build: Path) -> FileIndex:
    return FileStorage(str(build)).open_index(NAME)


def _opened(storage: FileStorage, build: str, before: _View | None) -> _View:
    table = TOC.read(storage, NAME)
    usable = before is not None and (before.build, before.process) == (build, os.getpid())
    known = {segment.id: segment for segment, _ in before.parts} if usable else {}
    parts = []
    for one in table.segments:
        segment = known.get(one.segment_id()) or _Segment(storage, table.schema, one)
        parts.append((segment, segment.assets(one.deleted_docs())))
    return _View(build, table.generation, os.getpid(), tuple(parts))


def _merge(writer: object, segments: list[object]) -> list[object]:
    """The smallest segments join the new one once there are enough of them to be worth it; what is large
    stays as it is, so that no commit keeps an edit waiting for more than about a second."""
    kept, room = [], MERGED
    small = sorted((one for one in segments if one.doc_count_all() <= MERGED // 4), key=_size)
    joining = small if len(small) >= MERGE_AT else []
    for segment in segments:
        if segment in joining and _size(segment) <= room:
            room -= _size(segment)
            reader = SegmentReader(writer.storage, writer.schema, segment)
            writer.add_reader(reader)
            reader.close()
        elif segment.doc_count():
            kept.append(segment)
    return kept


def _size(segment: object) -> int:
    return segment.doc_count_all()


def _delete(writer: object, view: _View, asset_ids: Sequence[int]) -> None:
    start = 0
    for _, assets in view.parts:
        for document in np.flatnonzero(np.isin(assets, asset_ids)):
            writer.delete_document(start + int(document))
        start += len(assets)


def _add(writer: object, documents: Sequence[SearchDocument]) -> None:
    for document in documents:
        writer.add_document(asset=document.asset_id, words=rows.weighed_stems(document))


def _read(segment: _Segment, atom: Word | Prefix) -> Postings:
    if isinstance(atom, Word):
        return segment.postings(atom.stem.encode())
    terms = {*segment.terms_from(atom.start), atom.stem.encode()}
    found = [segment.postings(term)[0] for term in terms]
    documents = np.unique(np.concatenate(found)).astype(np.int32)
    return documents, np.ones(len(documents), np.float32)


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever Whoosh stumbles over in its own files means that they are damaged: it has no error for it."""
    try:
        yield
    except (IndexDamaged, MemoryError):
        raise
    except Exception as error:
        raise IndexDamaged(f"The search index cannot be read ({type(error).__name__}: {error}).") from error
