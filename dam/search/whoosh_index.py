"""The embedded engine: Whoosh says which assets hold a word; columns in memory order, filter and count them.

Whoosh keeps an asset's id and its normalised words, nothing else. A segment never changes, so its postings
are decoded once and kept (bounded in bytes); deletions are laid over them at every commit. Some of Whoosh's
inner parts are used on purpose: blocks of postings are read whole instead of one document at a time.
"""

import logging
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from whoosh import columns as whoosh_columns
from whoosh import fields, formats
from whoosh.codec.whoosh3 import W3Codec, W3LeafMatcher
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex
from whoosh.reading import SegmentReader, TermNotFound

from dam.search import choosing, rows
from dam.search.builds import Builds
from dam.search.cache import ArrayCache
from dam.search.choosing import Atom
from dam.search.columns import Columns, learn, no_columns
from dam.search.index import (
    Asked,
    Found,
    IndexDamaged,
    Phrase,
    Prefix,
    RowSource,
    SearchDocument,
    SearchIndex,
    State,
    Tally,
    Word,
)

log = logging.getLogger(__name__)

CACHE_BYTES = 64 * 1024**2
BLOCK = 1024  # postings decoded at once
REBUILD_MEMORY = 128  # MB of postings before a rebuild spills to disk
ATTEMPTS = 5  # a merge may take files away between reading the table of contents and opening them
NAME = "MAIN"
MERGE_AT = 8  # small segments before they are joined
MERGED = 4000  # documents that one merge rewrites at most
MANY_SEGMENTS = 80  # more make every new word slow
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
            yield stem.encode(), 1, weight, b""


class _Segment:
    """One immutable segment: its words, and which asset each document is."""

    def __init__(self, storage: FileStorage, schema: fields.Schema, segment: object) -> None:
        self.id = segment.segment_id()
        self._reader = SegmentReader(storage, schema, segment)
        self._format = schema["words"].format
        column = self._reader.column_reader("asset", schema["asset"].column_type)
        self._assets = np.array(column.load(), np.int32)

    def assets(self, deleted: Iterable[int]) -> np.ndarray:
        """The asset of each document, 0 for deleted ones."""
        assets = self._assets.copy()
        assets[list(deleted)] = 0
        return assets

    def terms_from(self, start: str) -> Iterator[bytes]:
        return self._reader.expand_prefix("words", start)

    def postings(self, term: bytes) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the documents that hold ``term``, and its weight in each."""
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
    """The index as of one commit."""

    build: str
    generation: int
    parts: tuple[tuple[_Segment, np.ndarray], ...] = ()  # each segment with its documents' assets


class WhooshIndex:
    """``dam.search.index.SearchIndex`` in a folder. Opens nothing before it is asked to."""

    def __init__(self, folder: Path, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._builds = Builds(folder)
        self._cache = ArrayCache(cache_bytes)
        self._lock = threading.RLock()
        self._view: _View | None = None
        self._columns = no_columns()

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
        build, _, generation = state.stamp.partition("/")
        if build != view.build or not generation.isdigit() or int(generation) > view.generation:
            raise IndexDamaged("The search index is older than the database.")

    def stamp(self) -> str:
        with self._lock, _damage():
            view = self._refreshed()
            return f"{view.build}/{view.generation}"

    def worn(self) -> bool:
        with self._lock, _damage():
            view = self._refreshed()
        documents = sum(len(assets) for _, assets in view.parts)
        dead = documents - sum(int(np.count_nonzero(assets)) for _, assets in view.parts)
        return len(view.parts) > MANY_SEGMENTS or dead > max(FEW_DEAD, documents // 3)

    @contextmanager
    def rebuilding(self) -> Iterator[SearchIndex]:
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
        return choosing.count(self._reading(rows).choose(asked))

    def _reading(self, rows: RowSource) -> "_Reading":
        state = rows.state()
        with self._lock:
            if self._columns.seq < state.seq:
                self._columns = learn(self._columns, rows.changed_since(self._columns.seq), state.seq)
            columns = self._columns
            try:
                view = self._seen(state)
            except IndexDamaged as damage:
                log.warning("Words are sought in the database: %s", damage)
                view = None
        return _Reading(self, columns, view, rows)

    def _seen(self, state: State) -> _View:
        with _damage():
            view = self._refreshed()
        build, _, generation = state.stamp.partition("/")
        if build == view.build and int(generation) > view.generation:
            raise IndexDamaged("The search index is older than the database.")
        return view

    def _refreshed(self) -> _View:
        build = self._builds.current()
        storage = FileStorage(str(build))
        for attempt in range(ATTEMPTS):
            view = self._view
            generation = TOC._latest_generation(storage, NAME)
            if view is not None and (view.build, view.generation) == (build.name, generation):
                return view
            try:
                self._view = _opened(storage, build.name, view)
            except FileNotFoundError:
                if attempt + 1 == ATTEMPTS:
                    raise
        return self._refreshed() if self._view is None else self._view

    def postings(self, segment: _Segment, atom: Atom) -> tuple[np.ndarray, np.ndarray]:
        """Documents of ``segment`` that hold the word or prefix, and its weights, from memory if possible."""
        documents, weights = (
            self._cache.get((segment.id, atom)),
            self._cache.get((segment.id, atom, "weights")),
        )
        if documents is None or weights is None:
            with self._lock, _damage():
                documents, weights = _read(segment, atom)
            self._cache.keep((segment.id, atom), documents)
            self._cache.keep((segment.id, atom, "weights"), weights)
        return documents, weights

    def forget(self) -> None:
        """Open everything afresh next time."""
        with self._lock:
            self._view = None


@dataclass(frozen=True)
class _Reading:
    """One question's look at columns, index and rows."""

    index: WhooshIndex
    columns: Columns
    view: _View | None
    rows: RowSource

    def choose(self, asked: Asked) -> choosing.Choice:
        return choosing.choose(self.columns, asked, self.ids)

    def ids(self, atom: Atom) -> np.ndarray:
        if isinstance(atom, Phrase):
            return self._phrase(atom)
        if self.view is not None:
            try:
                parts = [assets[self.index.postings(segment, atom)[0]] for segment, assets in self.view.parts]
                return np.concatenate(parts) if parts else np.empty(0, np.int32)
            except IndexDamaged as damage:
                log.warning("A word is sought in the database: %s", damage)
                self.index.forget()
        return self._in_rows(atom)

    def _phrase(self, phrase: Phrase) -> np.ndarray:
        return self._in_rows(phrase)

    def _in_rows(self, atom: Atom) -> np.ndarray:
        found = [self.rows.holding(pattern) for pattern in rows.pattern_of(atom)]
        return np.unique(np.concatenate([np.array(some, np.int64) for some in found]))

    def scores(self, atoms: Sequence[Atom], size: int) -> np.ndarray:
        """The weights of what was found, rarer words counting more, as integers up to TOP_SCORE."""
        total, best = np.zeros(size, np.float64), 0.0
        for atom in _words_of(atoms):
            points = np.zeros(size, np.float64)
            for segment, assets in self.view.parts if self.view else ():
                documents, weights = self.index.postings(segment, atom)
                ids = assets[documents]
                known = (ids > 0) & (ids < size)
                points[ids[known]] = weights[known]
            holders = np.count_nonzero(points)
            rarity = math.log(1 + size / (1 + holders))
            total += points * rarity
            best += float(points.max(initial=0.0)) * rarity
        return (total * (choosing.TOP_SCORE / best)).astype(np.int64) if best else np.zeros(size, np.int64)


