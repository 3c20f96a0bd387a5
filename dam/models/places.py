"""States, municipalities and electoral districts, keyed as INEGI keys them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import Float, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dam.db import Base, Moment
from dam.models.columns import Choice, Key, Words

StateKey = Annotated[str, mapped_column(String(2))]
MunicipalityKey = Annotated[str, mapped_column(String(5))]


class DistrictKind(StrEnum):
    FEDERAL = "federal"
    LOCAL = "local"


class State(Base):
    """One of the 32 federal entities. ``key`` is INEGI's CVE_ENT, two digits."""

    __tablename__ = "states"

    key: Mapped[StateKey] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(80), index=True)
    short: Mapped[str] = mapped_column(String(20))  # "Edomex", "CDMX", "Jal."


class Municipality(Base):
    """``key`` is INEGI's CVEGEO, five digits: names repeat, keys do not.

    ``boundary`` is WKB in longitude/latitude (WGS 84), absent until a layer is imported; west, south,
    east and north are its box in degrees. The newest ``boundary_at`` of all tells a process that what it
    remembers of the boundaries is old.
    """

    __tablename__ = "municipalities"

    key: Mapped[MunicipalityKey] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    folded: Mapped[str] = mapped_column(String(120), index=True)
    state_key: Mapped[StateKey] = mapped_column(ForeignKey("states.key"), index=True)
    other_names: Mapped[Words]
    latitude: Mapped[float | None] = mapped_column(Float)  # a point inside
    longitude: Mapped[float | None] = mapped_column(Float)
    west: Mapped[float | None] = mapped_column(Float)
    south: Mapped[float | None] = mapped_column(Float)
    east: Mapped[float | None] = mapped_column(Float)
    north: Mapped[float | None] = mapped_column(Float)
    boundary_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    boundary: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    state: Mapped[State] = relationship(lazy="joined")


class District(Base):
    """An electoral district: federal or local, numbered within its state."""

    __tablename__ = "districts"
    __table_args__ = (UniqueConstraint("state_key", "kind", "number"),)

    id: Mapped[Key]
    kind: Mapped[DistrictKind] = mapped_column(Choice(DistrictKind))
    number: Mapped[int]
    state_key: Mapped[StateKey] = mapped_column(ForeignKey("states.key"))
    seat: Mapped[str | None] = mapped_column(String(120))  # cabecera

    state: Mapped[State] = relationship(lazy="joined")
    municipalities: Mapped[list[Municipality]] = relationship(
        secondary="district_municipalities", order_by=Municipality.folded
    )


class DistrictMunicipality(Base):
    __tablename__ = "district_municipalities"

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), primary_key=True)
    municipality_key: Mapped[str] = mapped_column(
        ForeignKey("municipalities.key"), primary_key=True, index=True
    )
