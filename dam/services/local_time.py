"""The local time at which something was taken: from its file's clock and the place of its event."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import select

from dam.db import Transaction
from dam.models import Asset, AssetEvent, CaptureSource, Event, MunicipalitySource
from dam.services.places.zones import named, zone_for, zone_of

NEVER_SET = (datetime(1904, 1, 1), datetime(1970, 1, 1))  # from where clocks count that nobody set
AHEAD = timedelta(days=2)  # a clock that is further in the future than any zone explains was never set


def set_taken(tx: Transaction, asset: Asset) -> None:
    """The local time where it was taken, from what is known now. A date in the future is not known, nor that
    of a clock that was never set: it stays in ``captured_at``, until somebody sets that camera's clock right.
    """
    shift = asset.clock_shift or 0
    unset = asset.captured_at in NEVER_SET and not asset.date_only and not shift
    asset.taken_at = None if unset else corrected(local_time(tx, asset), shift)


def corrected(local: datetime | None, shift: int) -> datetime | None:
    """``local`` with ``shift`` seconds added; None where no picture can have been taken then."""
    if local is None:
        return None
    try:
        taken = local + timedelta(seconds=shift)
    except OverflowError:
        return None
    return taken if taken < datetime.now(UTC).replace(tzinfo=None) + AHEAD else None


def local_time(tx: Transaction, asset: Asset) -> datetime | None:
    """A camera's wall clock is local time as it stands. UTC (a container's, Google's file names) becomes
    local time at the event. A clock with an offset of its own is set to local time only where the file itself
    tells in which municipality it was: a photographer's clock is right more often than its zone."""
    if asset.captured_at is None or asset.utc_offset is None or asset.date_only:
        return asset.captured_at
    if asset.municipality_source == MunicipalitySource.GPS:
        zone = named(zone_of(asset.municipality_key))
        return _in_zone(asset, zone) if zone else asset.captured_at
    return _in_zone(asset, zone_at(tx, asset)) if tells_utc(asset) else asset.captured_at


def tells_utc(asset: Asset) -> bool:
    """Is the asset's clock UTC's by the rule of its format?"""
    sources = (CaptureSource.CONTAINER, CaptureSource.FILE_NAME)
    return asset.utc_offset == 0 and not asset.date_only and asset.captured_source in sources


def follow(assets: Iterable[Asset], event: Event) -> None:
    """Assets that belong to ``event`` now: what told UTC shows its local time."""
    zone = zone_for(event.timezone, event.municipality_key)
    for asset in assets:
        if tells_utc(asset) and asset.municipality_source != MunicipalitySource.GPS:
            asset.taken_at = corrected(_in_zone(asset, zone), asset.clock_shift or 0)


def _in_zone(asset: Asset, zone: tzinfo) -> datetime | None:
    if asset.captured_at is None:
        return None
    utc = asset.captured_at - timedelta(minutes=asset.utc_offset or 0)
    return utc.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def zone_at(tx: Transaction, asset: Asset) -> ZoneInfo:
    """The zone of the asset's first event: the one somebody gave it, else that of its municipality."""
    row = tx.execute(
        select(Event.timezone, Event.municipality_key)
        .join(AssetEvent, AssetEvent.event_id == Event.id)
        .where(AssetEvent.asset_id == asset.id)
        .order_by(AssetEvent.position)
        .limit(1)
    ).first()
    given, key = (row.timezone, row.municipality_key) if row else (None, asset.municipality_key)
    return zone_for(given, key)
