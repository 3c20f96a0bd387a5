"""The engine without us: the newest or best fifty for the same words, asked of Whoosh or PostgreSQL alone."""

import statistics
import time
from collections.abc import Callable

import psycopg

from bench.search_queries import Asking
from dam.archive import Archive
from dam.search.folding import stem
from dam.search.postgres_tables import SCHEMA, index_words

ROUNDS = 9
BINARY = "(FORMAT binary)"
BUILT = 100_000  # documents at most that PostgreSQL builds an index of


def bare(archive: Archive, asking: Asking) -> float:
    """Milliseconds, the median of asking again and again. Filters are left out where the engine alone has
    none (Whoosh)."""
    on_postgres = not archive.settings.database_url.startswith("sqlite")
    ask = _postgres(archive, asking) if on_postgres else _whoosh(archive, asking)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _whoosh(archive: Archive, asking: Asking) -> Callable[[], object]:
    from whoosh.index import open_dir
    from whoosh.query import And, Every, Prefix, Term

    folder = archive.settings.index_dir
    index = open_dir(str(folder / (folder / "current").read_text().strip()))
    words = asking.bare.split()
    if not words:
        wanted = Every()
    elif words[0].endswith("*"):
        wanted = Prefix("words", words[0].rstrip("*"))
    else:
        wanted = And([Term("words", stem(word)) for word in words])
    searcher = index.searcher()
    return lambda: list(searcher.search(wanted, limit=50))


def _postgres(archive: Archive, asking: Asking) -> Callable[[], object]:
    connection = psycopg.connect(
        archive.settings.database_url.replace("postgresql+psycopg", "postgresql"), autocommit=True
    )
    words = asking.bare.split()
    lexemes = " & ".join(
        f"'{word.rstrip('*')}':*" if word.endswith("*") else f"'{stem(word)}'" for word in words
    )
    where = f"WHERE words @@ $${lexemes}$$::tsquery" if words else ""
    query = f"SELECT asset_id FROM search_index.documents {where} ORDER BY taken DESC, asset_id DESC LIMIT 50"
    return lambda: connection.execute(query).fetchall()


def bare_build(archive: Archive) -> float:
    """Documents a second that PostgreSQL takes in and indexes by itself, on one connection, when all its
    lines are ready in the format it reads fastest: what no rebuild on one processor can be faster than."""
    url = archive.settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        some = f"SELECT * FROM {SCHEMA}.documents LIMIT {BUILT}"
        with cursor.copy(f"COPY ({some}) TO STDOUT {BINARY}") as lines:
            ready = b"".join(lines)
        cursor.execute("CREATE SCHEMA bare")
        cursor.execute(f"CREATE TABLE bare.documents (LIKE {SCHEMA}.documents)")
        start = time.perf_counter()
        with cursor.copy(f"COPY bare.documents FROM STDIN {BINARY}") as written:
            written.write(ready)
        index_words(cursor, "bare", "documents")
        cursor.execute("CREATE UNIQUE INDEX ON bare.documents (asset_id)")
        cursor.execute("CREATE INDEX ON bare.documents (taken, asset_id)")
        seconds = time.perf_counter() - start
        (count,) = cursor.execute("SELECT count(*) FROM bare.documents").fetchone()
        cursor.execute("DROP SCHEMA bare CASCADE")
        return count / seconds
