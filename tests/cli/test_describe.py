"""``dam describe`` and ``dam undo``, on a whole archive."""

import json
from collections.abc import Callable
from pathlib import Path

import click
from click.testing import CliRunner
from sqlalchemy import select

from dam.archive import Archive
from dam.cli.describe import describe, undo
from dam.cli.desk import Desk
from dam.models import Asset, Event
from dam.services import officials, showing
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import material


class HereDesk(Desk):
    """A desk on the test's own archive."""

    archive: Archive = None  # type: ignore[assignment]


def run(archive: Archive, command: click.Command, *words: str) -> str:
    desk = HereDesk()
    desk.archive = archive
    ran = CliRunner().invoke(command, words, obj=desk, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_describing_several_assets_and_taking_it_back(
    archive: Archive, event: Event, send: Callable[..., int], work: Callable[[], None], tmp_path: Path
) -> None:
    for seed in (1, 2):
        send(material.photo(tmp_path / f"{seed}.jpg", seed=seed), event)
    work()
    with archive.transaction() as tx:
        officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar González Yáñez", aliases=["Don Óscar"])
    with archive.reading() as tx:
        ids = [str(number) for number in tx.scalars(select(Asset.id))]
    told = run(
        archive,
        describe,
        *ids,
        "--appears",
        "don oscar",
        "--caption",
        "Saluda a vecinas",
        "--keyword",
        "mitin",
        "--json",
    )
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, int(ids[0]))
    assert [official["name"] for official in shown["officials"]] == ["Óscar González Yáñez"]
    assert (shown["caption"], shown["keywords"]) == ("Saluda a vecinas", ["mitin"])
    run(archive, undo, str(json.loads(told)["change_id"]))
    with archive.reading() as tx:
        shown = showing.show(tx, LOCAL_ADMINISTRATOR, int(ids[0]))
    assert (shown["officials"], shown["caption"], shown["keywords"]) == ([], None, [])
