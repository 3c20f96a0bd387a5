"""What a file is, by its first bytes. A name or an extension never decides."""

from __future__ import annotations

from dataclasses import dataclass

from dam.media.reasons import Reason, Unreadable

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Sniffed:
    """``reader`` names the one decoder that may open it: a Pillow format, or an ffmpeg demuxer."""

    kind: str  # "photo", "video", "audio"
    media_type: str
    reader: str


# ISO base media brands (ISO/IEC 14496-12; HEIF 23008-12; AVIF; QuickTime; 3GPP TS 26.244)
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

RENDERED_LATER = (
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/j2c"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (b"FOVb", "image/x-sigma-x3f"),
    (b"\x00MRM", "image/x-minolta-mrw"),
    (b"IIU\x00", "image/x-panasonic-rw2"),
    (b"IIRO", "image/x-olympus-orf"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "image/x-canon-crw"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"#EXTM3U", "application/vnd.apple.mpegurl"),
    (b"ffconcat", "text/x-ffconcat"),
    (b"{\\rtf", "application/rtf"),
    (b"bplist00", "application/x-plist"),
)


def sniff(head: bytes) -> Sniffed:
    """Name the kind and the one reader for a file that starts with ``head`` (its first 4 KiB, or all of it).

    Raises Unreadable: EMPTY, NOT_RENDERED (known, no picture of it yet), UNKNOWN_FORMAT.
    """
    if not head:
        raise Unreadable(Reason.EMPTY)
    found = _picture(head) or _iso_media(head) or _clip(head) or _sound(head)
    if found:
        return found
    for magic, media_type in RENDERED_LATER:
        if head.startswith(magic):
            raise Unreadable(Reason.NOT_RENDERED, media_type)
    if media_type := _text(head):
        raise Unreadable(Reason.NOT_RENDERED, media_type)
    raise Unreadable(Reason.UNKNOWN_FORMAT, "starts with " + head[:8].hex(" "))


def _picture(head: bytes) -> Sniffed | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Sniffed("photo", "image/jpeg", "JPEG")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Sniffed("photo", "image/png", "PNG")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return Sniffed("photo", "image/gif", "GIF")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Sniffed("photo", "image/webp", "WEBP")
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        _refuse_raw(head)
        return Sniffed("photo", "image/tiff", "TIFF")
    if (
        head[:2] == b"BM"
        and len(head) > 26
        and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    ):
        return Sniffed("photo", "image/bmp", "BMP")
    return None


def _refuse_raw(head: bytes) -> None:
    """A camera's raw file wears TIFF's coat; its first picture is a small preview, never the photo."""
    if head[8:10] == b"CR":
        raise Unreadable(Reason.NOT_RENDERED, "image/x-canon-cr2")
    order = "little" if head[:2] == b"II" else "big"
    if head[2:4] not in (b"*\x00", b"\x00*"):
        return
    start = int.from_bytes(head[4:8], order)
    count = int.from_bytes(head[start : start + 2], order)
    tags = {
        int.from_bytes(head[at : at + 2], order): head[at : at + 12]
        for at in range(start + 2, min(len(head) - 11, start + 2 + 12 * count), 12)
    }
    if 0xC612 in tags:  # DNGVersion (Adobe DNG 1.6)
        raise Unreadable(Reason.NOT_RENDERED, "image/x-adobe-dng")
    picture = tags.get(0x0103, b"")  # Compression; 34713 is Nikon's, 32767 Sony's, 65535 Pentax's
    if 0x014A in tags and b"NIKON" in head:  # SubIFDs: the raw picture stands there
        raise Unreadable(Reason.NOT_RENDERED, "image/x-nikon-nef")
    if len(picture) == 12 and int.from_bytes(picture[8:10], order) in (34713, 32767, 65535):
        raise Unreadable(Reason.NOT_RENDERED, "image/x-raw")
    if head[8:12] in (b"IIII", b"MMMM"):
        raise Unreadable(Reason.NOT_RENDERED, "image/x-phaseone-iiq")


def _iso_media(head: bytes) -> Sniffed | None:
    box = head[4:8]
    if box == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), len(head))
        major = head[8:12]
        brands = {major} | {head[at : at + 4] for at in range(16, length - 3, 4)}
        if major == b"crx ":
            raise Unreadable(Reason.NOT_RENDERED, "image/x-canon-cr3")
        if major in AVIF_BRANDS or (major in HEIF_BRANDS and brands & AVIF_BRANDS):
            return Sniffed("photo", "image/avif", "AVIF")
        if major in HEIF_BRANDS:
            return Sniffed("photo", "image/heic", "HEIF")
        if major in SOUND_BRANDS:
            return Sniffed("audio", "audio/mp4", "mov")
        if major == b"qt  ":
            return Sniffed("video", "video/quicktime", "mov")
        if major[:2] == b"3g":
            return Sniffed("video", "video/3gpp", "mov")
        return Sniffed("video", "video/mp4", "mov")
    if box in QUICKTIME_ATOMS:
        return Sniffed("video", "video/quicktime", "mov")
    return None


def _clip(head: bytes) -> Sniffed | None:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        webm = b"webm" in head[:64]
        return Sniffed("video", "video/webm" if webm else "video/x-matroska", "matroska")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Sniffed("video", "video/x-msvideo", "avi")
    if head.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return Sniffed("video", "video/x-ms-asf", "asf")
    if head.startswith(b"\x1f\x07\x00"):
        return Sniffed("video", "video/dv", "dv")
    if head[:4] == b"\x00\x00\x01\xba":
        return Sniffed("video", "video/mpeg", "mpeg")
    if _packets(head, 0, 188) or _packets(head, 4, 192):
        return Sniffed("video", "video/mp2t", "mpegts")
    if head[:14] == b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02":
        return Sniffed("video", "application/mxf", "mxf")
    return None


def _packets(head: bytes, first: int, length: int) -> bool:
    """MPEG transport stream: a 0x47 at the start of every packet (ISO/IEC 13818-1); three are asked."""
    marks = head[first::length]
    return len(marks) >= 3 and all(mark == 0x47 for mark in marks[:8])


def _sound(head: bytes) -> Sniffed | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Sniffed("audio", "audio/wav", "wav")
    if head.startswith(b"fLaC"):
        return Sniffed("audio", "audio/flac", "flac")
    if head.startswith(b"OggS"):
        return Sniffed("audio", "audio/ogg", "ogg")
    if head.startswith(b"ID3"):
        return Sniffed("audio", "audio/mpeg", "mp3")
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Sniffed("audio", "audio/aac", "aac")
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15):
        return Sniffed("audio", "audio/mpeg", "mp3")
    return None


def _text(head: bytes) -> str | None:
    """Text that browsers or ffmpeg would act upon is named, so that the refusal says what it was."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"#extm3u"):
        return "application/vnd.apple.mpegurl"
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if b"<svg" in start:
        return "image/svg+xml"
    if start.startswith(
        (b"<?xml", b"<x:xmpmeta", b"<rdf:", b"<gpx", b"<mpd", b"<?xpacket", b"<!doctype", b"<")
    ):
        return "text/xml"
    if b"\x00" not in head and start and all(c >= 32 or c in b"\t\r\n\f" for c in head[:512]):
        return "text/plain"
    return None
