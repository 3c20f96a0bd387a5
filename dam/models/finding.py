"""What waits to be indexed, each asset's row for order, filters and counts, and what people searched for."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.columns import BigKey, Key, now


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


class SavedSearch(Base):
    """A search kept under a name. ``query`` is spelled as in the address bar."""

    __tablename__ = "saved_searches"

    id: Mapped[Key]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(default=False, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class SearchLook(Base):
    """When somebody last looked at a saved search: what arrived since is new to them."""

    __tablename__ = "search_looks"

    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class RecentSearch(Base):
    """What somebody searched for of late, once for each search; ``digest`` is the query's."""

    __tablename__ = "recent_searches"
    __table_args__ = (
        UniqueConstraint("user_id", "digest"),
        Index("ix_recent_searches_found", "total", "at"),
        Index("ix_recent_searches_at", "at"),
    )

    id: Mapped[BigKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(32))
    query: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(String(200))  # what stood in the box
    total: Mapped[int]  # what it found the last time
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(Moment)


class SynonymGroup(Base):
    """Several ways of saying the same: whoever searches for one finds the others too."""

    __tablename__ = "synonym_groups"

    id: Mapped[Key]
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    terms: Mapped[list["Synonym"]] = relationship(
        back_populates="group", cascade="all, delete-orphan", order_by="Synonym.id", lazy="selectin"
    )


class Synonym(Base):
    """One of them, as written; ``key`` is what must agree (``dam.search.folding.key_of``)."""

    __tablename__ = "synonyms"

    id: Mapped[Key]
    group_id: Mapped[int] = mapped_column(ForeignKey("synonym_groups.id", ondelete="CASCADE"), index=True)
    term: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(120), index=True)

    group: Mapped[SynonymGroup] = relationship(back_populates="terms")
