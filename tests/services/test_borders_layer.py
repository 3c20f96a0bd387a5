"""The municipal layer: GeoJSON and INEGI's zip come in; the wrong file, and a hostile one, do not."""

import csv
import json
import zipfile
from pathlib import Path

import pytest

from dam.archive import Archive
from dam.errors import Forbidden, Invalid
from dam.models import Municipality, Role
from dam.services import borders, places
from dam.services.access import LOCAL_ADMINISTRATOR, Actor
from tests.conftest import GEO
from tests.services.layers import features, geojson, inegi_zip, square

TOLUCA = ("15106", "Toluca", square(-99.8, 19.2))
BESIDE = ("15054", "Metepec", square(-99.6, 19.2))
FAR = ("13035", "Metepec", square(-98.4, 20.1))


def take(archive: Archive, file: Path) -> borders.LayerReport:
    return borders.import_layer(archive, LOCAL_ADMINISTRATOR, file)


def name(archive: Archive, key: str) -> str:
    with archive.reading() as tx:
        return places.get_municipality(tx, key).name


def where(archive: Archive, latitude: float, longitude: float) -> tuple[str, bool] | None:
    with archive.reading() as tx:
        found = borders.locate(tx, latitude, longitude)
    return (found.key, found.exact) if found else None


def test_geojson_gives_borders_and_new_municipalities(archive: Archive, tmp_path: Path) -> None:
    report = take(archive, geojson(tmp_path / "layer.json", features(TOLUCA, BESIDE, FAR)))
    assert (report.added, report.updated, report.unchanged, report.problems) == (1, 2, 0, [])
    assert where(archive, 19.3, -99.7) == ("15106", True)
    assert where(archive, 20.2, -98.3) == ("13035", True)
    assert name(archive, "13035") == "Metepec"


def test_property_names_may_be_written_otherwise(archive: Archive, tmp_path: Path) -> None:
    layer = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in (
            ({"cve_ent": 9, "Cve_Mun": "2", "nom_mun": "Azcapotzalco"}, square(-99.2, 19.4)),
            ({"cvegeo": 1001, "nomgeo": "Aguascalientes"}, square(-102.3, 21.8)),
        )
    ]
    assert take(archive, geojson(tmp_path / "layer.json", layer)).added == 2
    assert name(archive, "09002") == "Azcapotzalco"
    assert name(archive, "01001") == "Aguascalientes"


def test_importing_again_changes_only_what_differs_and_deletes_nothing(
    archive: Archive, tmp_path: Path
) -> None:
    take(archive, geojson(tmp_path / "a.json", features(TOLUCA, FAR)))
    assert take(archive, geojson(tmp_path / "a.json", features(TOLUCA, FAR))).unchanged == 2
    moved = ("15106", "Toluca de Lerdo", square(-99.9, 19.2))
    report = take(archive, geojson(tmp_path / "b.json", features(moved)))
    assert (report.added, report.updated, report.unchanged) == (0, 1, 0)
    assert where(archive, 19.3, -99.85) == ("15106", True)
    assert where(archive, 20.2, -98.3) == ("13035", True)
    with archive.reading() as tx:  # the name that was goes on finding it
        assert places.find_municipality(tx, "Toluca").name == "Toluca de Lerdo"


def test_the_parts_of_one_municipality_are_joined(archive: Archive, tmp_path: Path) -> None:
    island = ("15106", "Toluca", square(-99.3, 19.9))
    report = take(archive, geojson(tmp_path / "layer.json", features(TOLUCA, island)))
    assert report.updated == 1
    assert where(archive, 19.3, -99.7) == where(archive, 20.0, -99.2) == ("15106", True)


