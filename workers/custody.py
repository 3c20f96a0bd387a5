"""Jobs of keeping and clearing."""

from dam.services import bin
from workers import current


def empty_bin(_subject: int) -> None:
    bin.empty(current.archive())
