"""Where it went: who took what, when, for what and by which link; where it was published; what to clean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import Forbidden, Invalid, NotFound
from dam.models import Asset, Delivery, Network, Publication, ShareLink, User
from dam.services import audit
from dam.services.access import OFFICE, Action, Actor, demand, knows_origins
from dam.services.describing.changes import chosen, chunks

SHOWN = 100
LONGEST_NOTE = 400


@dataclass(frozen=True)
class Taken:
    """One delivery. ``who`` is an account's name, or None for the local administrator and for links, whose
    ``recipient`` is told instead."""

    asset_id: int
    at: datetime
    who: str | None
    recipient: str | None
    link_id: int | None
    preset: str
    route: str
    use: str | None
    unapproved: bool


@dataclass(frozen=True)
class Place:
    """One line of the list of places to clean: who has it, or where it was published."""

    asset_id: int
    taken: Taken | None
    publication: Publication | None


def deliveries(tx: Transaction, actor: Actor, asset: Asset, limit: int = SHOWN) -> list[Taken]:
    """Newest first; to whom its origins are no business, only what they took themselves. Raises NotFound."""
    demand(actor, Action.SEE, asset)
    return _taken(tx, [asset.id], limit, None if knows_origins(actor, asset) else actor.user_id)


def publications(tx: Transaction, actor: Actor, asset: Asset) -> list[Publication]:
    """Newest first. Raises NotFound."""
    demand(actor, Action.SEE, asset)
    return _published(tx, [asset.id])


def note_publication(
    tx: Transaction,
    actor: Actor,
    asset_ids: Iterable[int],
    network: Network,
    *,
    address: str | None = None,
    published_on: date,
    note: str | None = None,
) -> list[Publication]:
    """Note where the assets were published. ``address`` is a web address, or nothing (print, broadcast).

    Anybody of the office notes it of what they see. Raises Invalid, NotFound, Forbidden.
    """
    if actor.role not in OFFICE:
        raise Forbidden("Your account may not do this.")
    assets = chosen(tx, actor, Action.SEE, asset_ids, lock=False)
    address = _address(address)
    rows = [
        Publication(asset_id=asset.id, network=network, address=address, published_on=published_on,
                    note=" ".join((note or "").split())[:LONGEST_NOTE] or None, user_id=actor.user_id)
        for asset in assets
    ]  # fmt: skip
    tx.add_all(rows)
    tx.flush()
    told = {"network": str(network), "address": address, "on": published_on}
    audit.record_each(tx, actor, "asset.publish", "asset", {row.asset_id: told for row in rows})
    return rows


def forget_publication(tx: Transaction, actor: Actor, publication_id: int) -> None:
    """Take a wrong note away: one's own, or anybody's for who reviews. Raises NotFound, Forbidden."""
    row, _asset = _note(tx, actor, publication_id)
    if row.user_id != actor.user_id:
        demand(actor, Action.REVIEW)
    told = {"network": str(row.network), "address": row.address, "on": row.published_on}
    audit.record(tx, actor, "asset.unpublish", ("asset", row.asset_id), **told)
    tx.delete(row)
    tx.flush()


def clean(tx: Transaction, actor: Actor, publication_id: int, *, cleaned: bool = True) -> Publication:
    """It was taken down there (or, after all, was not). Raises NotFound, Forbidden."""
    row, _asset = _note(tx, actor, publication_id)
    if actor.role not in OFFICE:
        raise Forbidden("Your account may not do this.")
    row.cleaned_at = datetime.now(UTC) if cleaned else None
    row.cleaned_by = actor.user_id if cleaned else None
    audit.record(tx, actor, "asset.clean", ("asset", row.asset_id), publication=row.id, cleaned=cleaned)
    return row


def places_to_clean(tx: Transaction, actor: Actor, asset_ids: Iterable[int]) -> list[Place]:
    """Everybody who has any of them and everywhere they were published: publications first, then people.

    Raises NotFound, Forbidden for who does not review.
    """
    assets = chosen(tx, actor, Action.REVIEW, asset_ids, lock=False)
    ids = [asset.id for asset in assets]
    published = [Place(row.asset_id, None, row) for row in _published(tx, ids)]
    return published + [Place(one.asset_id, one, None) for one in _taken(tx, ids, None, None)]


def _taken(tx: Transaction, ids: Sequence[int], limit: int | None, only_by: int | None) -> list[Taken]:
    told: list[Taken] = []
    for some in chunks(ids):
        query = (
            select(Delivery, User.name, ShareLink.recipient)
            .outerjoin(User, User.id == Delivery.user_id)
            .outerjoin(ShareLink, ShareLink.id == Delivery.link_id)
            .where(Delivery.asset_id.in_(some))
            .order_by(Delivery.at.desc(), Delivery.id.desc())
        )
        if only_by is not None:
            query = query.where(Delivery.user_id == only_by)
        for row, who, recipient in tx.execute(query.limit(limit) if limit else query):
            told.append(
                Taken(row.asset_id, row.at, who, recipient, row.link_id, row.preset, row.route, row.use,
                      row.unapproved)
            )  # fmt: skip
    return told


def _published(tx: Transaction, ids: Sequence[int]) -> list[Publication]:
    order = (Publication.published_on.desc(), Publication.id.desc())
    return [
        row
        for some in chunks(ids)
        for row in tx.scalars(select(Publication).where(Publication.asset_id.in_(some)).order_by(*order))
    ]


def _note(tx: Transaction, actor: Actor, publication_id: int) -> tuple[Publication, Asset]:
    row = tx.get(Publication, publication_id)
    asset = tx.get(Asset, row.asset_id) if row else None
    if row is None or asset is None:
        raise NotFound("There is no such note.")
    demand(actor, Action.SEE, asset)
    return row, asset


def _address(address: str | None) -> str | None:
    said = (address or "").strip()
    if not said:
        return None
    if "://" not in said:
        said = f"https://{said}"
    try:
        parts = urlsplit(said)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise Invalid("This is not a web address.") from error
    if parts.scheme not in ("http", "https") or not named or len(said) > 2000 or " " in said:
        raise Invalid("This is not a web address.")
    return said
