"""The engine without us: the newest or best fifty for the same words, asked of Whoosh or PostgreSQL alone."""

import statistics
import time
from collections.abc import Callable

import psycopg

from bench.search_queries import Asking
from dam.archive import Archive
from dam.search.folding import stem

ROUNDS = 9


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
