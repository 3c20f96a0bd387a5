"""Why a file did not get in, apart from what its own bytes say (dam.media.reasons.Reason)."""

from enum import StrEnum


class IngestReason(StrEnum):
    NOT_A_FILE = "not_a_file"  # a link, a device, a pipe
    UNREADABLE_SOURCE = "unreadable_source"  # the card or folder could not be read
    CHANGED_WHILE_READ = "changed_while_read"
    UPLOAD_EXPIRED = "upload_expired"
    UPLOAD_CANCELLED = "upload_cancelled"
    STORE_FULL = "store_full"
    WAITS_FOR_PICTURE = "waits_for_picture"  # a sidecar, or what else is of no use alone
    GOES_WITH_ANOTHER = "goes_with_another"  # a duplicate of a file that belongs to another one's asset
    GAVE_UP = "gave_up"  # the machine failed at it several times


INGEST_SENTENCES = {
    IngestReason.NOT_A_FILE: "This is no file: a link, a device or a pipe. It was left where it is.",
    IngestReason.UNREADABLE_SOURCE: "The file could not be read from its card or folder. It is still there.",
    IngestReason.CHANGED_WHILE_READ: (
        "The file changed while it was being read. Send it again once it is at rest."
    ),
    IngestReason.UPLOAD_EXPIRED: "Sending was not finished in time. Send the file again.",
    IngestReason.STORE_FULL: "The archive's disk is full.",
    IngestReason.WAITS_FOR_PICTURE: (
        "This file describes a photo or clip that has not come yet. It waits and joins it when it comes."
    ),
    IngestReason.GOES_WITH_ANOTHER: "The archive has this file already, beside the picture it belongs to.",
    IngestReason.GAVE_UP: "The archive failed at this file several times. The original is safe.",
}