@pytest.mark.parametrize(
    ("encoding", "cpg"),
    [("latin-1", "ISO 88591"), ("latin-1", "ISO-8859-1"), ("utf-8", "UTF-8"), ("latin-1", None),
     ("utf-8", None),
     ("utf-8", "ISO 88591"), ("latin-1", "UTF-8"), ("cp1252", "1252"), ("cp850", "850"),
     ("latin-1", "nonsense")],
)  # fmt: skip
def test_inegis_zip_is_read_in_whatever_encoding_it_comes(
    archive: Archive, tmp_path: Path, encoding: str, cpg: str | None
) -> None:
    layer = features(
        TOLUCA,
        ("15058", "Nezahualcóyotl", square(-99.0, 19.3)),
        ("19039", "Peña Ñandú", square(-100.4, 25.6)),
    )
    report = take(archive, inegi_zip(tmp_path / "mg.zip", layer, encoding=encoding, cpg=cpg))
    assert (report.added, report.updated, report.problems) == (1, 2, [])
    assert name(archive, "15058") == "Nezahualcóyotl"
    assert name(archive, "19039") == "Peña Ñandú"
    assert where(archive, 19.3, -99.7) == ("15106", True)
    assert where(archive, 19.201, -99.7999) == (
        "15106",
        True,
    )  # within metres of the corner: projected rightly
    assert where(archive, 19.1999, -99.8001) != ("15106", True)


def test_the_municipal_layer_is_chosen_among_others(archive: Archive, tmp_path: Path) -> None:
    other = {f"conjunto_de_datos/00ent.{kind}": b"junk" for kind in ("shp", "shx", "dbf", "prj")}
    report = take(archive, inegi_zip(tmp_path / "mg.zip", features(TOLUCA), more=other))
    assert report.updated == 1


@pytest.mark.skipif(not (GEO / "municipios_edomex.geojson").exists(), reason="the shared map is not here")
def test_the_real_map_puts_every_known_place_where_it_is(archive: Archive, tmp_path: Path) -> None:
    layer = json.loads((GEO / "municipios_edomex.geojson").read_text(encoding="utf-8"))["features"]
    report = take(archive, inegi_zip(tmp_path / "15mun.zip", layer, stem="15mun"))
    assert (report.added, report.updated, report.problems) == (0, 125, [])
    with (GEO / "lugares_prueba.csv").open(encoding="utf-8") as lines:
        known = [row for row in csv.DictReader(lines) if row["cvegeo_esperado"].startswith("15")]
    assert len(known) > 15
    for row in known:
        assert where(archive, float(row["lat"]), float(row["lon"])) == (row["cvegeo_esperado"], True), row[
            "lugar"
        ]


