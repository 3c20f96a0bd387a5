"""``python -m dam.serve``: the whole archive under one supervisor; ``--workers``: workers only.

``script/server`` and ``script/worker`` end here, and so do ``dam serve`` and ``dam work``.
"""

import argparse
import os
import subprocess
import sys

from dam.errors import DamError, Unavailable
from dam.serve import ground, logs, programs, ready
from dam.serve.supervisor import Supervisor, say
from dam.settings import ROOT, Settings, from_environment

REDIS_PATIENCE = 120.0  # seconds: after a long day its file takes a while to read
WEB_PATIENCE = 60.0
TEMPORARY_PATH_LIMIT = 75  # bytes: sockets are made below it, whose path may have 107


def main() -> int:
    parser = argparse.ArgumentParser(prog="dam.serve", description=__doc__)
    parser.add_argument("--workers", action="store_true", help="workers only, for another machine's archive")
    try:
        settings = from_environment()
        return work(settings) if parser.parse_args().workers else serve(settings)
    except DamError as error:
        print(error.message, file=sys.stderr)
        return 1


def serve(settings: Settings) -> int:
    """Everything. Returns 0 after a signal to stop; raises DamError when it cannot start."""
    ground.make_folders(settings)
    with ground.claim(settings), ground.listen(settings) as door:
        if left := ground.end_leftovers(settings):
            say(f"ended {left} processes that an earlier run left behind")
        ground.empty_temporary_folder(settings)
        supervisor = Supervisor(ROOT, ground.logs_dir(settings), environment(settings), door.fileno())
        try:
            if settings.private_redis:
                supervisor.start([programs.redis(settings)])
                if not supervisor.wait_until(lambda: ready.redis_answers(settings), REDIS_PATIENCE):
                    return give_up(supervisor, settings, "redis")
            link = prepare(settings)
            supervisor.start(programs.whole_archive(settings, door.fileno()))
            if not supervisor.wait_until(lambda: ready.web_answers(settings), WEB_PATIENCE):
                return give_up(supervisor, settings, "web")
            welcome(settings, link)
            supervisor.watch()
        finally:
            say("stopping")
            supervisor.stop({each.name for each in programs.whole_archive(settings, door.fileno())})
            supervisor.stop()  # Redis last: the others still speak to it
            ground.clear_run_folder(settings)
            say("stopped")
    return 0


def work(settings: Settings) -> int:
    """Workers for an archive of another machine, with its database, queue and stores. Raises DamError."""
    if settings.database_url.startswith("sqlite"):
        raise Unavailable(
            "Workers on another machine need PostgreSQL, named by DAM_DATABASE_URL: "
            "an SQLite file cannot be shared between machines."
        )
    if settings.private_redis:
        raise Unavailable("Workers on another machine need the archive's Redis: set DAM_REDIS_URL.")
    for store in (settings.originals_dir, settings.renditions_dir):
        if not (store / ".store").is_file():
            raise Unavailable(f"The archive's store is not mounted at {store}: its marker .store is missing.")
    ground.make_folders(settings)
    with ground.claim(settings):
        ground.end_leftovers(settings)
        ground.empty_temporary_folder(settings)
        supervisor = Supervisor(ROOT, ground.logs_dir(settings), environment(settings), None)
        try:
            supervisor.start(programs.workers(settings))
            say(f"{settings.photo_workers + settings.any_workers} workers started; Ctrl-C ends them")
            supervisor.watch()
        finally:
            say("stopping")
            supervisor.stop()
            ground.clear_run_folder(settings)
            say("stopped")
    return 0


def prepare(settings: Settings) -> str:
    """Database and folders up to date; the first administrator's link or ''. Raises Unavailable."""
    done = subprocess.run(
        (sys.executable, "-m", "dam.serve.prepare"),
        cwd=ROOT, env=environment(settings), stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable("The archive could not be prepared; the reason is above.")
    return done.stdout.strip()


def environment(settings: Settings) -> dict[str, str]:
    """What the programs inherit: these very settings, and the mark by which left-overs are known."""
    absolute = {
        "DAM_DATA_DIR": settings.data_dir,
        "DAM_TLS_CERT": settings.tls_cert,
        "DAM_TLS_KEY": settings.tls_key,
    }
    temporary = settings.run_dir / "tmp"
    if len(os.fsencode(temporary)) <= TEMPORARY_PATH_LIMIT:
        absolute["TMPDIR"] = temporary  # on the archive's own disk, and emptied at the next start
    return {
        **os.environ,
        **{name: str(path) for name, path in absolute.items() if path},
        "PYTHONUNBUFFERED": "1",
        ground.MARK: str(settings.data_dir),
    }


def welcome(settings: Settings, link: str) -> None:
    say(f"The archive is open at {settings.address}")
    if link:
        print(f"\n  First time: set the administrator's password here (the link works once):\n  {link}\n")
    print(f"  Data in {settings.data_dir}; logs in {ground.logs_dir(settings)}; Ctrl-C ends it.", flush=True)


def give_up(supervisor: Supervisor, settings: Settings, name: str) -> int:
    if supervisor.stopping:
        return 0
    for line in logs.last_words(ground.logs_dir(settings), name, 15):
        print(f"  {line}", file=sys.stderr)
    raise Unavailable(f"{name} did not start; the end of its log is above ({ground.logs_dir(settings)}).")


if __name__ == "__main__":
    sys.exit(main())
