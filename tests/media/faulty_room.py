"""A darkroom whose decoders misbehave on order: the order is the comment of a JPEG, or a clip's last bytes.

It shows what the sandbox does about a decoder that an attacker has taken over: everything else is the
real thing.
"""

import ctypes
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from dam.media import child, darkroom, tools
from dam.media.visit import Facts

FACTS = Facts(kind="photo", media_type="image/jpeg", captured_at="2026-05-01T10:20:30")


def misbehave(file: Any, found: Any, wanted: Any, *rest: Any) -> dict[str, Any]:
    file.seek(0)
    order = file.read().rpartition(b"ORDER ")[2].split(b"\n")[0].decode()
    verb, _, argument = order.partition(" ")
    child._tell_facts(FACTS)
    return ORDERS[verb](argument)


def _made_nothing(**more: Any) -> dict[str, Any]:
    return {"made": [], "warnings": [], **more}


def hang(_: str) -> dict[str, Any]:
    while True:
        time.sleep(60)


def sleep(seconds: str) -> dict[str, Any]:
    time.sleep(float(seconds))
    return _made_nothing(warnings=[f"slept {seconds}"])


def eat(_: str) -> dict[str, Any]:
    held = []
    while True:
        held.append(bytearray(64 * 1024 * 1024))


def crash(_: str) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def babble(_: str) -> dict[str, Any]:
    while True:
        os.write(child.ANSWER, b"W " + b"x" * 60_000 + b"\n")


def lie(_: str) -> dict[str, Any]:
    return _made_nothing(made=[{"preset": "../../../etc/passwd", "width": 1, "height": 1, "detail": {}}])


def nonsense(_: str) -> dict[str, Any]:
    return {"made": 7, "warnings": None}


def attempt(what: str) -> dict[str, Any]:
    """Try something forbidden; the warning says how it went."""
    try:
        told = ATTEMPTS[what.split(" ")[0]](what.partition(" ")[2])
    except BaseException as error:
        return _made_nothing(warnings=[f"refused: {type(error).__name__} {error}"])
    return _made_nothing(warnings=[f"DONE: {told}"])


def _run(command: str) -> str:
    ran = tools.run(command.split(), seconds=5, own_group=False)
    if ran.code != 0:
        raise PermissionError(ran.said[:200])
    return ran.out.decode()


def _leave(_: str) -> str:
    os.setsid()
    return "left the session"


ORDERS = {
    "hang": hang, "sleep": sleep, "eat": eat, "crash": crash, "babble": babble, "lie": lie,
    "nonsense": nonsense, "attempt": attempt,
}  # fmt: skip
ATTEMPTS = {
    "read": lambda path: Path(path).read_text(),
    "write": lambda path: Path(path).write_text("x"),
    "list": lambda path: list(Path(path).iterdir()),
    "socket": lambda _: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "door": lambda _: socket.socket(socket.AF_UNIX).connect(sys.argv[1]),
    "run": _run,
    "kill": lambda pid: os.kill(int(pid), 0),
    "killparent": lambda _: os.kill(os.getppid(), 9),
    "leave": _leave,
    "environment": lambda _: dict(os.environ),
    "descriptors": lambda _: [n for n in range(64) if _is_open(n)],
}


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    child.photo.visit = misbehave
    child.clip.visit = misbehave
    darkroom.main(*sys.argv[1:4])
