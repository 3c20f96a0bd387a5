"""What the files of a batch say that fits one entry of the catalogue: suggestions, accepted for all at once.

A name that fits exactly one official, a city that fits exactly one municipality, a position near towns of
one. Nothing of it is a fact until a person accepts it; consent and approval are never read from a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import delete, func, select

from dam.db import Transaction
from dam.errors import Ambiguous, Conflict, NotFound
from dam.models import Appearance, Asset, Change, IngestItem, Municipality, MunicipalitySource
from dam.services import officials, places
from dam.services.access import Action, Actor, can
from dam.services.describing.changes import APPEARANCES, chunks, remember, states
from dam.services.ingest import batches

FIELDS = (
    APPEARANCES, "municipality_key", "municipality_source", "suggested_municipality_key",
    "suggestion_confidence",
)  # fmt: skip
UNSURE = (None, MunicipalitySource.EVENT)


class HintKind(StrEnum):
    PERSON = "person"  # a name in the file
    CITY = "city"  # a city in the file
    POSITION = "position"  # coordinates near the towns of one municipality


@dataclass(frozen=True)
class Hint:
    """``said`` is the file's word, ``key`` an official's id or an INEGI key, ``label`` a name."""

    kind: HintKind
    said: str
    key: int | str
    label: str
    asset_ids: tuple[int, ...]

    @property
    def name(self) -> str:
        """What tells it from the others of its batch."""
        return f"{self.kind}:{self.key}:{self.said}"


def of_batch(tx: Transaction, actor: Actor, batch_id: int) -> tuple[Hint, ...]:
    """Those of everything the batch brought that the actor may describe. Raises NotFound, Forbidden."""
    batch = batches.get_batch(tx, actor, batch_id)
    brought = select(IngestItem.asset_id).where(IngestItem.batch_id == batch.id)
    assets = tx.scalars(select(Asset).where(Asset.id.in_(brought)).order_by(Asset.id)).all()
    return of_assets(tx, actor, assets)


def of_assets(tx: Transaction, actor: Actor, assets: Iterable[Asset]) -> tuple[Hint, ...]:
    """Persons first, then places; what most files say first."""
    mine = [asset for asset in assets if can(actor, Action.DESCRIBE, asset)]
    found = [*_persons(tx, mine), *_cities(tx, mine), *_positions(tx, mine)]
    order = list(HintKind)
    return tuple(sorted(found, key=lambda hint: (order.index(hint.kind), -len(hint.asset_ids), hint.label)))


def accept(tx: Transaction, actor: Actor, batch_id: int, names: Iterable[str] | None = None) -> Change:
    """Make the suggestions facts, by this person's word: all of the batch, or those of these ``names``. The
    answer can be given to ``undo``. Raises NotFound, Forbidden, Conflict when there is nothing to accept."""
    wanted = None if names is None else set(names)
    hints = [hint for hint in of_batch(tx, actor, batch_id) if wanted is None or hint.name in wanted]
    if not hints:
        raise Conflict("There is nothing to accept any more.")
    ids = sorted({asset_id for hint in hints for asset_id in hint.asset_ids})
    assets = {
        asset.id: asset
        for some in chunks(ids)
        for asset in tx.scalars(select(Asset).where(Asset.id.in_(some)).with_for_update())
    }
    before = states(tx, list(assets.values()), FIELDS)
    for hint in hints:
        if hint.kind == HintKind.PERSON:
            _show(tx, actor, hint)
            continue
        for asset_id in hint.asset_ids:
            asset = assets[asset_id]
            if asset.municipality_source in UNSURE:
                asset.municipality_key = str(hint.key)
                asset.municipality_source = MunicipalitySource.PERSON
                asset.suggested_municipality_key = asset.suggestion_confidence = None
    tx.flush()
    after = states(tx, list(assets.values()), FIELDS)
    return remember(tx, actor, "accept", before, after, said=[hint.name[:200] for hint in hints[:50]])


def _persons(tx: Transaction, assets: Sequence[Asset]) -> list[Hint]:
    said: dict[str, list[int]] = {}
    for asset in assets:
        for name in asset.persons or ():
            said.setdefault(name, []).append(asset.id)
    hints = []
    for name, ids in said.items():
        official = officials.official_named(tx, name)
        if official is None:
            continue
        confirmed = select(Appearance.asset_id).where(
            Appearance.official_id == official.id, Appearance.confirmed.is_(True)
        )
        shown = {
            asset_id
            for some in chunks(ids)
            for asset_id in tx.scalars(confirmed.where(Appearance.asset_id.in_(some)))
        }
        if left := tuple(asset_id for asset_id in ids if asset_id not in shown):
            hints.append(Hint(HintKind.PERSON, name, official.id, official.name, left))
    return hints


def _cities(tx: Transaction, assets: Sequence[Asset]) -> list[Hint]:
    said: dict[tuple[str, str | None], list[Asset]] = {}
    for asset in assets:
        if asset.city and asset.municipality_source in UNSURE:
            said.setdefault((asset.city, asset.state), []).append(asset)
    hints = []
    for (city, state), there in said.items():
        found = _municipality(tx, city, state)
        if found is None:
            continue
        if left := tuple(asset.id for asset in there if asset.municipality_key != found.key):
            hints.append(Hint(HintKind.CITY, city, found.key, places.describe_place(found), left))
    return hints


def _municipality(tx: Transaction, city: str, state: str | None) -> Municipality | None:
    """With the state where the file names one that we know; a name that could mean two fits none."""
    if not any(letter.isalpha() for letter in city):
        return None
    for text in [f"{city}, {state}", city] if state else [city]:
        try:
            return places.find_municipality(tx, text)
        except Ambiguous:
            return None
        except NotFound:
            continue
    return None


def _positions(tx: Transaction, assets: Sequence[Asset]) -> list[Hint]:
    near: dict[str, list[int]] = {}
    for asset in assets:
        key = asset.suggested_municipality_key
        if key and key != asset.municipality_key and asset.municipality_source in UNSURE:
            near.setdefault(key, []).append(asset.id)
    found = tx.scalars(select(Municipality).where(Municipality.key.in_(near))).all()
    return [
        Hint(HintKind.POSITION, "", one.key, places.describe_place(one), tuple(near[one.key]))
        for one in found
    ]


def _show(tx: Transaction, actor: Actor, hint: Hint) -> None:
    """The official appears, after those who do already."""
    for some in chunks(hint.asset_ids):
        there = Appearance.asset_id.in_(some)
        tx.execute(
            delete(Appearance)
            .where(there, Appearance.official_id == hint.key, Appearance.confirmed.is_(False))
            .execution_options(synchronize_session=False)
        )
        last = dict(
            tx.execute(
                select(Appearance.asset_id, func.max(Appearance.position)).where(there).group_by(
                    Appearance.asset_id
                )
            ).all()
        )  # fmt: skip
        for asset_id in some:
            tx.add(
                Appearance(
                    asset_id=asset_id,
                    official_id=int(hint.key),
                    confirmed=True,
                    position=last.get(asset_id, -1) + 1,
                    user_id=actor.user_id,
                    at=datetime.now(UTC),
                )
            )
        tx.flush()
