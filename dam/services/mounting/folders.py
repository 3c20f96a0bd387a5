"""The folders above the files. Names are the office's words: whoever mounts it sees them in the Finder."""

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import func, select

from dam.archive import Archive
from dam.db import Transaction
from dam.errors import NotFound
from dam.models import Asset, AssetEvent, Event
from dam.services import collections
from dam.services.access import ROLES_OF, Action, Actor, visible
from dam.services.renditions import ORIGINAL

COLLECTIONS, EVENTS = "Colecciones", "Eventos"
FORMATS = {"Originales": ORIGINAL, "Para imprenta": "print"}
MOST = 1000  # folders in a folder
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


@dataclass(frozen=True)
class Folder:
    """A folder that holds files: of which collection or event, and in which format."""

    collection_id: int | None
    event_id: int | None
    preset: str


def inside(archive: Archive, actor: Actor, path: tuple[str, ...]) -> tuple[str, ...] | Folder:
    """The names of the folders in ``path``, or the Folder where files lie. Raises NotFound."""
    match path:
        case ():
            return (COLLECTIONS, EVENTS)
        case (root,) if root == COLLECTIONS:
            return tuple(_collections(archive, actor))
        case (root,) if root == EVENTS:
            return tuple(_years(archive, actor))
        case (root, name) if root == COLLECTIONS:
            _known(_collections(archive, actor), name)
            return _formats(actor)
        case (root, year) if root == EVENTS and year.isdigit() and len(year) == 4:
            return tuple(_events(archive, actor, year))
        case (root, name, form) if root == COLLECTIONS:
            return Folder(_known(_collections(archive, actor), name), None, _format(actor, form))
        case (root, year, name) if root == EVENTS and year.isdigit():
            _known(_events(archive, actor, year), name)
            return _formats(actor)
        case (root, year, name, form) if root == EVENTS and year.isdigit():
            return Folder(None, _known(_events(archive, actor, year), name), _format(actor, form))
    raise NotFound("There is no such folder.")


def _formats(actor: Actor) -> tuple[str, ...]:
    originals = actor.role in ROLES_OF[Action.TAKE_ORIGINAL]
    return tuple(name for name, preset in FORMATS.items() if originals or preset != ORIGINAL)


def _format(actor: Actor, name: str) -> str:
    if name not in _formats(actor):
        raise NotFound("There is no such folder.")
    return FORMATS[name]


def _known(names: dict[str, int], name: str) -> int:
    found = names.get(unicodedata.normalize("NFC", name))  # the Finder asks in NFD
    if found is None:
        raise NotFound("There is no such folder.")
    return found


def _collections(archive: Archive, actor: Actor) -> dict[str, int]:
    with archive.reading() as tx:
        shelf = collections.listed(tx, actor, limit=MOST)
        return _named([(one.name, one.id) for one in shelf.rows])


def _years(archive: Archive, actor: Actor) -> list[str]:
    year = func.substr(_text(Event.starts_at), 1, 4)
    with archive.reading() as tx:
        found = tx.scalars(select(year).where(Event.starts_at.is_not(None)).distinct())
        return sorted((one for one in found if one and one.isdigit()), reverse=True)


def _events(archive: Archive, actor: Actor, year: str) -> dict[str, int]:
    """Those of which the actor sees any material, in the order of their days."""
    shown = (
        select(AssetEvent.event_id)
        .join(Asset, Asset.id == AssetEvent.asset_id)
        .where(AssetEvent.event_id == Event.id, visible(actor))
    )
    with archive.reading() as tx:
        rows = tx.execute(
            select(Event.id, Event.name, Event.starts_at)
            .where(func.substr(_text(Event.starts_at), 1, 4) == year, shown.exists())
            .order_by(Event.starts_at, Event.id)
            .limit(MOST)
        ).all()
    return _named([(f"{row.starts_at:%Y-%m-%d} {row.name}", row.id) for row in rows])


def _text(column):  # type: ignore[no-untyped-def]
    from sqlalchemy import String, cast

    return cast(column, String)


def _named(rows: list[tuple[str, int]]) -> dict[str, int]:
    """Each with a name that every system allows; what is called the same is told apart by its number."""
    found: dict[str, int] = {}
    folded: set[str] = set()
    for name, key in rows:
        said = clean(name) or str(key)
        if said.casefold() in folded:
            said = f"{said} ({key})"
        folded.add(said.casefold())
        found[said] = key
    return found


def clean(name: str) -> str:
    """Without what Windows or macOS forbid in names, not beginning or ending with a dot, NFC."""
    plain = FORBIDDEN.sub(" ", unicodedata.normalize("NFC", name))
    return " ".join(plain.split()).strip(". ")[:120].rstrip(". ")


def asset_ids(archive: Archive, actor: Actor, folder: Folder, limit: int) -> list[int]:
    """What the folder's collection or event holds that ``actor`` may see, in order."""
    if folder.collection_id is not None:
        with archive.reading() as tx:
            collection = collections.get(tx, actor, folder.collection_id)
        return collections.asset_ids(archive, actor, collection, limit)
    with archive.reading() as tx:
        return _of_event(tx, actor, folder.event_id or 0, limit)


def _of_event(tx: Transaction, actor: Actor, event_id: int, limit: int) -> list[int]:
    return list(tx.scalars(
        select(AssetEvent.asset_id)
        .join(Asset, Asset.id == AssetEvent.asset_id)
        .where(AssetEvent.event_id == event_id, visible(actor))
        .order_by(AssetEvent.number)
        .limit(limit)
    ))  # fmt: skip
