"""Reading assets as finding sees them, many at a time and without the ORM's objects."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, String, Text, cast, select, type_coerce

from dam.db import Transaction
from dam.models import (
    Appearance,
    Asset,
    AssetEvent,
    Attendance,
    District,
    DistrictMunicipality,
    Event,
    EventKind,
    Municipality,
    Office,
    Official,
    OfficialAlias,
    Original,
    Processing,
    State,
)
from dam.models.among import among
from dam.models.columns import now
from dam.search.folding import key_of
from dam.search.index import Occasion, SearchDocument, Traits
from dam.search.offices import office_keys, shown

MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)

# What people type for a kind, in the language of the captions.
KIND_WORDS = {
    EventKind.MEETING: "reunión",
    EventKind.RALLY: "mitin",
    EventKind.PRESS_CONFERENCE: "conferencia rueda de prensa",
    EventKind.TOUR: "gira",
    EventKind.INTERVIEW: "entrevista",
    EventKind.ASSEMBLY: "asamblea",
    EventKind.SESSION: "sesión",
    EventKind.MARCH: "marcha",
    EventKind.INAUGURATION: "inauguración",
    EventKind.COMMUNITY: "jornada comunitaria",
    EventKind.CULTURAL: "cultural",
}


@dataclass(frozen=True)
class _Held:
    words: str  # the office as written, with its place
    keys: tuple[str, ...]  # bare and, where it has a place, with it
    held_from: date | None
    held_to: date | None  # inclusive


@dataclass(frozen=True)
class _Person:
    names: str  # the name and its aliases
    offices: tuple[_Held, ...]

    def offices_on(self, day: date) -> list[_Held]:
        if not self.offices:
            return []
        return [
            one
            for one in self.offices
            if (one.held_from is None or one.held_from <= day) and (one.held_to is None or day <= one.held_to)
        ]


def next_ids(tx: Transaction, after: int, limit: int) -> list[int]:
    """The next assets' ids, whatever their state."""
    return list(tx.scalars(select(Asset.id).where(Asset.id > after).order_by(Asset.id).limit(limit)))


def read(tx: Transaction, asset_ids: Sequence[int]) -> list[SearchDocument]:
    """Documents of those that may be found: ready, neither in the bin nor withdrawn. By id."""
    assets = tx.execute(_assets(), {"ids": asset_ids}).all()
    ids = {"ids": [asset.id for asset in assets]}
    placed = _pairs(tx.execute(_placements(), ids))
    appears = _pairs(tx.execute(_appearances(), ids))
    names = _pairs(tx.execute(_names(), ids))
    event_ids = {event_id for many in placed.values() for event_id in many}
    events = {event.id: event for event in tx.execute(_events(), {"ids": event_ids})}
    attended = _pairs(tx.execute(_attendance(), {"ids": event_ids}))
    people = _people(tx, {one for many in (*appears.values(), *attended.values()) for one in many})
    places = _places(tx, {asset.municipality_key for asset in assets} - {None})
    keywords = _lists([asset.keywords for asset in assets])
    persons = _lists([asset.persons for asset in assets])
    occasions: dict[Any, Occasion] = {}  # the assets of one event mostly share one
    documents = []
    for place, asset in enumerate(assets):
        placed_in, shown_in = tuple(placed[asset.id]), tuple(appears[asset.id])
        when = asset.taken_at or next(
            (events[one].starts_at for one in placed_in if events[one].starts_at), None
        )
        key = (placed_in, shown_in, when and when.date(), asset.municipality_key, asset.city)
        occasion = occasions.get(key)
        if occasion is None:
            present = tuple(dict.fromkeys(one for event_id in placed_in for one in attended[event_id]))
            occasion = occasions[key] = _occasion(
                [events[one] for one in placed_in], shown_in, present, when, asset.city,
                places.get(asset.municipality_key), people,
            )  # fmt: skip
        documents.append(
            SearchDocument(
                asset.id, asset.taken_at, asset.created_at, occasion, _traits(*asset[TRAITS]),
                _own_texts(asset, keywords[place], persons[place], names[asset.id]),
                tuple(dict.fromkeys(filter(None, map(key_of, keywords[place])))),
                asset.stack_id, asset.stack_id is None or asset.stack_cover,
            )
        )  # fmt: skip
    return documents