class _Building:
    """An index that is being filled; nothing is to be read from it before it is finished."""

    def __init__(self, build: Path) -> None:
        schema = fields.Schema(asset=fields.COLUMN(whoosh_columns.NumericColumn("i")), words=Stems())
        index = FileStorage(str(build)).create_index(schema, NAME)
        self._writer = index.writer(compound=False, codec=Codec(), limitmb=REBUILD_MEMORY)

    def put(self, documents: Sequence[SearchDocument], without: Iterable[int] = ()) -> None:
        _add(self._writer, documents)

    def finish(self) -> None:
        self._writer.commit()


def _open(build: Path) -> FileIndex:
    return FileStorage(str(build)).open_index(NAME)


def _opened(storage: FileStorage, build: str, before: _View | None) -> _View:
    table = TOC.read(storage, NAME)
    known = {segment.id: segment for segment, _ in before.parts} if before and before.build == build else {}
    parts = []
    for one in table.segments:
        segment = known.get(one.segment_id()) or _Segment(storage, table.schema, one)
        parts.append((segment, segment.assets(one.deleted_docs())))
    return _View(build, table.generation, tuple(parts))


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


def _read(segment: _Segment, atom: Word | Prefix) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(atom, Word):
        return segment.postings(atom.stem.encode())
    terms = {*segment.terms_from(atom.start), atom.stem.encode()}
    found = [segment.postings(term)[0] for term in terms]
    documents = np.unique(np.concatenate(found)).astype(np.int32)
    return documents, np.ones(len(documents), np.float32)


def _words_of(atoms: Sequence[Atom]) -> Iterator[Word | Prefix]:
    for atom in atoms:
        if isinstance(atom, Phrase):
            yield from (Word(stem) for stem in atom.stems)
        else:
            yield replace(atom, exact=None) if isinstance(atom, Word) else atom


@contextmanager
def _damage() -> Iterator[None]:
    """Whatever Whoosh stumbles over in its own files means that they are damaged: it has no error for it."""
    try:
        yield
    except (IndexDamaged, MemoryError):
        raise
    except Exception as error:
        raise IndexDamaged(f"The search index cannot be read ({type(error).__name__}: {error}).") from error
