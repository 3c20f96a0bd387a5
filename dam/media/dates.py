"""A camera's wall clock, as written."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

# "2026:05:01 10:20:30", "2026-05-01T10:20:30.25-06:00", "2026:05:01"; EXIF 3.0 section 4.6.5, ISO 8601
_WRITTEN = re.compile(
    r"^\s*(\d{4})[:\-/.] ?(\d{1,2})[:\-/.] ?(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
)
_OFFSET = re.compile(r"^\s*(?:Z|([+-])(\d{1,2}):?(\d{2}))\s*$")
CONTAINER = "container"  # the source of a time that is UTC by its format
SET_AT_ALL = "1972"  # a container's clock that was never set counts from 1904 or 1970
FIRST_YEAR, LAST_YEAR = 1826, 2099  # the oldest photograph that exists; scans carry their subject's date


def parse(text: str | None) -> tuple[str, str | None, int | None] | None:
    """(naive ISO text, fraction digits, offset in minutes), or None for no date: zeros, blanks, month 13.

    A date without a time stays a date ("2026-05-01").
    """
    found = _WRITTEN.match(text or "")
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    written = moment.date().isoformat() if hour is None else moment.isoformat()
    return written, fraction, offset(zone)


def offset(text: str | None) -> int | None:
    """Minutes east of UTC from "+02:00", "-0600" or "Z"; None for anything else or beyond 14 hours."""
    found = _OFFSET.match(text or "")
    if not found:
        return None
    sign, hours, minutes = found.groups()
    if sign is None:
        return 0
    total = int(hours) * 60 + int(minutes)
    return None if total > 14 * 60 or int(minutes) > 59 else (-total if sign == "-" else total)


def of_letter(text: str | None) -> str | None:
    """ISO 8601 of "Fri, 01 May 2026 18:20:00 -0600" (RFC 1123), as PNG advises; None for anything else."""
    try:
        return parsedate_to_datetime(text or "").isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def captured(text: str | None, source: str) -> dict[str, Any]:
    """What ``parse`` found, by the names of Facts; empty for no date."""
    moment = parse(text)
    if moment is None:
        return {}
    written, fraction, zone = moment
    return {
        "captured_at": written, "subsec": fraction, "utc_offset_minutes": zone, "captured_source": source,
    }  # fmt: skip


# Offsets that clocks on Earth show, in minutes: whole hours, and these
_BETWEEN = {-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825}
_NEAR = 120.0  # seconds that a camera's clock may differ from the satellites' for the offset to be certain


def offset_by_satellites(written: str | None, gps_utc: str | None) -> int | None:
    """Minutes east of UTC, where the wall clock and the satellites' time differ by what some zone shows. A
    position that is older than the picture, or a clock that is wrong, gives None."""
    if not written or not gps_utc or "T" not in written:
        return None
    try:
        ahead = datetime.fromisoformat(written) - datetime.fromisoformat(gps_utc.removesuffix("Z"))
    except ValueError:
        return None
    quarter = round(ahead.total_seconds() / 900) * 15
    if abs(ahead.total_seconds() - quarter * 60) > _NEAR or not -720 <= quarter <= 840:
        return None
    return quarter if quarter % 60 == 0 or quarter in _BETWEEN else None
