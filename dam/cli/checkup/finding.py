"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    GOOD = "good"
    MIND = "mind"  # it works, and there is something to know or to do
    WRONG = "wrong"  # something essential: doctor ends with code 1


@dataclass(frozen=True)
class Finding:
    """``says`` is what was found; ``do`` what to do about it, empty where nothing is to be done."""

    name: str
    state: State
    says: str
    do: str = ""


def good(name: str, says: str) -> Finding:
    return Finding(name, State.GOOD, says)


def mind(name: str, says: str, do: str) -> Finding:
    return Finding(name, State.MIND, says, do)


def wrong(name: str, says: str, do: str) -> Finding:
    return Finding(name, State.WRONG, says, do)
