"""``dam ingest`` and ``dam show``: what programs rely on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dam.archive import Archive
from dam.cli.desk import Desk
from dam.cli.ingest import ingest
from dam.cli.main import main
from dam.cli.show import show
from dam.errors import Ambiguous, NotFound, Unavailable
from dam.models import Event
from dam.services import events
from dam.services.access import LOCAL_ADMINISTRATOR
from tests import material

OUTCOMES = {"received", "ready", "duplicate", "attached", "quarantined", "failed"}


class HereDesk(Desk):
    """A desk on the test's own archive."""

    archive: Archive = None  # type: ignore[assignment]


@pytest.fixture
def run(archive: Archive) -> Callable[..., Result]:
    def _run(command, *words: object) -> Result:
        desk = HereDesk()
        desk.archive = archive
        return CliRunner().invoke(command, [str(word) for word in words], obj=desk)

    return _run


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    material.photo(folder / "a.jpg", seed=1)
    material.photo(folder / "b.jpg", seed=2)
    return folder


def told(ran: Result) -> dict:
    return json.loads(ran.stdout)


def test_a_card_goes_in_and_its_files_are_told_as_given(run, card: Path, archive: Archive) -> None:
    ran = run(
        ingest, card, "--event", "Mitin en Ñuñoa", "--date", "2026-05-01", "--municipality", "toluca",
        "--official", "Delfina Gómez", "--credit", "PT Edomex", "--create", "--json",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    answer = told(ran)
    assert [file["path"] for file in answer["files"]] == [str(card / "a.jpg"), str(card / "b.jpg")]
    assert {file["outcome"] for file in answer["files"]} <= OUTCOMES
    assert all(file["asset_id"] and file["reason_code"] is None for file in answer["files"])
    with archive.reading() as tx:
        event = tx.get_one(Event, answer["event_id"])
        assert (event.name, event.municipality_key, str(event.starts_at.date())) == (
            "Mitin en Ñuñoa", "15106", "2026-05-01",
        )  # fmt: skip
        assert [official.name for official in event.attendees] == ["Delfina Gómez"]


def test_running_it_again_brings_nothing_twice(run, work, card: Path) -> None:
    first = told(run(ingest, card, "--event", "Mitin", "--create", "--json"))
    work()
    again = run(ingest, card, "--event", "mitin", "--json")
    assert again.exit_code == 0
    assert [file["outcome"] for file in told(again)["files"]] == ["duplicate", "duplicate"]
    assert [file["asset_id"] for file in told(again)["files"]] == [
        file["asset_id"] for file in first["files"]
    ]
    assert told(again)["event_id"] == first["event_id"]


def test_what_does_not_get_in_is_told_with_its_reason_and_code_3(run, work, card: Path) -> None:
    (card / "empty.jpg").write_bytes(b"")
    ran = run(ingest, card, card / "not-there.jpg", "--event", "Mitin", "--create", "--json")
    assert ran.exit_code == 3
    outcomes = {
        Path(file["path"]).name: (file["outcome"], file["reason_code"]) for file in told(ran)["files"]
    }
    assert outcomes["empty.jpg"] == ("quarantined", "empty")
    assert outcomes["not-there.jpg"] == ("failed", "unreadable_source")
    assert outcomes["a.jpg"][0] == "received"
    assert all(file["reason"] for file in told(ran)["files"] if file["reason_code"])


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--event", "No hay"], NotFound),
        (["--event", "Nuevo", "--create", "--municipality", "Tolucca"], NotFound),
        (["--event", "Dos"], Ambiguous),
        (["--event", "Uno", "--create", "--wait"], Unavailable),
    ],
)
def test_nothing_is_guessed(run, card: Path, archive: Archive, words: list[str], refusal: type) -> None:
    with archive.transaction() as tx:
        for _ in range(2):
            events.create_event(tx, LOCAL_ADMINISTRATOR, "Dos")
    ran = run(ingest, card, *words)
    assert isinstance(ran.exception, refusal), ran.output
    assert archive.queue.sent == []


def test_show_says_null_where_nothing_is_known(run, work, card: Path) -> None:
    plain = material.photo(card / "plain.png", taken=None)
    asset_id = told(run(ingest, plain, "--event", "Mitin", "--create", "--json"))["files"][0]["asset_id"]
    work()
    shown = told(run(show, asset_id, "--json"))
    assert shown["processing"] == "ready"
    for name in ("captured_at", "utc_offset", "taken_at", "latitude", "duration", "headline", "municipality"):
        assert shown[name] is None, name
    assert shown["originals"][0] == {
        "role": "primary",
        "name": "plain.png",
        "sha256": shown["originals"][0]["sha256"],
        "bytes": plain.stat().st_size,
    }
    assert {made["preset"] for made in shown["renditions"]} == {"thumb", "preview", "web-2048"}


def test_before_the_first_start_a_command_says_what_to_do(card: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DAM_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.delenv("DAM_DATABASE_URL", raising=False)
    ran = CliRunner().invoke(main, ["ingest", str(card), "--event", "Mitin", "--create"])
    assert isinstance(ran.exception, Unavailable)
    assert "script/server" in str(ran.exception)
    assert not (tmp_path / "nowhere").exists()
