"""Reading an exported folder back: its events and people first, then what each sidecar says of its material.

It is done in the name of whoever gives the command, and what a file says never approves anything: the status
is written into sidecars and not read from them (docs/export.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from dam.archive import Archive
from dam.db import Transaction
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    CaptureSource,
    Event,
    IngestItem,
    Minors,
    Municipality,
    MunicipalitySource,
    Official,
    OffsetSource,
    Original,
    OriginalRole,
    Processing,
    StackKind,
    Withdrawal,
)
from dam.search.folding import fold
from dam.services import events, indexing, offices, officials
from dam.services.access import Action, Actor, can
from dam.services.describing.changes import APPEARANCES, remember, states
from dam.services.exporting import marks
from dam.services.exporting.marks import FORMAT
from dam.services.families import joining, stacking
from dam.services.ingest import receiving

AT_ONCE = 100
TEXTS = (
    "headline", "caption", "alt_text", "city", "state", "country", "byline", "credit", "copyright",
    "usage_terms",
)  # fmt: skip
LISTS = ("keywords", "persons")
CLOCK = ("captured_at", "captured_source", "subsecond", "date_only", "utc_offset", "offset_source",
"clock_shift",
         "taken_at")  # fmt: skip
# What keeps material in is read back; what would let it out is not.
HELD = ("embargo_until", "rights_expire_on", "minors")
FIELDS = frozenset((
    *TEXTS, *LISTS, *CLOCK, *HELD, "rating", "latitude", "longitude", "altitude", "municipality_key",
    "municipality_source", APPEARANCES,
))  # fmt: skip


Piles = dict[int, tuple[StackKind, list[tuple[int, bool]]]]  # the export's number → its assets and the cover


@dataclass
class People:
    """Officials of the export by their number there."""

    known: dict[int, int]
    told: dict[int, Mapping[str, Any]]


def folders(root: Path) -> Iterator[tuple[Path, Mapping[str, Any] | None]]:
    """Each folder of the export with what is told of its event, None where it has none."""
    for folder in sorted(one for one in root.iterdir() if one.is_dir() and not one.name.startswith(".")):
        told = marks.read(folder / marks.EVENT)
        yield folder, told if told.get("format") == FORMAT else None


def read_people(root: Path) -> People:
    """Who the export tells of; nobody is added to the catalogue before somebody is needed."""
    listed = marks.read(root / marks.PEOPLE).get("officials")
    told = {one["id"]: one for one in listed if isinstance(one, dict) and "id" in one} if listed else {}
    return People({}, told)


def find_or_make_event(tx: Transaction, actor: Actor, told: Mapping[str, Any], people: People) -> Event:
    """The event of that very name and beginning, or a new one, with who attended. Raises Forbidden,
    Invalid."""
    starts_at = _moment(told.get("starts_at"))
    name = str(told.get("name") or "")
    key = _municipality(tx, told.get("municipality_key"))
    alike = select(Event).where(Event.folded == fold(name)[:240], Event.starts_at == starts_at)
    for event in tx.scalars(alike.order_by(Event.id)):
        if event.municipality_key == key:
            return event
    for one in told.get("attended") or ():
        people.told.setdefault(one["id"], one)
    attended = [_person(tx, actor, people, one["id"], one["name"]) for one in told.get("attended") or ()]
    return events.create_event(
        tx, actor, name, kind=told.get("kind") or "other", starts_at=starts_at,
        ends_at=_moment(told.get("ends_at")), day_only=told.get("day_only"), timezone=told.get("timezone") or
        "America/Mexico_City", municipality_key=key, place=told.get("place"),
        description=told.get("description"), official_ids=attended,
    )  # fmt: skip


def restore(archive: Archive, actor: Actor, batch_ids: Sequence[int], people: People) -> int:
    """Write of what these batches brought everything their sidecars tell. How many assets were described."""
    done = 0
    with archive.reading() as tx:
        items = (
            select(IngestItem.original_id)
            .where(IngestItem.batch_id.in_(batch_ids), IngestItem.original_id.is_not(None))
            .order_by(IngestItem.id)
        )
        originals = list(dict.fromkeys(tx.scalars(items)))
    numbers: dict[int, dict[int, int]] = {}
    piles: Piles = {}
    for start in range(0, len(originals), AT_ONCE):
        with archive.transaction() as tx:
            for record in _records(tx, originals[start : start + AT_ONCE]):
                asset = _restore_one(tx, actor, record, people, numbers)
                if asset is not None:
                    _remember_pile(tx, asset, record, piles)
                    done += 1
    with archive.transaction() as tx:
        for event_id, wanted in numbers.items():
            _number_again(tx, event_id, wanted)
        for pile in piles.values():
            _stack_again(tx, pile)
    return done


def _records(tx: Transaction, original_ids: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    rows = tx.scalars(
        select(Original.raw_facts).where(Original.id.in_(original_ids), Original.role != OriginalRole.PRIMARY)
    ).all()
    for facts in rows:
        text = ((facts or {}).get("facts", {}).get("raw") or {}).get("record")
        if isinstance(text, str) and (record := marks.parsed(text)):
            yield record


def _restore_one(
    tx: Transaction,
    actor: Actor,
    record: Mapping[str, Any],
    people: People,
    numbers: dict[int, dict[int, int]],
) -> Asset | None:
    listed = [one for one in record.get("originals") or () if isinstance(one, dict) and one.get("sha256")]
    digests = {str(one["sha256"]): one for one in listed}
    shown = next((sha for sha, one in digests.items() if one.get("role") == OriginalRole.PRIMARY), None)
    asset = tx.scalars(
        select(Asset).join(Original, Original.asset_id == Asset.id).where(Original.sha256 == shown)
    ).first()
    if asset is None or asset.processing != Processing.READY or not can(actor, Action.DESCRIBE, asset):
        return None
    asset = _same_family(tx, actor, asset, digests)
    before = states(tx, [asset], FIELDS)
    _write(tx, asset, record)
    _appear(tx, actor, asset, record, people)
    _place(tx, actor, asset, record, numbers)
    remember(tx, actor, "read_back", before, states(tx, [asset], FIELDS), of=record.get("asset_id"))
    return asset


def _remember_pile(tx: Transaction, asset: Asset, record: Mapping[str, Any], piles: "Piles") -> None:
    """What a person took out of a stack stays out; of the others it is noted which stack they were in."""
    if record.get("stands_alone"):
        stacking.leave(tx, asset)
        asset.stands_alone = True
    told = record.get("stack")
    if isinstance(told, dict) and isinstance(told.get("id"), int) and told.get("kind") in set(StackKind):
        _kind, members = piles.setdefault(told["id"], (StackKind(told["kind"]), []))
        members.append((asset.id, bool(told.get("cover"))))


def _stack_again(tx: Transaction, pile: "tuple[StackKind, list[tuple[int, bool]]]") -> None:
    """Stacks as they were: the archive finds bursts again by itself, not always what cameras numbered."""
    kind, members = pile
    ids = [asset_id for asset_id, _cover in members]
    if len(ids) < 2:
        return
    there = set(tx.scalars(select(Asset.stack_id).where(Asset.id.in_(ids))))
    stack_id = there.pop() if len(there) == 1 else None
    cover = next((asset_id for asset_id, is_cover in members if is_cover), ids[0])
    stacking.write(tx, stack_id or stacking.new_stack(tx, kind), ids, cover)


def _same_family(
    tx: Transaction, actor: Actor, asset: Asset, digests: Mapping[str, Mapping[str, Any]]
) -> Asset:
    """Names as the cameras gave them, and exactly the files that belonged together, apart from sidecars."""
    for sha256, one in digests.items():
        name = receiving.plain_text(str(one.get("name") or "?"))[-receiving.NAME_LENGTH :]
        tx.execute(
            update(Original)
            .where(Original.sha256 == sha256)
            .values(name=name, kept_apart=bool(one.get("kept_apart")))
        )
    rows = tx.scalars(select(Original).where(Original.sha256.in_(list(digests)))).all()
    for original in rows:
        if original.asset_id == asset.id:
            continue
        other = tx.get_one(Asset, original.asset_id)
        role = OriginalRole(digests[original.sha256].get("role", OriginalRole.OTHER))
        fits = role != OriginalRole.PRIMARY and other.processing in (Processing.READY, Processing.QUARANTINED)
        if fits and can(actor, Action.BIN, other):
            asset = joining.join(tx, asset, other, role, by=actor)
    strangers = select(Original.id).where(
        Original.asset_id == asset.id,
        Original.sha256.not_in(list(digests)),
        Original.role != OriginalRole.SIDECAR,
    )
    for original_id in tx.scalars(strangers).all():
        joining.split(tx, actor, original_id)
    return asset


def _write(tx: Transaction, asset: Asset, record: Mapping[str, Any]) -> None:
    for name in TEXTS:
        value = record.get(name)
        setattr(asset, name, receiving.plain_text(value) or None if isinstance(value, str) else None)
    for name in LISTS:
        words = record.get(name) or []
        setattr(asset, name, [receiving.plain_text(str(word))[:500] for word in words][:200])
    rating = record.get("rating")
    asset.rating = rating if isinstance(rating, int) and 1 <= rating <= 5 else None
    asset.captured_at, asset.taken_at = _moment(record.get("captured_at")), _moment(record.get("taken_at"))
    asset.captured_source = _choice(CaptureSource, record.get("captured_source"))
    asset.offset_source = _choice(OffsetSource, record.get("offset_source"))
    asset.subsecond = str(record["subsecond"])[:9] if record.get("subsecond") else None
    asset.date_only = bool(record.get("date_only"))
    for name in ("utc_offset", "clock_shift"):
        value = record.get(name)
        setattr(asset, name, value if isinstance(value, int) and abs(value) < 2**31 else None)
    for name in ("latitude", "longitude", "altitude"):
        value = record.get(name)
        setattr(asset, name, float(value) if isinstance(value, int | float) else None)
    asset.municipality_key = _municipality(tx, record.get("municipality_key"))
    source = _choice(MunicipalitySource, record.get("municipality_source"))
    asset.municipality_source = source if asset.municipality_key else None
    _hold_back(asset, record)


def _hold_back(asset: Asset, record: Mapping[str, Any]) -> None:
    """Of what the record and the archive say the stricter holds: the later embargo, the earlier end of
    rights, the withdrawal that came first."""
    if (until := _moment(record.get("embargo_until"))) is not None and until.tzinfo is not None:
        asset.embargo_until = max(until, asset.embargo_until or until)
    if record.get("rights_expire_on"):
        last_day = date.fromisoformat(str(record["rights_expire_on"]))
        asset.rights_expire_on = min(last_day, asset.rights_expire_on or last_day)
    gone = _moment(record.get("withdrawn_at"))
    if gone is not None and gone.tzinfo is not None and asset.withdrawn_at is None:
        asset.withdrawn_at = gone
        asset.withdrawn_reason = _choice(Withdrawal, record.get("withdrawn_reason"))
    if record.get("minors") == Minors.YES:
        asset.minors = Minors.YES


def _appear(tx: Transaction, actor: Actor, asset: Asset, record: Mapping[str, Any], people: People) -> None:
    known = set(tx.scalars(select(Appearance.official_id).where(Appearance.asset_id == asset.id)))
    for position, one in enumerate(record.get("officials") or ()):
        official_id = _person(tx, actor, people, one.get("id"), str(one.get("name") or ""))
        if official_id in known:
            continue
        known.add(official_id)
        tx.add(
            Appearance(
                asset_id=asset.id, official_id=official_id, confirmed=bool(one.get("confirmed")),
                position=position, user_id=actor.user_id,
            )
        )  # fmt: skip
    tx.flush()


def _place(
    tx: Transaction, actor: Actor, asset: Asset, record: Mapping[str, Any], numbers: dict[int, dict[int, int]]
) -> None:
    """Further events it belonged to, where they are in the archive, and its numbers."""
    there = {
        placed.event_id: placed
        for placed in tx.scalars(select(AssetEvent).where(AssetEvent.asset_id == asset.id)).all()
    }
    for told in record.get("events") or ():
        alike = select(Event.id).where(
            Event.folded == fold(str(told.get("name") or ""))[:240],
            Event.starts_at == _moment(told.get("starts_at")),
        )
        event_id = next((one for one in tx.scalars(alike.order_by(Event.id)) if one in there), None)
        if event_id is None:
            event_id = tx.scalars(alike.order_by(Event.id)).first()
            if event_id is None:
                continue
            there[event_id] = receiving.place(tx, asset.id, event_id, position=len(there))
        if isinstance(told.get("number"), int):
            numbers.setdefault(event_id, {})[asset.id] = told["number"]
    tx.flush()


def _number_again(tx: Transaction, event_id: int, wanted: Mapping[int, int]) -> None:
    """Give an event's material the numbers it had, where nothing else has them."""
    rows = tx.scalars(select(AssetEvent).where(AssetEvent.event_id == event_id)).all()
    joined = set(
        tx.scalars(
            select(Asset.id)
            .join(AssetEvent, AssetEvent.asset_id == Asset.id)
            .where(AssetEvent.event_id == event_id, Asset.processing == Processing.JOINED)
        )
    )
    others = {row.number for row in rows if row.asset_id not in wanted and row.asset_id not in joined}
    moving = [row for row in rows if row.asset_id in wanted and wanted[row.asset_id] > 0]
    if others & {wanted[row.asset_id] for row in moving}:
        return  # the event has other material: what it is called there stays
    aside = [row for row in rows if row.asset_id in joined]  # their numbers are shown nowhere
    for row in (*moving, *aside):
        row.number = -row.asset_id
    tx.flush()
    for row in moving:
        row.number = wanted[row.asset_id]
    event = tx.get_one(Event, event_id, with_for_update=True)
    event.next_number = max([event.next_number, *(row.number + 1 for row in rows)])
    for row in aside:
        row.number, event.next_number = event.next_number, event.next_number + 1
    tx.flush()
    indexing.touch(tx, [row.asset_id for row in moving])


