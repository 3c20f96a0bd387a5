"""What ffprobe says about a clip or a recording, as facts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from dam.media import charsets, dates
from dam.media.exif import clean, on_earth
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

MOST_RAW_TEXT = 400
LIGHT = {"arib-std-b67": "hlg", "smpte2084": "pq"}
PRIMARIES = {
    "bt709": "bt.709",
    "bt2020": "bt.2020",
    "smpte170m": "bt.601",
    "bt470bg": "bt.601",
    "smpte432": "p3",
}
MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt470",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
}
TAPE = ("dvvideo", "mpeg2video", "mpeg1video")
SPECIAL_TYPES = {
    "audio/quicktime": "audio/mp4", "audio/x-ms-asf": "audio/x-ms-wma", "video/x-ms-asf": "video/x-ms-wmv",
}  # fmt: skip
LONGEST = 400 * 3600.0  # a claim beyond this many seconds is no duration


@dataclass(frozen=True)
class Probed:
    """``size`` is pixels as displayed: after rotation, with square pixels. None where there is no picture."""

    facts: Facts
    size: tuple[int, int] | None
    duration: float | None
    sound: int | None  # which of the sound streams is listened to, counted from 0; None without any
    interlaced: bool = False  # some of its frames may be
    light: str | None = None  # "hlg" or "pq" for HDR
    matrix: str | None = None  # how colours were coded, as ffmpeg's scale names it; None where nobody said

    @property
    def has_sound(self) -> bool:
        return self.sound is not None


def arguments(ffprobe: str, reader: str, source: str) -> list[str]:
    """Only the demuxer that the content asked for, only from this file."""
    return [
        ffprobe, "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", reader, "-f", reader,
        "-max_streams", "64", "-show_format", "-show_streams", "-of", "json=sv=ignore", "file:" + source,
    ]  # fmt: skip


def read(found: Sniffed, out: bytes) -> Probed:
    """Raises Unreadable(DECODER_FAILED) when ffprobe's answer has no stream."""
    told = json.loads((out or b"{}").decode("utf-8", errors="surrogateescape"))
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
    sound = _sound(sounds)
    form = told.get("format", {})
    tags = _texts({**(video.get("tags") or {}), **(form.get("tags") or {})})
    duration = _duration(form.get("duration")) or _duration(video.get("duration"))
    rotation = _rotation(video)
    size = _size(video, rotation)
    kind = "video" if video else "audio"
    facts = {
        "kind": kind,
        "media_type": _media_type(found, kind),
        "width": size and size[0],
        "height": size and size[1],
        "duration": duration,
        "video_codec": video.get("codec_name"),
        "audio_codec": sounds[sound or 0].get("codec_name") if sounds else None,
        "bit_depth": _bits(video) if video else _bits(sounds[sound or 0] if sounds else {}),
        "color_space": _colours(video),
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
    return Probed(
        Facts.from_dict(facts), size, duration, sound, _interlaced(video),
        LIGHT.get(video.get("color_transfer", "")),
        _matrix(video, size),
    )  # fmt: skip


def _texts(tags: dict[str, Any]) -> dict[str, str]:
    """AVI and WAV do not say their alphabet; recorders and Windows write theirs."""
    written = {name: str(value).encode("utf-8", errors="surrogateescape") for name, value in tags.items()}
    alphabet = charsets.detect(list(written.values()))
    return {
        name.lower().encode("utf-8", errors="replace").decode(): charsets.decode(value, alphabet)
        for name, value in written.items()
    }


def _sound(sounds: list[dict[str, Any]]) -> int | None:
    """The stream that players choose: the one marked as default, else the first; never one nobody decodes."""
    known = [place for place, stream in enumerate(sounds) if stream.get("codec_name") not in (None, "none")]
    marked = [place for place in known if sounds[place].get("disposition", {}).get("default")]
    return next(iter(marked or known), None)


def _media_type(found: Sniffed, kind: str) -> str:
    """A container's type by what is in it."""
    told = found.media_type.replace(f"{found.kind}/", f"{kind}/", 1)
    return SPECIAL_TYPES.get(told, told)


def _bits(stream: dict[str, Any]) -> int | None:
    """Of one sample: what the codec says, else what the pixel format's name does ("yuv420p10le")."""
    for name in ("bits_per_raw_sample", "bits_per_sample"):
        if str(stream.get(name, "")).isdigit() and int(stream[name]):
            return int(stream[name])
    if found := re.search(r"p(9|10|12|14|16)(?:le|be)$", stream.get("pix_fmt", "")):
        return int(found[1])
    return 8 if stream.get("pix_fmt") else None


def _colours(video: dict[str, Any]) -> str | None:
    told = (PRIMARIES.get(video.get("color_primaries", "")), LIGHT.get(video.get("color_transfer", "")))
    return " ".join(part.upper() for part in told if part) or None


def _matrix(video: dict[str, Any], size: tuple[int, int] | None) -> str | None:
    """As said; where nobody said, players take BT.709 for what is as high as HD."""
    said = MATRICES.get(video.get("color_space", ""))
    plain = str(video.get("pix_fmt", "")).startswith("yuv") and not str(video["pix_fmt"]).startswith("yuvj")
    guessed = plain and video.get("codec_name") != "mjpeg" and size is not None and min(size) >= 720
    return said or ("bt709" if guessed else None)


def _interlaced(video: dict[str, Any]) -> bool:
    """Said by the stream; where it says nothing, codecs of the days of tape and of camcorders may be."""
    order = video.get("field_order", "unknown")
    return order in ("tt", "bb", "tb", "bt") or (order == "unknown" and video.get("codec_name") in TAPE)


def _captured(tags: dict[str, str]) -> dict[str, Any]:
    """The camera's own clock with its offset before the container's time, which the format defines as UTC."""
    written = ("com.apple.quicktime.creationdate", "creationdate", "date")  # the last is iTunes' ©day
    found = next((moment for name in written if (moment := dates.parse(tags.get(name)))), None)
    source = "quicktime:creationdate"
    if found is None or "T" not in found[0]:
        found, source = dates.parse(tags.get("creation_time")), dates.CONTAINER
        if found is None or "T" not in found[0] or found[0] < dates.SET_AT_ALL:
            return {}
    elif found[2] == 0:  # "Z", as converters write it: the container's time again, no wall clock
        source = dates.CONTAINER
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
    """Clockwise degrees to apply; the display matrix tells them counter-clockwise. What is a degree or less
    from a quarter turn is one: ffprobe cuts 89.99 to 89, and ffmpeg turns it as 90."""
    for side in video.get("side_data_list") or []:
        if "rotation" in side:
            turn = round(-float(side["rotation"])) % 360
            quarter = round(turn / 90) * 90
            return quarter % 360 if abs(turn - quarter) <= 1 else turn
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
