"""What every command is handed: the archive and who acts."""

import gc
import json
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click
from sqlalchemy import select

from dam.archive import Archive
from dam.bootstrap import build
from dam.errors import NotFound
from dam.models import User
from dam.services import accounts
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from dam.settings import from_environment


@dataclass
class Desk:
    """``login`` None means the local administrator: whoever may run commands on this machine."""

    login: str | None = None

    @cached_property
    def archive(self) -> Archive:
        archive = build(from_environment())
        gc.freeze()  # what was loaded stays; from here on a long command looks for garbage again
        gc.enable()
        return archive

    @cached_property
    def actor(self) -> Actor:
        """Raises NotFound when ``--as`` names nobody who may sign in."""
        if self.login is None:
            return LOCAL_ADMINISTRATOR
        with self.archive.reading() as tx:
            user = tx.scalars(select(User).where(User.login == self.login.strip().lower())).first()
            if user is None or not user.active:
                raise NotFound(f"There is no active account {self.login!r}.")
            return accounts.actor_of(tx, user)


pass_desk = click.make_pass_decorator(Desk, ensure=True)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
