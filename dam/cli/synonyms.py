"""``dam synonyms``: ways of saying the same, as searches know them."""

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import print_table
from dam.services import synonyms as table


@click.group("synonyms")
def synonyms() -> None:
    """Words and expressions that mean the same: who searches for one finds the others."""


@synonyms.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@pass_desk
def list_synonyms(desk: Desk, as_json: bool) -> None:
    """All groups with their numbers."""
    with desk.archive.reading() as tx:
        groups = [{"id": one.id, "terms": [term.term for term in one.terms]} for one in table.groups(tx)]
    if as_json:
        print_json(groups)
    else:
        print_table((one["id"], " = ".join(one["terms"])) for one in groups)


@synonyms.command("add")
@click.argument("terms", nargs=-1, required=True)
@pass_desk
def add(desk: Desk, terms: tuple[str, ...]) -> None:
    """Add a group: two expressions at least, those of several words in quotes."""
    with desk.archive.transaction() as tx:
        group = table.add(tx, desk.actor, terms)
        click.echo(group.id)


@synonyms.command("change")
@click.argument("number", type=int)
@click.argument("terms", nargs=-1, required=True)
@pass_desk
def change(desk: Desk, number: int, terms: tuple[str, ...]) -> None:
    """Replace the expressions of a group."""
    with desk.archive.transaction() as tx:
        table.change(tx, desk.actor, number, terms)


@synonyms.command("remove")
@click.argument("number", type=int)
@pass_desk
def remove(desk: Desk, number: int) -> None:
    """Remove a group. What it was is printed, for ``add``."""
    with desk.archive.transaction() as tx:
        terms = table.remove(tx, desk.actor, number)
    click.echo(" = ".join(terms))
