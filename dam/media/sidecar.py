"""XMP that stands beside a picture, in a file of its own (ISO 16684-1, annex on external storage)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any, BinaryIO

from dam.media import xmp
from dam.media.reasons import Reason, Unreadable
from dam.media.sniff import Sniffed
from dam.media.visit import Facts

# The namespace of what an export of an archive like this one writes; ``Record`` in it holds everything as
# JSON.
OURS = "urn:x-acervo:export:1:"


def visit(file: BinaryIO, found: Sniffed, tell: Callable[[Facts], None]) -> dict[str, Any]:
    """Tell what a sidecar says. Nothing is made of it. Raises Unreadable for what is no sound XMP."""
    file.seek(0)
    packet = file.read(xmp.MOST_XMP + 1)
    try:
        said, raw = xmp.read_all(packet)
    except Exception as error:  # ElementTree's, and whatever a hostile text brings: an outcome
        raise Unreadable(Reason.DECODER_FAILED, f"XMP: {type(error).__name__}: {error}"[:300]) from error
    record = ET.fromstring(xmp.safe(packet)).find(f".//{{{OURS}}}Record")
    written = {"record": record.text} if record is not None and record.text else {}
    told = {
        **said,
        "kind": found.kind,
        "media_type": found.media_type,
        "raw": {"xmp": raw} | written,
        "readers": {"xmp": "ElementTree"},
    }
    tell(Facts.from_dict(told))
    return {"made": [], "warnings": []}
