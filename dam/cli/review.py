"""``dam review``: what waits, approving, rejecting, where it went; ``dam withdraw``: stop every route."""

import sys
from typing import Any

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.models import Minors, Review, Withdrawal
from dam.services import release
from dam.services.release import whereabouts
from dam.services.release.whereabouts import Place
from dam.services.spreadsheets.writing import csv_lines

IDS = click.argument("asset_ids", nargs=-1, required=True, type=int, metavar="ID...")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
HEADING = ("material", "what", "who or where", "when", "format or address", "use or note", "link", "cleaned")


@click.group("review")
def review() -> None:
    """What waits for approval, and what was decided."""


@review.command("list")
@AS_JSON
@pass_desk
def list_waiting(desk: Desk, as_json: bool) -> None:
    """What waits, newest event first."""
    with desk.archive.reading() as tx:
        queue = release.waiting(tx, desk.actor)
    if as_json:
        told = [
            {"event_id": one.event_id, "event": one.name,
             "date": one.starts_at.date() if one.starts_at else None, "municipality": one.municipality,
             "asset_ids": list(one.asset_ids)}
            for one in queue.events
        ]  # fmt: skip
        print_json({"events": told, "older": queue.older})
        return
    for one in queue.events:
        day = f"{one.starts_at:%Y-%m-%d}" if one.starts_at else "-"
        click.echo(f"{len(one.asset_ids):6}  {day:10}  {one.name or 'no event'}")


@review.command("approve")
@IDS
@click.option("--no-minors", is_flag=True, help="You looked, and no minors are recognisable.")
@AS_JSON
@pass_desk
def approve(desk: Desk, asset_ids: tuple[int, ...], no_minors: bool, as_json: bool) -> None:
    """Approve all of ID…, or none of them."""
    with desk.archive.transaction() as tx:
        change = release.review(tx, desk.actor, asset_ids, Review.APPROVED, no_minors=no_minors)
    _told(asset_ids, change.id, "approved", as_json)


@review.command("reject")
@IDS
@click.option("--reason", required=True, help="Why; whoever sent it reads this.")
@AS_JSON
@pass_desk
def reject(desk: Desk, asset_ids: tuple[int, ...], reason: str, as_json: bool) -> None:
    """Reject all of ID…, or none of them."""
    with desk.archive.transaction() as tx:
        change = release.review(tx, desk.actor, asset_ids, Review.REJECTED, reason)
    _told(asset_ids, change.id, "rejected", as_json)


@review.command("minors")
@click.argument("seen", type=click.Choice([str(seen) for seen in Minors]), metavar="yes|no|not_looked_at")
@IDS
@AS_JSON
@pass_desk
def minors(desk: Desk, seen: str, asset_ids: tuple[int, ...], as_json: bool) -> None:
    """Say whether minors are recognisable in ID…"""
    with desk.archive.transaction() as tx:
        change = release.say_minors(tx, desk.actor, asset_ids, Minors(seen))
    _told(asset_ids, change.id, f"say now: minors {seen}", as_json)


@review.command("where")
@IDS
@AS_JSON
@pass_desk
def where(desk: Desk, asset_ids: tuple[int, ...], as_json: bool) -> None:
    """Everybody who has ID… and everywhere it was published: the list of places to clean, as CSV."""
    with desk.archive.reading() as tx:
        places = whereabouts.places_to_clean(tx, desk.actor, asset_ids)
    if as_json:
        print_json({"places": [dict(zip(HEADING, _row(place), strict=True)) for place in places]})
        return
    for line in csv_lines(HEADING, [_row(place) for place in places]):
        sys.stdout.write(line.replace("\r\n", "\n"))


@click.command("withdraw")
@IDS
@click.option("--reason", type=click.Choice([str(one) for one in Withdrawal]), help="Why.")
@click.option("--note", help="The order's number, who asked for it…")
@click.option("--undo", "back", is_flag=True, help="Let them be used again.")
@AS_JSON
@pass_desk
def withdraw(
    desk: Desk, asset_ids: tuple[int, ...], reason: str | None, note: str | None, back: bool, as_json: bool
) -> None:
    """Stop every route to ID… at once; ``dam review where ID…`` lists who has them."""
    if not back and not reason:
        raise click.UsageError("Say why: --reason rights, error or authority.")
    with desk.archive.transaction() as tx:
        if back:
            change = release.reinstate(tx, desk.actor, asset_ids)
        else:
            change = release.withdraw(tx, desk.actor, asset_ids, Withdrawal(reason), note)
        has = len(whereabouts.places_to_clean(tx, desk.actor, asset_ids))
    _told(asset_ids, change.id, "can be used again" if back else "withdrawn", as_json, places=has)
    if not back and not as_json and has:
        click.echo(f"{has} places to clean: dam review where {' '.join(map(str, asset_ids))}")


def _row(place: Place) -> tuple[Any, ...]:
    if place.publication is not None:
        row = place.publication
        cleaned = row.cleaned_at.isoformat() if row.cleaned_at else ""
        return (place.asset_id, "published", str(row.network), row.published_on.isoformat(),
                row.address or "", row.note or "", "", cleaned)  # fmt: skip
    taken = place.taken
    if taken is None:
        raise ValueError("a place is a delivery or a publication")
    who = taken.recipient or taken.who or "local administrator"
    return (place.asset_id, "taken", who, taken.at.isoformat(), taken.preset, taken.use or "",
            taken.link_id or "", "")  # fmt: skip


def _told(asset_ids: tuple[int, ...], change_id: int, what: str, as_json: bool, **more: Any) -> None:
    if as_json:
        print_json({"change_id": change_id, "asset_ids": list(dict.fromkeys(asset_ids)), **more})
    else:
        click.echo(f"{len(set(asset_ids))} {what}. To take it back: dam undo {change_id}")
