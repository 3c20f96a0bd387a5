"""What codes are called in the interface: roles, kinds, states, reasons, and what the custody log says.

Templates say ``{{ word(asset.kind) }}``, Python ``word(Role.EDITOR)`` or ``reason_sentence("cut_short")``.
"""

from enum import Enum
from typing import Any

from flask import Flask, g
from flask.json.provider import DefaultJSONProvider
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from dam.media.reasons import Reason
from dam.models import (
    CaptureSource,
    DistrictKind,
    EventKind,
    Kind,
    Minors,
    MunicipalitySource,
    Network,
    OfficeKind,
    OriginalRole,
    Outcome,
    Processing,
    Review,
    Role,
    StackKind,
    Withdrawal,
)
from dam.queue import Lane
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.accounts.tokens import Scope
from dam.services.ingest.reasons import IngestReason
from dam.web.deeds import DEEDS, SUBJECTS

# By class first: Processing.RECEIVED and Review.RECEIVED are equal as texts and say different things.
WORDS: dict[type[Enum], dict[Enum, LazyString]] = {
    Role: {
        Role.ADMINISTRATOR: _l("Administration"),
        Role.COORDINATOR: _l("Coordination"),
        Role.EDITOR: _l("Writing, design, networks"),
        Role.PHOTOGRAPHER: _l("Photography"),
        Role.LIAISON: _l("Liaison"),
        Role.VIEWER: _l("Only looking"),
    },
    Kind: {
        Kind.PHOTO: _l("Photo"),
        Kind.VIDEO: _l("Video"),
        Kind.AUDIO: _l("Audio"),
        Kind.DOCUMENT: _l("Document"),
        Kind.UNKNOWN: _l("Unknown"),
    },
    Processing: {
        Processing.RECEIVED: _l("In the queue"),
        Processing.WORKING: _l("Being prepared"),
        Processing.READY: _l("Ready"),
        Processing.QUARANTINED: _l("In quarantine"),
        Processing.FAILED: _l("Failed"),
        Processing.JOINED: _l("Joined with another"),
    },
    Review: {
        Review.RECEIVED: _l("Received"),
        Review.IN_REVIEW: _l("In review"),
        Review.APPROVED: _l("Approved"),
        Review.REJECTED: _l("Rejected"),
    },
    Minors: {
        Minors.YES: _l("Minors recognisable"),
        Minors.NO: _l("No minors recognisable"),
        Minors.NOT_LOOKED_AT: _l("Nobody has looked for minors"),
    },
    Withdrawal: {
        Withdrawal.RIGHTS: _l("Rights"),
        Withdrawal.ERROR: _l("An error"),
        Withdrawal.AUTHORITY: _l("Order of an authority"),
    },
    Network: {
        Network.WEB: _l("Institutional page"),
        Network.FACEBOOK: _l("Facebook"),
        Network.INSTAGRAM: _l("Instagram"),
        Network.X: _l("X"),
        Network.TIKTOK: _l("TikTok"),
        Network.YOUTUBE: _l("YouTube"),
        Network.WHATSAPP: _l("WhatsApp"),
        Network.LINKEDIN: _l("LinkedIn"),
        Network.PRESS: _l("Press"),
        Network.PRINT: _l("Print"),
        Network.BROADCAST: _l("Radio and television"),
        Network.OTHER: _l("Elsewhere"),
    },
    Outcome: {
        Outcome.SENDING: _l("Sending"),
        Outcome.RECEIVED: _l("Received"),
        Outcome.WORKING: _l("Being prepared"),
        Outcome.READY: _l("Ready"),
        Outcome.DUPLICATE: _l("Already in the archive"),
        Outcome.ATTACHED: _l("Attached to its picture"),
        Outcome.QUARANTINED: _l("In quarantine"),
        Outcome.FAILED: _l("Failed"),
    },
    EventKind: {
        EventKind.MEETING: _l("Meeting"),
        EventKind.RALLY: _l("Rally"),
        EventKind.PRESS_CONFERENCE: _l("Press conference"),
        EventKind.TOUR: _l("Tour"),
        EventKind.INTERVIEW: _l("Interview"),
        EventKind.ASSEMBLY: _l("Assembly"),
        EventKind.SESSION: _l("Session"),
        EventKind.MARCH: _l("March"),
        EventKind.INAUGURATION: _l("Inauguration"),
        EventKind.COMMUNITY: _l("Community day"),
        EventKind.CULTURAL: _l("Cultural event"),
        EventKind.OTHER: _l("Other"),
    },
    OfficeKind: {
        OfficeKind.ELECTED: _l("Elected office"),
        OfficeKind.PUBLIC: _l("Public office"),
        OfficeKind.PARTY: _l("Party office"),
        OfficeKind.CANDIDACY: _l("Candidacy"),
    },
    DistrictKind: {
        DistrictKind.FEDERAL: _l("Federal district"),
        DistrictKind.LOCAL: _l("Local district"),
    },
    MunicipalitySource: {
        MunicipalitySource.PERSON: _l("said by a person"),
        MunicipalitySource.GPS: _l("from the camera's GPS"),
        MunicipalitySource.EVENT: _l("from the event"),
    },
    CaptureSource: {
        CaptureSource.CAMERA: _l("from the camera"),
        CaptureSource.CONTAINER: _l("from the clip"),
        CaptureSource.FILE_NAME: _l("guessed from the file's name"),
    },
    OriginalRole: {
        OriginalRole.PRIMARY: _l("Original"),
        OriginalRole.RAW: _l("RAW"),
        OriginalRole.SIDECAR: _l("Sidecar (XMP)"),
        OriginalRole.LIVE_VIDEO: _l("Clip of the Live Photo"),
        OriginalRole.CHAPTER: _l("Further part"),
        OriginalRole.OTHER: _l("Companion file"),
    },
    StackKind: {
        StackKind.BURST: _l("Burst"),
        StackKind.CHAPTERS: _l("Parts of one recording"),
        StackKind.CHOSEN: _l("Stack"),
    },
    Lane: {
        Lane.INTERACTIVE: _l("Somebody is waiting"),
        Lane.PHOTOS: _l("Photos"),
        Lane.VIDEO: _l("Video"),
    },
    Scope: {
        Scope.READ: _l("Search and read"),
        Scope.DOWNLOAD: _l("Download"),
        Scope.UPLOAD: _l("Upload"),
        Scope.DESCRIBE: _l("Describe"),
        Scope.SHARE: _l("Collections and links"),
        Scope.MOUNT: _l("Mounted drive (application password)"),
    },
}
PRESETS: dict[str, LazyString] = {
    "thumb": _l("Thumbnail"),
    "preview": _l("Preview"),
    "web-2048": _l("Web"),
    "mp4-720": _l("Web"),
    "poster": _l("Cover picture"),
    "storyboard": _l("Strip"),
    "audio-mp3": _l("To listen to (MP3)"),
}
REASONS: dict[str, LazyString] = {
    Reason.EMPTY: _l("The file is empty."),
    Reason.CUT_SHORT: _l("The file is cut short: part of it is missing."),
    Reason.UNKNOWN_FORMAT: _l("This is not a kind of file the archive knows."),
    Reason.NOT_RENDERED: _l("This kind of file is kept, but no picture is made of it."),
    Reason.BOMB: _l("The file claims a picture too large to open safely."),
    Reason.TOO_SLOW: _l("Reading the file took too long."),
    Reason.TOO_MUCH_MEMORY: _l("Reading the file needs too much memory."),
    Reason.DECODER_FAILED: _l("The file is damaged and cannot be read."),
    Reason.NO_PICTURE: _l("There is no picture in this file."),
    Reason.TOOL_MISSING: _l("A program needed to read this file is not installed."),
    IngestReason.NOT_A_FILE: _l("This is no file: a link, a device or a pipe. It was left where it is."),
    IngestReason.UNREADABLE_SOURCE: _l(
        "The file could not be read from its card or folder. It is still there."
    ),
    IngestReason.CHANGED_WHILE_READ: _l(
        "The file changed while it was being read. Send it again once it is at rest."
    ),
    IngestReason.UPLOAD_EXPIRED: _l("Sending was not finished in time. Send the file again."),
    IngestReason.UPLOAD_CANCELLED: _l("Sending this file was cancelled."),
    IngestReason.STORE_FULL: _l("The archive's disk is full."),
    IngestReason.WAITS_FOR_PICTURE: _l(
        "This file describes a photo or clip that has not come yet. It waits and joins it when it comes."
    ),
    IngestReason.GOES_WITH_ANOTHER: _l(
        "The archive has this file already, beside the picture it belongs to."
    ),
    IngestReason.GAVE_UP: _l("The archive failed at this file several times. The original is safe."),
}
UNKNOWN_REASON = _l("It could not be prepared. An administrator can see why.")


