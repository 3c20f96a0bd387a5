"""The tree of commands, and the one place where refusals become messages and exit codes."""

import sys
from importlib import import_module

import click
from sqlalchemy.exc import OperationalError

from dam.cli.desk import Desk
from dam.errors import DamError
from storage import StoreError

COMMANDS = {
    "accept": "dam.cli.clock:accept",
    "audit": "dam.cli.users:audit_log",
    "clock": "dam.cli.clock:clock",
    "describe": "dam.cli.describe:describe",
    "districts": "dam.cli.districts:districts",
    "doctor": "dam.cli.doctor:doctor",
    "download": "dam.cli.download:download",
    "events": "dam.cli.events:events",
    "export": "dam.cli.export:export",
    "find": "dam.cli.finding:find",
    "ingest": "dam.cli.ingest:ingest",
    "officials": "dam.cli.officials:officials",
    "places": "dam.cli.places:places",
    "presets": "dam.cli.presets:presets",
    "review": "dam.cli.review:review",
    "reindex": "dam.cli.finding:reindex",
    "serve": "dam.cli.serve:serve",
    "show": "dam.cli.show:show",
    "synonyms": "dam.cli.synonyms:synonyms",
    "undo": "dam.cli.describe:undo",
    "users": "dam.cli.users:users",
    "withdraw": "dam.cli.review:withdraw",
    "work": "dam.cli.serve:work",
}


class Commands(click.Group):
    """Loads a command when it is asked for: nobody waits for the parts of the others."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, command = COMMANDS[name].partition(":")
        return getattr(import_module(module), command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--as", "login", metavar="USER", help="Act as this account instead of the local administrator.")
@click.pass_context
def main(context: click.Context, login: str | None) -> None:
    """The archive's command line. Everything it does is recorded."""
    context.obj = Desk(login)


def run() -> None:
    """Run and exit: 0 done, 1 refused, 2 misused, 3 done in part."""
    try:
        main(prog_name="dam")
    except DamError as error:
        click.echo(f"dam: {error}", err=True)
        for candidate in error.detail.get("candidates", []) or []:
            if candidate not in error.message:
                click.echo(f"  {candidate}", err=True)
        sys.exit(1)
    except StoreError as error:
        click.echo(f"dam: {error}", err=True)
        sys.exit(1)
    except OperationalError as error:
        click.echo(
            f"dam: the database does not answer or is not set up ({error.orig}). "
            "Start the archive with script/server first.",
            err=True,
        )
        sys.exit(1)
