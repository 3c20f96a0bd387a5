"""What programs say and are told of collections and links."""

from datetime import datetime

from pydantic import Field

from dam.models import LinkKind
from dam.services.sharing import State
from dam.web.api.shapes import BodyId, Said, Told


class CollectionSearch(Said):
    q: str = ""
    limit: int = Field(default=60, ge=1, le=200)


class CollectionFacts(Told):
    """``query``: it is smart, and holds what that search finds."""

    collection_id: int
    name: str
    note: str | None
    query: str | None
    changed_at: datetime
    editable: bool


class CollectionList(Told):
    collections: list[CollectionFacts]


class CollectionContent(CollectionFacts):
    """``asset_ids`` in its order: what the owner of the key may see of it."""

    asset_ids: list[int]


class NewCollection(Said):
    name: str = Field(min_length=1, max_length=200)
    note: str | None = Field(default=None, max_length=4000)
    query: str | None = Field(default=None, max_length=4000)


class CollectionItems(Said):
    asset_ids: list[BodyId] = Field(min_length=1, max_length=5000)


class NewLink(Said):
    """One of ``collection_id`` and ``asset_id``. ``days`` until it ends, for a feed perhaps never."""

    recipient: str = Field(min_length=1, max_length=200)
    presets: list[str] = Field(min_length=1, max_length=40)
    collection_id: BodyId | None = None
    asset_id: BodyId | None = None
    kind: LinkKind = LinkKind.PAGE
    days: int | None = Field(default=14, ge=1, le=366)
    password: str | None = None
    ceiling: int | None = Field(default=None, ge=1, le=100_000)


class LinkFacts(Told):
    link_id: int
    kind: LinkKind
    recipient: str
    state: State
    presets: list[str]
    collection_id: int | None
    asset_id: int | None
    expires_at: datetime | None
    ceiling: int | None
    taken: int


class MadeLink(LinkFacts):
    """``address`` is told here and never again."""

    address: str


class LinkList(Told):
    links: list[LinkFacts]
