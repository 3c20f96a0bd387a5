"""What a file is, by its first bytes. A name or an extension never decides."""

from __future__ import annotations

from dataclasses import dataclass

from dam.media import sniff_xmp
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff_raw import raw_type
from dam.media.tiffs import ReadAt

HEAD_BYTES = 4096


@dataclass(frozen=True)
class Sniffed:
    """``reader`` names the one decoder that may open it: a Pillow format, an ffmpeg demuxer, or one of ours
    (RAW, PSD, PDF, INDD)."""

    kind: str  # "photo", "video", "audio", "document"
    media_type: str
    reader: str


# ISO base media brands (ISO/IEC 14496-12; HEIF 23008-12; AVIF; QuickTime; 3GPP TS 26.244)
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}
SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

NEVER_RENDERED = (
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"#EXTM3U", "application/vnd.apple.mpegurl"),
    (b"ffconcat", "text/x-ffconcat"),
    (b"{\\rtf", "application/rtf"),
    (b"bplist00", "application/x-plist"),
)
INDESIGN = b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5\xbd\x31\xef\xe7\xfe\x74\xb7\x1d"


def sniff(head: bytes, read: ReadAt | None = None) -> Sniffed:
    """Name the kind and the one reader for a file that starts with ``head`` (its first 4 KiB, or all of it).

    ``read`` looks further into the file, where a raw file keeps what tells it from a plain TIFF.
    Raises Unreadable: EMPTY, NOT_RENDERED (known, and never made a picture of), UNKNOWN_FORMAT.
    """
    if not head:
        raise Unreadable(Reason.EMPTY)
    read = read or (lambda at, count: head[at : at + count])
    if raw := raw_type(head, read):
        return Sniffed("photo", raw, "RAW")
    found = _picture(head) or _document(head) or _iso_media(head) or _clip(head) or _sound(head)
    if head.startswith(b"ID3"):  # some tag FLAC and AAC so as well
        found = _sound(read(_length_of_id3(head), 16)) or found
    if found:
        return found
    if sniff_xmp.is_xmp(head):
        return Sniffed("document", sniff_xmp.MEDIA_TYPE, sniff_xmp.READER)
    for magic, media_type in NEVER_RENDERED:
        if head.startswith(magic):
            raise Unreadable(Reason.NOT_RENDERED, media_type)
    if media_type := _text(head):
        raise Unreadable(Reason.NOT_RENDERED, media_type)
    raise Unreadable(Reason.UNKNOWN_FORMAT, "starts with " + head[:8].hex(" "))


def _document(head: bytes) -> Sniffed | None:
    """Illustrator's files are PDF as well, unless they were saved without; a BOM or blanks may go before."""
    if head[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return Sniffed("document", "application/pdf", "PDF")
    if head.startswith(INDESIGN):
        return Sniffed("document", "application/x-indesign", "INDD")
    return None


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
        return Sniffed("photo", "image/tiff", "TIFF")
    if head[:6] in (b"8BPS\x00\x01", b"8BPS\x00\x02"):
        return Sniffed("photo", "image/vnd.adobe.photoshop", "PSD")
    if head.startswith(b"\x00\x00\x00\x0cjP  "):
        return Sniffed("photo", "image/jp2", "JPEG2000")
    if head.startswith(b"\xff\x4f\xff\x51"):
        return Sniffed("photo", "image/j2c", "JPEG2000")
    if (
        head[:2] == b"BM"
        and len(head) > 26
        and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    ):
        return Sniffed("photo", "image/bmp", "BMP")
    return None


def _iso_media(head: bytes) -> Sniffed | None:
    box = head[4:8]
    if box == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), len(head))
        major = head[8:12]
        brands = {major} | {head[at : at + 4] for at in range(16, length - 3, 4)}
        if major == b"crx ":
            return Sniffed("photo", "image/x-canon-cr3", "RAW")
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
    if head[:4] == b"\x00\x00\x01\xb3":
        return Sniffed("video", "video/mpeg", "mpegvideo")
    if _packets(head, 0, 188) or _packets(head, 4, 192):
        return Sniffed("video", "video/mp2t", "mpegts")
    if head[:14] == b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02":
        return Sniffed("video", "application/mxf", "mxf")
    return None


def _packets(head: bytes, first: int, length: int) -> bool:
    """MPEG transport stream: a 0x47 at the start of every packet (ISO/IEC 13818-1); three are asked."""
    marks = head[first::length]
    return len(marks) >= 3 and all(mark == 0x47 for mark in marks[:8])


def _length_of_id3(head: bytes) -> int:
    """Bytes of the tag: seven bits of each byte count, and a footer may repeat the head (ID3v2.4, 3.1)."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    footer = len(head) > 5 and head[5] & 0x10
    return 10 + size + (10 if footer else 0)


def _sound(head: bytes) -> Sniffed | None:
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return Sniffed("audio", "audio/wav", "wav")
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Sniffed("audio", "audio/aiff", "aiff")
    if head.startswith(b"caff\x00\x01"):
        return Sniffed("audio", "audio/x-caf", "caf")
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return Sniffed("audio", "audio/amr", "amr")
    if head.startswith(b"fLaC"):
        return Sniffed("audio", "audio/flac", "flac")
    if head.startswith(b"OggS"):
        return Sniffed("audio", "audio/ogg", "ogg")
    if head.startswith(b"ID3"):
        return Sniffed("audio", "audio/mpeg", "mp3")
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return Sniffed("audio", "audio/aac", "aac")
    layers_2_and_3 = len(head) > 4 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4)
    if layers_2_and_3 and head[2] >> 4 not in (0, 15):
        return Sniffed("audio", "audio/mpeg", "mp3")
    return None


def _text(head: bytes) -> str | None:
    """Text that browsers or ffmpeg would act upon is named, so that the refusal says what it was."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", errors="replace").encode()
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
