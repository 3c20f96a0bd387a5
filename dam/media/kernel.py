"""The kernel's own protections, through ctypes: Landlock, a system-call filter, and death with the parent.

Sources: landlock(7) and linux/landlock.h (ABI 1 to 7), seccomp(2), linux/filter.h, linux/audit.h.
Nothing here needs a privilege. Every function says whether the kernel granted it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
SECCOMP = (317, 277)
SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_FILE, MAKE_REG = (
    1 << 0,
    1 << 1,
    1 << 2,
    1 << 3,
    1 << 5,
    1 << 8,
)
TRUNCATE = 1 << 14
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
RUN = READ | EXECUTE
FILL_FOLDER = READ | WRITE_FILE | MAKE_REG | REMOVE_FILE | TRUNCATE
FILE_SYSTEM_RIGHTS_BY_ABI = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1)
NET_TCP = 0b11  # bind, connect: ABI 4
SCOPES = 0b11  # abstract sockets, signals to processes outside: ABI 6

# number on x86_64, number on aarch64
NETWORK = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211),
}  # fmt: skip
MEDDLING = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "pidfd_getfd": (438, 438), "open_by_handle_at": (304, 265), "setsid": (112, 157), "setpgid": (109, 154),
    "personality": (135, 92), "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273),
}  # fmt: skip
RUNNING = {"execve": (59, 221), "execveat": (322, 281), "kill": (62, 129)}

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refuse: EPERM


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """SIGKILL this process when the one that forked it dies."""
    _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def no_new_privileges() -> bool:
    return _libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def landlock_abi() -> int:
    """0 where the kernel has no Landlock, or it is switched off."""
    found = _libc().syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    return max(0, found)


def landlock(rules: list[tuple[int, int]]) -> int:
    """Give up the file system but for ``rules`` (open descriptor of a file or folder, rights), TCP, and
    signals to the outside. Returns the ABI used, 0 when there is none. Needs ``no_new_privileges`` first."""
    abi = landlock_abi()
    if not abi:
        return 0
    libc = _libc()
    handled = FILE_SYSTEM_RIGHTS_BY_ABI[min(abi, 5)]
    attributes = struct.pack("=Q", handled)
    if abi >= 4:
        attributes += struct.pack("=Q", NET_TCP)
    if abi >= 6:
        attributes += struct.pack("=Q", SCOPES)
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return 0
    try:
        for descriptor, rights in rules:
            rule = struct.pack("=Qi", rights & handled, descriptor)
            if libc.syscall(LANDLOCK_ADD_RULE, ruleset, 1, rule, 0) != 0:
                raise OSError(ctypes.get_errno(), "landlock_add_rule")
        return abi if libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def refuse_system_calls(*groups: dict[str, tuple[int, int]]) -> bool:
    """A filter for this process and all it starts: the named calls fail with EPERM. False where not granted.

    Needs ``no_new_privileges`` first.
    """
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        return False
    column = 0 if machine == "x86_64" else 1
    refused = sorted({numbers[column] for group in groups for numbers in group.values()})
    program = [(_LOAD_WORD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _KILL)]
    program += [(_LOAD_WORD, 0, 0, 0)]
    if machine == "x86_64":  # the x32 numbers are a second door to the same calls
        program += [(_JUMP_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _REFUSE)]
    for place, number in enumerate(refused):
        program.append((_JUMP_EQUAL, len(refused) - place, 0, number))
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    head = struct.pack("@HxxxxxxP", len(program), ctypes.addressof(code))
    libc = _libc()
    # Before Linux 5.16 a filtered process is slowed down against Spectre unless asked not to
    if libc.syscall(SECCOMP[column], 1, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ctypes.c_char_p(head)) == 0:
        return True
    return libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(head), 0, 0) == 0
