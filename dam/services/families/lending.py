"""What a file that joins an asset gives it: words and places the asset has not. All of it can be given back.

A person's word is never overwritten. A sidecar's is stronger than what a RAW file carries inside (Adobe's XMP
specification part 3: such files are not written into, so the sidecar is where they are described), and fills
gaps of any other file, which is described inside itself (docs/families.md).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, CaptureSource, MunicipalitySource, Original
from dam.services.ingest import filing, receiving

TEXTS = {
    "headline": 400, "caption": 20_000, "alt_text": 2000, "city": 160, "byline": 200, "credit": 200,
    "state": 160, "country": 160, "copyright": 400, "usage_terms": 4000,
}  # fmt: skip
LISTS = ("keywords", "persons")
PLACE = ("latitude", "longitude", "altitude")
MUNICIPALITY = (
    "municipality_key", "municipality_source", "suggested_municipality_key", "suggestion_confidence"
)  # fmt: skip
Lent = dict[str, Any]  # field → [before, after]; "appearances" and "events" → ids that were added


def told_by(original: Original) -> Mapping[str, Any]:
    """What a file says of itself, by the names of Facts; empty before it was read."""
    return (original.raw_facts or {}).get("facts") or {}


def lend_words(
    tx: Transaction, to: Asset, said: Mapping[str, Any], embedded: Mapping[str, Any] | None
) -> Lent:
    """Write what ``said`` (by the names of Facts) has and ``to`` has not, or, where ``embedded`` is given,
    what ``to`` only has from there. What was changed, so that it can be given back."""
    lent: Lent = {}

    def give(name: str, value: Any) -> None:
        lent[name] = [plain(getattr(to, name)), plain(value)]
        setattr(to, name, value)

    def free(name: str) -> bool:
        there = getattr(to, name)
        if there in (None, "", []):
            return True
        inside = None if embedded is None else embedded.get(name)
        if inside is None and embedded is not None and name == "headline":
            inside = embedded.get("title")
        return inside is not None and _same(there, inside)

    for name, limit in TEXTS.items():
        value = _text(said.get(name) or (said.get("title") if name == "headline" else None), limit)
        if value and value != getattr(to, name) and free(name):
            give(name, value)
    for name in LISTS:
        words = [word for each in said.get(name) or () if (word := _text(each, 500))]
        there = list(getattr(to, name) or [])
        wanted = words if words and free(name) else list(dict.fromkeys([*there, *words]))
        if wanted != there:
            give(name, wanted)
    rating = said.get("rating")
    if isinstance(rating, int) and 1 <= rating <= 5 and rating != to.rating and free("rating"):
        give("rating", rating)
    _lend_moment(to, said, give)
    if said.get("latitude") is not None and said.get("longitude") is not None and free("latitude"):
        before = {name: plain(getattr(to, name)) for name in MUNICIPALITY}
        for name in PLACE:
            give(name, said.get(name))
        filing.file_place(tx, to)
        lent |= {
            name: [was, plain(getattr(to, name))]
            for name, was in before.items()
            if was != plain(getattr(to, name))
        }
    return lent


def _lend_moment(to: Asset, said: Mapping[str, Any], give: Any) -> None:
    """A picture that knows no date takes the sidecar's."""
    if to.captured_at is not None or not said.get("captured_at"):
        return
    moment = datetime.fromisoformat(str(said["captured_at"]))
    give("captured_at", moment)
    give("captured_source", CaptureSource.CAMERA)
    if to.taken_at is None:
        give("taken_at", moment)


def words_of(asset: Asset) -> dict[str, Any]:
    """What is written of an asset, by the names of Facts, to be lent to the one it joins."""
    names = (*TEXTS, *LISTS, "rating", *PLACE)
    told = {name: getattr(asset, name) for name in names}
    if asset.captured_at is not None:
        told["captured_at"] = asset.captured_at.isoformat()
    return told


def lend_company(tx: Transaction, to: Asset, of: Asset) -> Lent:
    """Who appears in ``of`` and which events it belongs to, where ``to`` does not know of them."""
    known = set(tx.scalars(select(Appearance.official_id).where(Appearance.asset_id == to.id)))
    added = []
    for shown in tx.scalars(select(Appearance).where(Appearance.asset_id == of.id)).all():
        if shown.official_id not in known:
            tx.add(
                Appearance(
                    asset_id=to.id, official_id=shown.official_id, confirmed=shown.confirmed,
                    position=len(known) + len(added), user_id=shown.user_id, at=shown.at,
                )
            )  # fmt: skip
            added.append(shown.official_id)
    events = place_like(tx, to, of)
    return {name: ids for name, ids in (("appearances", added), ("events", events)) if ids}


def place_like(tx: Transaction, to: Asset, like: Asset) -> list[int]:
    """Put ``to`` into the events of ``like`` that it is not in. Their ids."""
    there = set(tx.scalars(select(AssetEvent.event_id).where(AssetEvent.asset_id == to.id)))
    wanted = tx.scalars(
        select(AssetEvent.event_id).where(AssetEvent.asset_id == like.id).order_by(AssetEvent.position)
    ).all()
    last = tx.scalar(select(func.max(AssetEvent.position)).where(AssetEvent.asset_id == to.id))
    missing = [event_id for event_id in wanted if event_id not in there]
    for number, event_id in enumerate(missing, 1):
        receiving.place(tx, to.id, event_id, position=(-1 if last is None else last) + number)
    tx.flush()
    return missing


def take_back(tx: Transaction, of: Asset, lent: Lent | None) -> list[str]:
    """Undo a loan. What somebody edited since stays. The fields that changed."""
    changed = []
    for name, value in (lent or {}).items():
        if name == "appearances":
            tx.execute(
                delete(Appearance)
                .where(Appearance.asset_id == of.id, Appearance.official_id.in_(value))
                .execution_options(synchronize_session=False)
            )
        elif name == "events":
            _leave(tx, of, value)
        elif plain(getattr(of, name)) == value[1]:
            setattr(of, name, _read(name, value[0]))
        else:
            continue
        changed.append(name)
    return changed


def _leave(tx: Transaction, asset: Asset, event_ids: Sequence[int]) -> None:
    """Out of those events, unless it would be left without any."""
    there = set(tx.scalars(select(AssetEvent.event_id).where(AssetEvent.asset_id == asset.id)))
    if there - set(event_ids):
        tx.execute(
            delete(AssetEvent)
            .where(AssetEvent.asset_id == asset.id, AssetEvent.event_id.in_(event_ids))
            .execution_options(synchronize_session=False)
        )


def plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple) else str(value) if hasattr(value, "name") else value


def _read(name: str, value: Any) -> Any:
    if value is None:
        return [] if name in LISTS else None
    if name in ("captured_at", "taken_at"):
        return datetime.fromisoformat(value)
    if name == "captured_source":
        return CaptureSource(value)
    return MunicipalitySource(value) if name == "municipality_source" else value


def _same(there: Any, said: Any) -> bool:
    if isinstance(there, list):
        return [str(one).strip() for one in there] == [str(one).strip() for one in said or ()]
    if isinstance(there, str) and isinstance(said, str):
        return there.strip() == said.strip()
    return bool(there == said)


def _text(text: Any, limit: int) -> str | None:
    return receiving.plain_text(text).strip()[:limit] or None if isinstance(text, str) else None
