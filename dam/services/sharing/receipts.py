"""Receipts: who opened a link, and what they took by it."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from dam.archive import Archive
from dam.db import Transaction
from dam.models import Asset, Delivery, LinkVisit, ShareLink

SAME_VISIT = timedelta(minutes=30)
SHOWN = 200


@dataclass(frozen=True)
class Taken:
    """Files of one format taken in one minute. ``asset_id`` where it was a single one."""

    at: datetime
    preset: str
    files: int
    asset_id: int
    headline: str | None


@dataclass(frozen=True)
class Receipt:
    """The latest of each first. ``opened`` and ``files`` count all there ever were."""

    opened: int
    files: int
    visits: tuple[LinkVisit, ...]
    taken: tuple[Taken, ...]


def visited(archive: Archive, link: ShareLink, sender: str, agent: str) -> None:
    """Note that somebody opened it; again within half an hour from the same place is the same visit."""
    now = archive.clock()
    network, browser = network_of(sender), " ".join(agent.split())[:160]
    with archive.transaction() as tx:
        same = select(LinkVisit.id).where(
            LinkVisit.link_id == link.id, LinkVisit.at > now - SAME_VISIT, LinkVisit.sender == network,
            LinkVisit.agent == browser,
        )  # fmt: skip
        if tx.scalar(same.limit(1)) is None:
            tx.add(LinkVisit(link_id=link.id, at=now, sender=network, agent=browser))
        tx.execute(update(ShareLink).where(ShareLink.id == link.id).values(used_at=now))


def network_of(sender: str) -> str:
    """An address without the part that points at one person: 189.203.14.0/24, 2806:2f0::/48."""
    try:
        address = ipaddress.ip_address(sender)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def receipt(tx: Transaction, link: ShareLink) -> Receipt:
    """Raises nothing; ``links.get`` decides who reads it."""
    visits = tx.scalars(
        select(LinkVisit).where(LinkVisit.link_id == link.id).order_by(LinkVisit.id.desc()).limit(SHOWN)
    ).all()
    opened = tx.scalar(select(func.count()).select_from(LinkVisit).where(LinkVisit.link_id == link.id))
    files = tx.scalar(select(func.count()).select_from(Delivery).where(Delivery.link_id == link.id))
    rows = tx.execute(
        select(Delivery.at, Delivery.preset, Delivery.asset_id, Asset.headline)
        .join(Asset, Asset.id == Delivery.asset_id)
        .where(Delivery.link_id == link.id)
        .order_by(Delivery.id.desc())
        .limit(2000)
    )
    taken: list[Taken] = []
    for at, preset, asset_id, headline in rows:
        last = taken[-1] if taken else None
        if last and last.preset == preset and last.at - at < timedelta(minutes=1):
            taken[-1] = Taken(last.at, preset, last.files + 1, last.asset_id, None)
        else:
            taken.append(Taken(at, preset, 1, asset_id, headline))
    return Receipt(opened or 0, files or 0, tuple(visits), tuple(taken[:SHOWN]))
