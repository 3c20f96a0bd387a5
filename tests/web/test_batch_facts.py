"""The page of what a batch's files say."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from dam.archive import Archive
from dam.models import Event, Role
from dam.services import officials
from dam.services.access import LOCAL_ADMINISTRATOR
from tests.services.filed import asset, file, open_batch

CAMERA = "Canon · EOS R5"


@pytest.fixture
def batch(archive: Archive, event: Event) -> int:
    return open_batch(archive, event)


@pytest.fixture
def browser(as_role: Callable[..., FlaskClient]) -> FlaskClient:
    return as_role(Role.COORDINATOR)


def photo(archive: Archive, batch: int, **said: object) -> int:
    told = {"captured_at": "2026-05-01T23:10:00", "camera_make": "Canon", "camera_model": "EOS R5"} | said
    return file(archive, batch, "DSC_0001.JPG", **told)


def test_a_camera_is_set_right_after_its_effect_was_seen(archive, batch, browser):
    asset_id = photo(archive, batch)
    page = browser.get(
        f"/cargas/{batch}/datos", query_string={"camara": CAMERA, "horas": "1", "minutos": "3"}
    ).text
    assert "DSC_0001.JPG" in page and "1 may 2026, 23:10" in page and "2 may 2026, 00:13" in page
    assert asset(archive, asset_id).taken_at == datetime(2026, 5, 1, 23, 10)
    answer = browser.post(f"/cargas/{batch}/reloj", json={"camera": CAMERA, "seconds": 3780})
    assert answer.status_code == 200 and answer.json["changed"] == 1
    assert asset(archive, asset_id).taken_at == datetime(2026, 5, 2, 0, 13)
    assert "+1 h 3 min" in browser.get(f"/cargas/{batch}/datos").text
    assert "+1 h 3 min" in browser.get(f"/material/{asset_id}").text
    assert browser.post(f"/cambios/{answer.json['change_id']}/deshacer", json={}).status_code == 200
    assert asset(archive, asset_id).taken_at == datetime(2026, 5, 1, 23, 10)


def test_a_fast_clock_is_taken_back(archive, batch, browser):
    photo(archive, batch)
    told = {"camara": CAMERA, "dias": "1", "sentido": "adelantado"}
    assert "30 abr 2026, 23:10" in browser.get(f"/cargas/{batch}/datos", query_string=told).text


def test_suggestions_are_accepted_with_one_press(archive, batch, browser):
    with archive.transaction() as tx:
        officials.create_official(tx, LOCAL_ADMINISTRATOR, "Óscar Peña")
    asset_id = photo(archive, batch, persons=("Oscar Pena",))
    assert "Óscar Peña" in browser.get(f"/cargas/{batch}/datos").text
    assert "Óscar Peña" in browser.get(f"/material/{asset_id}").text
    answer = browser.post(f"/cargas/{batch}/aceptar", json={})
    assert answer.json["changed"] == 1
    assert browser.post(f"/cargas/{batch}/aceptar", json={}).status_code == 409


@pytest.mark.parametrize(
    ("path", "said"),
    [("reloj", {"camera": CAMERA}), ("reloj", {"camera": 3, "seconds": 1}),
     ("reloj", {"camera": CAMERA, "seconds": "1"}), ("aceptar", {"names": "all"}),
     ("aceptar", {"names": [1]})],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(archive, batch, browser, path, said):
    photo(archive, batch)
    assert browser.post(f"/cargas/{batch}/{path}", json=said).status_code in (400, 422)


def test_numbers_that_are_none_are_refused(archive, batch, browser):
    photo(archive, batch)
    answer = browser.get(f"/cargas/{batch}/datos", query_string={"camara": CAMERA, "horas": "-1"})
    assert answer.status_code in (400, 422)


def test_somebody_elses_batch_is_not_there(archive, batch, as_role):
    stranger = as_role(Role.LIAISON, municipalities=["15054"])
    assert stranger.get(f"/cargas/{batch}/datos").status_code == 404
    assert stranger.post(f"/cargas/{batch}/aceptar", json={}).status_code == 404