# Questions put together once: an index of a million assets asks each of them a thousand times.


TRAITS = slice(0, 10)  # of an asset's columns: what many have alike


@cache
def _assets() -> Select[Any]:
    return (
        select(
            type_coerce(Asset.kind, String), type_coerce(Asset.review, String), Asset.owner_id, Asset.byline,
            Asset.credit, Asset.width, Asset.height, Asset.rating, Asset.camera_make, Asset.camera_model,
            Asset.id, Asset.created_at, Asset.taken_at, Asset.municipality_key, Asset.city, Asset.headline,
            Asset.caption, Asset.alt_text, cast(Asset.keywords, Text).label("keywords"),
            cast(Asset.persons, Text).label("persons"), Asset.stack_id, Asset.stack_cover,
        )
        .where(among(Asset.id), Asset.processing == Processing.READY)
        .where(Asset.deleted_at.is_(None), Asset.withdrawn_at.is_(None))
        .order_by(Asset.id)
    )  # fmt: skip


@cache
def _placements() -> Select[Any]:
    return (
        select(AssetEvent.asset_id, AssetEvent.event_id)
        .where(among(AssetEvent.asset_id))
        .order_by(AssetEvent.asset_id, AssetEvent.position)
    )


@cache
def _appearances() -> Select[Any]:
    return (
        select(Appearance.asset_id, Appearance.official_id)
        .where(among(Appearance.asset_id), Appearance.confirmed)
        .order_by(Appearance.position)
    )


@cache
def _names() -> Select[Any]:
    return select(Original.asset_id, Original.name).where(among(Original.asset_id))


@cache
def _events() -> Select[Any]:
    return select(
        Event.id, Event.name, Event.kind, Event.place, Event.district_id, Event.starts_at
    ).where(among(Event.id))  # fmt: skip


@cache
def _attendance() -> Select[Any]:
    return (
        select(Attendance.event_id, Attendance.official_id)
        .where(among(Attendance.event_id))
        .order_by(Attendance.position)
    )


@cache
def _aliases() -> Select[Any]:
    return select(OfficialAlias.official_id, OfficialAlias.name).where(among(OfficialAlias.official_id))


@cache
def _offices() -> Select[Any]:
    return (
        select(
            Office.official_id, Office.title, Office.body, Office.held_from, Office.held_to,
            Office.municipality_key, Office.state_key, Office.district_id,
            Municipality.name.label("municipality"), State.name.label("state"),
            District.number.label("district"),
        )
        .outerjoin(Municipality, Municipality.key == Office.municipality_key)
        .outerjoin(State, State.key == Office.state_key)
        .outerjoin(District, District.id == Office.district_id)
        .where(among(Office.official_id))
    )  # fmt: skip


@cache
def _officials() -> Select[Any]:
    return select(Official.id, Official.name).where(among(Official.id))


def _pairs(rows: Iterable[Any]) -> defaultdict[Any, list[Any]]:
    grouped: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, value in rows:
        grouped[key].append(value)
    return grouped


def _people(tx: Transaction, official_ids: set[int]) -> dict[int, _Person]:
    ids = {"ids": official_ids}
    aliases = _pairs(tx.execute(_aliases(), ids))
    offices: defaultdict[int, list[_Held]] = defaultdict(list)
    for office in tx.execute(_offices(), ids):
        district = f"distrito {office.district}" if office.district else None
        words = " ".join(
            filter(None, (office.title, office.body, office.municipality, office.state, district))
        )
        keys = office_keys(office.title, office.municipality_key, office.district_id, office.state_key)
        offices[office.official_id].append(_Held(words, keys, office.held_from, office.held_to))
    return {
        one.id: _Person(" / ".join((one.name, *aliases[one.id])), tuple(offices[one.id]))
        for one in tx.execute(_officials(), ids)
    }


