"""What the office covers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.columns import Choice, Key, now
from dam.models.people import Official
from dam.models.places import District, Municipality


class EventKind(StrEnum):
    MEETING = "meeting"  # reunión
    RALLY = "rally"  # mitin
    PRESS_CONFERENCE = "press_conference"  # conferencia de prensa
    TOUR = "tour"  # gira
    INTERVIEW = "interview"  # entrevista
    ASSEMBLY = "assembly"  # asamblea
    SESSION = "session"  # sesión (cabildo, congreso)
    MARCH = "march"  # marcha
    INAUGURATION = "inauguration"  # inauguración
    COMMUNITY = "community"  # jornada comunitaria
    CULTURAL = "cultural"
    OTHER = "other"


class Event(Base):
    """``starts_at`` and ``ends_at`` are local wall-clock times of ``timezone``; midnight alone = day only."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_day", "starts_at", "id"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(240))
    folded: Mapped[str] = mapped_column(String(240), index=True)
    kind: Mapped[EventKind] = mapped_column(Choice(EventKind), default=EventKind.OTHER)
    starts_at: Mapped[datetime | None] = mapped_column(DateTime)
    ends_at: Mapped[datetime | None] = mapped_column(DateTime)
    day_only: Mapped[bool] = mapped_column(default=True)
    timezone: Mapped[str] = mapped_column(String(48))
    municipality_key: Mapped[str | None] = mapped_column(ForeignKey("municipalities.key"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    place: Mapped[str | None] = mapped_column(String(240))
    description: Mapped[str | None] = mapped_column(Text)
    next_number: Mapped[int] = mapped_column(default=1)  # the number the next asset of this event gets
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    municipality: Mapped[Municipality | None] = relationship(lazy="joined")
    district: Mapped[District | None] = relationship()
    attendees: Mapped[list[Official]] = relationship(
        secondary="attendance", order_by="Attendance.position", viewonly=True
    )


class Attendance(Base):
    """An official was at the event. ``position`` orders keys 1 to 9 of the describing panel."""

    __tablename__ = "attendance"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)
