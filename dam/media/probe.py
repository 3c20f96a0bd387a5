"""What ffprobe says about a clip or a recording, as facts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from dam.media import dates
from dam.media.exif import clean, on_earth
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

MOST_RAW_TEXT = 400
LONGEST = 400 * 3600.0  # a claim beyond this many seconds is no duration


@dataclass(frozen=True)
class Probed:
    """``size`` is pixels as displayed: after rotation, with square pixels. None where there is no picture."""

    facts: Facts
    size: tuple[int, int] | None
    duration: float | None
    has_sound: bool


def arguments(ffprobe: str, reader: str, source: str) -> list[str]:
    """Only the demuxer that the content asked for, only from this file."""
    return [
        ffprobe, "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", reader, "-f", reader,
        "-max_streams", "64", "-show_format", "-show_streams", "-of", "json", "file:" + source,
    ]  # fmt: skip


def read(found: Sniffed, out: bytes) -> Probed:
    """Raises Unreadable(DECODER_FAILED) when ffprobe's answer has no stream."""
    told = json.loads(out or b"{}")
    streams = told.get("streams") or []
    if not streams:
        raise Unreadable(Reason.DECODER_FAILED, "no stream found")
    videos = [
        s
        for s in streams
        if s.get("codec_type") == "video" and not s.get("disposition", {}).get("attached_pic")
    ]
    sounds = [s for s in streams if s.get("codec_type") == "audio"]
    video = videos[0] if videos else {}
    form = told.get("format", {})
    tags = {k.lower(): str(v) for k, v in {**(video.get("tags") or {}), **(form.get("tags") or {})}.items()}
    duration = _duration(form.get("duration")) or _duration(video.get("duration"))
    rotation = _rotation(video)
    size = _size(video, rotation)
    kind = "video" if video else "audio"
    facts = {
        "kind": kind,
        "media_type": found.media_type
        if kind == found.kind
        else found.media_type.replace("video/", "audio/"),
        "width": size and size[0],
        "height": size and size[1],
        "duration": duration,
        "video_codec": video.get("codec_name"),
        "audio_codec": sounds[0].get("codec_name") if sounds else None,
        "fps": _rate(video.get("avg_frame_rate")) or _rate(video.get("r_frame_rate")),
        "rotation": rotation if video else None,
        "camera_make": _tag(tags, "com.apple.quicktime.make", "make", "com.android.manufacturer"),
        "camera_model": _tag(tags, "com.apple.quicktime.model", "model", "com.android.model"),
        "software": _tag(tags, "com.apple.quicktime.software", "software"),
        "title": _tag(tags, "com.apple.quicktime.title", "title"),
        "caption": _tag(tags, "com.apple.quicktime.description", "description", "comment"),
        "byline": _tag(tags, "com.apple.quicktime.author", "artist", "author"),
        "copyright": _tag(tags, "com.apple.quicktime.copyright", "copyright"),
        "raw": {"container": {k: v[:MOST_RAW_TEXT] for k, v in list(tags.items())[:100]}},
        "readers": {"container": "ffprobe"},
        **_captured(tags),
        **_place(tags),
    }
    return Probed(Facts.from_dict(facts), size, duration, bool(sounds))


def _captured(tags: dict[str, str]) -> dict[str, Any]:
    """The camera's own clock with its offset before the container's time, which the format defines as UTC."""
    found = dates.parse(tags.get("com.apple.quicktime.creationdate") or tags.get("creationdate"))
    source = "quicktime:creationdate"
    if found is None or "T" not in found[0]:
        found, source = dates.parse(tags.get("creation_time")), "container"
        if found is None or "T" not in found[0] or found[0] < "1972":  # an unset clock: 1904 or 1970
            return {}
    written, fraction, zone = found
    fraction = fraction if fraction and fraction.strip("0") else None
    return {"captured_at": written, "subsec": fraction, "utc_offset_minutes": zone, "captured_source": source}


def _place(tags: dict[str, str]) -> dict[str, Any]:
    """ISO 6709: "+19.2925-099.6569+2680.123/", in degrees; altitude in metres."""
    for name in ("com.apple.quicktime.location.iso6709", "location", "location-eng"):
        found = re.match(
            r"^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?", tags.get(name, "")
        )
        if found:
            place = on_earth(float(found[1]), float(found[2]))
            if place and found[3]:
                place["altitude"] = float(found[3])
            return place
    return {}


def _rotation(video: dict[str, Any]) -> int:
    """Clockwise degrees to apply; the display matrix tells them counter-clockwise."""
    for side in video.get("side_data_list") or []:
        if "rotation" in side:
            return int(-float(side["rotation"])) % 360
    return 0


def _size(video: dict[str, Any], rotation: int) -> tuple[int, int] | None:
    width, height = int(video.get("width") or 0), int(video.get("height") or 0)
    if width < 1 or height < 1:
        return None
    ratio = _rate(str(video.get("sample_aspect_ratio", "1:1")).replace(":", "/")) or 1.0
    if 0.1 < ratio < 10 and ratio != 1.0:
        width = max(1, round(width * ratio))
    return (height, width) if rotation in (90, 270) else (width, height)


def _duration(text: Any) -> float | None:
    try:
        seconds = float(text)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < LONGEST else None


def _rate(text: Any) -> float | None:
    try:
        over, under = str(text).split("/")
        return round(float(over) / float(under), 3) or None
    except (ValueError, ZeroDivisionError):
        return None


def _tag(tags: dict[str, str], *names: str) -> str | None:
    return next((kept for name in names if (kept := clean(tags.get(name, "")[:8000]))), None)
