"""Which clips are parts of one recording: GoPro's chapters by name, the splits of AVCHD, DJI and other
cameras by their counters and by what they tell of time and size."""

from collections.abc import Sequence

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Asset, IngestBatch, IngestItem, Kind, Original, Processing
from dam.services.families import names
from dam.services.families.gathering import LATEST, members
from dam.services.families.kinship import Member, differ

GAP = 1.5  # seconds between the end of one part and the beginning of the next
# Cameras begin a new file where FAT ends, or at sizes of their own, in bytes.
LIMITS = (2**31, 2**32, 4_000_000_000, 2_000_000_000)
NEAR = 0.06  # how far below its limit a full part may end


def follows(first: Member, second: Member) -> bool:
    """Is ``second`` the part after ``first`` of one recording? Both are clips of one event."""
    if first.kind != Kind.VIDEO or second.kind != Kind.VIDEO or first.media_type != second.media_type:
        return False
    if differ(first, second):
        return False
    one, other = names.chapter_of(first.path), names.chapter_of(second.path)
    if one is not None and other is not None:
        return one.recording == other.recording and other.number == one.number + 1
    if one is not None or other is not None:
        return False
    here, there = names.count_of(first.path), names.count_of(second.path)
    if here is None or there is None or here[0] != there[0] or there[1] != here[1] + 1:
        return False
    if names.folder_of(first.path) != names.folder_of(second.path):
        return False
    if first.at is not None and second.at is not None and first.duration:
        return abs((second.at - first.at).total_seconds() - first.duration) <= GAP
    return _is_full(first.bytes)


def _is_full(size: int) -> bool:
    return any(limit * (1 - NEAR) <= size <= limit * 1.01 for limit in LIMITS)


def parts_beside(tx: Transaction, asset: Asset) -> Sequence[int]:
    """Ids of the assets that hold the part before and the part after ``asset``; looked for through an
    index."""
    found: list[int] = []
    for mine in members(tx, Asset.id == asset.id, limit=5):
        for step in (-1, 1):
            stem = names.next_stem(mine.path, step)
            if stem is None:
                continue
            fitting = {
                other.asset_id: other
                for other in _of_same_events(tx, mine, stem)
                if (follows(mine, other) if step > 0 else follows(other, mine))
            }
            same_folder = [
                one.asset_id
                for one in fitting.values()
                if names.folder_of(one.path) == names.folder_of(mine.path)
            ]
            chosen = same_folder if len(same_folder) == 1 else list(fitting)
            if len(chosen) == 1:  # two cameras may have given the same name: then a person says
                found.append(chosen[0])
    return list(dict.fromkeys(found))


def _of_same_events(tx: Transaction, mine: Member, stem: str) -> list[Member]:
    events = (
        select(IngestBatch.event_id)
        .join(IngestItem, IngestItem.batch_id == IngestBatch.id)
        .where(IngestItem.original_id == mine.original_id)
    )
    latest = select(IngestItem.id).where(IngestItem.stem == stem).order_by(IngestItem.id.desc()).limit(LATEST)
    return members(
        tx,
        IngestItem.id.in_(latest),
        (IngestBatch.event_id + 0).in_(events),  # by the stem, never through all of an event
        Asset.processing == Processing.READY,
        Original.id != mine.original_id,
    )
