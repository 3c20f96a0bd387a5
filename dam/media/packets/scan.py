"""XMP in files whose structure we do not walk: its packet begins and ends with words made to be searched for
(XMP part 3: "packet scanning"). The last one counts: PDF appends."""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets.found import MOST_BLOCK, Packets

WINDOW = 4 * 1024 * 1024
MARKS = ((b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<rdf:RDF", b"</rdf:RDF>"))


def find(file: BinaryIO, packets: Packets) -> None:
    """Looks into the first and the last four MiB."""
    file.seek(0, 2)
    size = file.tell()
    for start in dict.fromkeys((max(0, size - WINDOW), 0)):
        file.seek(start)
        data = file.read(WINDOW)
        for mark, last in MARKS:
            begin = data.rfind(mark)
            end = data.find(last, begin)
            if 0 <= begin < end and end - begin < MOST_BLOCK:
                packets.xmp = data[begin : end + len(last)]
                return
