"""What the file is made of, for the facts of an asset's page: codecs, depth, colours, loudness."""

from typing import Any

from flask_babel import format_decimal, gettext

from dam.db import Transaction
from dam.models import Asset, Kind, Original

CODECS = {
    "h264": "H.264", "hevc": "HEVC", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "prores": "ProRes",
    "mjpeg": "MJPEG", "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4", "dvvideo": "DV", "dnxhd": "DNxHD",
    "aac": "AAC", "mp3": "MP3", "flac": "FLAC", "opus": "Opus", "vorbis": "Vorbis", "amr_nb": "AMR",
    "amr_wb": "AMR-WB", "wmav2": "WMA", "pcm_s16le": "PCM", "pcm_s24le": "PCM", "alac": "ALAC",
    "ac3": "AC-3",
}  # fmt: skip
FILES = {
    "image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP",
    "image/avif": "AVIF", "image/heic": "HEIC", "image/tiff": "TIFF", "image/bmp": "BMP",
    "image/jp2": "JPEG 2000", "image/j2c": "JPEG 2000", "image/vnd.adobe.photoshop": "Photoshop",
    "application/pdf": "PDF", "application/x-indesign": "InDesign",
    "application/postscript": "PostScript", "image/svg+xml": "SVG", "image/x-canon-cr2": "CR2",
    "image/x-canon-cr3": "CR3", "image/x-nikon-nef": "NEF", "image/x-sony-arw": "ARW",
    "image/x-adobe-dng": "DNG", "image/x-fuji-raf": "RAF", "image/x-olympus-orf": "ORF",
    "image/x-panasonic-rw2": "RW2", "image/x-pentax-pef": "PEF", "image/x-samsung-srw": "SRW",
    "audio/wav": "WAV", "audio/mpeg": "MP3", "audio/mp4": "M4A", "audio/ogg": "Ogg",
    "audio/flac": "FLAC", "audio/amr": "AMR", "audio/x-ms-wma": "WMA", "audio/aac": "AAC",
    "audio/aiff": "AIFF", "video/mp4": "MP4", "video/quicktime": "MOV", "video/x-msvideo": "AVI",
    "video/mp2t": "MTS", "video/x-matroska": "MKV", "video/webm": "WebM", "application/mxf": "MXF",
    "video/x-ms-wmv": "WMV", "video/3gpp": "3GP", "video/dv": "DV", "video/mpeg": "MPEG",
}  # fmt: skip


def lines(tx: Transaction, shown: Asset) -> list[tuple[str, str]]:
    """(label, value) of what is known, in the reader's language. What the file does not say is left out."""
    first = next(iter(shown.originals), None)
    if first is None:
        return []
    raw = tx.get_one(Original, first.id).raw_facts
    facts: dict[str, Any] = (raw or {}).get("facts", {})
    codecs = [CODECS.get(name, name) for name in (facts.get("video_codec"), facts.get("audio_codec")) if name]
    bits = facts.get("bit_depth")
    told = [
        (gettext("File type"), FILES.get(first.media_type or "", first.media_type or "")),
        (gettext("Pages"), _whole((facts.get("raw") or {}).get("pages"))),
        (gettext("Codecs"), " · ".join(codecs)),
        (gettext("Frames a second"), _decimal(facts.get("fps"))),
        (gettext("Bit depth"), gettext("%(bits)s bits", bits=bits) if bits else ""),
        (gettext("Colour"), facts.get("color_profile") or facts.get("color_space") or ""),
        (gettext("Loudness"), f"{_decimal(facts.get('loudness'))} LUFS" if facts.get("loudness") else ""),
        (gettext("Shown from"), _standing_in(facts) if shown.kind in (Kind.PHOTO, Kind.DOCUMENT) else ""),
    ]
    return [(label, value) for label, value in told if value]


def _standing_in(facts: dict[str, Any]) -> str:
    """What stands for a picture that cannot be shown itself: a raw file's preview, a PDF's first page."""
    how = str((facts.get("readers") or {}).get("picture", ""))
    size = how.rpartition(", ")[2] if "×" in how else ""
    if how.startswith("embedded"):
        return gettext("Preview in the file") + (f", {size}" if size else "")
    if how.startswith("demosaiced"):
        return gettext("Raw data, developed")
    if how.startswith("merged"):
        return gettext("Merged picture")
    return gettext("First page") if "page" in how else ""


def _whole(value: Any) -> str:
    return str(value) if isinstance(value, int) else ""


def _decimal(value: Any) -> str:
    return str(format_decimal(round(value, 2))) if isinstance(value, int | float) and value else ""
