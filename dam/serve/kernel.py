"""What Linux is asked for: end a child with its parent, take in orphans, tell who whose child is."""

import ctypes
import os
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PROC = Path("/proc")


def prctl(option: int, value: int) -> None:
    """Raises OSError where the kernel refuses."""
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def take_in_orphans() -> None:
    """A grandchild whose parent dies becomes this process's child, instead of getting lost."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with(parent: int, number: int) -> None:
    """In a child before exec: the kernel sends ``number`` to it when ``parent`` is gone."""
    prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it was gone before the kernel knew
        os._exit(1)


def children_of(parent: int) -> list[int]:
    """The direct children of ``parent``, the dead ones that nobody reaped left out."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            state, owner = _state_and_parent(entry)
            if owner == parent and state != "Z":
                found.append(int(entry.name))
    return found


def _state_and_parent(entry: Path) -> tuple[str, int]:
    try:
        # proc(5): the name is in parentheses and may itself hold some
        fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "Z", -1
    return fields[0], int(fields[1])


def started_with(variable: str, value: str) -> list[int]:
    """Processes of this account that were started with ``variable`` set to ``value``, but for this one."""
    wanted = os.fsencode(f"{variable}={value}")
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if wanted in environment.split(b"\0"):
                found.append(int(entry.name))
    return found
