"""Why a file could not be shown. The reason is stable; faces translate it into a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dam.errors import DamError, Unavailable

if TYPE_CHECKING:
    from dam.media.visit import Facts


class Reason(StrEnum):
    EMPTY = "empty"
    CUT_SHORT = "cut_short"
    UNKNOWN_FORMAT = "unknown_format"
    NOT_RENDERED = "not_rendered"
    BOMB = "bomb"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    DECODER_FAILED = "decoder_failed"
    NO_PICTURE = "no_picture"
    TOOL_MISSING = "tool_missing"


SENTENCES = {
    Reason.EMPTY: "The file is empty.",
    Reason.CUT_SHORT: "The file is cut short: part of it is missing.",
    Reason.UNKNOWN_FORMAT: "This is not a kind of file the archive knows.",
    Reason.NOT_RENDERED: "This kind of file is kept, but no picture is made of it.",
    Reason.BOMB: "The file claims a picture too large to open safely.",
    Reason.TOO_SLOW: "Reading the file took too long.",
    Reason.TOO_MUCH_MEMORY: "Reading the file needs too much memory.",
    Reason.DECODER_FAILED: "The file is damaged and cannot be read.",
    Reason.NO_PICTURE: "There is no picture in this file.",
    Reason.TOOL_MISSING: "A program needed to read this file is not installed.",
}


class Unreadable(DamError):
    """A file that fails is an outcome. ``detail`` is what the decoder said, for the log, never for a page.

    ``facts`` carries what could be read before the failure, or None.
    """

    code = "unreadable"

    def __init__(self, reason: Reason, detail: str = "", facts: Facts | None = None) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message} ({self.reason}: {self.detail})" if self.detail else self.message


class SandboxLost(Unavailable):
    """The process that reads files died or does not start: not the file's fault, and worth trying again."""

    code = "sandbox_lost"
