"""What is asked: for each kind of query one that is asked again and again, and some that never were."""

from dataclasses import dataclass
from urllib.parse import urlencode

from bench.search_catalogue import COMMON, YEARS, Catalogue

FRESH = 15  # queries of a kind that are asked once
WARMING = 60  # queries before any is measured
DEEP = urlencode({"q": "vecindad"})


@dataclass(frozen=True)
class Asking:
    """``warm`` and ``fresh`` as the address bar spells them; ``bare`` is what a plain engine is asked for the
    warm one: words, a prefix ending in ``*``, or nothing."""

    name: str
    warm: str
    fresh: tuple[str, ...]
    bare: str


def warming(catalogue: Catalogue) -> list[str]:
    """What an office has asked since the morning, none of it asked again: the index is warm by then."""
    rare = catalogue.words
    return [urlencode({"q": f"{COMMON[at % 10]} {rare[at * 7 + 3]}"}) for at in range(WARMING)]


def kinds(catalogue: Catalogue) -> list[Asking]:
    rare, places = catalogue.words, catalogue.places
    some = range(FRESH)

    def asking(name: str, bare: str, queries: list[dict[str, object]]) -> Asking:
        first, *others = (urlencode(query) for query in queries)
        return Asking(name, first, tuple(others[:FRESH]), bare)

    common = [word for word in COMMON if word != "educación"]
    pairs = [(one, other) for at, one in enumerate(common) for other in common[at + 1 :]]
    return [
        asking("two words", "educacion vecinos", [
            {"q": "educacion vecinos"}, *({"q": f"{COMMON[at % 10]} {rare[at * 7]}"} for at in some)]),
        asking("one very common word", "vecindad", [
            {"q": "vecindad"}, *({"q": word} for word in COMMON), *({"q": word} for word in rare[:5])]),
        asking("one official", "", [{"official": one} for one in (17, *range(40, 40 + FRESH))]),
        asking("municipality and word", "trabajo", [
            {"q": "trabajo", "municipality": "15106"},
            *({"q": COMMON[at % 10], "municipality": places[at * 8]} for at in some)]),
        asking("official and year", "", [
            {"official": 33, "date": YEARS[1]},
            *({"official": 60 + at, "date": YEARS[at % len(YEARS)]} for at in some)]),
        asking("prefix", "educ*", [
            {"q": "educ*"}, *({"q": f"{rare[at * 11][:4]}*"} for at in some)]),
        asking("phrase", "obra salud", [
            {"q": '"obra salud"'}, *({"q": f'"{one} {other}"'} for one, other in pairs)]),
        asking("nothing typed", "", [
            {}, *({"order": order} for order in ("oldest", "added")), {"kind": "photo"}, {"kind": "video"},
            *({"review": one} for one in ("approved", "received", "rejected"))]),
    ]  # fmt: skip
