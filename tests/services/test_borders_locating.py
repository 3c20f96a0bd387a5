"""Where a point lies: exact inside a border, suggested otherwise, and never stronger than a person's word."""

import csv
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from dam.archive import Archive
from dam.models import Asset, Event, IndexTicket, IngestItem, MunicipalitySource
from dam.services import borders
from dam.services.access import LOCAL_ADMINISTRATOR
from dam.services.borders import locating
from tests import material
from tests.conftest import GEO
from tests.services.layers import features, geojson, square

TOLUCA = (19.2925, -99.6569)


def locate(archive: Archive, latitude: float, longitude: float) -> borders.Located | None:
    with archive.reading() as tx:
        return borders.locate(tx, latitude, longitude)


def test_without_borders_a_place_is_suggested_with_its_confidence(archive: Archive) -> None:
    found = locate(archive, *TOLUCA)
    assert found is not None
    assert (found.key, found.exact) == ("15106", False)
    assert 0.8 < found.confidence < 1


@pytest.mark.parametrize(
    "point",
    [
        (19.4326, -99.1332),
        (0.0, 0.0),
        (24.0, -92.0),
        (math.nan, -99.0),
        (math.inf, 0.0),
        (95.0, 10.0),
        (19.0, 300.0),
    ],
)
def test_nothing_is_said_of_a_point_that_nothing_is_known_of(
    archive: Archive, point: tuple[float, float]
) -> None:
    assert locate(archive, *point) is None


@pytest.mark.skipif(not (GEO / "lugares_prueba.csv").exists(), reason="the shared places are not here")
def test_suggestions_for_known_places_are_right(archive: Archive) -> None:
    with (GEO / "lugares_prueba.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    said = 0
    for row in rows:
        found = locate(archive, float(row["lat"]), float(row["lon"]))
        if found:
            said += 1
            assert found.key == row["cvegeo_esperado"], row["lugar"]
    assert said >= 20


def test_a_municipality_whose_border_excludes_the_point_is_not_suggested(
    archive: Archive, tmp_path: Path
) -> None:
    away = features(("15106", "Toluca", square(-99.3, 19.9)))
    borders.import_layer(archive, LOCAL_ADMINISTRATOR, geojson(tmp_path / "layer.json", away))
    found = locate(archive, *TOLUCA)
    assert found is None or found.key != "15106"


def test_a_new_layer_is_noticed_by_a_process_that_remembers_the_old_one(
    archive: Archive, tmp_path: Path
) -> None:
    with archive.reading() as tx:
        borders.warm(tx)
    for west in (-99.8, -99.3, -99.7):
        layer = features(("15106", "Toluca", square(west, 19.2, 0.1)))
        borders.import_layer(archive, LOCAL_ADMINISTRATOR, geojson(tmp_path / "layer.json", layer))
        found = locate(archive, 19.25, west + 0.05)
        assert found is not None
        assert (found.key, found.exact) == ("15106", True)


def test_borders_are_remembered_only_up_to_a_bound(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [("15001", -100.2), ("15002", -99.9), ("15003", -99.6)]
    layer = features(*((key, key, square(west, 19.2, 0.1)) for key, west in names))
    borders.import_layer(archive, LOCAL_ADMINISTRATOR, geojson(tmp_path / "layer.json", layer))
    monkeypatch.setattr(locating, "BORDERS_KEPT", 200)
    for _ in range(2):
        for key, west in names:
            found = locate(archive, 19.25, west + 0.05)
            assert found is not None and found.key == key and found.exact
    assert len(locating._remembered.kept) == 2  # two of 93 bytes


def test_material_with_gps_is_placed_exactly_once_a_layer_is_there(
    archive: Archive, event: Event, send: Callable[..., int], work: Callable[[], None], tmp_path: Path
) -> None:
    items = [
        send(material.photo(tmp_path / f"{n}.jpg", seed=n, gps=gps), event)
        for n, gps in enumerate([(19.25, -99.61), (19.25, -99.61), None], 1)
    ]
    work()
    with archive.transaction() as tx:
        ids = [tx.get_one(IngestItem, item).asset_id for item in items]
        by_hand = tx.get_one(Asset, ids[1])
        by_hand.municipality_key, by_hand.municipality_source = "15110", MunicipalitySource.PERSON
    borders.import_layer(
        archive,
        LOCAL_ADMINISTRATOR,
        geojson(tmp_path / "layer.json", features(("15054", "Metepec", square(-99.65, 19.2)))),
    )
    seen: list[int] = []
    assert borders.relocate_all(archive, LOCAL_ADMINISTRATOR, seen.append) == 1
    with archive.reading() as tx:
        placed = {
            asset.id: (asset.municipality_key, asset.municipality_source)
            for asset in tx.scalars(select(Asset))
        }
        tickets = set(tx.scalars(select(IndexTicket.asset_id)))
    assert placed == {
        ids[0]: ("15054", MunicipalitySource.GPS),
        ids[1]: ("15110", MunicipalitySource.PERSON),
        ids[2]: ("15106", MunicipalitySource.EVENT),
    }
    assert tickets == {ids[0]}
    assert borders.relocate_all(archive, LOCAL_ADMINISTRATOR) == 0


def test_relocating_goes_page_by_page(
    archive: Archive, event: Event, send: Callable[..., int], work: Callable[[], None], tmp_path: Path
) -> None:
    for n in range(3):
        send(material.photo(tmp_path / f"{n}.jpg", seed=n + 1, gps=(19.25, -99.61)), event)
    work()
    with archive.transaction() as tx:
        first = borders.relocate(tx, limit=2)
        second = borders.relocate(tx, first.next or 0, limit=2)
    assert (first.looked, second.looked, second.next) == (2, 1, None)
