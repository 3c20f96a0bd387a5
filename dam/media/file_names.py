"""When a file was made by what its name says: phones, messengers, screenshots, drones. Only an estimate.

A messenger's name may tell when the picture was received. No pattern is read that is only a counter, or the
moment of a download.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19[89]\d|20\d\d))(?P<sep>[-_.]?)(?P<month>0[1-9]|1[0-2])(?P=sep)(?P<day>0[1-9]|[12]\d|3[01])"
)
_AT = r"(?:[-_. T,]+|[-\s]+(?:at|a\s+las?|a\s+la\(s\))[-\s]+)?"
_EXACT = re.compile(
    _AT + r"([01]\d|2[0-3])([-_.:h ]?)([0-5]\d)[-_.:m ]?([0-5]\d)(?:s|[-_.]?(\d{3})(?!\d))?(?!\d)"
)
_SPOKEN = re.compile(
    _AT + r"(\d{1,2})[.:]([0-5]\d)(?:[.:]([0-5]\d))?(?:[\s\u202f\xa0]*([ap])\.?[\s\xa0]*m\b)?", re.IGNORECASE
)
# Names of one's own: "acta 2026-05-01.jpg" tells a day of something, not when it was photographed
_WHO = re.compile(
    r"^(IMG|VID|MVIMG|PXL|PANO|BURST|AUD|PTT|STK|DSC|DCIM|DJI|GOPR|P|C360|CameraZOOM|SNAP|InShot|WIN|signal|photo|"
    r"video|Screen[ _-]?shot|Screen_?record\w*|Screen recording|Captura( de pantalla)?|"
    r"Grabaci[oó]n( de pantalla)?|WhatsApp[ -](Image|Video|Audio|Ptt)|"
    r"Telegram|Foto|Nota de voz|Recording|Voice|REC|Record|\d)",
    re.IGNORECASE,
)  # fmt: skip
_DAY_ONLY = re.compile(r"^(IMG|VID|AUD|PTT|STK)-\d{8}-WA\d+", re.IGNORECASE)
# Telegram's own export: "photo_12@01-05-2026_18-20-00.jpg"
_DAY_FIRST = re.compile(r"^([a-z_]+_\d+)@(\d\d)-(\d\d)-(\d{4})_", re.IGNORECASE)
IN_UTC = re.compile(r"^PXL_", re.IGNORECASE)  # Google's camera names files by UTC


@dataclass(frozen=True)
class Named:
    """``captured_at`` is a wall clock in ISO 8601, a day alone where the name knows no hour; ``utc`` says
    that the clock is UTC's."""

    captured_at: str
    subsec: str | None = None
    utc: bool = False


def when(name: str) -> Named | None:
    """None for a name that does not begin as a machine's does, or tells no day that can be."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _DAY_FIRST.sub(r"\1 \4-\3-\2_", name)
    if not _WHO.match(name):
        return None
    found = _DAY.search(name)
    if not found:
        return None
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    hour, minute, second, fraction = _clock(name[found.end() :])
    try:
        moment = datetime(year, month, day, hour or 0, minute, second)
    except ValueError:
        return None
    if hour is None:
        return Named(moment.date().isoformat()) if _DAY_ONLY.match(name) else None
    return Named(moment.isoformat(), fraction, bool(IN_UTC.match(name)))


def _clock(rest: str) -> tuple[int | None, int, int, str | None]:
    found = _SPOKEN.match(rest)
    if not (found and found[4]) and (exact := _EXACT.match(rest)):
        return int(exact[1]), int(exact[3]), int(exact[4]), exact[5]
    if not found:
        return None, 0, 0, None
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            return None, 0, 0, None
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    return (hour if hour < 24 else None), int(found[2]), int(found[3] or 0), None
