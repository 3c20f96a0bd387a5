"""How a document becomes the row that order, filters, counts and phrases are read from."""

from collections.abc import Iterator

from dam.search.folding import COMMON, stem, stems, tokens, without_tilde
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
    fields = {
        "added": int(document.added_at.timestamp()),
        "kind": document.kind,
        "review": document.review,
        "owner": document.owner_id,
        "events": list(document.event_ids),
        "municipality": document.municipality_key,
        "state": document.state_key,
        "districts": list(document.district_ids),
        "appears": list(document.appears_ids),
        "attended": list(document.attended_ids),
        "byline": document.byline,
        "orientation": document.orientation,
        "rating": document.rating,
        "camera": document.camera,
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def text_of(document: SearchDocument) -> str:
    """All stems, a space around each and " | " between fields, then once more the words with ñ."""
    parts, tilded = [], []
    for text in document.texts.values():
        words = list(stems(text[:TEXT_LIMIT]))
        if words:
            parts.append(without_tilde(" ".join(words)))
            tilded += [word for word in words if "ñ" in word]
    return " " + " | ".join(parts + ([" | ".join(tilded)] if tilded else [])) + " "


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
    for name, text in document.texts.items():
        weight = WEIGHTS.get(name, 1.0)
        for token in set(tokens(text[:TEXT_LIMIT])):
            if token in COMMON:
                continue
            word = stem(token)
            for form in {word, without_tilde(word)}:
                if weighed.get(form, 0.0) < weight:
                    weighed[form] = weight
    return weighed
