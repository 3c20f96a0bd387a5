"""The machine: programs, Python, the kernel's protections, the clock."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

from dam.cli.checkup.finding import Finding, good, mind, wrong
from dam.errors import DamError
from dam.media import faces, things, tools
from dam.media.sandbox import Sandbox
from dam.settings import Settings

SETUP = "Run script/setup, which installs it."
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # this program is younger: a clock before that is wrong


def python() -> Iterator[Finding]:
    yield good("python", f"Python {platform.python_version()} on {platform.system()} {platform.release()}")


def programs(settings: Settings) -> Iterator[Finding]:
    for tool in tools.installed():
        if tool.path is None:
            yield wrong(tool.name, f"{tool.name} is missing", f"{SETUP} (Debian package {tool.package})")
        else:
            yield good(tool.name, f"{tool.name} {tool.version} ({tool.path})")
    if not settings.private_redis:
        return
    path = shutil.which("redis-server")
    if path is None:
        yield wrong("redis-server", "redis-server is missing", f"{SETUP} (Debian package redis-server)")
    else:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
        words = dict(word.partition("=")[::2] for word in said.stdout.split() if "=" in word)
        yield good("redis-server", f"redis-server {words.get('v', 'of unknown version')} ({path})")


def detectors() -> Iterator[Finding]:
    """What crops are proposed by. Without one the others propose, less well."""
    for name, installed in (("faces", faces.installed()), ("things", things.installed())):
        if installed:
            yield good(f"detector of {name}", "installed")
        else:
            yield mind(f"detector of {name}", "missing: crops are proposed less well", SETUP)


def protections() -> Iterator[Finding]:
    """What the kernel grants to the child that reads strangers' files, found by trying."""
    try:
        with Sandbox() as sandbox:
            found = sandbox.protections()
    except (DamError, OSError) as error:
        yield wrong("sandbox", f"The process that reads files does not start: {error}", SETUP)
        return
    for protection in found:
        name = f"kernel {protection.name}"
        if protection.granted:
            yield good(name, "granted")
        else:
            advice = "The archive works without it, less safely; kernels from 6.7 on grant everything."
            yield mind(name, f"not granted: {protection.detail}", advice)


def clock(settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    said = f"{now.astimezone(settings.zone):%Y-%m-%d %H:%M %Z} in {settings.timezone}"
    if now < EARLIEST:
        yield wrong("clock", said, "Set the clock (timedatectl set-ntp true): links and dates depend on it.")
    else:
        yield good("clock", said)
