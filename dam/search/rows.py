"""How a document becomes the row that order, filters, counts and phrases are read from."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dam.search.folding import read_run, without_tilde
from dam.search.index import Phrase, Prefix, SearchDocument, Word

TEXT_LIMIT = 20_000  # characters of one field that are searched

# Officials and the event outrank the caption, the caption outranks the rest.
WEIGHTS = {
    "officials": 6.0,
    "event": 5.0,
    "headline": 4.0,
    "caption": 3.0,
    "municipality": 3.0,
    "attendees": 2.0,
    "offices": 2.0,
    "keywords": 2.0,
}


def fields_of(document: SearchDocument) -> dict[str, object]:
    """The ids of ``document`` as JSON; what is unknown is left out."""
    occasion, traits = document.occasion, document.traits
    fields = {
        "added": int(document.added_at.timestamp()),
        "kind": traits.kind,
        "review": traits.review,
        "owner": traits.owner_id,
        "events": list(occasion.event_ids),
        "municipality": occasion.municipality_key,
        "state": occasion.state_key,
        "districts": list(occasion.district_ids),
        "appears": list(occasion.appears_ids),
        "attended": list(occasion.attended_ids),
        "byline": traits.byline,
        "orientation": traits.orientation,
        "rating": traits.rating,
        "camera": traits.camera,
        "offices": list(occasion.offices),
        "keywords": list(document.keywords),
        "captioned": 1 if document.texts.get("caption") else None,
        "stack": stack_of(document),
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def stack_of(document: SearchDocument) -> int | None:
    """The stack's id, negative for a frame that its cover stands for."""
    if document.stack_id is None:
        return None
    return document.stack_id if document.cover else -document.stack_id


def text_of(document: SearchDocument) -> str:
    """All stems, a space around each and " | " between fields, then once more the words with ñ."""
    read = [read_text(text[:TEXT_LIMIT]) for _, text in document.all_texts()]
    parts = [one.text for one in read if one.text]
    tilded = [word for one in read for word in one.tilded]
    return f" {' | '.join(parts + tilded)} "


def pattern_of(clause: Word | Prefix | Phrase) -> Iterator[str]:
    """What ``text_of`` holds when ``clause`` fits: any one of these."""
    if isinstance(clause, Word):
        yield f" {clause.stem} "
    elif isinstance(clause, Phrase):
        yield f" {' '.join(clause.stems)} "
    else:
        yield f" {clause.start}"
        if not clause.stem.startswith(clause.start):
            yield f" {clause.stem} "


def weighed_stems(document: SearchDocument) -> dict[str, float]:
    """What the index keeps: each stem (and its form with ñ) with the greatest weight of its fields."""
    weighed: dict[str, float] = {}
    for name, text in sorted(document.all_texts(), key=_weight):  # what weighs most comes last, and stays
        weighed.update(dict.fromkeys(read_text(text[:TEXT_LIMIT]).forms, WEIGHTS.get(name, 1.0)))
    return weighed


def _weight(field: tuple[str, str]) -> float:
    return WEIGHTS.get(field[0], 1.0)


class Read(NamedTuple):
    """A field's text: its stems in order, those with ñ, and all forms worth a place in the index."""

    text: str
    tilded: tuple[str, ...]
    forms: frozenset[str]


@lru_cache(maxsize=4096)  # names of events and people come again and again, a caption twice
def read_text(text: str) -> Read:
    runs = [read_run(run) for run in text.split()]
    stems = " ".join([one for one, _ in runs if one])
    kept = frozenset().union(*[worth for _, worth in runs])
    if "ñ" not in stems:
        return Read(stems, (), kept)
    tilded = tuple(word for word in stems.split() if "ñ" in word)
    return Read(
        without_tilde(stems), tilded, kept.union([without_tilde(word) for word in kept if "ñ" in word])
    )
