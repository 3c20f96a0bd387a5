"""The custody log and what can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dam.db import Base, Moment
from dam.models.columns import BigKey, Key, now


class AuditEntry(Base):
    """One thing a person (or the archive itself) did. ``digest`` covers the entry and its predecessor's."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_type", "subject_id"),)

    id: Mapped[BigKey]
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(String(160))
    action: Mapped[str] = mapped_column(String(48))  # "asset.describe", "event.create", "user.sign_in"
    subject_type: Mapped[str | None] = mapped_column(String(24))
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """One row: the end of the chain, locked by whoever adds to it."""

    __tablename__ = "audit_head"

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64))


class Change(Base):
    """One action that can be undone: what the touched rows were before, and what they became."""

    __tablename__ = "changes"

    id: Mapped[Key]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))  # "describe", "bin", "move_batch", "undo_batch"
    at: Mapped[datetime] = mapped_column(Moment, default=now)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
