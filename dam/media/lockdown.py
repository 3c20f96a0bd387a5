"""What a child gives up before it looks at a stranger's bytes."""

from __future__ import annotations

import contextlib
import os
import resource
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dam.media import kernel
from dam.media.limits import Limits

SYSTEM_FOLDERS = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/bin",
    "/usr/local/lib",
    "/usr/local/bin",
    "/lib",
    "/lib64",
    "/bin",
)
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/ld.so.preload", "/usr/share/zoneinfo")


@dataclass(frozen=True)
class Protection:
    """One protection and whether this machine grants it. ``detail`` says what is lost without it."""

    name: str
    granted: bool
    detail: str


def limit_photo(limits: Limits) -> None:
    _limit(limits.photo_memory, limits.photo_seconds, limits.photo_file, limits.open_files)


def limit_print(limits: Limits) -> None:
    """For the printer's copy, which is large."""
    _limit(limits.print_memory, limits.print_seconds, limits.print_file, limits.open_files)


def limit_video(limits: Limits) -> None:
    cpu = limits.video_cap_seconds * (os.cpu_count() or 1)
    _limit(limits.video_memory, cpu, limits.video_file, limits.open_files)


def _limit(memory: int, cpu_seconds: float, file_bytes: int, open_files: int) -> None:
    """``memory`` is counted on top of what the warm parent's image already maps."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    cpu = int(cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def lock_photo(readable: Sequence[str] = ()) -> tuple[Protection, ...]:
    """No path at all, no network, no other program: what is open stays open, nothing else can be opened.

    ``readable`` names folders that may be read all the same: a decoder that few files need is imported then.
    """
    with contextlib.ExitStack() as opened:
        rules = []
        for folder in readable:
            descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            opened.callback(os.close, descriptor)
            rules.append((descriptor, kernel.READ))
        return _lock(rules, kernel.NETWORK, kernel.MEDDLING, kernel.RUNNING)


def folders_of_libraries() -> tuple[str, ...]:
    """Where Python's libraries, the system's and the fonts stand: programs and no secrets."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/fonts"]
    return tuple(folder for folder in dict.fromkeys(folders) if Path(folder).is_dir())


def lock_video(original: int, into: int, tools: list[Path]) -> tuple[Protection, ...]:
    """Read and run the system's programs, read the original, fill the one folder; no network."""
    opened = []
    rules = [(original, kernel.READ_FILE), (into, kernel.FILL_FOLDER)]
    for path, rights in _system_rules(tools):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        opened.append(descriptor)
        rules.append((descriptor, rights if Path(path).is_dir() else rights & kernel.FILE_RIGHTS))
    try:
        return _lock(rules, kernel.NETWORK, kernel.MEDDLING)
    finally:
        for descriptor in opened:
            os.close(descriptor)


def lock_reader(original: int, tools: list[Path], folders: Sequence[str]) -> tuple[Protection, ...]:
    """Read and run the system's programs, read the original and these folders; write nothing, no network."""
    with contextlib.ExitStack() as opened:
        rules = [(original, kernel.READ_FILE)]
        readable = [(folder, kernel.READ) for folder in folders if Path(folder).is_dir()]
        for path, rights in (*_system_rules(tools), *readable):
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            opened.callback(os.close, descriptor)
            rules.append((descriptor, rights if Path(path).is_dir() else rights & kernel.FILE_RIGHTS))
        return _lock(rules, kernel.NETWORK, kernel.MEDDLING)


def _system_rules(tools: list[Path]) -> list[tuple[str, int]]:
    rules = [(folder, kernel.RUN) for folder in SYSTEM_FOLDERS]
    rules += [(str(tool.resolve()), kernel.READ_FILE | kernel.EXECUTE) for tool in tools]
    rules += [(file, kernel.READ) for file in SYSTEM_FILES]
    rules += [("/dev/null", kernel.READ_FILE | kernel.WRITE_FILE), ("/dev/urandom", kernel.READ_FILE)]
    return [(path, rights) for path, rights in rules if Path(path).exists()]


def _lock(rules: list[tuple[int, int]], *refused: dict[str, tuple[int, int]]) -> tuple[Protection, ...]:
    privileges = kernel.no_new_privileges()
    abi = kernel.landlock(rules) if privileges else 0
    filtered = privileges and kernel.refuse_system_calls(*refused)
    return (
        Protection("no-new-privileges", privileges, "programs started by a child could gain rights"),
        Protection(
            "landlock-files", abi >= 1, f"Landlock ABI {abi}; without it a child could open other files"
        ),
        Protection("landlock-network", abi >= 4, "TCP is refused by Landlock (Linux 6.7)"),
        Protection("landlock-signals", abi >= 6, "signals to other processes are refused (Linux 6.12)"),
        Protection("system-call-filter", filtered, "sockets, tracing and mounting are refused (seccomp)"),
        Protection("resource-limits", True, "memory, CPU time, file size and open files"),
        Protection("own-session", True, "a child and all it started are killed together"),
    )
