"""What left the archive, and the copies with metadata that are kept so that the next one costs a read."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dam.db import Base, Moment
from dam.models.columns import BigKey, Choice, Key, now


class Network(StrEnum):
    """Where things are published."""

    WEB = "web"  # the institutional page
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    X = "x"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    WHATSAPP = "whatsapp"
    LINKEDIN = "linkedin"
    PRESS = "press"
    PRINT = "print"
    BROADCAST = "broadcast"  # radio and television
    OTHER = "other"


class Delivered(Base):
    """A rendition with its metadata inside, cached by recipe and by the digest of that metadata."""

    __tablename__ = "delivered"
    __table_args__ = (
        UniqueConstraint("asset_id", "preset", "recipe", "metadata_digest", name="uq_delivered_what"),
    )

    id: Mapped[Key]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    preset: Mapped[str] = mapped_column(String(40))
    recipe: Mapped[str] = mapped_column(String(32))
    metadata_digest: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(160))
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Delivery(Base):
    """Who took what, when, and by which door."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_asset", "asset_id", "at"),)

    id: Mapped[BigKey]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("share_links.id"), index=True)
    preset: Mapped[str] = mapped_column(String(40))
    route: Mapped[str] = mapped_column(String(16))  # page, zip, api, cli, link, feed, drive, export
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    use: Mapped[str | None] = mapped_column(String(200))  # what for, in the words of whoever took it
    unapproved: Mapped[bool] = mapped_column(default=False)  # taken for work before it was approved


class Publication(Base):
    """Where something was published, as a person noted it. ``cleaned_at``: taken down after a withdrawal."""

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_asset", "asset_id", "published_on"),)

    id: Mapped[Key]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    network: Mapped[Network] = mapped_column(Choice(Network))
    address: Mapped[str | None] = mapped_column(String(2000))
    published_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(String(400))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    cleaned_at: Mapped[datetime | None] = mapped_column(Moment)
    cleaned_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
