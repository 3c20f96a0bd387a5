"""The material: assets, their untouched originals, what is shown in them, and rebuildable renditions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.columns import Choice, Key, Words, now
from dam.models.events import Event
from dam.models.people import Official, User
from dam.models.places import Municipality


class Kind(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    UNKNOWN = "unknown"  # until it was looked at, and in quarantine


class Processing(StrEnum):
    """How far the machine is. Never mixed with ``Review``."""

    RECEIVED = "received"
    WORKING = "working"
    READY = "ready"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    JOINED = "joined"  # its file belongs to another asset now (``joined_id``), and may be given back to it


class Review(StrEnum):
    """What people decided."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"


class Minors(StrEnum):
    """Are minors recognisable in it?"""

    YES = "yes"
    NO = "no"
    NOT_LOOKED_AT = "not_looked_at"


class Withdrawal(StrEnum):
    """Why something was withdrawn."""

    RIGHTS = "rights"
    ERROR = "error"
    AUTHORITY = "authority"  # an authority ordered it


class MunicipalitySource(StrEnum):
    """Who said where. A person's word is never overwritten; a suggestion is never a fact."""

    PERSON = "person"
    GPS = "gps"
    EVENT = "event"


class CaptureSource(StrEnum):
    CAMERA = "camera"
    CONTAINER = "container"  # UTC by specification
    FILE_NAME = "file_name"  # estimated


class OffsetSource(StrEnum):
    """Who said how far the camera's clock was from UTC."""

    FILE = "file"
    GPS = "gps"  # the satellites' time against the clock


class OriginalRole(StrEnum):
    """What an original is to its asset. Each asset has exactly one ``PRIMARY``: the picture that is shown."""

    PRIMARY = "primary"
    RAW = "raw"
    SIDECAR = "sidecar"  # XMP: what somebody wrote about the picture
    LIVE_VIDEO = "live_video"  # the clip of a Live Photo
    CHAPTER = "chapter"  # a further part of one recording
    OTHER = "other"  # what cameras and programs leave beside a file: AAE, THM, LRV, settings of developers


class StackKind(StrEnum):
    BURST = "burst"
    CHAPTERS = "chapters"  # the parts of one recording, in order
    CHOSEN = "chosen"  # a person put them together


class Asset(Base):
    """One photo, clip, recording or document as the archive knows it.

    ``captured_at`` is the time the file states, as written, ``utc_offset`` in minutes where known;
    ``taken_at`` is the corrected local time that order, search and names use. Both are naive wall clocks.
    """

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_newest", "taken_at", "id"),
        Index("ix_assets_unfinished", "processing", "lease_until"),
        Index("ix_assets_bin", "deleted_at"),
        Index("ix_assets_bursts", "camera_serial", "taken_at"),
        Index("ix_assets_review", "review", "id"),
        Index("ix_assets_withdrawn", "withdrawn_at"),
    )

    id: Mapped[Key]
    kind: Mapped[Kind] = mapped_column(Choice(Kind), default=Kind.UNKNOWN)
    processing: Mapped[Processing] = mapped_column(Choice(Processing), default=Processing.RECEIVED)
    review: Mapped[Review] = mapped_column(Choice(Review), default=Review.RECEIVED)

    # may it leave (dam.services.access.release)
    review_reason: Mapped[str | None] = mapped_column(String(400))
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    minors: Mapped[Minors] = mapped_column(Choice(Minors), default=Minors.NOT_LOOKED_AT)
    embargo_until: Mapped[datetime | None] = mapped_column(Moment)
    rights_expire_on: Mapped[date | None] = mapped_column(Date)  # the last day, by the office's calendar
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_reason: Mapped[Withdrawal | None] = mapped_column(Choice(Withdrawal))
    withdrawn_note: Mapped[str | None] = mapped_column(String(400))

    # the machine's work on it
    reason_code: Mapped[str | None] = mapped_column(String(32))
    reason_detail: Mapped[str | None] = mapped_column(String(400))  # for the log and the administrator
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)

    # families and stacks
    joined_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), index=True)
    stack_id: Mapped[int | None] = mapped_column(ForeignKey("stacks.id", ondelete="SET NULL"), index=True)
    stack_cover: Mapped[bool] = mapped_column(default=False)  # the one that stands for its stack
    stands_alone: Mapped[bool] = mapped_column(default=False)  # a person took it out of a stack: it stays out

    # custody
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(
        default=1
    )  # counts edits; part of what delivered copies are cached by

    # when
    captured_at: Mapped[datetime | None] = mapped_column(DateTime)
    captured_source: Mapped[CaptureSource | None] = mapped_column(Choice(CaptureSource))
    subsecond: Mapped[str | None] = mapped_column(String(9))
    date_only: Mapped[bool] = mapped_column(default=False)  # the hour of ``captured_at`` is unknown
    utc_offset: Mapped[int | None]
    offset_source: Mapped[OffsetSource | None] = mapped_column(Choice(OffsetSource))
    # Seconds a person added to this camera's clock, part of ``taken_at``; of a clock never set, decades.
    clock_shift: Mapped[int | None] = mapped_column(BigInteger)
    taken_at: Mapped[datetime | None] = mapped_column(DateTime)

    # where
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    altitude: Mapped[float | None] = mapped_column(Float)
    municipality_key: Mapped[str | None] = mapped_column(ForeignKey("municipalities.key"), index=True)
    municipality_source: Mapped[MunicipalitySource | None] = mapped_column(Choice(MunicipalitySource))
    suggested_municipality_key: Mapped[str | None] = mapped_column(ForeignKey("municipalities.key"))
    suggestion_confidence: Mapped[float | None] = mapped_column(Float)  # 0 to 1

    # how
    orientation: Mapped[int | None]
    width: Mapped[int | None]  # pixels, as displayed
    height: Mapped[int | None]
    duration: Mapped[float | None] = mapped_column(Float)  # seconds
    camera_make: Mapped[str | None] = mapped_column(String(120))
    camera_model: Mapped[str | None] = mapped_column(String(120))
    camera_serial: Mapped[str | None] = mapped_column(String(80))
    lens: Mapped[str | None] = mapped_column(String(160))
    perceptual_hash: Mapped[str | None] = mapped_column(String(16))  # 64 bits, hexadecimal
    placeholder: Mapped[str | None] = mapped_column(Text)  # a data: address of a tiny blurred picture

    # who and what (IPTC meanings)
    headline: Mapped[str | None] = mapped_column(String(400))
    caption: Mapped[str | None] = mapped_column(Text)
    alt_text: Mapped[str | None] = mapped_column(Text)
    keywords: Mapped[Words]
    persons: Mapped[Words]  # as the file says; who appears is in ``appearances``
    city: Mapped[str | None] = mapped_column(String(160))  # as the file says; so are state and country
    state: Mapped[str | None] = mapped_column(String(160))
    country: Mapped[str | None] = mapped_column(String(160))
    byline: Mapped[str | None] = mapped_column(String(200))
    credit: Mapped[str | None] = mapped_column(String(200))
    copyright: Mapped[str | None] = mapped_column(String(400))
    usage_terms: Mapped[str | None] = mapped_column(Text)
    rating: Mapped[int | None]

    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    municipality: Mapped[Municipality | None] = relationship(foreign_keys=[municipality_key])
    suggested_municipality: Mapped[Municipality | None] = relationship(
        foreign_keys=[suggested_municipality_key]
    )
    originals: Mapped[list["Original"]] = relationship(
        back_populates="asset", order_by="Original.home_id.is_not(None), Original.id",
        foreign_keys="Original.asset_id",
    )  # fmt: skip
    renditions: Mapped[list["Rendition"]] = relationship(back_populates="asset")
    placements: Mapped[list["AssetEvent"]] = relationship(
        back_populates="asset", order_by="AssetEvent.position", cascade="all, delete-orphan"
    )
    appearances: Mapped[list["Appearance"]] = relationship(
        back_populates="asset", order_by="Appearance.position", cascade="all, delete-orphan"
    )


