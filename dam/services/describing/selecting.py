"""What a selection has in common, for the bar that counts it and the panel that describes it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from dam.db import Transaction
from dam.models import Appearance, AssetEvent, Attendance, Event, Kind, Official, Original
from dam.services.access import Action, Actor, can
from dam.services.describing.changes import chosen, chunks

SHARED = ("headline", "caption", "alt_text", "byline", "credit", "copyright", "usage_terms", "rating",
          "review", "review_reason", "minors", "embargo_until", "rights_expire_on",
          "municipality_key")  # fmt: skip
KEYS = 9  # attendees that have a key of their own


@dataclass(frozen=True)
class Named:
    """Something of the catalogue, and how many of the selection have it."""

    id: int | str
    name: str
    count: int


@dataclass(frozen=True)
class Selected:
    """``common`` holds what all share; ``mixed`` names the fields in which they differ.

    ``attendees`` are the officials at the selection's events, in the order of the keys 1 to 9.
    ``bytes`` counts the originals. Rights: how many of the selection may be described, binned, taken whole.
    """

    count: int
    photos: int
    clips: int
    bytes: int
    common: dict[str, Any]
    mixed: frozenset[str]
    keywords: tuple[Named, ...]
    people: tuple[Named, ...]
    events: tuple[Named, ...]
    attendees: tuple[Named, ...]
    may_describe: int
    may_bin: int
    may_take_original: int
    may_review: int


def summary(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> Selected:
    """Raises NotFound when one of them may not be known of. Six queries for each thousand assets."""
    assets = chosen(tx, actor, Action.SEE, asset_ids, lock=False)
    ids = [asset.id for asset in assets]
    values = {name: {getattr(asset, name) for asset in assets} for name in SHARED}
    words = Counter(word for asset in assets for word in dict.fromkeys(asset.keywords or []))
    events = _count(tx, ids, AssetEvent.asset_id, AssetEvent.event_id, AssetEvent.position == 0)
    people = _count(tx, ids, Appearance.asset_id, Appearance.official_id, Appearance.confirmed)
    return Selected(
        count=len(assets),
        photos=sum(asset.kind == Kind.PHOTO for asset in assets),
        clips=sum(asset.kind == Kind.VIDEO for asset in assets),
        bytes=_bytes(tx, ids),
        common={name: next(iter(held)) for name, held in values.items() if len(held) == 1},
        mixed=frozenset(name for name, held in values.items() if len(held) > 1),
        keywords=tuple(Named(word, word, count) for word, count in words.most_common(40)),
        people=_named(tx, Official, people),
        events=_named(tx, Event, events),
        attendees=_attendees(tx, events, people),
        may_describe=sum(can(actor, Action.DESCRIBE, asset) for asset in assets),
        may_bin=sum(can(actor, Action.BIN, asset) for asset in assets),
        may_take_original=sum(can(actor, Action.TAKE_ORIGINAL, asset) for asset in assets),
        may_review=sum(can(actor, Action.REVIEW, asset) for asset in assets),
    )


def check(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> None:
    """Raises NotFound when one of them may not be known of."""
    chosen(tx, actor, Action.SEE, asset_ids, lock=False)


def _bytes(tx: Transaction, ids: Sequence[int]) -> int:
    sums = (select(func.sum(Original.bytes)).where(Original.asset_id.in_(some)) for some in chunks(ids))
    return sum(int(tx.scalar(each) or 0) for each in sums)  # PostgreSQL sums to a Decimal


def _count(tx: Transaction, ids: Sequence[int], owner: Any, thing: Any, condition: Any) -> Counter[int]:
    counted: Counter[int] = Counter()
    for some in chunks(ids):
        rows = tx.execute(select(thing, func.count()).where(owner.in_(some), condition).group_by(thing))
        counted.update({key: number for key, number in rows})
    return counted


def _named(tx: Transaction, model: type[Event] | type[Official], counted: Counter[int]) -> tuple[Named, ...]:
    most = counted.most_common(40)
    names = dict(tx.execute(select(model.id, model.name).where(model.id.in_([key for key, _ in most]))).all())
    return tuple(Named(key, names[key], count) for key, count in most if key in names)


def _attendees(tx: Transaction, events: Counter[int], people: Counter[int]) -> tuple[Named, ...]:
    """Those of the commonest event first; ``count``: in how many of the selection they appear already."""
    order = [event_id for event_id, _ in events.most_common(20)]
    rows = tx.execute(
        select(Attendance.event_id, Attendance.position, Official.id, Official.name)
        .join(Official, Official.id == Attendance.official_id)
        .where(Attendance.event_id.in_(order))
    ).all()
    ordered = sorted(rows, key=lambda row: (order.index(row.event_id), row.position, row.id))
    named = {row.id: row.name for row in ordered}
    return tuple(Named(key, name, people.get(key, 0)) for key, name in list(named.items())[:KEYS])
