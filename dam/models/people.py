"""Officials (who is shown) and users (who signs in). The two never mix."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.columns import BigKey, Choice, Key, Words, now
from dam.models.places import District, Municipality, State


class OfficeKind(StrEnum):
    ELECTED = "elected"
    PUBLIC = "public"
    PARTY = "party"
    CANDIDACY = "candidacy"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    EDITOR = "editor"
    PHOTOGRAPHER = "photographer"
    LIAISON = "liaison"
    VIEWER = "viewer"


class Purpose(StrEnum):
    """What a one-use link opens."""

    SET_PASSWORD = "set_password"


class Official(Base):
    """A person who is photographed for the office they hold."""

    __tablename__ = "officials"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), index=True)
    notes: Mapped[str | None] = mapped_column(Text)
    example: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    aliases: Mapped[list["OfficialAlias"]] = relationship(
        back_populates="official", cascade="all, delete-orphan", order_by="OfficialAlias.id"
    )
    offices: Mapped[list["Office"]] = relationship(
        back_populates="official", cascade="all, delete-orphan", order_by="Office.held_from.desc()"
    )


class OfficialAlias(Base):
    """A nickname or another writing of the name that finds the same person."""

    __tablename__ = "official_aliases"

    id: Mapped[Key]
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), index=True)

    official: Mapped[Official] = relationship(back_populates="aliases")


class Office(Base):
    """An office held from–to (either end may be unknown), in a municipality, district, state or body."""

    __tablename__ = "offices"

    id: Mapped[Key]
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(160))  # "Presidenta municipal", "Diputado local"
    folded: Mapped[str] = mapped_column(String(160), index=True)
    kind: Mapped[OfficeKind] = mapped_column(Choice(OfficeKind), default=OfficeKind.ELECTED)
    held_from: Mapped[date | None]
    held_to: Mapped[date | None]
    municipality_key: Mapped[str | None] = mapped_column(ForeignKey("municipalities.key"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"), index=True)
    state_key: Mapped[str | None] = mapped_column(ForeignKey("states.key"))
    body: Mapped[str | None] = mapped_column(String(160))
    on_leave: Mapped[bool] = mapped_column(default=False)
    substitute: Mapped[bool] = mapped_column(default=False)

    official: Mapped[Official] = relationship(back_populates="offices")
    municipality: Mapped[Municipality | None] = relationship()
    district: Mapped[District | None] = relationship()
    state: Mapped[State | None] = relationship()


class User(Base):
    """An account. ``session_mark`` changes with the password, so that old sessions end."""

    __tablename__ = "users"

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(String(120), unique=True)  # lower case; an address or a short name
    name: Mapped[str] = mapped_column(String(160))
    role: Mapped[Role] = mapped_column(Choice(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_mark: Mapped[str] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(8))
    credit: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)

    territories: Mapped[list["Territory"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class SignIn(Base):
    """One browser in which somebody is signed in. Without its row the cookie opens nothing."""

    __tablename__ = "sign_ins"

    id: Mapped[BigKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    mark: Mapped[str] = mapped_column(String(32))  # the account's when this began
    agent: Mapped[str] = mapped_column(String(200), default="")  # as the browser calls itself: data
    begun_at: Mapped[datetime] = mapped_column(Moment, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(Moment, default=now)  # to the day


class Territory(Base):
    """One place a liaison answers for; exactly one of the three is set."""

    __tablename__ = "territories"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    state_key: Mapped[str | None] = mapped_column(ForeignKey("states.key"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    municipality_key: Mapped[str | None] = mapped_column(ForeignKey("municipalities.key"))


class OneTimeLink(Base):
    """A door that opens once. Only the SHA-256 of its token is kept."""

    __tablename__ = "one_time_links"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[Purpose] = mapped_column(Choice(Purpose))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class ApiToken(Base):
    """A program's key, with the rights of its owner and never more. Only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_user", "user_id"),)

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[Words]
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
