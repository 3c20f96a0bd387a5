"""One child, one file: gives up everything it does not need, looks, answers, ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from dam.media import clip, exiftool_spare, kernel, lockdown, metadata, opening, photo, tools
from dam.media.colour import Colour
from dam.media.limits import Limits
from dam.media.reasons import Reason, Unreadable
from dam.media.recipes import Recipe
from dam.media.sniff import HEAD_BYTES, Sniffed, sniff
from dam.media.visit import Facts

ORIGINAL, INTO, ANSWER, FIRST_FREE = 3, 4, 5, 6
STILL = ("photo", "document")
RESERVE = 64 * 1024  # bytes of facts' raw values; the rest of an answer is small


def expose(
    original: int, into: int, answer: int, request: dict[str, Any], colour: Colour, limits: Limits
) -> NoReturn:
    """Runs in the forked child and never returns. Its answer is lines: a letter, a space, JSON."""
    code = 1
    try:
        _settle(original, into, answer, request["parent"])
        wanted = [_recipe(told) for told in request["wanted"]]
        _look(wanted, colour, limits)
        code = 0
    except Unreadable as refusal:
        _tell("F", {"reason": refusal.reason, "detail": refusal.detail[:500]})
        code = 0
    except MemoryError:
        _tell("F", {"reason": Reason.TOO_MUCH_MEMORY, "detail": "memory limit reached"})
        code = 0
    except FileExistsError as error:
        _tell("X", {"name": str(error.filename)})
        code = 0
    except BaseException as error:
        at = error.__traceback__
        while at and at.tb_next:
            at = at.tb_next
        place = f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "?"
        _tell(
            "F",
            {"reason": Reason.DECODER_FAILED, "detail": f"{type(error).__name__}: {error} ({place})"[:500]},
        )
        code = 0
    finally:
        os._exit(code)


def _settle(original: int, into: int, answer: int, parent: int) -> None:
    """Own session, death with the parent, no inherited descriptor but three, silence."""
    os.setsid()
    kernel.die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, most // 2) for descriptor in (original, into, answer)]
    for place, descriptor in zip((ORIGINAL, INTO, ANSWER), high, strict=True):
        os.dup2(descriptor, place, inheritable=False)
    os.closerange(FIRST_FREE, most)
    silence = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(silence, place)
    os.close(silence)


def _look(wanted: list[Recipe], colour: Colour, limits: Limits) -> None:
    file: BinaryIO = os.fdopen(ORIGINAL, "rb")
    try:
        found = sniff(os.pread(ORIGINAL, HEAD_BYTES, 0), lambda at, count: os.pread(ORIGINAL, count, at))
    except Unreadable as refusal:
        if refusal.reason == Reason.NOT_RENDERED:
            _read_only(file, refusal.detail, limits)
        raise
    still = found.kind in STILL
    kinds = (found.kind,) if still else ("video", "audio")  # which of these two, only ffprobe knows
    mine = [recipe for recipe in wanted if recipe.kind in kinds]
    for recipe in mine:
        with contextlib.suppress(FileNotFoundError):
            os.stat(recipe.file_name, dir_fd=INTO, follow_symlinks=False)
            raise FileExistsError(17, "exists", recipe.file_name)
    look: Callable[..., dict[str, Any]] = _look_at_photo if still else _look_at_clip
    answer = look(file, found, mine, colour, limits)
    _tell("V", answer)


def _read_only(file: BinaryIO, media_type: str, limits: Limits) -> None:
    """What is kept without a picture says all the same when, where and by whom it was made."""
    lockdown.limit_photo(limits)
    lockdown.lock_photo()
    _tell_facts(metadata.read(file).facts(Sniffed("unknown", media_type, "")))


def _look_at_photo(
    file: BinaryIO, found: Sniffed, wanted: list[Recipe], colour: Colour, limits: Limits
) -> dict[str, Any]:
    tell = _filled_by_exiftool(limits) if found.media_type in exiftool_spare.STILLS else _tell_facts
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    files = {r: os.fdopen(os.open(r.file_name, flags, 0o640, dir_fd=INTO), "wb") for r in wanted}
    os.close(INTO)
    printed = any(recipe.format == "tif" for recipe in wanted)
    if printed:
        _tell("D", limits.print_seconds)
        lockdown.limit_print(limits)
    else:
        lockdown.limit_photo(limits)
    libraries = printed or found.reader in opening.NEED_LIBRARIES
    lockdown.lock_photo(lockdown.folders_of_libraries() if libraries else ())
    return photo.visit(file, found, files, colour, limits, tell)


def _filled_by_exiftool(limits: Limits) -> Callable[[Facts], None]:
    """Asked before this process gives up running programs; ExifTool's own gives up all but this file."""
    program = tools.find("exiftool")

    def lock() -> None:
        kernel.die_with_parent()
        lockdown.limit_photo(limits)
        lockdown.lock_reader(ORIGINAL, [program] if program else [], exiftool_spare.PERL)

    said = exiftool_spare.ask(ORIGINAL, lock)
    return lambda facts: _tell_facts(exiftool_spare.fill(facts, said))


def _look_at_clip(
    file: BinaryIO, found: Sniffed, wanted: list[Recipe], colour: Colour, limits: Limits
) -> dict[str, Any]:
    os.fchdir(INTO)
    programs = [path for name in ("ffmpeg", "ffprobe") if (path := tools.find(name))]
    tell = _filled_by_exiftool(limits) if found.reader in exiftool_spare.CONTAINERS else _tell_facts
    lockdown.limit_video(limits)
    lockdown.lock_video(ORIGINAL, INTO, programs)
    return clip.visit(file, found, wanted, colour, limits, tell, lambda s: _tell("D", s))


def _recipe(told: dict[str, Any]) -> Recipe:
    told = {k: v for k, v in told.items() if k != "fingerprint"}
    return Recipe(**{**told, "options": tuple((k, v) for k, v in told["options"])})


def _tell_facts(facts: Facts) -> None:
    told = facts.as_dict()
    if len(json.dumps(told["raw"])) > RESERVE:
        told["raw"] = {"left_out": "more than 64 kB"}
    _tell("A", told)


def _tell(letter: str, value: Any) -> None:
    line = f"{letter} {json.dumps(value, default=str)}\n".encode()
    while line:
        line = line[os.write(ANSWER, line) :]