@pytest.mark.parametrize(
    ("properties", "geometry", "reason"),
    [
        ({"CVEGEO": "15", "NOMGEO": "México"}, square(-99.8, 19.2), "not the key of a municipality"),
        ({"CVEGEO": "151060001", "NOMGEO": "Toluca"}, square(-99.8, 19.2), "not the key of a municipality"),
        ({"CVEGEO": "77001", "NOMGEO": "Nowhere"}, square(-99.8, 19.2), "not the key of a municipality"),
        ({"CVEGEO": "15106"}, square(-99.8, 19.2), "no name"),
        ({"CVEGEO": "15106", "NOMGEO": "Toluca"}, None, "no area"),
        ({"CVEGEO": "15106", "NOMGEO": "Toluca"}, {"type": "Polygon", "coordinates": "x"}, "cannot be read"),
        ({"CVEGEO": "15106", "NOMGEO": "Toluca"}, {"type": "Point", "coordinates": [-99, 19]}, "no area"),
        ({"CVEGEO": "15106", "NOMGEO": "Toluca"}, square(2500000, 800000, 1000), "longitude and latitude"),
        ({"CVEGEO": "15106", "NOMGEO": "Toluca"}, square(19.2, -99.8), "longitude and latitude"),
        ({}, square(-99.8, 19.2), "not the key of a municipality"),
    ],
)
def test_a_feature_that_is_no_municipality_is_told_and_alone_makes_a_wrong_file(
    archive: Archive, tmp_path: Path, properties: dict[str, str], geometry: dict | None, reason: str
) -> None:
    wrong = [{"type": "Feature", "properties": properties, "geometry": geometry}]
    with pytest.raises(Invalid, match="municipal layer") as refused:
        take(archive, geojson(tmp_path / "wrong.json", wrong))
    assert reason in refused.value.message
    report = take(archive, geojson(tmp_path / "mixed.json", wrong + features(BESIDE)))
    assert report.updated == 1
    assert len(report.problems) == 1
    assert reason in report.problems[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither GeoJSON nor a zip"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 600, "neither GeoJSON nor a zip"),
        (b"{}", "no list of features"),
        (b'{"type": "FeatureCollection", "features": []}', "holds nothing"),
        (b'{"features": [{"properties": {"CVEGEO": "15106"', "breaks off"),
        (b'{"features": [[1]]}', "not an object"),
        (b'{"features": [{"a": NaN}]}', "damaged"),
        (b'{"features": [' + b"[" * 200_000, "damaged"),
        ('{"features": [{"properties": {"NOMGEO": "México"}}]}'.encode("latin-1"), "UTF-8"),
        (b'{"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::6372"}}, "features": []}', "EPSG:4326"),
        (b"PK\x03\x04 not really", "damaged"),
    ],
)  # fmt: skip
def test_the_wrong_file_is_refused_with_a_sentence(
    archive: Archive, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "wrong"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        take(archive, file)
    assert said in refused.value.message
    with archive.reading() as tx:
        assert tx.query(Municipality).filter(Municipality.boundary_at.is_not(None)).count() == 0


def test_a_zip_without_what_is_needed_says_what_is_missing(archive: Archive, tmp_path: Path) -> None:
    whole = inegi_zip(tmp_path / "mg.zip", features(TOLUCA))
    for left_out, said in (
        (".prj", r"lacks the \.prj"),
        (".dbf", r"lacks the \.dbf"),
        (".shp", "no shapefile"),
    ):
        part = tmp_path / "part.zip"
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(part, "w") as target:
            for member in source.namelist():
                if not member.endswith(left_out):
                    target.writestr(member, source.read(member))
        with pytest.raises(Invalid, match=said):
            take(archive, part)


def test_a_zip_of_other_layers_is_not_guessed_at(archive: Archive, tmp_path: Path) -> None:
    file = inegi_zip(
        tmp_path / "x.zip", features(TOLUCA), stem="00ent", more={"00lpr.shp": b"x", "00lpr.dbf": b"x"}
    )
    with pytest.raises(Invalid, match="several layers"):
        take(archive, file)


def test_a_damaged_shapefile_is_refused(archive: Archive, tmp_path: Path) -> None:
    whole = inegi_zip(tmp_path / "mg.zip", features(TOLUCA, BESIDE))
    for kind in (".shp", ".dbf", ".prj"):
        broken = tmp_path / "broken.zip"
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
            for member in source.namelist():
                content = source.read(member)
                target.writestr(member, b"\xff" * len(content) if member.endswith(kind) else content)
        with pytest.raises(Invalid):
            take(archive, broken)


def test_a_zip_bomb_and_names_that_climb_do_no_harm(archive: Archive, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("00mun.prj", "x")
        packed.writestr("00mun.dbf", b"x")
        packed.writestr("00mun.shp", b"\0" * 50_000_000)
    with pytest.raises(Invalid, match="more than a layer takes"):
        take(archive, bomb)
    climbing = inegi_zip(tmp_path / "climb.zip", features(TOLUCA), stem="../../../../tmp/dam-climbed/00mun")
    assert take(archive, climbing).updated == 1  # read under names of ours
    assert not Path("/tmp/dam-climbed").exists()


def test_only_the_heads_of_the_office_load_a_layer(archive: Archive, tmp_path: Path) -> None:
    file = geojson(tmp_path / "layer.json", features(TOLUCA))
    with pytest.raises(Forbidden):
        borders.import_layer(archive, Actor(3, "Ana", Role.EDITOR), file)