@dataclass(frozen=True)
class _Place:
    key: str
    state_key: str
    district_ids: tuple[int, ...]
    texts: dict[str, str]


def _places(tx: Transaction, keys: set[str]) -> dict[str, _Place]:
    districts = _pairs(
        tx.execute(
            select(DistrictMunicipality.municipality_key, DistrictMunicipality.district_id).where(
                DistrictMunicipality.municipality_key.in_(keys)
            )
        )
    )
    return {
        place.key: _Place(
            place.key,
            place.state_key,
            tuple(districts[place.key]),
            _texts(
                municipality=_lines((place.name, *(place.other_names or ()))),
                state=_lines((place.state, place.short)),
            ),
        )
        for place in tx.execute(
            select(
                Municipality.key,
                Municipality.name,
                Municipality.other_names,
                Municipality.state_key,
                State.name.label("state"),
                State.short,
            )
            .join(State, State.key == Municipality.state_key)
            .where(Municipality.key.in_(keys))
        )
    }


def _occasion(
    events: list[Any], appears: tuple[int, ...], attended: tuple[int, ...], when: datetime | None,
    city: str | None, place: _Place | None, people: dict[int, _Person],
) -> Occasion:  # fmt: skip
    day = (when or now()).date()
    shows = [people[one] for one in appears if one in people]
    others = [people[one] for one in attended if one not in appears and one in people]
    held_by_shown = [office for person in shows for office in person.offices_on(day)]
    held = held_by_shown + [office for person in others for office in person.offices_on(day)]
    keys = [key for office in held for key in office.keys]
    keys += [shown(key) for office in held_by_shown for key in office.keys]
    districts = {*(place.district_ids if place else ()), *(one.district_id for one in events)} - {None}
    return Occasion(
        event_ids=tuple(event.id for event in events),
        municipality_key=place.key if place else None,
        state_key=place.state_key if place else None,
        district_ids=tuple(sorted(districts)),
        appears_ids=appears,
        attended_ids=attended,
        offices=tuple(dict.fromkeys(keys)),
        texts=_texts(
            officials=_lines(person.names for person in shows),
            attendees=_lines(person.names for person in others),
            offices=_lines(office.words for office in held),
            event=_lines(event.name for event in events),
            event_kind=_lines(KIND_WORDS.get(event.kind, "") for event in events),
            place=_lines((*(event.place for event in events), city)),
            when=_when(when),
        )
        | (place.texts if place else {}),
    )


@lru_cache(maxsize=20_000)
def _traits(
    kind: str, review: str, owner_id: int | None, byline: str | None, credit: str | None,
    width: int | None, height: int | None, rating: int | None, make: str | None, model: str | None,
) -> Traits:  # fmt: skip
    return Traits(
        kind=kind,
        review=review,
        owner_id=owner_id,
        byline=byline,
        orientation=_orientation(width, height),
        rating=rating,
        camera=" ".join(filter(None, (make, model))) or None,
        texts=_texts(byline=byline, credit=credit),
    )


def _own_texts(asset: Any, keywords: list[str], persons: list[str], names: list[str]) -> dict[str, str]:
    return _texts(
        headline=asset.headline,
        caption=asset.caption,
        alt_text=asset.alt_text,
        keywords=" / ".join(keywords),
        persons=" / ".join(persons),
        name=" / ".join(names),
    )


def _lists(written: list[str | None]) -> list[list[str]]:
    """Many lists of texts, each as JSON or missing, read at once."""
    return [one or [] for one in json.loads(f"[{','.join([one or 'null' for one in written])}]")]


def _texts(**texts: str | None) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _lines(texts: Iterable[str | None]) -> str:
    return " / ".join(filter(None, texts))


def _when(moment: datetime | None) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}" if moment else ""


def _orientation(width: int | None, height: int | None) -> str | None:
    """Nearly square (within 5 %) counts as square."""
    if not width or not height:
        return None
    if abs(width - height) <= 0.05 * max(width, height):
        return "square"
    return "landscape" if width > height else "portrait"
