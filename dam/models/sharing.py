"""What is put together to be taken or shown: collections, links for people without account, packages."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.assets import Asset
from dam.models.columns import Choice, Key, Words, now
from dam.models.people import Role, User


class LinkKind(StrEnum):
    """What reads behind a link: a person in a browser, or a program that follows a feed."""

    PAGE = "page"
    FEED = "feed"


class Collection(Base):
    """A selection made for a purpose, in the order of its items' positions. With ``query``, as in the address
    of /buscar, it is smart: it holds what that search finds."""

    __tablename__ = "collections"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), index=True)
    note: Mapped[str | None] = mapped_column(Text)
    query: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    owner: Mapped[User | None] = relationship()
    shares: Mapped[list["CollectionShare"]] = relationship(
        cascade="all, delete-orphan", order_by="CollectionShare.id"
    )


class CollectionItem(Base):
    """One asset in a collection; positions have gaps, so that one moves without the others."""

    __tablename__ = "collection_items"
    __table_args__ = (Index("ix_collection_items_order", "collection_id", "position"),)

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True
    )
    asset_id: Mapped[int] = mapped_column(
        ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(Text)
    added_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime] = mapped_column(Moment, default=now)

    asset: Mapped[Asset] = relationship()


class CollectionShare(Base):
    """Somebody else, or everybody of a role, who sees a collection and perhaps works on it."""

    __tablename__ = "collection_shares"
    __table_args__ = (
        UniqueConstraint("collection_id", "user_id"),
        UniqueConstraint("collection_id", "role"),
    )

    id: Mapped[Key]
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role | None] = mapped_column(Choice(Role))
    edits: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User | None] = relationship()


class ShareLink(Base):
    """A door for somebody outside, to one asset, one collection or (feeds) one search.

    Only the SHA-256 of its token is kept. ``ceiling``: files that may be taken by it, ``taken`` so far.
    """

    __tablename__ = "share_links"

    id: Mapped[Key]
    kind: Mapped[LinkKind] = mapped_column(Choice(LinkKind), default=LinkKind.PAGE)
    recipient: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collections.id"), index=True)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"), index=True)
    query: Mapped[str | None] = mapped_column(Text)
    presets: Mapped[Words]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    ceiling: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    collection: Mapped[Collection | None] = relationship()
    asset: Mapped[Asset | None] = relationship()
    maker: Mapped[User | None] = relationship(foreign_keys=[made_by])


class LinkVisit(Base):
    """Somebody opened a link. What they took stands in ``deliveries``."""

    __tablename__ = "link_visits"
    __table_args__ = (Index("ix_link_visits_link", "link_id", "at"),)

    id: Mapped[Key]
    link_id: Mapped[int] = mapped_column(ForeignKey("share_links.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    sender: Mapped[str] = mapped_column(String(64))  # the network, without the last part of its address
    agent: Mapped[str] = mapped_column(String(160))  # what the browser says it is


class Package(Base):
    """Files that are taken together, in one zip of ``size`` bytes, known once every file is there."""

    __tablename__ = "packages"

    id: Mapped[Key]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("share_links.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(160))  # of the zip, ASCII, with its ending
    use: Mapped[str | None] = mapped_column(String(200))  # what for, in the words of whoever takes it
    made_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    size: Mapped[int | None] = mapped_column(BigInteger)
    stamp: Mapped[str | None] = mapped_column(String(32))  # another one whenever the bytes are others
    papers: Mapped[list[list[str]] | None] = mapped_column(JSON)  # [[name, text], …] beside the files


class PackageItem(Base):
    """One file of a package: waited for (no ``key``), there, or left out for a ``reason``."""

    __tablename__ = "package_items"

    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int]
    preset: Mapped[str] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(200))  # inside the zip
    key: Mapped[str | None] = mapped_column(String(160))
    untouched: Mapped[bool] = mapped_column(default=False)  # the key is of the store of originals
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    taken: Mapped[bool] = mapped_column(default=False)  # recorded as taken
    crc: Mapped[int | None] = mapped_column(BigInteger)  # CRC-32 once it was read
    row: Mapped[list[str] | None] = mapped_column(JSON)  # its line in the table of captions
    reason: Mapped[str | None] = mapped_column(String(400))
