"""What is to be exported, some hundred assets at a time, however many there are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from dam.archive import Archive
from dam.models import Asset, Processing

AT_ONCE = 200
KEPT = (Processing.READY, Processing.QUARANTINED, Processing.FAILED)


@dataclass(frozen=True)
class Chosen:
    """``total`` assets, whose ids come in portions."""

    total: int
    portions: Callable[[], Iterator[Sequence[int]]]


def everything(archive: Archive) -> Chosen:
    """All that is not in the bin, what nobody could decode as well."""
    wanted = (Asset.deleted_at.is_(None), Asset.processing.in_(KEPT))

    def portions() -> Iterator[Sequence[int]]:
        last = 0
        while True:
            with archive.reading() as tx:
                some = select(Asset.id).where(Asset.id > last, *wanted).order_by(Asset.id).limit(AT_ONCE)
                ids = list(tx.scalars(some))
            if not ids:
                return
            yield ids
            last = ids[-1]

    with archive.reading() as tx:
        total = tx.scalar(select(func.count()).select_from(Asset).where(*wanted)) or 0
    return Chosen(total, portions)


def of_ids(asset_ids: Sequence[int]) -> Chosen:
    """These, in the order of their ids."""
    ids = sorted(set(asset_ids))
    return Chosen(len(ids), lambda: (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)))
