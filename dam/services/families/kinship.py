"""Do two files belong together, and as what? Decided from their names and from what they say of themselves.

Nothing here reads a file or a row: it compares two ``Member``s, whichever came first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from dam.models import Kind, OriginalRole, Processing
from dam.services.families import names

SAME_SHOT = timedelta(seconds=2)  # RAW and JPEG of one shot tell the same second, sometimes rounded
SAME_MOMENT = timedelta(seconds=10)  # a Live Photo's clip begins up to 3 s before its picture
LIVE_LENGTH = 6.0  # seconds: Live Photos last 3, those of other phones a little more
SIDECAR_TYPE = "application/rdf+xml"  # how XMP alone is known (XMP specification part 1, 7.1)
RAW_TYPES = frozenset(
    (
        "image/x-adobe-dng", "image/x-canon-cr2", "image/x-canon-cr3", "image/x-canon-crw",
        "image/x-nikon-nef", "image/x-nikon-nrw", "image/x-sony-arw", "image/x-sony-sr2", "image/x-fuji-raf",
        "image/x-olympus-orf", "image/x-panasonic-rw2", "image/x-pentax-pef", "image/x-samsung-srw",
        "image/x-sigma-x3f", "image/x-minolta-mrw", "image/x-phaseone-iiq", "image/x-hasselblad-3fr",
        "image/x-epson-erf", "image/x-kodak-dcr", "image/x-mamiya-mef", "image/x-leaf-mos", "image/x-raw",
    )
)  # fmt: skip


class Strength(IntEnum):
    """How sure a tie is; of several the strongest is taken."""

    NAME = 1  # the names agree, and nothing contradicts
    FOLDER = 2  # and they lay in the same folder
    MOMENT = 3  # and they were taken at the same moment
    IDENTIFIER = 4  # both carry the same identifier, or one names the other in full


@dataclass(frozen=True)
class Member:
    """One original and what its asset says of it. ``at`` is its local wall clock; seconds; bytes."""

    asset_id: int
    original_id: int
    path: str
    kind: Kind
    processing: Processing
    media_type: str | None = None
    role: OriginalRole = OriginalRole.PRIMARY
    at: datetime | None = None
    make: str | None = None
    model: str | None = None
    serial: str | None = None
    duration: float | None = None
    content_id: str | None = None
    bytes: int = 0
    sender_id: int | None = None

    @property
    def stem(self) -> str:
        return names.stem_of(self.path)

    @property
    def ending(self) -> str:
        return names.ending_of(names.base_of(self.path))

    @property
    def is_raw(self) -> bool:
        return self.media_type in RAW_TYPES

    @property
    def is_sidecar(self) -> bool:
        return self.media_type == SIDECAR_TYPE

    @property
    def is_companion(self) -> bool:
        """Of no use alone: a sidecar, or what a camera or program left beside a file."""
        return self.is_sidecar or self.ending in names.COMPANIONS

    @property
    def is_shown(self) -> bool:
        return self.processing == Processing.READY


@dataclass(frozen=True)
class Tie:
    """``companion`` belongs to ``shown``'s asset, as ``role``."""

    shown: Member
    companion: Member
    role: OriginalRole
    strength: Strength


def tie(one: Member, other: Member) -> Tie | None:
    """How two files of one event belong together, or None. The order of the two does not matter."""
    for shown, companion in ((one, other), (other, one)):
        if not shown.is_shown or shown.is_companion:
            continue
        for look in (_sidecar, _beside, _raw, _live):
            if found := look(shown, companion):
                return found
    return None


def strongest(ties: Iterable[Tie]) -> Tie | None:
    """The surest; of equals the picture before the RAW file, then the one that came first."""
    return max(
        ties,
        key=lambda found: (
            found.strength,
            not found.shown.is_raw,
            -found.shown.original_id,
            -found.companion.original_id,
        ),
        default=None,
    )


def _sidecar(shown: Member, companion: Member) -> Tie | None:
    """name.xmp of any picture or clip called so; name.cr3.xmp only of name.cr3."""
    if not companion.is_sidecar or shown.stem != companion.stem:
        return None
    meant = names.meant_by(companion.path)
    if meant is not None:
        if meant != names.base_of(shown.path).casefold():
            return None
        return Tie(shown, companion, OriginalRole.SIDECAR, Strength.IDENTIFIER)
    return Tie(shown, companion, OriginalRole.SIDECAR, _surest(shown, companion, SAME_SHOT))


def _beside(shown: Member, companion: Member) -> Tie | None:
    """Apple's adjustments, a clip's thumbnail and small copy, a developer's settings: of the same folder
    only, unless the sender told of no folders."""
    if companion.is_sidecar or not companion.is_companion or shown.stem != companion.stem:
        return None
    if names.folder_of(shown.path) != names.folder_of(companion.path):
        return None
    return Tie(shown, companion, OriginalRole.OTHER, Strength.FOLDER)


def _raw(shown: Member, companion: Member) -> Tie | None:
    """The developed picture is shown, the RAW file goes with it: one shot of one camera."""
    if not (companion.is_raw and companion.kind == Kind.PHOTO) or shown.is_raw or shown.kind != Kind.PHOTO:
        return None
    if shown.stem != companion.stem or differ(shown, companion):
        return None
    strength = _surest(shown, companion, SAME_SHOT)
    if shown.at and companion.at:
        return (
            Tie(shown, companion, OriginalRole.RAW, strength)
            if abs(shown.at - companion.at) <= SAME_SHOT
            else None
        )
    if strength < Strength.FOLDER:
        return None
    return Tie(shown, companion, OriginalRole.RAW, strength)


def _live(shown: Member, companion: Member) -> Tie | None:
    """A Live Photo: picture and clip carry one identifier; where it was lost, name, length and moment
    agree."""
    if shown.kind != Kind.PHOTO or companion.kind != Kind.VIDEO or not companion.is_shown:
        return None
    if shown.content_id and companion.content_id:
        same = shown.content_id == companion.content_id
        return Tie(shown, companion, OriginalRole.LIVE_VIDEO, Strength.IDENTIFIER) if same else None
    if shown.stem != companion.stem or not companion.duration or companion.duration > LIVE_LENGTH:
        return None
    if shown.at and companion.at:
        if abs(shown.at - companion.at) > SAME_MOMENT:
            return None
    elif names.folder_of(shown.path) != names.folder_of(companion.path):
        return None
    return Tie(shown, companion, OriginalRole.LIVE_VIDEO, _surest(shown, companion, SAME_MOMENT))


def differ(one: Member, other: Member) -> bool:
    """Two cameras: what both say of the camera is not the same."""
    pairs = ((one.serial, other.serial), (one.model, other.model))
    return any(a and b and a.strip().casefold() != b.strip().casefold() for a, b in pairs)


def _surest(one: Member, other: Member, apart: timedelta) -> Strength:
    if one.at and other.at and abs(one.at - other.at) <= apart:
        return Strength.MOMENT
    if names.folder_of(one.path) == names.folder_of(other.path):
        return Strength.FOLDER
    return Strength.NAME
