"""Collections and links, for programs."""

from flask import Blueprint
from spectree import Response as Answers

from dam.db import Transaction
from dam.models import Collection, ShareLink
from dam.services import collections, sharing
from dam.services.access import Action
from dam.services.renditions import demand_presets
from dam.web.api.collection_shapes import (
    CollectionContent,
    CollectionFacts,
    CollectionItems,
    CollectionList,
    CollectionSearch,
    LinkFacts,
    LinkList,
    MadeLink,
    NewCollection,
    NewLink,
)
from dam.web.api.contract import BY_KEY, contract
from dam.web.api.shapes import Refusal
from dam.web.doors import api_door
from dam.web.links import path_of
from dam.web.session import archive, current_actor

TAGS = ["collections"]
LINKS = ["links"]


def open_in(bp: Blueprint) -> None:
    bp.get("/collections")(list_collections)
    bp.post("/collections")(create_collection)
    bp.get("/collections/<int:collection_id>")(read_collection)
    bp.post("/collections/<int:collection_id>/assets")(add_to_collection)
    bp.get("/links")(list_links)
    bp.post("/links")(create_link)
    bp.delete("/links/<int:link_id>")(revoke_link)


@api_door(Action.SEE)
@contract.validate(
    resp=Answers(HTTP_200=CollectionList), security=BY_KEY, tags=TAGS, operation_id="listCollections"
)
def list_collections(query: CollectionSearch) -> CollectionList:
    """The collections the key's owner sees, the latest changed first."""
    with archive().reading() as tx:
        shelf = collections.listed(tx, current_actor(), text=query.q, limit=query.limit)
        return CollectionList(collections=[CollectionFacts(**_told(one)) for one in shelf.rows])


@api_door(Action.COLLECT)
@contract.validate(
    resp=Answers(HTTP_201=CollectionFacts, HTTP_403=Refusal), security=BY_KEY, tags=TAGS,
    operation_id="createCollection",
)  # fmt: skip
def create_collection(json: NewCollection) -> tuple[CollectionFacts, int]:
    """A new collection, private; smart with a ``query`` as in the address of /buscar."""
    with archive().transaction() as tx:
        made = collections.create(tx, current_actor(), json.name, note=json.note, query=json.query)
        found = collections.get(tx, current_actor(), made.id)
        return CollectionFacts(**_told(found)), 201


@api_door(Action.SEE)
@contract.validate(
    resp=Answers(HTTP_200=CollectionContent, HTTP_404=Refusal), security=BY_KEY, tags=TAGS,
    operation_id="readCollection",
)  # fmt: skip
def read_collection(collection_id: int) -> CollectionContent:
    """A collection and what it holds, in its order."""
    with archive().reading() as tx:
        found = collections.get(tx, current_actor(), collection_id)
    ids = collections.asset_ids(archive(), current_actor(), found)
    return CollectionContent(**_told(found), asset_ids=ids)


@api_door(Action.COLLECT)
@contract.validate(
    resp=Answers(HTTP_200=CollectionContent, HTTP_403=Refusal, HTTP_404=Refusal), security=BY_KEY, tags=TAGS,
    operation_id="addToCollection",
)  # fmt: skip
def add_to_collection(collection_id: int, json: CollectionItems) -> CollectionContent:
    """Put assets at its end; what is in it already stays where it is."""
    with archive().transaction() as tx:
        collections.add(tx, current_actor(), collection_id, json.asset_ids)
    with archive().reading() as tx:
        found = collections.get(tx, current_actor(), collection_id)
    ids = collections.asset_ids(archive(), current_actor(), found)
    return CollectionContent(**_told(found), asset_ids=ids)


@api_door(Action.SHARE)
@contract.validate(resp=Answers(HTTP_200=LinkList), security=BY_KEY, tags=LINKS, operation_id="listLinks")
def list_links() -> LinkList:
    """The links the key's owner answers for, the newest first."""
    with archive().reading() as tx:
        return LinkList(links=[LinkFacts(**_of(one)) for one in sharing.listed(tx, current_actor())])


@api_door(Action.SHARE)
@contract.validate(
    resp=Answers(HTTP_201=MadeLink, HTTP_403=Refusal, HTTP_404=Refusal), security=BY_KEY, tags=LINKS,
    operation_id="createLink",
)  # fmt: skip
def create_link(json: NewLink) -> tuple[MadeLink, int]:
    """A door for somebody outside. Its address is in this answer only."""
    with archive().reading() as tx:
        demand_presets(tx, json.presets)
    link, token = sharing.make(archive(), current_actor(), **json.model_dump())
    with archive().reading() as tx:
        told = _of(_load(tx, link.id))
    return MadeLink(**told, address=archive().settings.address + path_of(link, token)), 201


@api_door(Action.SHARE)
@contract.validate(
    resp=Answers(HTTP_200=LinkFacts, HTTP_404=Refusal), security=BY_KEY, tags=LINKS, operation_id="revokeLink"
)
def revoke_link(link_id: int) -> LinkFacts:
    """From this moment it opens nothing, on any route."""
    with archive().transaction() as tx:
        sharing.revoke(tx, current_actor(), link_id)
    with archive().reading() as tx:
        return LinkFacts(**_of(_load(tx, link_id)))


def _load(tx: Transaction, link_id: int) -> ShareLink:
    return sharing.standing(tx, link_id)


def _told(one: Collection) -> dict[str, object]:
    return {
        "collection_id": one.id, "name": one.name, "note": one.note, "query": one.query,
        "changed_at": one.changed_at,
        "editable": collections.may_edit(current_actor(), one),
    }  # fmt: skip


def _of(link: ShareLink) -> dict[str, object]:
    return {
        "link_id": link.id, "kind": link.kind, "recipient": link.recipient, "presets": list(link.presets),
        "state": sharing.state_of(link, archive().clock()), "collection_id": link.collection_id,
        "asset_id": link.asset_id, "expires_at": link.expires_at, "ceiling": link.ceiling,
        "taken": link.taken,
    }  # fmt: skip
