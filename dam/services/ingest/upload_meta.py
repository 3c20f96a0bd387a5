"""What a sender says about a file, in the words of tus: checked where we act on it, else kept as data."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from dam.errors import Invalid

LONGEST_PATH = 4000  # characters
CHECKSUMS = ("sha1", "sha256")
NAMES = ("path", "relativePath", "filename", "name")  # where clients put it, best first


@dataclass(frozen=True)
class AnnouncedFile:
    """``modified_ms`` since 1970; ``ends_sha256`` of the first and last MiB, one after the other."""

    batch_id: int
    path: str
    modified_ms: int | None
    ends_sha256: str | None


def announced_file(meta: Mapping[str, str]) -> AnnouncedFile:
    """Raises Invalid when the batch is not named, or a number or digest is none."""
    batch_id = _number(meta, "batch")
    if batch_id is None or batch_id >= 2**31:  # no batch has that number, and not every database asks for it
        raise Invalid("Upload-Metadata must name the batch: open one first and give its number as “batch”.")
    path = next((meta[name] for name in NAMES if meta.get(name)), "?")
    ends = ends_digest(meta.get("ends_sha256", ""))
    return AnnouncedFile(batch_id, kept_path(path), _number(meta, "modified"), ends)


def read_metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: pairs of key and base64 value, parted by commas. Raises Invalid.

    A value that is not UTF-8 keeps its odd bytes as escapes that can be read: it is data, never a path.
    """
    meta: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True)
        except ValueError as error:
            raise Invalid("A value in Upload-Metadata is not written in base64.") from error
        if not key.isascii() or key in meta:
            raise Invalid("A key in Upload-Metadata stands twice or is not ASCII.")
        meta[key] = value.decode("utf-8", "backslashreplace").replace("\x00", "␀")
    return meta


def write_metadata(meta: Mapping[str, str]) -> str:
    """The header again, in ASCII."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in meta.items())


def kept_path(path: str) -> str:
    """A path as text that every database keeps. One that is too long loses its middle, not its name."""
    path = path.replace("\x00", "␀").encode("utf-8", "backslashreplace").decode("utf-8")
    if len(path) <= LONGEST_PATH:
        return path
    half = LONGEST_PATH // 2 - 1
    return f"{path[:half]}…{path[-half:]}"


def ends_digest(given: str) -> str | None:
    """The digest in lower case, None when none is given. Raises Invalid."""
    given = given.lower()
    if given and (len(given) != 64 or set(given) - set("0123456789abcdef")):
        raise Invalid("“ends_sha256” must be a SHA-256 in hexadecimal.")
    return given or None


def read_checksum(header: str) -> tuple[str, bytes]:
    """``sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`` → algorithm and digest. Raises Invalid."""
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm.lower() not in CHECKSUMS:
        raise Invalid("Checksums are taken as %(algorithms)s.", algorithms=" / ".join(CHECKSUMS))
    try:
        return algorithm.lower(), base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Invalid("The checksum is not written in base64.") from error


def _number(meta: Mapping[str, str], name: str) -> int | None:
    given = meta.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise Invalid("“%(name)s” in Upload-Metadata must be a whole number.", name=name)
    return int(given)
