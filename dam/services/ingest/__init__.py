"""Receiving: batches, uploads and cards; what a worker makes of a file; and what brings cut work back."""

from dam.services.ingest.receiving import (
    OPEN,
    Emptied,
    archive_item,
    expect_item,
    join_known,
    lane_of,
    note,
    open_batch,
    place,
    plain_text,
    refuse_item,
    send_again,
    settle,
)

__all__ = [
    "OPEN",
    "Emptied",
    "archive_item",
    "expect_item",
    "join_known",
    "lane_of",
    "note",
    "open_batch",
    "place",
    "plain_text",
    "refuse_item",
    "send_again",
    "settle",
]
