"""Where a point lies: exactly by official borders, or else suggested by the towns around it.

A process remembers the boxes of all municipalities (100 kB) and a few borders (bounded in bytes), never the
whole layer. docs/decisions/0010-a-place-is-exact-or-suggested.md tells how often a suggestion is right.
"""

import csv
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
import shapely
from sqlalchemy import func, select

from dam.db import Transaction
from dam.models import Municipality

BORDERS_KEPT = 16 * 1024 * 1024  # bytes of WKB
TOWNS = Path(__file__).parent / "towns.csv"
NEIGHBOURS = 9
NEAREST_WITHIN = 10.0  # km; further from every town we know, nothing is said
LEAST_CONFIDENCE = 0.5
EASE = 0.3  # km added to each distance, so that one town under the point does not outvote all
KM_A_DEGREE = 111.2


@dataclass(frozen=True)
class Located:
    """``exact``: inside the official border, ``confidence`` 1. Otherwise a suggestion, never a fact;
    ``confidence`` 0.5 to 1 is about the share of such suggestions that are right."""

    key: str
    exact: bool
    confidence: float


@dataclass
class _Borders:
    """What this process remembers of one database's boundaries as of ``mark``."""

    mark: tuple[str, str]
    keys: list[str]
    boxes: np.ndarray  # n × 4: west, south, east, north, degrees
    kept: OrderedDict[str, tuple[int, shapely.Geometry]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


_remembered: _Borders | None = None


def locate(tx: Transaction, latitude: float, longitude: float) -> Located | None:
    """The municipality of a point in WGS 84 degrees; None where nothing can be said."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    key = _inside(tx, latitude, longitude)
    return Located(key, True, 1.0) if key else _suggest(tx, latitude, longitude)


def warm(tx: Transaction) -> None:
    """Remember now what ``locate`` needs, so that forked children find it there."""
    _borders(tx)
    _towns()


def _inside(tx: Transaction, latitude: float, longitude: float) -> str | None:
    borders = _borders(tx)
    if not borders.keys:
        return None
    west, south, east, north = borders.boxes.T
    boxed = (west <= longitude) & (longitude <= east) & (south <= latitude) & (latitude <= north)
    keys = [borders.keys[i] for i in np.flatnonzero(boxed)]
    point = shapely.Point(longitude, latitude)
    return next((key for key, border in _read(tx, borders, keys) if border.covers(point)), None)


def _borders(tx: Transaction) -> _Borders:
    """Read again when another process imported a layer: one look at the end of an index tells."""
    global _remembered
    newest = tx.scalar(select(func.max(Municipality.boundary_at)))
    mark = (str(tx.get_bind().engine.url), str(newest))
    borders = _remembered
    if borders is None or borders.mark != mark:
        rows = tx.execute(
            select(
                Municipality.key, Municipality.west, Municipality.south, Municipality.east, Municipality.north
            )
            .where(Municipality.boundary_at.is_not(None))
            .order_by(Municipality.key)
        ).all()
        boxes = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 4)
        borders = _remembered = _Borders(mark, [row.key for row in rows], boxes)
    return borders


def _read(tx: Transaction, borders: _Borders, keys: list[str]) -> list[tuple[str, shapely.Geometry]]:
    """The borders of ``keys`` in that order, from memory or else from the database."""
    with borders.lock:
        found = {key: borders.kept[key][1] for key in keys if key in borders.kept}
    missing = [key for key in keys if key not in found]
    if missing:
        rows = tx.execute(
            select(Municipality.key, Municipality.boundary).where(Municipality.key.in_(missing))
        )
        for key, wkb in rows:
            found[key] = shapely.from_wkb(wkb)
            _keep(borders, key, len(wkb), found[key])
    return [(key, found[key]) for key in keys if key in found]


def _keep(borders: _Borders, key: str, size: int, border: shapely.Geometry) -> None:
    with borders.lock:
        borders.kept[key] = (size, border)
        while sum(bytes_ for bytes_, _ in borders.kept.values()) > BORDERS_KEPT:
            borders.kept.popitem(last=False)


@cache
def _towns() -> tuple[np.ndarray, np.ndarray]:
    """Keys (n), and latitude and longitude (n × 2) of towns in and around the Estado de México."""
    with TOWNS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    places = [(float(row["latitude"]), float(row["longitude"])) for row in rows]
    return np.array([row["key"] for row in rows]), np.array(places)


def _suggest(tx: Transaction, latitude: float, longitude: float) -> Located | None:
    """The vote of the nine nearest towns, each weighing the inverse square of its distance.

    A municipality whose border is known does not hold the point, or it would have been exact: its towns
    have no vote. One that this archive does not know takes votes, but is never the answer.
    """
    keys, places = _towns()
    north = (places[:, 0] - latitude) * KM_A_DEGREE
    east = (places[:, 1] - longitude) * KM_A_DEGREE * math.cos(math.radians(latitude))
    far = np.hypot(north, east)
    nearest = np.argpartition(far, NEIGHBOURS)[:NEIGHBOURS]
    if far[nearest].min() > NEAREST_WITHIN:
        return None
    votes: dict[str, float] = {}
    for key, distance in zip(keys[nearest].tolist(), far[nearest].tolist(), strict=True):
        votes[key] = votes.get(key, 0.0) + 1 / (distance + EASE) ** 2
    rows = tx.execute(select(Municipality.key, Municipality.boundary_at).where(Municipality.key.in_(votes)))
    known = {key: at is not None for key, at in rows}
    for key in [key for key in votes if known.get(key)]:
        del votes[key]
    if not votes:
        return None
    best = max(votes, key=lambda key: votes[key])
    confidence = round(votes[best] / sum(votes.values()), 3)
    if best not in known or confidence < LEAST_CONFIDENCE:
        return None
    return Located(best, False, confidence)
