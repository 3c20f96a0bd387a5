"""What waits to be indexed, and each asset's row for order, filters and counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dam.db import Base, Moment
from dam.models.columns import BigKey, now


class IndexTicket(Base):
    """Asset ``asset_id`` changed in the transaction that wrote this row. The indexer takes tickets in any
    order, reads the asset afresh, and deletes only the tickets it saw."""

    __tablename__ = "index_tickets"

    id: Mapped[BigKey]
    asset_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, default=now)


class SearchRow(Base):
    """One searchable asset as finding sees it, written by the one indexer only.

    ``seq`` counts up over all rows with every writing, so that a reader asks for what changed since.
    ``gone`` rows stay as a note that the asset left the index. ``fields`` holds ids for filters and counts;
    ``text`` the normalised words for phrases and for searching while the index is being rebuilt.
    """

    __tablename__ = "search_rows"
    __table_args__ = (Index("ix_search_rows_order", "gone", "taken_at", "asset_id"),)

    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, index=True)
    gone: Mapped[bool] = mapped_column(default=False)
    taken_at: Mapped[datetime | None] = mapped_column(DateTime)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)


class SearchState(Base):
    """One row: the last ``seq`` given out, and the ``stamp`` of the index that holds what the rows say.

    An index whose stamp is older than this one lost commits (a power cut): it is rebuilt.
    """

    __tablename__ = "search_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    stamp: Mapped[str] = mapped_column(String(64), default="")
