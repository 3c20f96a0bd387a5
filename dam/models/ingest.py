"""One upload of a card or folder, each file in it, and the bytes still on their way."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.assets import Asset
from dam.models.columns import Choice, Key, now
from dam.models.events import Event
from dam.models.people import User


class Outcome(StrEnum):
    """What became of one file, as the person who sent it sees it."""

    SENDING = "sending"
    RECEIVED = "received"
    WORKING = "working"
    READY = "ready"
    DUPLICATE = "duplicate"
    ATTACHED = "attached"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class IngestBatch(Base):
    """One card or folder for one event. ``undone_at``: everything it brought is in the bin."""

    __tablename__ = "ingest_batches"

    id: Mapped[Key]
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    source: Mapped[str] = mapped_column(String(16), default="web")  # web, cli, api
    byline: Mapped[str | None] = mapped_column(String(200))
    credit: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    last_change: Mapped[int] = mapped_column(default=0)  # counts up with every change of an item
    gathered: Mapped[int] = mapped_column(default=0)  # the ``last_change`` up to which bursts were stacked
    expected_files: Mapped[int | None]  # as far as the sender said
    expected_bytes: Mapped[int | None] = mapped_column(BigInteger)
    # camera → seconds added to its clock
    clocks: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))

    event: Mapped[Event] = relationship()
    user: Mapped[User | None] = relationship()


class IngestItem(Base):
    """One file of a batch. ``path`` is as the sender gave it: data, never opened."""

    __tablename__ = "ingest_items"
    __table_args__ = (
        Index("ix_ingest_items_batch", "batch_id", "outcome"),
        Index("ix_ingest_items_changes", "batch_id", "change"),
        Index("ix_ingest_items_known", "batch_id", "path_digest"),
        Index("ix_ingest_items_stem", "stem", "id"),
    )

    id: Mapped[Key]
    batch_id: Mapped[int] = mapped_column(ForeignKey("ingest_batches.id"))
    path: Mapped[str] = mapped_column(String(4000))
    path_digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the path in UTF-8
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    modified_ms: Mapped[int | None] = mapped_column(BigInteger)  # milliseconds since 1970
    ends_sha256: Mapped[str | None] = mapped_column(String(64))  # of the first and last MiB
    outcome: Mapped[Outcome] = mapped_column(Choice(Outcome), default=Outcome.SENDING)
    reason_code: Mapped[str | None] = mapped_column(String(32))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("assets.id"), index=True)
    original_id: Mapped[int | None] = mapped_column(
        ForeignKey("originals.id", ondelete="SET NULL"), index=True
    )
    stem: Mapped[str | None] = mapped_column(String(80))  # what files of one shot share in their names
    placed: Mapped[bool] = mapped_column(default=False)  # its asset is in the event because of this item
    change: Mapped[int] = mapped_column(default=0)  # the batch's ``last_change`` when it last changed
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    batch: Mapped[IngestBatch] = relationship()
    asset: Mapped[Asset | None] = relationship()


class Upload(Base):
    """Bytes on their way by tus: ``offset`` of ``length`` bytes lie in the uploads folder under ``token``."""

    __tablename__ = "uploads"

    id: Mapped[Key]
    token: Mapped[str] = mapped_column(String(43), unique=True)  # unguessable; the name of the partial file
    item_id: Mapped[int] = mapped_column(ForeignKey("ingest_items.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, index=True)

    item: Mapped[IngestItem] = relationship()
