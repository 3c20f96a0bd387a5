"""``dam places``, ``officials``, ``events``, ``districts``: the services, for a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dam.archive import Archive
from dam.cli.desk import Desk
from dam.cli.main import main
from dam.errors import Ambiguous
from tests.services.layers import features, geojson, square

Dam = Callable[..., Result]


@pytest.fixture
def dam(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Dam:
    """``dam("events", "list")`` on the test's archive. A refusal is raised as it is."""
    monkeypatch.setattr(Desk, "archive", archive)

    def _run(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return _run


def test_a_layer_is_imported_and_places_are_exact_afterwards(dam: Dam, tmp_path: Path) -> None:
    assert json.loads(dam("places", "locate", "19.2925", "-99.6569", "--json").stdout)["exact"] is False
    layer = features(("15106", "Toluca", square(-99.8, 19.2)), ("13035", "Metepec", square(-98.4, 20.1)))
    layer.append({"type": "Feature", "properties": {"CVEGEO": "1"}, "geometry": None})
    file = geojson(tmp_path / "layer.json", layer)
    told = dam("places", "import", str(file), "--json")
    assert told.exit_code == 3  # one area could not be used
    report = json.loads(told.stdout)
    assert (report["added"], report["updated"], len(report["problems"])) == (1, 1, 1)
    assert dam("places", "locate", "19.2925", "-99.6569").stdout.strip() == "15106 Toluca, México"
    assert [one["key"] for one in json.loads(dam("places", "list", "metep", "--json").stdout)] == [
        "13035",
        "15054",
    ]
    assert dam("places", "list", "--state", "hgo").stdout.split() == ["13035", "Metepec", "Hidalgo"]


def test_people_are_added_listed_and_merged(dam: Dam) -> None:
    office = ["--office", "Síndico", "--municipality", "toluca", "--kind", "public"]
    dam("officials", "add", "Óscar González", "--alias", "Profe", *office)
    dam("officials", "add", "Oscar Glez")
    assert "Síndico · Toluca" in dam("officials", "list", "oscar").stdout
    dam("officials", "merge", "profe", "oscar glez")
    (one,) = json.loads(dam("officials", "list", "--json").stdout)
    assert one["name"] == "Óscar González"
    assert set(one["aliases"]) == {"Profe", "Oscar Glez"}


def test_events_are_added_listed_and_merged(dam: Dam) -> None:
    dam("officials", "add", "Ana Ruiz")
    made = dam("events", "add", "Mitin", "--date", "2026-05-01T18:40", "--municipality", "15106",
               "--official", "ana ruiz",
               "--kind", "rally", "--json")  # fmt: skip
    event = json.loads(made.stdout)
    assert (event["starts_at"], event["municipality"], event["officials"]) == (
        "2026-05-01T18:40", "15106 Toluca, México", ["Ana Ruiz"],
    )  # fmt: skip
    dam("events", "add", "Mitin", "--date", "2026-05-02")
    with pytest.raises(Ambiguous):
        dam("events", "merge", "mitin", "2")
    dam("events", "merge", "1", "2")
    assert [
        one["id"] for one in json.loads(dam("events", "list", "--official", "ana ruiz", "--json").stdout)
    ] == [1]


def test_a_csv_comes_in_from_a_file_or_a_pipe_and_goes_out(dam: Dam, tmp_path: Path) -> None:
    told = dam(
        "officials", "import", "-", input="nombre;cargo;municipio\nAna Ruiz;Regidora;Toluca\nX;Y;Atlantis\n"
    )
    assert told.exit_code == 3
    assert "line 3" in told.stderr
    file = tmp_path / "people.csv"
    file.write_text(dam("officials", "export").stdout, encoding="utf-8")
    again = dam("officials", "import", str(file), "--json")
    assert (again.exit_code, json.loads(again.stdout)["unchanged"]) == (0, 1)
    for noun, text in (("events", "name,date\nMitin,2026-05-01\n"), ("districts", "number,kind\n34,local\n")):
        assert dam(noun, "import", "-", input=text).exit_code == 0
        assert (
            json.loads(dam(noun, "import", "-", "--json", input=dam(noun, "export").stdout).stdout)[
                "unchanged"
            ]
            == 1
        )
    assert json.loads(dam("districts", "list", "--json").stdout)[0]["number"] == 34
