"""Where the languages of metadata lie in a file: EXIF, IPTC-IIM and XMP blocks, found without decoding it.

Only the head of each box, chunk or segment is read, so that the cost does not grow with the file. What is
broken ends the search; what was found until then stands.
"""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets import iso, jpeg, photoshop, pictures, scan, tiff
from dam.media.packets.found import Packets

__all__ = ["Packets", "find"]


def find(file: BinaryIO) -> Packets:
    """The blocks of ``file``, by its first bytes. Empty where there is none, or the format is not known."""
    file.seek(0)
    head = file.read(32)
    packets = Packets()
    try:
        if head.startswith(b"\xff\xd8"):
            jpeg.find(file, packets)
        elif head[:4] in tiff.STARTS:
            tiff.find(file, packets)
        elif head.startswith(b"\x89PNG\r\n\x1a\n"):
            pictures.find_png(file, packets)
        elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            pictures.find_webp(file, packets)
        elif head[:6] in (b"GIF87a", b"GIF89a"):
            pictures.find_gif(file, packets)
        elif head.startswith(b"FUJIFILMCCD-RAW"):
            jpeg.find_in_raf(file, packets)
        elif head.startswith(b"\x00MRM"):
            tiff.find_in_mrw(file, packets)
        elif head.startswith(b"8BPS"):
            photoshop.find(file, packets)
        elif head[4:8] in iso.FIRST_BOXES:
            iso.find(file, packets)
        elif head.startswith((b"%PDF-", b"%!PS", b"\xc5\xd0\xd3\xc6", b"\x06\x06\xed\xf5", b"<")):
            scan.find(file, packets)
    except (ValueError, IndexError, KeyError, EOFError) as error:
        packets.broken = f"{type(error).__name__}: {error}"[:200]
    return packets
