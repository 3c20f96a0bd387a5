"""An original opened for looking at: the picture that stands for it, and how it is to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PIL import Image


@dataclass
class Opened:
    """``size`` is pixels as displayed of the original itself, which a preview may be smaller than;
    ``orientation`` EXIF's 1 to 8 still to be applied, or None; ``how`` says what stands in for the picture;
    ``facts`` holds what only the decoder knows, by Facts' names; ``raw`` what else it says."""

    picture: Image.Image
    size: tuple[int, int]
    orientation: int | None = None
    how: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
