"""Is it a camera's raw file? Most wear TIFF's coat, and their first picture is a small preview."""

from __future__ import annotations

from dam.media import tiffs
from dam.media.tiffs import ReadAt

MAGIC = (
    (b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (b"FOVb", "image/x-sigma-x3f"),
    (b"\x00MRM", "image/x-minolta-mrw"),
    (b"IIU\x00", "image/x-panasonic-rw2"),
    (b"IIRO", "image/x-olympus-orf"),
    (b"IIRS", "image/x-olympus-orf"),
    (b"MMOR", "image/x-olympus-orf"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "image/x-canon-crw"),
)
COMPRESSION, PHOTOMETRIC, MAKE, DNG_VERSION = 0x0103, 0x0106, 0x010F, 0xC612
CFA, LINEAR_RAW = 32803, 34892
# Packings that only cameras write: Nikon, Sony, Samsung (two), Pentax, Kodak
RAW_PACKINGS = {34713, 32767, 32770, 32772, 65535, 65000}
MAKERS = (
    ("NIKON", "image/x-nikon-nef"),
    ("SONY", "image/x-sony-arw"),
    ("PENTAX", "image/x-pentax-pef"),
    ("RICOH", "image/x-pentax-pef"),
    ("SAMSUNG", "image/x-samsung-srw"),
    ("HASSELBLAD", "image/x-hasselblad-3fr"),
    ("PHASE", "image/x-phaseone-iiq"),
    ("EPSON", "image/x-epson-erf"),
    ("KODAK", "image/x-kodak-dcr"),
    ("MAMIYA", "image/x-mamiya-mef"),
    ("LEAF", "image/x-leaf-mos"),
    ("CANON", "image/x-canon-cr2"),
)


def raw_type(head: bytes, read: ReadAt) -> str | None:
    """The media type of a camera's raw file, None for anything else."""
    for magic, media_type in MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] in (b"II*\x00", b"MM\x00*"):
        return _of_tiff(head, read)
    return None


def _of_tiff(head: bytes, read: ReadAt) -> str | None:
    if head[8:10] == b"CR":
        return "image/x-canon-cr2"
    if head[8:12] in (b"IIII", b"MMMM"):
        return "image/x-phaseone-iiq"
    make, raw = "", False
    for directory in tiffs.directories(read):
        if DNG_VERSION in directory.tags:  # Adobe DNG 1.6
            return "image/x-adobe-dng"
        make = make or directory.text(MAKE).upper()
        raw = raw or directory.number(PHOTOMETRIC) in (CFA, LINEAR_RAW)
        raw = raw or directory.number(COMPRESSION) in RAW_PACKINGS
    if not raw:
        return None
    return next((media_type for maker, media_type in MAKERS if maker in make), "image/x-raw")
