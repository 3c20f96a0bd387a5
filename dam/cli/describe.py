"""``dam describe``: say who and what is in some assets; ``dam undo`` takes a change back."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.errors import Invalid
from dam.models import Minors, Review
from dam.services import describing, events, officials, places
from dam.services.describing import changes

TEXTS = ("headline", "caption", "alt-text", "byline", "credit", "copyright", "usage-terms")


def _texts(command: click.Command) -> click.Command:
    for name in reversed(TEXTS):
        text = f"New {name.replace('-', ' ')}; an empty one removes it."
        command = click.option(f"--{name}", help=text)(command)
    return command


@click.command("describe")
@click.argument("asset_ids", nargs=-1, required=True, type=int, metavar="ID...")
@click.option("--appears", multiple=True, metavar="NAME", help="Official to be seen in them. Repeatable.")
@click.option(
    "--not-appears", multiple=True, metavar="NAME", help="Official not to be seen in them. Repeatable."
)
@click.option("--keyword", multiple=True, help="Keyword to add. Repeatable.")
@click.option("--remove-keyword", multiple=True, help="Keyword to remove. Repeatable.")
@click.option("--event", metavar="NAME", help="Move them to this event.")
@click.option("--municipality", help='Name, "Metepec, México" or INEGI key.')
@click.option("--rating", type=click.IntRange(1, 5), help="1 to 5 stars.")
@click.option("--review", type=click.Choice([str(state) for state in Review]), help="Review status.")
@click.option(
    "--minors", type=click.Choice([str(seen) for seen in Minors]), help="Are minors recognisable in them?"
)
@click.option(
    "--embargo", metavar="MOMENT", help="Not before: 2026-05-02T08:00, by the office's clock; empty lifts it."
)
@click.option("--rights-until", metavar="DAY", help="Last day of the rights: 2026-12-31; empty removes it.")
@_texts
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def describe(desk: Desk, asset_ids: tuple[int, ...], as_json: bool, **said: Any) -> None:
    """Describe all of ID… at once, or none of them. The answer names the change, for ``dam undo``."""
    with desk.archive.transaction() as tx:
        told: dict[str, Any] = {
            name: said[name] or None
            for name in (text.replace("-", "_") for text in TEXTS)
            if said[name] is not None
        }
        if said["rating"] is not None:
            told["rating"] = said["rating"]
        if said["review"]:
            told["review"] = Review(said["review"])
        if said["minors"]:
            told["minors"] = Minors(said["minors"])
        if said["embargo"] is not None:
            told["embargo_until"] = _moment(said["embargo"], desk.archive.settings.zone)
        if said["rights_until"] is not None:
            told["rights_expire_on"] = _day(said["rights_until"])
        if said["event"]:
            told["event_id"] = events.find_event(tx, said["event"]).id
        if said["municipality"]:
            told["municipality_key"] = places.find_municipality(tx, said["municipality"]).key
        description = describing.Description(
            add_keywords=said["keyword"],
            remove_keywords=said["remove_keyword"],
            appears_add=tuple(officials.find_official(tx, name).id for name in said["appears"]),
            appears_remove=tuple(officials.find_official(tx, name).id for name in said["not_appears"]),
            **told,
        )
        change = describing.describe(tx, desk.actor, asset_ids, description)
    if as_json:
        print_json({"change_id": change.id, "asset_ids": list(asset_ids)})
    else:
        click.echo(f"{len(set(asset_ids))} described. To take it back: dam undo {change.id}")


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(f"{text!r} is not a moment such as 2026-05-02T08:00.") from error
    return said if said.tzinfo else said.replace(tzinfo=zone)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(f"{text!r} is not a day such as 2026-12-31.") from error


@click.command("undo")
@click.argument("change_id", type=int, metavar="CHANGE")
@pass_desk
def undo(desk: Desk, change_id: int) -> None:
    """Take back a change: of descriptions, of an event, or into the bin."""
    with desk.archive.transaction() as tx:
        undone = changes.undo(tx, desk.actor, change_id)
    click.echo(f"{len(undone.restored)} put back; {len(undone.kept)} had been changed since and stay.")
