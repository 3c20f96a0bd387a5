"""What a recording says of itself: ID3 in MP3, INFO in WAV. Only for files we made; the sound is copied.

A comment carries caption, credit and terms: players show it, and neither format has a field for the credit.
"""

from __future__ import annotations

from pathlib import Path

from dam.errors import DamError
from dam.media import tools

SOUND = {".mp3": "mp3", ".wav": "wav"}
SECONDS = 600.0


class NotTagged(DamError):
    """The tags could not be written; the file is as it was."""

    code = "not_embedded"


def write(path: Path, tags: dict[str, str]) -> None:
    """Replace the tags of ``path`` in one atomic rename. Raises NotTagged; Unreadable(TOOL_MISSING)."""
    form = SOUND[path.suffix.lower()]
    fresh = path.with_name(f"tagged-{path.name}")
    command = [
        str(tools.need("ffmpeg")), "-hide_banner", "-nostdin", "-v", "error", "-y",
        "-protocol_whitelist", "file", "-f", form, "-i", f"file:{path}",
        "-map", "0:a:0", "-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact",
    ]  # fmt: skip
    command += ["-id3v2_version", "3"] if form == "mp3" else []
    for name, value in tags.items():
        command += ["-metadata", f"{name}={_plain(value)}"]
    ran = tools.run([*command, "-f", form, f"file:{fresh}"], seconds=SECONDS)
    if ran.code != 0 or not fresh.exists():
        fresh.unlink(missing_ok=True)
        raise NotTagged("The credit could not be written into the file.", said=ran.said[:300])
    fresh.replace(path)


def _plain(value: str) -> str:
    """Text that fits an argument: no NUL, and nothing that is no character."""
    return value.replace("\0", "").encode("utf-8", "ignore").decode()
