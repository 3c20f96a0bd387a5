"""``dam clock``: a camera whose clock was wrong; ``dam accept``: what the files of a batch say."""

import re

import click

from dam.cli.desk import Desk, pass_desk, print_json
from dam.errors import Invalid, NotFound
from dam.services.ingest import clocks, hints
from dam.services.ingest.clocks import CameraClock

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Amount(click.ParamType):
    """ "1:03" is an hour and three minutes, "1:03:20" with seconds, "45s", "3d" plain counts."""

    name = "amount"

    def convert(self, value: str, param: object, ctx: object) -> int:
        if found := re.fullmatch(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d))?", value):
            return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
        if found := re.fullmatch(r"(\d{1,7})([smhd])", value):
            return int(found[1]) * UNITS[found[2]]
        self.fail(f'"{value}" is no amount of time: write 1:03, 1:03:20, 45s or 3d')


@click.command("clock")
@click.argument("batch_id", type=int, metavar="BATCH")
@click.option("--camera", metavar="TEXT", help="Part of the camera's name, where the batch has several.")
@click.option("--slow", type=Amount(), help="Its clock shows so much too early: 1:03, 1:03:20, 45s, 3d.")
@click.option("--fast", type=Amount(), help="Its clock shows so much too late.")
@click.option("--none", "none", is_flag=True, help="Take the correction away.")
@click.option("--apply", "applied", is_flag=True, help="Do it. Without this the effect is only shown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def clock(
    desk: Desk,
    batch_id: int,
    camera: str | None,
    slow: int | None,
    fast: int | None,
    none: bool,
    applied: bool,
    as_json: bool,
) -> None:
    """List the cameras of a batch, or set one's clock right. What the camera wrote stays as it is."""
    if sum((slow is not None, fast is not None, none)) > 1:
        raise Invalid("Say --slow, --fast or --none, not several of them.")
    with desk.archive.reading() as tx:
        found = clocks.cameras(tx, desk.actor, batch_id)
    if slow is None and fast is None and not none:
        _list(found, as_json)
        return
    shift = 0 if none else slow if slow is not None else -(fast or 0)
    named = _chosen(found, camera)
    if not applied:
        with desk.archive.reading() as tx:
            effect = clocks.preview(tx, desk.actor, batch_id, named, shift)
        click.echo(f"{effect.camera}: {effect.files} files would change; nothing has changed yet.")
        for row in effect.rows:
            click.echo(f"  {row.name}  {row.before or 'unknown'} → {row.after or 'unknown'}")
        click.echo("Add --apply to do it.")
        return
    with desk.archive.transaction() as tx:
        change = clocks.correct(tx, desk.actor, batch_id, named, shift)
        changed = len(change.before["assets"])
    if as_json:
        print_json({"change_id": change.id, "camera": named, "seconds": shift, "changed": changed})
    else:
        click.echo(f"{changed} files set right. To take it back: dam undo {change.id}")


def _list(found: tuple[CameraClock, ...], as_json: bool) -> None:
    if as_json:
        print_json([{"camera": one.camera, "files": one.files, "seconds": one.shift} for one in found])
        return
    for one in found:
        told = f", corrected by {one.shift} s" if one.shift else ""
        click.echo(f"{one.camera}: {one.files} files, {one.first} to {one.last}{told}")
    if not found:
        click.echo("No camera of this batch told its name and the time.")


def _chosen(found: tuple[CameraClock, ...], text: str | None) -> str:
    """The camera whose name holds ``text``; the only one when nothing was said."""
    fits = [one.camera for one in found if (text or "").casefold() in one.camera.casefold()]
    if len(fits) != 1:
        raise NotFound("Say which camera with --camera.", candidates=fits or [one.camera for one in found])
    return fits[0]


@click.command("accept")
@click.argument("batch_id", type=int, metavar="BATCH")
@click.option("--apply", "applied", is_flag=True, help="Accept all. Without this they are only listed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def accept(desk: Desk, batch_id: int, applied: bool, as_json: bool) -> None:
    """Suggestions that the files of a batch carry: names and places that fit one entry of the catalogue."""
    if applied:
        with desk.archive.transaction() as tx:
            change = hints.accept(tx, desk.actor, batch_id)
            changed = len(change.before["assets"])
        if as_json:
            print_json({"change_id": change.id, "changed": changed})
        else:
            click.echo(f"{changed} files described. To take it back: dam undo {change.id}")
        return
    with desk.archive.reading() as tx:
        found = hints.of_batch(tx, desk.actor, batch_id)
    if as_json:
        print_json([
            {"kind": str(h.kind), "said": h.said, "key": h.key, "label": h.label, "files": len(h.asset_ids)}
            for h in found
        ])  # fmt: skip
        return
    for hint in found:
        click.echo(f"{hint.kind}  “{hint.said}” → {hint.label} ({len(hint.asset_ids)} files)")
    click.echo("Add --apply to accept them all." if found else "Nothing to accept.")
