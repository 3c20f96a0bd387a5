"""What the files of one shot or one recording share in their names, as cameras, phones and programs write
them.

A name never says what a file is; it only says what it may belong to (DCF 2.0, Google's and Apple's phones,
GoPro's chapters, AVCHD and P2 cards, sidecars as Adobe, darktable and digiKam name them).
"""

import re
import unicodedata
from dataclasses import dataclass

STEM_LENGTH = 80

XMP = "xmp"
# What cameras and programs leave beside a photo or clip, of no use without it.
COMPANIONS = frozenset(
    (XMP, "aae", "thm", "lrv", "lrf", "pp3", "dop", "cos", "cot", "on1", "nksc", "srt", "cpi", "xml", "bim",
    "ifo")
)  # fmt: skip
KNOWN_ENDINGS = COMPANIONS | frozenset(
    (
        "jpg", "jpeg", "jpe", "mpo", "png", "gif", "webp", "avif", "heic", "heif", "hif", "tif", "tiff",
        "jp2", "psd", "psb", "dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "sr2", "srf", "raf", "orf",
        "rw2", "pef", "srw", "3fr", "fff", "iiq", "rwl", "x3f", "mrw", "gpr", "insp", "raw",
        "mp4", "m4v", "mov", "qt", "3gp", "3g2", "avi", "mts", "m2ts", "mkv", "webm", "mxf", "wmv", "360",
        "insv", "mp", "mpg", "mpeg", "dv", "wav", "mp3", "m4a", "aac", "amr", "flac", "ogg", "opus", "wma",
        "pdf", "ai",
    )
)  # fmt: skip

# Pixel: PXL_20240101_120000000.RAW-01.COVER.jpg beside ….RAW-02.ORIGINAL.dng, ….MP.jpg,
# ….PORTRAIT-01.COVER.jpg
_PHONE_PART = re.compile(r"\.(raw-\d\d|mp|motion-\d\d|night|pano)(\.(cover|original|mp))?$")
_GOPRO = re.compile(r"^g([hxls])(\d\d|[a-z]{2})(\d{4})$")  # GH010123: chapter 01 of recording 0123
_GOPRO_OLD = re.compile(r"^g(opr|p(\d\d))(\d{4})$")  # GOPR0123, then GP010123, GP020123
_COUNTED = re.compile(r"^(.*?)(\d{2,8})$")  # 00012.MTS, DJI_0042, C0001


@dataclass(frozen=True)
class Chapter:
    """One part of a recording: ``recording`` is the same for all of them, ``number`` counts them from 0 or
    1."""

    recording: str
    number: int


def base_of(path: str) -> str:
    """The last part of a sender's path, whichever slash it wrote."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def folder_of(path: str) -> str:
    """The name of the folder the file lay in, folded; "" when the sender told none."""
    parts = path.replace("\\", "/").rsplit("/", 2)
    return _folded(parts[-2]) if len(parts) > 1 else ""


def ending_of(name: str) -> str:
    """ "xmp" of "IMG_1.CR3.XMP"; "" where there is none that cameras or programs write."""
    _, dot, ending = _folded(name).rpartition(".")
    return ending if dot and ending in KNOWN_ENDINGS else ""


def stem_of(path: str) -> str:
    """ "img_1234" of IMG_1234.JPG, IMG_1234.CR3, IMG_1234.xmp and IMG_1234.CR3.xmp alike."""
    name = _folded(base_of(path))
    if name.endswith("." + XMP):
        name = name.removesuffix("." + XMP)
    name = _without_ending(name)
    name = _PHONE_PART.sub("", name)
    if gopro := _GOPRO.match(name):  # the small copy (LRV) is called GL where the clip is GH or GX
        name = f"g_{gopro[2]}{gopro[3]}"
    return name[-STEM_LENGTH:]


def meant_by(sidecar: str) -> str | None:
    """The whole name a sidecar's own name repeats, folded: "img_1.cr3" of "IMG_1.CR3.xmp", None of
    "IMG_1.xmp"."""
    name = _folded(base_of(sidecar)).removesuffix("." + XMP)
    return name if ending_of(name) else None


def chapter_of(path: str) -> Chapter | None:
    """Which part of which recording a clip's name says it is, where the name alone says so (GoPro)."""
    name = _without_ending(_folded(base_of(path)))
    if found := _GOPRO.match(name):
        if found[1] == "l" or not found[2].isdigit():
            return None
        return Chapter(f"g{found[1]}{found[3]}", int(found[2]))
    if found := _GOPRO_OLD.match(name):
        return Chapter(f"gopr{found[3]}", int(found[2] or 0))
    return None


def count_of(path: str) -> tuple[str, int] | None:
    """("dji_", 42) of DJI_0042.MP4: the next file of a card that splits its recordings counts on."""
    found = _COUNTED.match(_without_ending(_folded(base_of(path))))
    return (found[1], int(found[2])) if found else None


def next_stem(path: str, step: int) -> str | None:
    """The stem that the file before (-1) or after (+1) this one on its card has; None where names do not
    count."""
    name = _without_ending(_folded(base_of(path)))
    if found := _GOPRO.match(name):
        number = int(found[2]) + step if found[2].isdigit() else 0
        return f"g_{number:02d}{found[3]}" if 1 <= number <= 99 else None
    if found := _GOPRO_OLD.match(name):
        number = int(found[2] or 0) + step
        if not 0 <= number <= 99:
            return None
        return f"gp{number:02d}{found[3]}" if number else f"gopr{found[3]}"
    if found := _COUNTED.match(name):
        number = int(found[2]) + step
        return f"{found[1]}{number:0{len(found[2])}d}"[-STEM_LENGTH:] if number >= 0 else None
    return None


def _without_ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending in KNOWN_ENDINGS else name


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()
