"""``dam download``: files as they may leave, with their credit inside, into a folder."""

import filecmp
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from dam.cli.desk import Desk, pass_desk, print_json
from dam.errors import DamError
from dam.services import delivery
from dam.services.delivery.naming import unique
from dam.services.renditions import WEB


@click.command("download")
@click.argument("asset_ids", nargs=-1, required=True, type=int, metavar="ID...")
@click.option(
    "--preset",
    default=WEB,
    show_default=True,
    metavar="KEY",
    help="web, original, or a format's key (dam presets), of clips also with a span: video-9x16@3-18.5.",
)
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into.",
)
@click.option(
    "--wait",
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a version that a worker must make first.",
)
@click.option("--use", help="What for; the custody log and the asset's page tell it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@pass_desk
def download(
    desk: Desk,
    asset_ids: tuple[int, ...],
    preset: str,
    folder: Path,
    wait: float,
    use: str | None,
    as_json: bool,
) -> None:
    """Write ID… into a folder under readable names. Nothing there is overwritten; the same file is written
    once. Exit code 3 when some could not be had."""
    folder.mkdir(parents=True, exist_ok=True)
    told: list[dict[str, Any]] = []
    for asset_id in tqdm(list(dict.fromkeys(asset_ids)), unit="file", disable=None):
        try:
            parcel = delivery.deliver(desk.archive, desk.actor, asset_id, preset, "cli", wait=wait, use=use)
            path = write(parcel, folder)
        except DamError as error:
            told.append({"asset_id": asset_id, "path": None, "error": error.code, "reason": error.message})
        except KeyError:
            reason = "The file is missing from the archive."
            told.append({"asset_id": asset_id, "path": None, "error": "not_found", "reason": reason})
        else:
            told.append(
                {"asset_id": asset_id, "path": str(path), "preset": parcel.preset, "bytes": parcel.bytes}
            )
    if as_json:
        print_json({"files": told})
    for one in told:
        if one["path"] is None:
            click.echo(f"dam: {one['asset_id']}: {one['reason']}", err=True)
        elif not as_json:
            click.echo(one["path"])
    if any(one["path"] is None for one in told):
        sys.exit(3)


def write(parcel: delivery.Parcel, folder: Path) -> Path:
    """The parcel in ``folder``, whole or not at all; where the very same file is there already, that one."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as target:
        part = Path(target.name)
        try:
            with parcel.open() as source:
                shutil.copyfileobj(source, target, 1024 * 1024)
            target.flush()
            part.chmod(0o644)
            return _place(part, folder, parcel.filename)
        finally:
            part.unlink(missing_ok=True)


def _place(part: Path, folder: Path, name: str) -> Path:
    taken: set[str] = set()
    while True:
        path = folder / unique(name, taken)
        try:
            os.link(part, path)  # never replaces what is there
            return path
        except FileExistsError:
            if path.is_file() and filecmp.cmp(part, path, shallow=False):
                return path
            taken.add(path.name)
        except OSError:  # a card or a share without hard links
            if not path.exists():
                part.rename(path)
                return path
            taken.add(path.name)
