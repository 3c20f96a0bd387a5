"""XMP in files whose structure we do not walk: its packet begins and ends with words made to be searched for
(XMP part 3: "packet scanning"). The last one counts: PDF appends."""

from __future__ import annotations

from typing import BinaryIO

from dam.media.packets import photoshop
from dam.media.packets.found import MOST_BLOCK, Packets

WINDOW = 4 * 1024 * 1024
MARKS = (
    (b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<x:xapmeta", b"</x:xapmeta>"), (b"<rdf:RDF", b"</rdf:RDF>"),
)  # fmt: skip
RESOURCES = b"8BIM\x04\x04"  # Photoshop keeps its image resources in the PDFs it saves


def find(file: BinaryIO, packets: Packets) -> None:
    """Looks into the first and the last four MiB."""
    file.seek(0, 2)
    size = file.tell()
    for start in dict.fromkeys((max(0, size - WINDOW), 0)):
        file.seek(start)
        data = file.read(WINDOW)
        if packets.iptc is None and (place := data.find(RESOURCES)) >= 0:
            photoshop.resources(data[place:], packets)
        for mark, last in MARKS:
            begin = data.rfind(mark)
            end = data.find(last, begin)
            if 0 <= begin < end and end - begin < MOST_BLOCK:
                packets.xmp = data[begin : end + len(last)]
                return
