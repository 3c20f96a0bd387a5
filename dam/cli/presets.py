"""``dam presets``: which download formats and packs there are."""

from dataclasses import asdict

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.cli.tables import print_table
from dam.services import presets as formats


@click.command("presets")
@click.option(
    "--kind", type=click.Choice(["photo", "video", "audio", "document"]), help="Only those of a kind."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def presets(desk: Desk, kind: str | None, as_json: bool) -> None:
    """The download formats in use, in their order, and the packs that hold them.

    Sizes are pixels, ceilings bytes, lengths seconds, loudness LUFS; ``covered`` are the parts of the frame
    (left, top, right, bottom, from 0 to 1) that a network lays its own things over.
    """
    with desk.archive.reading() as tx:
        listed, packs = formats.listed(tx, kind), formats.packs(tx)
    if as_json:
        told = [{**asdict(one), "options": dict(one.options), "shape": one.shape} for one in listed]
        print_json({"presets": told, "packs": [asdict(pack) for pack in packs]})
        return
    print_table(
        (one.key, one.size_words, one.format, f"v{one.version}", f"{one.name}: {one.purpose}")
        for one in listed
    )
    for pack in packs:
        click.echo(f"{pack.name}: {', '.join(pack.presets)}")
