"""The warm parent: every decoder imported, no secret and no connection held, one forked child per file.

Started by ``dam.media.sandbox`` as ``python -m dam.media.darkroom SOCKET LIFELINE LIMITS`` with an empty
environment. It listens on a Unix socket in a folder of mode 0700, and ends when the last process that holds
the other end of the lifeline pipe has ended, so that none is ever left over.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image

from dam.media import child, exif, image, lockdown, metadata, resample, subjects, xmp
from dam.media.colour import Colour
from dam.media.limits import Limits
from dam.media.recipes import standing
from dam.media.wire import receive_request, send_answer

PATIENCE = 5.0  # seconds for a client to say or to hear something; both are local and at once


@dataclass
class Exposure:
    """A child at work for one client."""

    link: socket.socket
    pid: int
    pipe: int
    deadline: float
    slow: bool = False
    long: bool = False
    heard: bytearray = field(default_factory=bytearray)
    told: int = 0


class Darkroom:
    def __init__(self, listener: socket.socket, lifeline: int, limits: Limits) -> None:
        self.limits = limits
        self.colour = Colour()
        self.listener = listener
        self.lifeline = lifeline
        self.watch = selectors.DefaultSelector()
        self.at_work: dict[int, Exposure] = {}

    def serve(self) -> None:
        """Until told to stop, or until nobody is left who could ask."""
        waking, woken = os.pipe()
        os.set_blocking(waking, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch.register(self.listener, selectors.EVENT_READ, self._welcome)
        self.watch.register(self.lifeline, selectors.EVENT_READ, self._leave)
        self.watch.register(waking, selectors.EVENT_READ, lambda: os.read(waking, 4096))
        while True:
            for key, _ in self.watch.select(self._until_deadline()):
                key.data()
            self._end_the_slow()
            self._reap()

    def _leave(self) -> None:
        for exposure in list(self.at_work.values()):
            _kill(exposure.pid)
        shutil.rmtree(Path(self.listener.getsockname()).parent, ignore_errors=True)
        sys.exit(0)

    def _until_deadline(self) -> float | None:
        nearest = min((e.deadline for e in self.at_work.values() if not e.slow), default=None)
        return None if nearest is None else max(0.0, nearest - time.monotonic())

    def _welcome(self) -> None:
        link, _ = self.listener.accept()
        link.settimeout(PATIENCE)
        try:
            request, files = receive_request(link)
        except (OSError, ValueError, EOFError):
            link.close()
            return
        try:
            if request["verb"] == "stop":
                self._leave()
            elif request["verb"] == "hello":
                send_answer(link, {"hello": os.getpid()})
                link.close()
            elif request["verb"] == "protections":
                send_answer(link, {"protections": _try_protections(self.limits)})
                link.close()
            elif len(files) == 2:
                self._expose(link, request, *files)
            else:
                link.close()
        except OSError:
            link.close()
        finally:
            for descriptor in files:
                os.close(descriptor)

    def _expose(self, link: socket.socket, request: dict[str, Any], original: int, into: int) -> None:
        if any(recipe.get("format") == "json" for recipe in request["wanted"]):
            subjects.warm()  # once, for all that follow: a child may open no file
        hearing, telling = os.pipe()
        request["parent"] = os.getpid()
        pid = os.fork()
        if pid == 0:
            child.expose(original, into, telling, request, self.colour, self.limits)
        os.close(telling)
        os.set_blocking(hearing, False)
        seconds = min(
            float(request.get("seconds") or self.limits.photo_seconds), self.limits.video_cap_seconds
        )
        exposure = Exposure(link, pid, hearing, time.monotonic() + seconds)
        self.at_work[pid] = exposure
        self.watch.register(hearing, selectors.EVENT_READ, lambda: self._hear(exposure))
        self.watch.register(link, selectors.EVENT_READ, lambda: self._abandon(exposure))

    def _hear(self, exposure: Exposure) -> None:
        """Collect what a child says. Only the first line that asks for time is understood here."""
        try:
            part = os.read(exposure.pipe, 65536)
        except BlockingIOError:
            return
        if not part:
            self.watch.unregister(exposure.pipe)
            return
        exposure.heard += part
        if len(exposure.heard) > self.limits.answer_bytes:
            exposure.long = True
            _kill(exposure.pid)
        while (end := exposure.heard.find(b"\n", exposure.told)) >= 0:
            line, exposure.told = bytes(exposure.heard[exposure.told : end]), end + 1
            if line.startswith(b"D ") and len(line) < 40:
                self._grant(exposure, line[2:])

    def _grant(self, exposure: Exposure, asked: bytes) -> None:
        try:
            seconds = float(asked)
        except ValueError:
            return
        if 0 < seconds <= self.limits.video_cap_seconds:
            exposure.deadline = max(exposure.deadline, time.monotonic() + seconds)

    def _abandon(self, exposure: Exposure) -> None:
        """Nobody is waiting any more: the client closed, or died."""
        self.watch.unregister(exposure.link)
        _kill(exposure.pid)

    def _end_the_slow(self) -> None:
        now = time.monotonic()
        for exposure in self.at_work.values():
            if exposure.deadline <= now and not exposure.slow:
                exposure.slow = True
                _kill(exposure.pid)

    def _reap(self) -> None:
        for pid in list(self.at_work):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if not done:
                continue
            exposure = self.at_work.pop(pid)
            _kill(pid)  # what the child left in its group
            self._hear_the_rest(exposure)
            code = os.waitstatus_to_exitcode(status)
            answer = {
                "heard": exposure.heard.decode(errors="replace"),
                "code": code,
                "slow": exposure.slow,
                "long": exposure.long,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_bytes": usage.ru_maxrss * 1024,
            }
            self._answer(exposure, answer)

    def _hear_the_rest(self, exposure: Exposure) -> None:
        while exposure.pipe in self.watch.get_map():
            before = len(exposure.heard)
            self._hear(exposure)
            if len(exposure.heard) == before and exposure.pipe in self.watch.get_map():
                self.watch.unregister(exposure.pipe)
        os.close(exposure.pipe)

    def _answer(self, exposure: Exposure, answer: dict[str, Any]) -> None:
        if exposure.link in self.watch.get_map():
            self.watch.unregister(exposure.link)
        with contextlib.suppress(OSError):  # the client has gone; what was made is its folder's business
            send_answer(exposure.link, answer)
        exposure.link.close()


def _kill(pid: int) -> None:
    """The child and all it started; alone, when it had no time to make its own group."""
    for kill, number in ((os.killpg, pid), (os.kill, pid)):
        try:
            kill(number, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _try_protections(limits: Limits) -> list[list[Any]]:
    """What a child is really granted, by doing it in one."""
    hearing, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lockdown.limit_photo(limits)
            granted = [[p.name, p.granted, p.detail] for p in lockdown.lock_photo()]
            os.write(telling, json.dumps(granted).encode())
        finally:
            os._exit(0)
    os.close(telling)
    with os.fdopen(hearing, "rb") as told:
        text = told.read()
    os.waitpid(pid, 0)
    return json.loads(text or b"[]")


def rehearse(colour: Colour) -> None:
    """Every decoder once, on a picture of our own: what imports late does so before any path is given up."""
    picture = Image.radial_gradient("L").convert("RGB").resize((96, 64))
    packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>"
    block = Image.Exif()
    block[0x010F] = "rehearsal"
    for name in ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIF"):
        file = io.BytesIO()
        picture.save(file, name, **({"exif": block} if name in ("JPEG", "PNG", "WEBP", "TIFF") else {}))
        opened = image.open_picture(file, "JPEG" if name == "MPO" else name, 1_000_000)
        recipes = list(standing("photo"))
        for recipe, small, _ in image.renditions(opened, recipes, 6, colour):
            image.save_jpeg(small, io.BytesIO(), recipe, colour)
        image.placeholder(small)
        image.difference_hash(small)
        image.average_color(small)
        metadata.read(file, None, opened)
        if name in ("JPEG", "TIFF"):
            exif.facts(exif.read(file))
    xmp.read_all(packet)
    for coding in ("cp1252", "mac_roman", "latin-1", "utf-16-le", "utf-16-be", "utf-8", "ascii"):
        "á".encode(coding, errors="replace")


def main(socket_path: str, lifeline: str, limits: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker; the lifeline tells us
    warnings.simplefilter("ignore")
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 2
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = f"{socket_path}.{os.getpid()}"
    listener.bind(fresh)
    listener.listen(128)
    room = Darkroom(listener, int(lifeline), Limits(**json.loads(limits)))
    resample.warm()
    rehearse(room.colour)
    gc.collect()
    gc.freeze()
    Path(fresh).rename(socket_path)  # only now can anybody knock
    room.serve()


if __name__ == "__main__":
    main(*sys.argv[1:4])
