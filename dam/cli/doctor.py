"""``dam doctor``: what is well and what is not, each with what to do."""

import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from dam.archive import Archive
from dam.cli.checkup import keeping, machine, moving
from dam.cli.checkup.finding import Finding, State
from dam.cli.desk import Desk, pass_desk, print_json

SIGN = {State.GOOD: "✓", State.MIND: "!", State.WRONG: "✗"}
COLOUR = {State.GOOD: "green", State.MIND: "yellow", State.WRONG: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@pass_desk
def doctor(desk: Desk, as_json: bool) -> None:
    """Look at the machine, the stores, the database, the queue and the workers.

    Ends with code 1 when something essential is wrong.
    """
    findings = []
    for finding in examine(desk.archive):
        findings.append(finding)
        if not as_json:
            _print(finding)
    well = all(finding.state != State.WRONG for finding in findings)
    if as_json:
        print_json({"well": well, "findings": [asdict(finding) for finding in findings]})
    else:
        click.echo("Nothing essential is wrong." if well else "Something essential is wrong: see ✗ above.")
    sys.exit(0 if well else 1)


def examine(archive: Archive) -> Iterator[Finding]:
    """Every check, in the order in which they depend on one another."""
    settings = archive.settings
    yield from machine.python()
    yield from machine.programs(settings)
    yield from machine.detectors()
    yield from machine.protections()
    yield from machine.clock(settings)
    yield from keeping.data_folder(archive)
    yield from keeping.database(archive)
    yield from keeping.stores(archive)
    yield from moving.supervisor(archive)
    yield from moving.redis(archive)
    yield from moving.index(archive)


def _print(finding: Finding) -> None:
    sign = click.style(SIGN[finding.state], fg=COLOUR[finding.state])
    click.echo(f"{sign} {finding.name}: {finding.says}")
    if finding.do:
        click.echo(f"    → {finding.do}")