def word(code: Enum | None) -> LazyString | str:
    """The interface's word for a member of an enum; the member's own text where there is none."""
    return "" if code is None else WORDS.get(type(code), {}).get(code, str(code))


def word_here(code: Enum | None) -> str:
    """For templates, which ask for the same words on every card: looked up once a request."""
    kept: dict[tuple[type, Enum | None], str] = g.setdefault("words", {})
    key = (type(code), code)
    if key not in kept:
        kept[key] = str(word(code))
    return kept[key]


def preset_word(preset: str) -> LazyString | str:
    """What a version is called; the preset's own name where the office has no word for it."""
    return PRESETS.get(preset, preset)


def actor_word(name: str) -> LazyString | str:
    """Who did something: a person by name, the command line of the archive's own machine by a word."""
    return _l("local administrator") if name == LOCAL_ADMINISTRATOR.name else name


def reason_sentence(code: str | None) -> LazyString | str:
    """Why a file is not ready, for people."""
    return REASONS.get(code, UNKNOWN_REASON) if code else ""


def deed(action: str) -> LazyString | str:
    """What an entry of the custody log says was done."""
    return DEEDS.get(action, action)


def subject_word(subject_type: str) -> LazyString | str:
    """What the thing is called that an entry of the custody log is about."""
    return SUBJECTS.get(subject_type, subject_type)


def choices(enum: type[Enum]) -> list[tuple[str, Any]]:
    """``(value, word)`` of every member, for a ``<select>``."""
    return [(str(member.value), word(member)) for member in enum]


class Speaking(DefaultJSONProvider):
    """JSON in which lazy sentences are said in the asker's language."""

    @staticmethod
    def default(value: Any) -> Any:
        return str(value) if isinstance(value, LazyString) else DefaultJSONProvider.default(value)

    def loads(self, s: str | bytes, **named: Any) -> Any:
        """Brackets nested without end cannot be read, as other JSON that is none. Raises ValueError."""
        try:
            return super().loads(s, **named)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def set_up(app: Flask) -> None:
    app.json = Speaking(app)
    app.jinja_env.globals.update(
        word=word_here, reason_sentence=reason_sentence, deed=deed, subject_word=subject_word,
        choices=choices, scope_of=Scope, preset_word=preset_word, actor_word=actor_word,
    )  # fmt: skip
