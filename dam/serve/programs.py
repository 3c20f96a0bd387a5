"""Which programs make an archive, and how each is called."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from dam.queue import Lane
from dam.settings import Settings

PHOTO_LANES = (Lane.INTERACTIVE, Lane.PHOTOS)
# A worker's decoded pictures are large blocks: huge pages saved 15 ms of 190 a photo.
LARGE_BLOCKS = (("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),)


@dataclass(frozen=True)
class Program:
    """One process to keep running. ``grace`` is the time in seconds it has to end when asked to."""

    name: str
    argv: tuple[str, ...]
    grace: float = 10.0
    nice: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    passes_socket: bool = False  # inherits the listening socket, as the descriptor in its arguments
    death_signal: int = signal.SIGKILL  # sent by the kernel when the supervisor is gone


def redis(settings: Settings) -> Program:
    """A Redis of the archive's own: no port, a socket for this account only, every job kept on disk."""
    arguments = {
        "port": "0",
        "unixsocket": str(settings.redis_socket),
        "unixsocketperm": "700",
        "dir": str(redis_dir(settings)),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "logfile": "",
    }
    flags = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    return Program("redis", ("redis-server", *flags), death_signal=signal.SIGTERM)


def redis_dir(settings: Settings) -> Path:
    """Where Redis keeps its append-only file."""
    return settings.data_dir / "redis"


def web(settings: Settings, descriptor: int) -> Program:
    """gunicorn with threads, on the socket ``descriptor`` that the supervisor holds: while it restarts,
    callers wait instead of being turned away."""
    argv = [
        sys.executable, "-m", "gunicorn", "app:create_app()",
        "--bind", f"fd://{descriptor}",
        "--worker-class", "gthread",
        "--workers", str(settings.web_processes),
        "--threads", str(settings.web_threads),
        "--timeout", "120",
        "--graceful-timeout", "8",
        "--keep-alive", "20",
        "--limit-request-line", "8190",
        "--forwarded-allow-ips", "",  # DAM_TRUSTED_PROXIES decides, in dam.web
        "--no-control-socket",
        "--worker-tmp-dir", str(settings.run_dir),
    ]  # fmt: skip
    if settings.tls_cert and settings.tls_key:
        argv += ["--certfile", str(settings.tls_cert), "--keyfile", str(settings.tls_key)]
    return Program("web", tuple(argv), passes_socket=True)


def worker(name: str, lanes: tuple[Lane, ...]) -> Program:
    argv = (sys.executable, "-m", "workers.main", "--lanes", ",".join(lanes))
    return Program(name, argv, nice=5, environment=LARGE_BLOCKS)


def workers(settings: Settings) -> list[Program]:
    """Those that never take video, so that a photo never waits behind a clip, and those that take all."""
    photos = [worker(f"photos-{n + 1}", PHOTO_LANES) for n in range(settings.photo_workers)]
    anything = [worker(f"any-{n + 1}", tuple(Lane)) for n in range(settings.any_workers)]
    return photos + anything


def standing(module: str) -> Program:
    """One of the two processes there is exactly one of: ``indexer`` and ``reconciler``."""
    return Program(module, (sys.executable, "-m", f"workers.{module}"))


def whole_archive(settings: Settings, descriptor: int) -> list[Program]:
    """Everything but Redis, which starts before and ends after."""
    return [web(settings, descriptor), *workers(settings), standing("indexer"), standing("reconciler")]
