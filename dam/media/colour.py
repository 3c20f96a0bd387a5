"""Everything that leaves is sRGB. Profiles are converted at the small size, where it is cheap."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field

from PIL import Image, ImageCms

SRGB_NAMES = ("srgb", "c2")  # "c2" is the tiny sRGB that web services embed
PRIMARIES = {
    b"rXYZ": (0.4360, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
NEAR = 0.012


@dataclass
class Colour:
    """The warm parent's profiles; built once, used by every child."""

    srgb: ImageCms.ImageCmsProfile = field(default_factory=lambda: ImageCms.createProfile("sRGB"))
    embedded: bytes = b""

    def __post_init__(self) -> None:
        if not self.embedded:
            self.embedded = ImageCms.ImageCmsProfile(self.srgb).tobytes()


def profile_name(profile: bytes | None) -> str | None:
    """The profile's own description; None without one, "?" when it cannot be read."""
    if not profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip() or "?"
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "?"


def is_srgb(profile: bytes | None) -> bool:
    """What says nothing is sRGB. A profile is by its name and by where its primaries lie (ICC.1, colorants in
    D50): a name alone is easily kept while the numbers are changed."""
    if not profile:
        return True
    name = profile_name(profile)
    return bool(name and name.lower().startswith(SRGB_NAMES)) and _primaries_of_srgb(profile)


def _primaries_of_srgb(profile: bytes) -> bool:
    """False for a profile of tables, which has none."""
    count = int.from_bytes(profile[128:132], "big")
    found = 0
    for at in range(132, 132 + 12 * min(count, 100), 12):
        wanted = PRIMARIES.get(profile[at : at + 4])
        if wanted is None:
            continue
        start = int.from_bytes(profile[at + 4 : at + 8], "big") + 8
        said = struct.unpack(">3i", profile[start : start + 12].ljust(12, b"\0"))
        found += all(abs(mine / 65536 - theirs) < NEAR for mine, theirs in zip(said, wanted, strict=True))
    return found == len(PRIMARIES)


def resizable(picture: Image.Image) -> Image.Image:
    """A palette and single bits have no colour between two neighbours: they become RGB, or RGBA, or grey."""
    if picture.mode in ("P", "PA"):
        clear = picture.mode == "PA" or "transparency" in picture.info
        return picture.convert("RGBA" if clear else "RGB")
    if picture.mode in ("1", "L", "RGB") and "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture.convert("L") if picture.mode == "1" else picture


def flatten(picture: Image.Image) -> Image.Image:
    """Any mode to RGB, CMYK or L without transparency: white behind glass, 16 bits scaled and not clipped."""
    if picture.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        return _grey_of_depth(picture)
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        mode, glass = ("L", "LA") if picture.mode in ("LA", "La") else ("RGB", "RGBA")
        picture = picture.convert(glass)
        alpha = picture.getchannel("A")
        if alpha.getextrema()[0] == 255:
            return picture.convert(mode)
        sheet = Image.new(mode, picture.size, "white")
        sheet.paste(picture.convert(mode), mask=alpha)
        return sheet
    if picture.mode in ("RGB", "CMYK", "L", "LAB"):
        return picture
    return picture.convert("RGB")


def _grey_of_depth(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    low, high = picture.getextrema()
    span = (high - low) or 1  # type: ignore[operator]
    return picture.point(lambda value: value * (255 / span) - low * 255 / span).convert("L")  # type: ignore[operator]


def to_srgb(picture: Image.Image, profile: bytes | None, colour: Colour) -> tuple[Image.Image, str | None]:
    """(the picture in sRGB, a warning or None). A profile that does not fit is ignored, with a warning."""
    warning = None
    if picture.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(picture, lab, colour.srgb, outputMode="RGB") or picture, None
    if profile and not is_srgb(profile):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if source.profile.xcolor_space.strip() == "GRAY" and picture.mode == "RGB":
                picture = picture.convert("L")  # Pillow opens grey of 16 bits with a mask as RGBA
            converted = ImageCms.profileToProfile(
                picture, source, colour.srgb, renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB", flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )  # fmt: skip
            return converted or picture, None
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            warning = f"colour profile ignored: {error}"
    return (picture if picture.mode == "RGB" else picture.convert("RGB")), warning
