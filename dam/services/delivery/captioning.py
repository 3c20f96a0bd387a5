"""What a delivered copy says of itself, from what the archive knows now. Never a place on the map."""

from dataclasses import replace
from datetime import timedelta

from dam.media.embed import Caption
from dam.models import Asset, CaptureSource, MetadataPolicy, MunicipalitySource
from dam.services.delivery import naming
from dam.services.places.zones import zone_for

COUNTRY = "México"


def caption_of(asset: Asset) -> Caption:
    """Headline, caption, credit, who appears (confirmed only: present is not depicted), place, event, time.

    Reads ``asset.placements`` with their events, ``asset.municipality`` and ``asset.appearances`` with their
    officials; the time is local, with its offset from UTC where that is known.
    """
    placed = naming.primary(asset)
    event = placed.event if placed else None
    municipality = asset.municipality or (event.municipality if event else None)
    return Caption(
        headline=asset.headline,
        caption=asset.caption,
        keywords=tuple(asset.keywords or ()),
        byline=asset.byline,
        credit=asset.credit,
        copyright=asset.copyright,
        usage_terms=asset.usage_terms,
        persons=tuple(shown.official.name for shown in asset.appearances if shown.confirmed),
        city=municipality.name if municipality else asset.city,
        state=municipality.state.name if municipality else asset.state,
        country=COUNTRY if municipality else asset.country,
        municipality_key=municipality.key if municipality else None,
        event=event.name if event else None,
        created_at=_created(asset),
        utc_offset_minutes=offset_of(asset),
        alt_text=asset.alt_text,
        identifier=f"acervo:{asset.id}",
    )


def under(policy: MetadataPolicy, caption: Caption) -> Caption:
    """What a format lets a caption say: all; nothing of where; or author, credit and rights only."""
    if policy is MetadataPolicy.FULL:
        return caption
    if policy is MetadataPolicy.NO_PLACE:
        return replace(caption, city=None, state=None, country=None, municipality_key=None)
    return Caption(
        byline=caption.byline,
        credit=caption.credit,
        copyright=caption.copyright,
        usage_terms=caption.usage_terms,
        identifier=caption.identifier,
    )


def _created(asset: Asset) -> str | None:
    """The local time; only the day where the hour is unknown or was told by a file's name."""
    if asset.taken_at is None:
        return None
    if asset.date_only or asset.captured_source == CaptureSource.FILE_NAME:
        return asset.taken_at.date().isoformat()
    return asset.taken_at.replace(microsecond=0).isoformat()


def offset_of(asset: Asset) -> int | None:
    """Minutes that ``taken_at`` is ahead of UTC: what the camera says of its clock, as long as that clock is
    what ``taken_at`` shows; else that of the zone of the place; None when nobody knows."""
    if asset.taken_at is None:
        return None
    shown = asset.taken_at - timedelta(seconds=asset.clock_shift or 0)
    if asset.utc_offset is not None and shown == asset.captured_at:
        return asset.utc_offset
    placed = naming.primary(asset)
    if placed is None and asset.municipality_key is None:
        return None
    by_satellites = asset.municipality_source == MunicipalitySource.GPS
    key = asset.municipality_key if by_satellites or placed is None else placed.event.municipality_key
    zone = zone_for(None if by_satellites or placed is None else placed.event.timezone, key)
    ahead = zone.utcoffset(asset.taken_at) or timedelta()
    return int(ahead.total_seconds() // 60)
