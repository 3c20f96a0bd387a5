"""Saying who and what is in the material: one description, applied to one asset or to thousands at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import and_, delete, insert, or_, select

from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import (
    Appearance,
    Asset,
    Change,
    Event,
    Minors,
    Municipality,
    MunicipalitySource,
    Official,
    Review,
)
from dam.services import local_time
from dam.services.access import Action, Actor, covers
from dam.services.describing import placing
from dam.services.describing.changes import (
    APPEARANCES,
    PLACEMENTS,
    RELEASE_FIELDS,
    Undone,
    chosen,
    chunks,
    remember,
    states,
    undo,
)
from dam.services.describing.wording import line, lines, same_word, words

__all__ = ["UNSET", "Description", "Undone", "describe", "undo"]


class Unset(Enum):
    """The one value that means "leave it alone"; None means "make it empty"."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True)
class Description:
    """What to say about assets. A field that is UNSET, and an empty tuple, leaves things alone; None empties.

    ``rating`` is 1 to 5 stars. ``municipality_key`` is INEGI's, and counts as a person's word.
    ``embargo_until`` is an instant, ``rights_expire_on`` the last day of the rights by the office's calendar.
    ``review_reason`` says why, beside a new ``review``; without one a new ``review`` leaves none.
    """

    headline: str | Unset | None = UNSET
    caption: str | Unset | None = UNSET
    alt_text: str | Unset | None = UNSET
    byline: str | Unset | None = UNSET
    credit: str | Unset | None = UNSET
    copyright: str | Unset | None = UNSET
    usage_terms: str | Unset | None = UNSET
    rating: int | Unset | None = UNSET
    review: Review | Unset = UNSET
    review_reason: str | Unset | None = UNSET
    minors: Minors | Unset = UNSET
    embargo_until: datetime | Unset | None = UNSET
    rights_expire_on: date | Unset | None = UNSET
    municipality_key: str | Unset | None = UNSET
    event_id: int | Unset = UNSET
    add_keywords: tuple[str, ...] = ()
    remove_keywords: tuple[str, ...] = ()
    appears_add: tuple[int, ...] = ()  # ids of officials, in the order in which they are named
    appears_remove: tuple[int, ...] = ()

    @property
    def says(self) -> frozenset[str]:
        """The names of the fields that say something."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) not in (UNSET, ()))


LINES = {  # longest, in characters
    "headline": 400, "byline": 200, "credit": 200, "copyright": 400, "review_reason": 400,
}  # fmt: skip
RELEASE_FACTS = ("minors", "embargo_until", "rights_expire_on")
TEXTS = {"caption": 8000, "alt_text": 2000, "usage_terms": 4000}
MOST_KEYWORDS = 100  # of one asset
YEARS = range(1900, 2500)  # of an embargo: near the ends of the calendar an instant has no day everywhere


def describe(tx: Transaction, actor: Actor, asset_ids: Iterable[int], description: Description) -> Change:
    """Apply the description to all the assets, or to none; the answer can be given to ``undo``.

    Raises Forbidden (saying how many may not be edited), NotFound for unknown assets, officials, events or
    municipalities, Invalid for what cannot be used. The same queries serve one asset and five thousand.
    """
    says = description.says
    if not says:
        raise Invalid("Nothing was said: there is nothing to change.")
    values = _values(description, actor)
    assets = chosen(tx, actor, Action.DESCRIBE, asset_ids)
    if says & RELEASE_FIELDS:
        chosen(tx, actor, Action.REVIEW, asset_ids)
    _check_catalogue(tx, description)
    event = _event(tx, actor, description)

    touched = _touched(description, values)
    before = states(tx, assets, touched)
    for asset in assets:
        for name, value in values.items():
            setattr(asset, name, value)
        if {"add_keywords", "remove_keywords"} & says:
            asset.keywords = _keywords(asset.keywords, description)
    if event is not None:
        _place(tx, assets, event, description)
    if {"appears_add", "appears_remove"} & says:
        _name(tx, actor, assets, description)
    return remember(tx, actor, "describe", before, states(tx, assets, touched), **_told(description))


def _values(description: Description, actor: Actor) -> dict[str, Any]:
    """Columns that become the same on every asset."""
    says = description.says
    told: dict[str, Any] = {}
    told |= {
        name: line(getattr(description, name), most, name) for name, most in LINES.items() if name in says
    }
    told |= {
        name: lines(getattr(description, name), most, name) for name, most in TEXTS.items() if name in says
    }
    if "rating" in says:
        if description.rating is not None and description.rating not in range(1, 6):
            raise Invalid("A rating goes from 1 to 5.")
        told["rating"] = description.rating
    if "review" in says:
        told |= {"review": description.review, "review_reason": told.get("review_reason")}
        told |= {"reviewed_at": datetime.now(UTC), "reviewed_by": actor.user_id}
    told |= {name: getattr(description, name) for name in RELEASE_FACTS if name in says}
    if (until := told.get("embargo_until")) is not None:
        if until.tzinfo is None:
            raise Invalid("An embargo ends at an instant: say in which zone.")
        if until.year not in YEARS:
            raise Invalid("The field %(name)s cannot be that.", name="embargo_until")
    if "municipality_key" in says:
        told["municipality_key"] = description.municipality_key
        told["municipality_source"] = MunicipalitySource.PERSON if description.municipality_key else None
    return told


def _touched(description: Description, values: dict[str, Any]) -> set[str]:
    touched = set(values)
    says = description.says
    if {"add_keywords", "remove_keywords"} & says:
        touched.add("keywords")
    if "event_id" in says:
        touched |= {PLACEMENTS, "municipality_key", "municipality_source", "taken_at"}
    if {"appears_add", "appears_remove"} & says:
        touched.add(APPEARANCES)
    return touched


def _check_catalogue(tx: Transaction, description: Description) -> None:
    key = description.municipality_key
    if isinstance(key, str) and tx.get(Municipality, key) is None:
        raise NotFound("There is no such municipality.")
    named = set(description.appears_add)
    if named != set(tx.scalars(select(Official.id).where(Official.id.in_(named)))):
        raise NotFound("There is no such person.")


def _event(tx: Transaction, actor: Actor, description: Description) -> Event | None:
    if isinstance(description.event_id, Unset):
        return None
    event = tx.get(Event, description.event_id)
    if event is None:
        raise NotFound("There is no such event.")
    if not covers(actor, event.municipality_key):
        raise Forbidden("That event lies outside your territory.")
    return event


def _keywords(now: Sequence[str], description: Description) -> list[str]:
    """Order is kept; writing and case do not make another word."""
    leave = {same_word(word) for word in description.remove_keywords}
    kept = [word for word in now if same_word(word) not in leave]
    have = {same_word(word) for word in kept}
    kept += [word for word in words(description.add_keywords) if same_word(word) not in have]
    if len(kept) > MOST_KEYWORDS:
        raise Invalid("One photo or clip holds %(most)d keywords at most.", most=MOST_KEYWORDS)
    return kept


def _place(tx: Transaction, assets: Sequence[Asset], event: Event, description: Description) -> None:
    """Move to the event; where only the former event said which municipality, the new one says it now."""
    oldest_first = sorted(assets, key=lambda asset: (asset.taken_at or datetime.max, asset.id))
    placing.move(tx, [asset.id for asset in oldest_first], event.id)
    local_time.follow(assets, event)
    if "municipality_key" in description.says:
        return
    for asset in assets:
        if asset.municipality_source in (None, MunicipalitySource.EVENT):
            asset.municipality_key = event.municipality_key
            asset.municipality_source = MunicipalitySource.EVENT if event.municipality_key else None


def _name(tx: Transaction, actor: Actor, assets: Sequence[Asset], description: Description) -> None:
    ids = [asset.id for asset in assets]
    add = list(dict.fromkeys(description.appears_add))
    remove = set(description.appears_remove) - set(add)
    for some in chunks(ids):
        shown = tx.execute(
            select(Appearance.asset_id, Appearance.official_id, Appearance.position, Appearance.confirmed)
            .where(Appearance.asset_id.in_(some))
        ).all()  # fmt: skip
        already = {(asset_id, official) for asset_id, official, _, confirmed in shown if confirmed}
        last = dict.fromkeys(some, -1)
        for asset_id, _, position, _ in shown:
            last[asset_id] = max(last[asset_id], position)
        # A suggestion that a person confirms is written anew, as that person's word.
        there = Appearance.asset_id.in_(some)
        unsure = and_(Appearance.official_id.in_(add), Appearance.confirmed.is_(False))
        gone = delete(Appearance).where(there, or_(Appearance.official_id.in_(remove), unsure))
        tx.execute(gone.execution_options(synchronize_session=False))
        moment = datetime.now(UTC)
        rows = []
        for asset_id in some:
            new = [official for official in add if (asset_id, official) not in already]
            for position, official in enumerate(new, start=last[asset_id] + 1):
                said = {
                    "asset_id": asset_id,
                    "official_id": official,
                    "confirmed": True,
                    "position": position,
                }
                rows.append(said | {"user_id": actor.user_id, "at": moment})
        if rows:
            tx.execute(insert(Appearance.__table__), rows)


def _told(description: Description) -> dict[str, Any]:
    """What the custody log keeps of it, short."""
    told: dict[str, Any] = {}
    for name in sorted(description.says):
        value = getattr(description, name)
        told[name] = (
            value[:400] if isinstance(value, str) else list(value) if isinstance(value, tuple) else value
        )
    return {"said": told}
