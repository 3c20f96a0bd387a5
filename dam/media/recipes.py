"""Standing recipes: what is made of every photo and every clip, as pure data.

A recipe's fingerprint covers everything that changes the bytes; what another fingerprint made is stale.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

LOUDNESS = -14.0  # LUFS, as the networks play
MEDIA_TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "tif": "image/tiff",
    "mp4": "video/mp4", "mp3": "audio/mpeg", "wav": "audio/wav", "json": "application/json",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """``kind`` is that of the original: "photo", "video", "audio", "document". Pixels are never enlarged."""

    preset: str
    kind: str
    format: str  # the file's extension: "jpg", "mp4", "mp3"
    longest_side: int | None = None
    shortest_side: int | None = None
    quality: int | None = None  # JPEG quality, or x264's constant rate factor
    options: tuple[tuple[str, str | int | float], ...] = ()
    version: int = 1
    fingerprint: str = field(init=False, default="")

    def __post_init__(self) -> None:
        told = asdict(self)
        told.pop("fingerprint")
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        object.__setattr__(self, "fingerprint", digest[:16])

    @property
    def file_name(self) -> str:
        return f"{self.preset}.{self.format}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.format]

    def option(self, name: str, default: int = 0) -> int:
        return int(dict(self.options).get(name, default))


STANDING_PHOTO = (
    Recipe("thumb", "photo", "jpg", longest_side=320, quality=82, version=2),
    Recipe("preview", "photo", "jpg", longest_side=1280, quality=82),
    Recipe("web-2048", "photo", "jpg", longest_side=2048, quality=82),
)

STANDING_VIDEO = (
    Recipe("thumb", "video", "jpg", longest_side=320, quality=82),
    Recipe("poster", "video", "jpg", longest_side=1280, quality=82),
    Recipe(
        "mp4-720",
        "video",
        "mp4",
        shortest_side=720,
        quality=23,
        options=(("audio_kbps", 128), ("gop", 60), ("loudness", LOUDNESS)),
    ),
    Recipe(
        "storyboard",
        "video",
        "jpg",
        longest_side=160,
        quality=75,
        options=(("columns", 10), ("most_tiles", 60)),
    ),
)

# A recording's pictures are of its wave; what is heard in the page and sent out is the MP3
STANDING_AUDIO = (
    Recipe("thumb", "audio", "jpg", longest_side=320, quality=82),
    Recipe("preview", "audio", "jpg", longest_side=1280, quality=82),
    Recipe("audio-mp3", "audio", "mp3", options=(("audio_kbps", 192), ("loudness", LOUDNESS))),
)

STANDING_DOCUMENT = (
    Recipe("thumb", "document", "jpg", longest_side=320, quality=82, version=2),
    Recipe("preview", "document", "jpg", longest_side=1280, quality=82),
    Recipe("web-2048", "document", "jpg", longest_side=2048, quality=82),
)


def standing(kind: str | None = None) -> tuple[Recipe, ...]:
    """The standing recipes for a kind of original; all of them when the kind is not known yet."""
    every = STANDING_PHOTO + STANDING_VIDEO + STANDING_AUDIO + STANDING_DOCUMENT
    return tuple(r for r in every if kind in (None, r.kind))