class Stack(Base):
    """Assets that are shown as one: ``Asset.stack_id``. Which of them is shown: ``Asset.stack_cover``."""

    __tablename__ = "stacks"

    id: Mapped[Key]
    kind: Mapped[StackKind] = mapped_column(Choice(StackKind))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Original(Base):
    """An untouched camera file; its key in the store is its SHA-256.

    One that joined another asset keeps ``home_id``, the asset it had for itself, and in ``lent`` what it gave
    to the one it joined: both are taken up again when a person splits it off, which ``kept_apart`` remembers.
    """

    __tablename__ = "originals"

    id: Mapped[Key]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"), index=True)
    home_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"), index=True)
    lent: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    kept_apart: Mapped[bool] = mapped_column(default=False)
    role: Mapped[OriginalRole] = mapped_column(Choice(OriginalRole), default=OriginalRole.PRIMARY)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    bytes: Mapped[int] = mapped_column(BigInteger, index=True)
    name: Mapped[str] = mapped_column(String(400))  # as the sender wrote it: data, never a path
    media_type: Mapped[str | None] = mapped_column(String(80))
    content_id: Mapped[str | None] = mapped_column(String(64), index=True)  # of both files of a Live Photo
    raw_facts: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    received_at: Mapped[datetime] = mapped_column(Moment, default=now)

    asset: Mapped[Asset] = relationship(back_populates="originals", foreign_keys=[asset_id])


class AssetEvent(Base):
    """An asset belongs to an event; ``position`` 0 is its primary event. ``number`` is given once and never
    changes, nor is it given again to another asset of that event."""

    __tablename__ = "asset_events"
    __table_args__ = (UniqueConstraint("event_id", "number"),)

    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), primary_key=True, index=True)
    number: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)

    asset: Mapped[Asset] = relationship(back_populates="placements")
    event: Mapped[Event] = relationship()


class Appearance(Base):
    """An official is to be seen or heard in the asset. Only ``confirmed`` ones are ever captioned."""

    __tablename__ = "appearances"

    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), primary_key=True, index=True)
    confirmed: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment, default=now)

    asset: Mapped[Asset] = relationship(back_populates="appearances")
    official: Mapped[Official] = relationship()


class Rendition(Base):
    """A rebuildable copy. ``recipe`` is the fingerprint it was made by; another one means it is stale."""

    __tablename__ = "renditions"
    __table_args__ = (UniqueConstraint("asset_id", "preset"),)

    id: Mapped[Key]
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    preset: Mapped[str] = mapped_column(String(40))
    recipe: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(160))  # in the store of renditions
    media_type: Mapped[str] = mapped_column(String(80))
    width: Mapped[int | None]
    height: Mapped[int | None]
    bytes: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # a storyboard's grid, for example
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)

    asset: Mapped[Asset] = relationship(back_populates="renditions")
