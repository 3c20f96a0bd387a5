"""Best matches first: among them what is written as it was typed, before other forms of the same words."""

import re
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Event, Municipality, Official
from dam.search.folding import COMMON, fold
from dam.search.index import Found

BLOCK = 120  # best matches that are looked at letter by letter
WORDS = 12
_WORD = re.compile(r"[^\W_]+")


def exact_first(tx: Transaction, found: Found, text: str) -> list[int]:
    """The places in ``found`` in a better order: within a tier those first that hold most of the words just
    as they were typed, accents and all; then those that differ in accents; then other forms.
    Three queries."""
    typed = [word for word in dict.fromkeys(_WORD.findall(text.casefold())) if fold(word) not in COMMON]
    if not typed or len(found.asset_ids) < 2:
        return list(range(len(found.asset_ids)))
    wanted = [(word, fold(word)) for word in typed[:WORDS]]
    texts = _texts(tx, found.asset_ids)
    scores = [_score(wanted, texts[asset_id]) for asset_id in found.asset_ids]
    tiers = {tier: place for place, tier in enumerate(dict.fromkeys(found.tiers))}
    return sorted(range(len(scores)), key=lambda place: (tiers[found.tiers[place]], -scores[place]))


def _score(wanted: Sequence[tuple[str, str]], texts: Sequence[str]) -> int:
    text = " ".join(texts).casefold()
    written = set(_WORD.findall(text))
    folded = set(fold(text).replace("/", " ").split()) | {fold(word) for word in written}
    return sum(2 if word in written else int(plain in folded) for word, plain in wanted)


def _texts(tx: Transaction, asset_ids: Sequence[int]) -> defaultdict[int, list[str]]:
    texts: defaultdict[int, list[str]] = defaultdict(list)
    own = select(
        Asset.id,
        Asset.headline,
        Asset.caption,
        Asset.alt_text,
        Asset.byline,
        Asset.keywords,
        Municipality.name,
    ).outerjoin(Municipality, Municipality.key == Asset.municipality_key)
    for asset_id, *parts in tx.execute(own.where(Asset.id.in_(asset_ids))):
        for part in parts:
            texts[asset_id] += part if isinstance(part, list) else [part] if part else []
    events = select(AssetEvent.asset_id, Event.name).join(Event, Event.id == AssetEvent.event_id)
    people = select(Appearance.asset_id, Official.name).join(Official, Official.id == Appearance.official_id)
    for asset_id, name in [
        *tx.execute(events.where(AssetEvent.asset_id.in_(asset_ids))),
        *tx.execute(people.where(Appearance.asset_id.in_(asset_ids))),
    ]:
        texts[asset_id].append(name)
    return texts
