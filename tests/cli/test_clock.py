"""``dam clock`` and ``dam accept``, on a whole archive."""

import json
from datetime import datetime

import click
import pytest

from dam.archive import Archive
from dam.cli.clock import Amount, accept, clock
from dam.cli.describe import undo
from dam.errors import NotFound
from dam.models import Event
from dam.services import officials
from dam.services.access import LOCAL_ADMINISTRATOR
from tests.cli.test_describe import run
from tests.services.filed import asset, file, open_batch


@pytest.fixture
def batch(archive: Archive, event: Event) -> int:
    return open_batch(archive, event)


def photo(archive: Archive, batch: int, model: str, **said: object) -> int:
    return file(archive, batch, f"{model}.jpg", captured_at="2026-05-01T23:10:00", camera_model=model, **said)


def test_a_slow_clock_is_looked_at_then_set_right_and_taken_back(archive: Archive, batch: int) -> None:
    mine, other = photo(archive, batch, "Z 6"), photo(archive, batch, "R5")
    assert "Z 6: 1 files" in run(archive, clock, str(batch))
    seen = run(archive, clock, str(batch), "--camera", "z 6", "--slow", "1:03")
    assert "2026-05-02 00:13:00" in seen and "nothing has changed" in seen
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 23, 10)
    told = json.loads(
        run(archive, clock, str(batch), "--camera", "z 6", "--slow", "1:03", "--apply", "--json")
    )
    assert (told["seconds"], told["changed"]) == (3780, 1)
    assert asset(archive, mine).taken_at == datetime(2026, 5, 2, 0, 13)
    assert asset(archive, other).taken_at == datetime(2026, 5, 1, 23, 10)
    run(archive, undo, str(told["change_id"]))
    assert asset(archive, mine).taken_at == datetime(2026, 5, 1, 23, 10)


def test_of_several_cameras_one_must_be_named(archive: Archive, batch: int) -> None:
    photo(archive, batch, "Z 6")
    photo(archive, batch, "R5")
    with pytest.raises(NotFound):
        run(archive, clock, str(batch), "--fast", "45s")


def test_what_the_files_say_is_listed_then_accepted(archive: Archive, batch: int) -> None:
    with archive.transaction() as tx:
        officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar Peña")
    photo(archive, batch, "Z 6", persons=("Oscar Pena",))
    assert "“Oscar Pena” → Óscar Peña (1 files)" in run(archive, accept, str(batch))
    assert json.loads(run(archive, accept, str(batch), "--apply", "--json"))["changed"] == 1
    assert "Nothing to accept." in run(archive, accept, str(batch))


@pytest.mark.parametrize(
    ("typed", "seconds"), [("1:03", 3780), ("1:03:20", 3800), ("45s", 45), ("3d", 259_200), ("2h", 7200)]
)
def test_amounts_of_time_are_read_as_people_write_them(typed: str, seconds: int) -> None:
    assert Amount().convert(typed, None, None) == seconds


@pytest.mark.parametrize("typed", ["1", "1:60", "-1:00", "x", "1:03:99"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(click.BadParameter):
        Amount().convert(typed, None, None)
