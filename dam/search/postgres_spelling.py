"""Misspelled words: those of the index that share enough threes of letters, then the nearest of them."""

from dam.search import spelling
from dam.search.folding import stem
from dam.search.postgres_query import Met
from dam.search.postgres_reading import Reader
from dam.search.postgres_tables import SCHEMA
from dam.search.postgres_tags import quoted

SIMILAR = 0.2  # of two words' threes of letters, the part they share
CANDIDATES = 300  # words compared letter by letter
MEANT = 40  # words whose assets are counted
ENOUGH = 200  # assets counted for one word


def near(reader: Reader, word: str, limit: int) -> tuple[str, ...]:
    reach = spelling.reach(word)
    if not reach or not _has_trigrams(reader):
        return ()
    written = list(dict.fromkeys((word, stem(word))))
    reader.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, false)", (str(SIMILAR),))
    found = reader.execute(
        f"SELECT DISTINCT w.word, length(w.word) FROM unnest(%s::text[]) AS typed, LATERAL"
        f" (SELECT word FROM {SCHEMA}.words WHERE word %% typed"
        f" AND length(word) BETWEEN length(typed) - {reach} AND length(typed) + {reach}"
        f" ORDER BY similarity(word, typed) DESC LIMIT {CANDIDATES}) w",
        (written,),
    )
    near_enough = sorted(
        (min(spelling.distance(one, other, reach) for one in written), other) for other, _ in found
    )
    candidates = [other for apart, other in near_enough if 0 < apart <= reach][:MEANT]
    numbers = {one: _number(reader, one) for one in candidates}
    return tuple(spelling.nearest_first(word, numbers)[:limit])


def _has_trigrams(reader: Reader) -> bool:
    return bool(reader.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'", ())[0][0])


def _number(reader: Reader, word: str) -> int:
    text, values = Met(quoted(word)).whole("d")
    query = f"SELECT count(*) FROM (SELECT FROM {SCHEMA}.documents d WHERE {text} LIMIT {ENOUGH}) hits"
    return reader.execute(query, values)[0][0]
