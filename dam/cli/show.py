"""``dam show``: everything the archive knows of one asset."""

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.services import showing


@click.command("show")
@click.argument("asset_id", type=int, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def show(desk: Desk, asset_id: int, as_json: bool) -> None:
    """Show one asset."""
    with desk.archive.reading() as tx:
        facts = showing.show(tx, desk.actor, asset_id)
    if as_json:
        print_json(facts)
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        if value not in (None, [], ""):
            click.echo(f"{name:<{width}}  {value}")
