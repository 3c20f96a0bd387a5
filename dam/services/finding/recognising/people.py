"""Officials whose names stand in the plain words of a query."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from dam.db import Transaction
from dam.search.folding import COMMON, key_of, stem, stems, without_tilde
from dam.services.finding.recognising.beginnings import CANDIDATES, before, start_of
from dam.services.finding.recognising.places import Known
from dam.services.officials import finding as officials

NAMESAKES = 20  # officials of one name whose pictures come first
# Stems of what may stand before a person's name and says no more than how one is addressed.
COURTESIES = frozenset(map(stem, officials.COURTESIES))


@dataclass(frozen=True)
class Person:
    """Officials of one name; ``words`` are the places of the words that name them, ``titles`` of those before
    that only say how they are addressed ("Mtra.")."""

    official_ids: tuple[int, ...]
    name: str
    words: tuple[int, ...]
    titles: tuple[int, ...] = ()


@dataclass(frozen=True)
class Named:
    """A name or an alias of an official, as stems."""

    official_id: int
    stems: frozenset[str]
    called: str


def named(tx: Transaction, words: Sequence[str]) -> list[Named]:
    """Names and aliases that hold one of the words."""
    starts = sorted({start_of(word) for word in words if len(word) > 2 and not word.isdigit()})
    if not starts:
        return []
    like = " OR ".join(f"{{0}}.folded LIKE :w{place}" for place in range(len(starts)))
    rows = tx.execute(
        text(
            f"SELECT o.id, o.name AS written, o.name AS called FROM officials o WHERE {like.format('o')} "
            "UNION ALL SELECT o.id, a.name AS written, o.name AS called FROM official_aliases a "
            f"JOIN officials o ON o.id = a.official_id WHERE {like.format('a')} LIMIT {2 * CANDIDATES}"
        ),
        {f"w{place}": f"%{start}%" for place, start in enumerate(starts)},
    )
    return [
        Named(row.id, frozenset(without_tilde(one) for one in stems(row.written)) - COMMON, row.called)
        for row in rows
    ]


def best(
    named: Sequence[Named], words: Sequence[str], taken: Collection[int], least: int,
    places: Sequence[Known] = (),
) -> Person | None:  # fmt: skip
    """Whose name (or an alias) has most of the words still free: ``least`` of them, or more. One word alone
    has to be one person's only; where it begins a municipality's name, the person's has to begin so too."""
    free = {word: place for place, word in enumerate(words)
            if place not in taken and len(word) > 2 and not word.isdigit()}  # fmt: skip
    fits: defaultdict[frozenset[str], dict[int, Named]] = defaultdict(dict)
    for one in named:
        fits[one.stems.intersection(free)].setdefault(one.official_id, one)
    best = max(map(len, fits), default=0)
    if best < least:
        return None
    longest = [fit for fit in fits if len(fit) == best]
    for said in sorted(longest, key=lambda fit: (fit <= COURTESIES, min(free[word] for word in fit))):
        chosen = list(fits[said].values())
        # Where a word fits different people, nobody is meant.
        disputed = any(said & other and fits[other].keys() != fits[said].keys() for other in longest)
        if disputed or len(chosen) > NAMESAKES:
            continue
        if best == 1 and (len(chosen) > 1 or _is_rather_a_place(chosen[0], said, places)):
            continue
        at = sorted(free[word] for word in said)
        ids = tuple(one.official_id for one in chosen)
        return Person(ids, chosen[0].called, tuple(at), before(words, at[0], taken, COURTESIES))
    return None


def _is_rather_a_place(one: Named, said: frozenset[str], places: Sequence[Known]) -> bool:
    begins_so = key_of(one.called).split()[0] in said
    return not begins_so and any(place.key.split()[0] in said for place in places)
