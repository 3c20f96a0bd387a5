"""XMP in a file of its own, told by its first bytes."""

import re

MEDIA_TYPE = "application/rdf+xml"
READER = "XMP"

# What may stand before the root: a BOM, declarations, comments. The root is x:xmpmeta, or bare RDF as older
# programs wrote it; SVG and other XML that only carries RDF inside begins differently.
_ROOT = re.compile(
    rb"^(\xef\xbb\xbf|\xfe\xff|\xff\xfe)?\s*((<\?[^>]{0,400}\?>|<!--[^>]{0,2000}-->)\s*){0,8}"
    rb"<(\w{1,20}:)?(xmpmeta|xapmeta|RDF)[\s>]"
)


def is_xmp(head: bytes) -> bool:
    """Does a file that starts with ``head`` hold XMP and nothing else? UTF-16 is seen through."""
    return _ROOT.match(head.replace(b"\x00", b"")) is not None
