"""Takes the official municipal layer in: borders, and the names of municipalities not known before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Municipality
from dam.search.folding import fold
from dam.services import audit, indexing
from dam.services.access import Action, Actor, demand
from dam.services.borders.layer import Bounded, read_layer
from dam.services.places.seeding import seed

AT_ONCE = 100  # municipalities in one transaction


@dataclass
class LayerReport:
    """How many municipalities were added, got another border or name, or were so already; and what was
    left out, as sentences."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def import_layer(
    archive: Archive, actor: Actor, file: Path, progress: Callable[[int], None] | None = None
) -> LayerReport:
    """Take in INEGI's layer of municipalities: GeoJSON in longitude and latitude, or the shapefile's zip.

    Nothing is ever deleted, and importing again changes only what differs. The file is read before the first
    transaction; each hundred municipalities then are one. Raises Invalid when this is no municipal layer.
    """
    demand(actor, Action.MERGE_CATALOGUE)
    layer = read_layer(file)
    report = LayerReport(problems=list(layer.problems))
    with archive.transaction() as tx:
        seed(tx)
    for start in range(0, len(layer.municipalities), AT_ONCE):
        some = layer.municipalities[start : start + AT_ONCE]
        with archive.transaction() as tx:
            stamp = _newer_than_all(tx)  # of this hundred: another process may have read the one before
            for one in some:
                _take(tx, one, stamp, report)
        if progress:
            progress(len(some))
    with archive.transaction() as tx:
        audit.record(tx, actor, "places.import", file=file.name, added=report.added, updated=report.updated,
                     unchanged=report.unchanged, problems=len(report.problems))  # fmt: skip
    return report


def _newer_than_all(tx: Transaction) -> datetime:
    """Now, or a little after the newest there is where the clock went back: other processes look for it."""
    newest = tx.scalar(select(func.max(Municipality.boundary_at)))
    now = datetime.now(UTC)
    return now if newest is None else max(now, newest + timedelta(milliseconds=1))


def _take(tx: Transaction, one: Bounded, stamp: datetime, report: LayerReport) -> None:
    known = tx.get(Municipality, one.key)
    if known is None:
        known = Municipality(
            key=one.key, name=one.name, folded=fold(one.name), state_key=one.key[:2], other_names=[]
        )
        tx.add(known)
        report.added += 1
    else:
        renamed = _rename(tx, known, one.name)
        if known.boundary == one.wkb:
            report.updated += renamed
            report.unchanged += not renamed
            return
        report.updated += 1
    known.boundary = one.wkb
    known.boundary_at = stamp
    known.west, known.south, known.east, known.north = one.box
    known.latitude, known.longitude = one.inside
    tx.flush()


def _rename(tx: Transaction, known: Municipality, name: str) -> bool:
    """The layer's name is the official one; what the municipality was called goes on finding it."""
    if known.name == name or name == name.upper():
        return False
    if fold(name) != known.folded and known.name not in known.other_names:
        known.other_names = [*known.other_names, known.name]
    known.name, known.folded = name, fold(name)
    tx.flush()
    indexing.touch_municipality(tx, known.key)
    return True
