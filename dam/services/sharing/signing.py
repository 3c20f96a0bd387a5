"""Signatures of addresses that caches may keep: whoever changes any part of one opens nothing."""

import hashlib
import hmac

from dam.errors import NotFound
from dam.models import ShareLink

LENGTH = 32  # hexadecimal digits: 128 bits


def sign(key: bytes, link: ShareLink, asset_id: int, preset: str, version: str) -> str:
    """For this link (and no other that has its number one day), this asset, this format, these very bytes."""
    told = "\n".join((str(link.id), link.digest, str(asset_id), preset, version))
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()[:LENGTH]


def verify(key: bytes, link: ShareLink, asset_id: int, preset: str, version: str, signature: str) -> None:
    """Raises NotFound for any other signature."""
    right = sign(key, link, asset_id, preset, version)
    if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
        raise NotFound("There is nothing at this address.")
