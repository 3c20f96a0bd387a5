"""What no browser of ours would send is refused in a sentence; it never breaks anything inside."""

import io
import json

import pytest

from dam.models import Role

NUMBERS = [str(2**70), "9" * 4000, str(2**31), "-1", "²", "٣", "1e3"]
ADDRESSES = [
    "/subir?evento=", "/cargas?antes=", "/admin/registro?before=", "/admin/registro?who=",
    "/admin/registro?about=asset:", "/buscar?event=", "/buscar?batch=", "/eventos?after=",
]  # fmt: skip
JSON_VIEWS = [
    "/cargas", "/eventos", "/seleccion", "/seleccion/fichas", "/seleccion/ids",
    "/material/describir", "/material/papelera", "/material/restaurar",
]  # fmt: skip
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def boss(as_role):
    return as_role(Role.ADMINISTRATOR)


def test_a_number_that_no_row_has_breaks_no_page(boss) -> None:
    for address in ADDRESSES:
        for number in NUMBERS:
            assert boss.get(address + number).status_code < 500, address + number[:30]


@pytest.mark.parametrize("place", ["0001-01-01T00:00:00%2B14:00_1", "9999-12-31T23:59:59-14:00_1"])
def test_an_instant_outside_of_time_is_no_place_in_the_bin(boss, place: str) -> None:
    assert boss.get(f"/papelera?after={place}").status_code == 400


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000], ids=["lists", "objects"])
def test_json_nested_without_end_is_refused(boss, body: str) -> None:
    for address in JSON_VIEWS:
        answer = boss.post(address, data=body, content_type="application/json", headers=FETCH)
        assert answer.status_code == 400 and answer.json["error"] == "invalid", address


def test_json_is_not_read_into_memory_beyond_four_megabytes(boss) -> None:
    body = '{"event_id":1,"name":"x","ids":[' + "{}," * 2_000_000 + "{}]}"
    for address in JSON_VIEWS:
        answer = boss.post(address, data=body, content_type="application/json", headers=FETCH)
        assert answer.status_code == 413, address


def test_ten_thousand_chosen_by_hand_are_not_too_much(boss) -> None:
    body = json.dumps({"ids": list(range(1, 10_001))})
    assert boss.post("/seleccion", data=body, content_type="application/json").status_code == 404


def test_of_a_heading_without_end_only_the_first_columns_are_looked_at(boss) -> None:
    """Each costs a comparison with all that are known: five megabytes of commas took most of a minute."""
    table = ",".join(["x"] * 2000 + ["name"]) + "\n" + ",".join(["x"] * 2000 + ["Mitin"]) + "\n"
    answer = boss.post("/importar/eventos", data={"file": (io.BytesIO(table.encode()), "x.csv")})
    assert answer.status_code == 400
