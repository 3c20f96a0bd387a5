"""The tree of commands, and the one place where refusals become messages and exit codes."""

import sys

import click
from sqlalchemy.exc import OperationalError

from dam.cli.describe import describe, undo
from dam.cli.desk import Desk
from dam.cli.districts import districts
from dam.cli.doctor import doctor
from dam.cli.download import download
from dam.cli.events import events
from dam.cli.finding import find, reindex
from dam.cli.ingest import ingest
from dam.cli.officials import officials
from dam.cli.places import places
from dam.cli.serve import serve, work
from dam.cli.show import show
from dam.cli.users import audit_log, users
from dam.errors import DamError
from storage import StoreError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--as", "login", metavar="USER", help="Act as this account instead of the local administrator.")
@click.pass_context
def main(context: click.Context, login: str | None) -> None:
    """The archive's command line. Everything it does is recorded."""
    context.obj = Desk(login)


main.add_command(districts)
main.add_command(describe)
main.add_command(doctor)
main.add_command(download)
main.add_command(events)
main.add_command(find)
main.add_command(ingest)
main.add_command(officials)
main.add_command(places)
main.add_command(reindex)
main.add_command(serve)
main.add_command(show)
main.add_command(undo)
main.add_command(work)
main.add_command(users)
main.add_command(audit_log)


def run() -> None:
    """Run and exit: 0 done, 1 refused, 2 misused, 3 done in part."""
    try:
        main()
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
