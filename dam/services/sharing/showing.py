"""What people outside read of each picture: its caption and credit, never where the camera stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from dam.db import Transaction
from dam.models import Appearance, Asset, AssetEvent, Kind, ShareLink
from dam.services import presets
from dam.services.delivery.captioning import caption_of
from dam.services.presets import PresetInfo
from dam.services.presets.listing import kinds_for
from dam.services.renditions import ORIGINAL, WEB


@dataclass(frozen=True)
class Offered:
    """One way to take a picture. ``name`` None: the original."""

    preset: str
    name: str | None
    size: str


@dataclass(frozen=True)
class Shown:
    """One material as outsiders read it. Sides in pixels, ``duration`` in seconds."""

    asset_id: int
    kind: Kind
    width: int
    height: int
    duration: float | None
    placeholder: str | None
    headline: str
    caption: str
    credit: str
    alt_text: str
    taken_on: date | None
    offers: tuple[Offered, ...]

    @property
    def text(self) -> str:
        """For the clipboard: the caption, then the credit."""
        return "\n".join(part for part in (self.caption or self.headline, self.credit) if part)


def shown(tx: Transaction, link: ShareLink, asset_ids: Sequence[int]) -> list[Shown]:
    """In the order of ``asset_ids``. A fixed number of queries."""
    rows = tx.scalars(
        select(Asset)
        .where(Asset.id.in_(asset_ids))
        .options(
            joinedload(Asset.municipality),
            selectinload(Asset.placements).joinedload(AssetEvent.event),
            selectinload(Asset.appearances).joinedload(Appearance.official),
        )
    )
    found = {asset.id: asset for asset in rows}
    known = presets.known(tx)
    return [_shown(found[i], link, known) for i in asset_ids if i in found]


def _shown(asset: Asset, link: ShareLink, known: dict[str, PresetInfo]) -> Shown:
    caption = caption_of(asset)
    credit = " / ".join(dict.fromkeys(part for part in (caption.byline, caption.credit) if part))
    return Shown(
        asset_id=asset.id, kind=asset.kind, width=asset.width or 4, height=asset.height or 3,
        duration=asset.duration, placeholder=asset.placeholder,
        headline=caption.headline or caption.event or "", caption=caption.caption or "", credit=credit,
        alt_text=caption.alt_text or caption.caption or caption.headline or caption.event or "",
        taken_on=date.fromisoformat(caption.created_at[:10]) if caption.created_at else None,
        offers=tuple(offers(asset.kind, link, known)),
    )  # fmt: skip


def offers(kind: Kind, link: ShareLink, known: dict[str, PresetInfo]) -> list[Offered]:
    """The link's formats that material of this kind comes in, in the link's order."""
    found = []
    for key in link.presets:
        word = presets.read(key)
        info = known.get(word.key) if word else None
        if key == ORIGINAL:
            found.append(Offered(key, None, ""))
        elif key == WEB or (info is not None and info.kind in kinds_for(str(kind))):
            found.append(Offered(key, name_of(key, known), info.size_words if info else ""))
    return found


def name_of(key: str, known: dict[str, PresetInfo]) -> str | None:
    """What a link's format is called, with its span of a clip; None: the original."""
    word = presets.read(key)
    if word is None or key == ORIGINAL:
        return None
    name = known[word.key].name if word.key in known else "Web" if word.key == WEB else key
    return f"{name} {word.span}".rstrip()


def plays(link: ShareLink, known: dict[str, PresetInfo]) -> bool:
    """A clip is played whole only where it may be taken whole: not where the link gives its sound, a frame,
    some seconds or a part of it."""
    return any(
        key in (ORIGINAL, WEB) or (key in known and known[key].format == "mp4") for key in link.presets
    )
