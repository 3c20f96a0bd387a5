"""Why a file did not get in, apart from what its own bytes say (dam.media.reasons.Reason)."""

from enum import StrEnum


class IngestReason(StrEnum):
    NOT_A_FILE = "not_a_file"  # a link, a device, a pipe
    UNREADABLE_SOURCE = "unreadable_source"  # the card or folder could not be read
    CHANGED_WHILE_READ = "changed_while_read"
    UPLOAD_EXPIRED = "upload_expired"
    STORE_FULL = "store_full"
    GAVE_UP = "gave_up"  # the machine failed at it several times
