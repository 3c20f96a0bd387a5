"""``dam serve`` and ``dam work``: the same as script/server and script/worker, without their set-up."""

import os
import sys

import click


@click.command()
def serve() -> None:
    """Start the whole archive on this machine: web, workers, indexer, reconciler and its own Redis.

    Ctrl-C ends it. Settings are DAM_* variables.
    """
    _become("dam.serve")


@click.command()
def work() -> None:
    """Start workers only, for an archive that runs on another machine.

    Needs DAM_DATABASE_URL, DAM_REDIS_URL and the archive's stores mounted in the data folder.
    """
    _become("dam.serve", "--workers")


def _become(*module: str) -> None:
    """A fresh process in place of this one: the supervisor stays small and holds nothing open."""
    os.execv(sys.executable, [sys.executable, "-P", "-m", *module])
