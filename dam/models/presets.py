"""Download formats and packs as data, where each asset is cropped, and what was asked for, not made yet."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, Float, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dam.db import Base, Moment
from dam.models.columns import Choice, Key, Words, now


class Fit(StrEnum):
    """How a picture comes into a format's size."""

    WITHIN = "within"  # whole, its longest (or shortest) side at most so long; never enlarged
    CROP = "crop"  # cut to the format's proportions
    WHOLE = "whole"  # as large as it is


class MetadataPolicy(StrEnum):
    """What a delivered file says of itself. Coordinates and serial numbers never leave."""

    FULL = "full"  # all that the office wrote, with the names of places
    NO_PLACE = "no_place"  # credit and caption, nothing of where
    CREDIT = "credit"  # author, credit and rights only


class Preset(Base):
    """A named, versioned way for material to leave. Sides in pixels, ``ceiling`` in bytes, ``seconds`` the
    longest clip; ``covered`` are rectangles [left, top, right, bottom] in parts of the frame that the network
    puts its own things over. ``edited`` rows are the office's, and no new release changes them."""

    __tablename__ = "presets"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(24), unique=True)
    position: Mapped[int]
    family: Mapped[str] = mapped_column(String(24))  # web, instagram, facebook… video, audio
    name: Mapped[str] = mapped_column(String(80))
    purpose: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(
        String(12)
    )  # of the original: photo, video, audio (a clip has sound too)
    fit: Mapped[Fit] = mapped_column(Choice(Fit))
    width: Mapped[int | None]
    height: Mapped[int | None]
    longest: Mapped[int | None]
    shortest: Mapped[int | None]
    format: Mapped[str] = mapped_column(String(8))  # the file's ending
    quality: Mapped[int | None]
    ceiling: Mapped[int | None] = mapped_column(BigInteger)
    seconds: Mapped[float | None] = mapped_column(Float)
    loudness: Mapped[float | None] = mapped_column(Float)  # LUFS
    colour: Mapped[str] = mapped_column(String(8), default="srgb")  # srgb, own
    metadata_policy: Mapped[MetadataPolicy] = mapped_column(Choice(MetadataPolicy))
    covered: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    standing: Mapped[bool] = mapped_column(default=False)  # made at ingest; the others when asked for
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    valid_since: Mapped[date] = mapped_column(Date)
    edited: Mapped[bool] = mapped_column(default=False)


class Pack(Base):
    """Formats that are taken together: *Paquete redes*."""

    __tablename__ = "packs"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(24), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    presets: Mapped[Words]
    edited: Mapped[bool] = mapped_column(default=False)


class Framing(Base):
    """Where an asset is cropped. Everything in parts of the picture as displayed, 0 to 1.

    ``focal_x``, ``focal_y`` are a person's; ``regions`` the machine's proposal: boxes that may be the
    subject, each with how much it is believed as a fifth number; ``faces`` boxes and nothing else;
    ``windows`` what a person drew for one shape alone, by its name ("4:5"). Boxes are [left, top, right,
    bottom].
    """

    __tablename__ = "framings"

    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    focal_x: Mapped[float | None] = mapped_column(Float)
    focal_y: Mapped[float | None] = mapped_column(Float)
    faces: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    regions: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    windows: Mapped[dict[str, list[float]]] = mapped_column(JSON, default=dict)
    looked_by: Mapped[int] = mapped_column(default=0)  # version of the detector; 0: nobody looked yet
    version: Mapped[int] = mapped_column(default=0)  # counts a person's corrections


class Wish(Base):
    """A rendition somebody asked for. Gone once it is made; with a reason when it cannot be."""

    __tablename__ = "wishes"

    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    preset: Mapped[str] = mapped_column(String(40), primary_key=True)
    recipe: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(400))  # a sentence; None while it waits
    at: Mapped[datetime] = mapped_column(Moment, default=now)
