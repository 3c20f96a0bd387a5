"""What leaves: readable names, captions inside, the copy that is read the second time, zips."""

from dam.services.delivery.delivering import (
    Caption,
    Delivery,
    Parcel,
    deliver,
    deliver_file,
    demand_still,
    prepare,
    record,
    write_long,
)

__all__ = [
    "Caption",
    "Delivery",
    "Parcel",
    "deliver",
    "deliver_file",
    "demand_still",
    "prepare",
    "record",
    "write_long",
]
