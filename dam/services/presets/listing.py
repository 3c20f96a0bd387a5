"""Which formats there are. Read often and changed rarely: a process remembers them for some seconds."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select

from dam.db import Transaction
from dam.errors import NotFound
from dam.media.windows import shape_name
from dam.models import Fit, Kind, MetadataPolicy, Pack, Preset

REMEMBERED = 5.0  # seconds: an edit in another process is seen after so long, and decides by fingerprint
WEB = "web"
ORIGINAL = "original"
WEB_MEANS = {
    Kind.PHOTO: "web-2048",
    Kind.VIDEO: "mp4-720",
    Kind.AUDIO: "audio-mp3",
    Kind.DOCUMENT: "web-2048",
}
# A clip has sound too, and a document's first page is a picture.
KINDS = {"photo": ("photo",), "video": ("video", "audio"), "audio": ("audio",), "document": ("photo",)}
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
# key@in-out or key@moment, seconds with at most three decimals
CUT = re.compile(
    r"(?P<key>[a-z0-9][a-z0-9-]{0,23})@(?P<start>\d{1,6}(?:\.\d{1,3})?)(?:-(?P<end>\d{1,6}(?:\.\d{1,3})?))?"
)


@dataclass(frozen=True)
class PresetInfo:
    """A format as others read it: see dam.models.presets.Preset for the meanings."""

    key: str
    position: int
    family: str
    name: str
    purpose: str
    kind: str
    fit: Fit
    width: int | None
    height: int | None
    longest: int | None
    shortest: int | None
    format: str
    quality: int | None
    ceiling: int | None
    seconds: float | None
    loudness: float | None
    colour: str
    metadata_policy: MetadataPolicy
    covered: tuple[tuple[float, ...], ...]
    options: tuple[tuple[str, Any], ...]
    standing: bool
    active: bool
    version: int
    valid_since: date

    @property
    def shape(self) -> str | None:
        """The name of its proportions ("4:5", "1.91:1"), under which windows are kept; None when whole."""
        if self.fit != Fit.CROP or not self.width or not self.height:
            return None
        return shape_name(self.width / self.height)

    @property
    def size_words(self) -> str:
        """1080 × 1350, ≤ 2048, 1080p."""
        if self.width and self.height:
            return f"{self.width} × {self.height}"
        if self.longest:
            return f"≤ {self.longest}"
        return f"{self.shortest}p" if self.shortest else ""


@dataclass(frozen=True)
class PackInfo:
    key: str
    name: str
    presets: tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """A preset as it is asked for: its key and, for clips, from where to where. Seconds."""

    key: str
    start: float | None = None
    end: float | None = None

    @property
    def span(self) -> str:
        """3–18.5 s, 12.48 s; empty where it is the whole."""
        if self.start is None:
            return ""
        return f"{self.start:g} s" if self.end is None else f"{self.start:g}–{self.end:g} s"


@dataclass(frozen=True)
class _Known:
    at: float
    presets: dict[str, PresetInfo]
    packs: list[PackInfo]


# By the engine's dialect, which an engine shares with its own variants and with no other engine.
_known: WeakKeyDictionary[Any, _Known] = WeakKeyDictionary()


def known(tx: Transaction) -> dict[str, PresetInfo]:
    """Every format by its key, in order; the retired ones too."""
    return _read(tx).presets


def _read(tx: Transaction) -> _Known:
    dialect = tx.get_bind().dialect
    remembered = _known.get(dialect)
    if remembered is None or time.monotonic() - remembered.at > REMEMBERED:
        rows = tx.scalars(select(Preset).order_by(Preset.position, Preset.id))
        packs = tx.scalars(select(Pack).order_by(Pack.position, Pack.id))
        remembered = _Known(
            time.monotonic(),
            {row.key: _info(row) for row in rows},
            [PackInfo(row.key, row.name, tuple(row.presets)) for row in packs],
        )
        if remembered.presets:
            _known[dialect] = remembered
    return remembered


def forget(tx: Transaction) -> None:
    """Read them anew from the next time on; after an edit."""
    _known.pop(tx.get_bind().dialect, None)


def listed(tx: Transaction, kind: Kind | str | None = None) -> list[PresetInfo]:
    """The formats in use, in order; only those that material of ``kind`` comes in. A clip has sound too."""
    wanted = None if kind is None else kinds_for(str(kind))
    return [one for one in known(tx).values() if one.active and (wanted is None or one.kind in wanted)]


def kinds_for(kind: str) -> tuple[str, ...]:
    """The kinds of format that material of ``kind`` comes in."""
    return KINDS.get(kind, ())


def fits(known: Mapping[str, PresetInfo], kind: str, key: str) -> bool:
    """Whether material of ``kind`` comes in the format ``key`` (a span after "@" does not count). Yes for
    what is no row of the table: the original, ``web``, previews."""
    preset = known.get(key.partition("@")[0])
    return preset is None or preset.kind in kinds_for(kind)


def packs(tx: Transaction) -> list[PackInfo]:
    """The packs, in order. A pack names formats of every kind: what does not fit an asset is passed over."""
    return _read(tx).packs


def get(tx: Transaction, key: str) -> PresetInfo:
    """Raises NotFound."""
    found = known(tx).get(key)
    if found is None:
        raise NotFound("There is no such download format.", preset=key)
    return found


def read(word: str) -> Word | None:
    """``video-9x16@3-18.5`` and the like; None for what no format can be called."""
    if KEY.fullmatch(word):
        return Word(word)
    said = CUT.fullmatch(word)
    if said is None:
        return None
    end = float(said["end"]) if said["end"] else None
    return Word(said["key"], float(said["start"]), end)


def is_word(tx: Transaction, word: str) -> bool:
    """Does ``word`` name a format in use, the web version, or the original?"""
    said = read(word)
    if said is None:
        return False
    found = known(tx).get(said.key)
    return said.key in (WEB, ORIGINAL) or (found is not None and found.active)


def _info(row: Preset) -> PresetInfo:
    told = {name: getattr(row, name) for name in PresetInfo.__dataclass_fields__}
    told["covered"] = tuple(tuple(box) for box in row.covered or ())
    told["options"] = tuple(sorted((row.options or {}).items()))
    return PresetInfo(**told)