def _person(tx: Transaction, actor: Actor, people: People, number: Any, name: str) -> int:
    """The official who had that number in the export: by their exact name, or added with aliases and
    offices."""
    if number in people.known:
        return people.known[number]
    told = people.told.get(number) or {"name": name}
    found = tx.scalars(select(Official.id).where(Official.name == str(told["name"])).limit(2)).all()
    if len(found) == 1:
        people.known[number] = found[0]
        return found[0]
    person = officials.create_official(
        tx, actor, str(told["name"]), aliases=told.get("aliases") or (), notes=told.get("notes"),
        namesake=bool(found),
    )  # fmt: skip
    for held in told.get("offices") or ():
        key = _municipality(tx, held.get("municipality_key"))
        offices.hold_office(
            tx, actor, person.id, held["title"], kind=held.get("kind") or "elected",
            held_from=_day(held.get("held_from")), held_to=_day(held.get("held_to")), municipality_key=key,
            state_key=None if key else held.get("state_key"), body=held.get("body"),
            on_leave=bool(held.get("on_leave")), substitute=bool(held.get("substitute")),
        )  # fmt: skip
    people.known[number] = person.id
    return person.id


def _municipality(tx: Transaction, key: Any) -> str | None:
    return key if isinstance(key, str) and tx.get(Municipality, key) is not None else None


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None


def _choice(kind: Any, text: Any) -> Any:
    return kind(text) if text in set(kind) else None
