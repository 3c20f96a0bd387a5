"""Reads INEGI's municipal layer: which municipality, what it is called, and its border in WGS 84."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from dam.errors import Invalid
from dam.services.borders.feature import Feature
from dam.services.borders.geojson import read_geojson

MEXICO = (-119.0, 14.0, -86.0, 33.0)  # west, south, east, north: islands included
STATES = 32
PROBLEMS_TOLD = 20
WRONG_LAYER = (
    "This is not INEGI's municipal layer: it needs one area for each municipality with CVEGEO (five digits) "
    "and NOMGEO, as in the file 00mun of the Marco Geoestadístico."
)


@dataclass(frozen=True)
class Bounded:
    """A municipality with its border. ``box``: west, south, east, north; ``inside``: latitude, longitude."""

    key: str
    name: str
    wkb: bytes
    box: tuple[float, float, float, float]
    inside: tuple[float, float]


@dataclass(frozen=True)
class Layer:
    """Municipalities by key, and what could not be used, as sentences."""

    municipalities: list[Bounded]
    problems: list[str]


def read_layer(file: Path) -> Layer:
    """Read GeoJSON or a shapefile's zip, told apart by content. Raises Invalid for anything else."""
    try:
        with file.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        raise Invalid(
            "The file %(name)s cannot be read: %(why)s.", name=file.name, why=error.strerror
        ) from error
    if start.startswith(b"PK\x03\x04"):
        # Only such an import needs pyproj, which costs every other process 30 MB and 0.2 s.
        from dam.services.borders.shapefile_zip import read_shapefile_zip

        return collect(read_shapefile_zip(file))
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return collect(read_geojson(file))
    raise Invalid(
        "%(name)s is neither GeoJSON nor a zip. Give INEGI's municipal layer as GeoJSON in longitude and "
        "latitude, or as the zip with its .shp, .shx, .dbf and .prj.",
        name=file.name,
    )


def collect(features: Iterable[Feature]) -> Layer:
    """The usable areas, those of one key joined. Raises Invalid when there is none."""
    names: dict[str, str] = {}
    areas: dict[str, list[shapely.Geometry]] = {}
    problems: list[str] = []
    for feature in features:
        try:
            key = _key(feature.properties)
            name = _text(feature.properties, "nom_mun", "nomgeo", "nom_geo", "nombre", "name")
            if not name:
                raise Invalid("it has no name")
            area = _area(feature)
            areas.setdefault(key, []).append(area)
            names[key] = name
        except Invalid as error:
            if len(problems) < PROBLEMS_TOLD:
                problems.append(f"{feature.where}: {error.message}")
    if not areas:
        raise Invalid(
            WRONG_LAYER + " %(first)s",
            first=problems[0] if problems else "It holds nothing.",
            problems=problems,
        )
    return Layer([_bounded(key, names[key], areas.pop(key)) for key in sorted(areas)], problems)


def _key(properties: dict[str, Any]) -> str:
    whole = _text(properties, "cvegeo")
    if not whole:
        whole = _text(properties, "cve_ent").zfill(2) + _text(properties, "cve_mun").zfill(3)
    key = whole.zfill(5) if len(whole) == 4 else whole  # a number lost its leading zero
    if not (
        len(key) == 5 and key.isascii() and key.isdigit() and 1 <= int(key[:2]) <= STATES and key[2:] != "000"
    ):
        raise Invalid("“%(text)s” is not the key of a municipality (five digits)", text=whole[:20])
    return key


def _text(properties: dict[str, Any], *names: str) -> str:
    """The first of these that says something; numbers as whole numbers are written."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return " ".join(str(value).split())[:120]
    return ""


def _area(feature: Feature) -> shapely.Geometry:
    """Polygons in degrees, made valid. Raises Invalid."""
    try:
        area = shapely.force_2d(shape(feature.geometry)) if feature.geometry else shapely.Polygon()
        if feature.to_degrees:
            area = feature.to_degrees(area)
        if not area.is_valid:
            area = shapely.make_valid(area)
    except (
        shapely.errors.ShapelyError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
    ) as error:
        raise Invalid("its border cannot be read") from error
    parts = [
        part for part in shapely.get_parts(_flat(area)) if part.geom_type == "Polygon" and not part.is_empty
    ]
    if not parts:
        raise Invalid("it has no area")
    area = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    west, south, east, north = area.bounds
    if not (MEXICO[0] <= west and MEXICO[1] <= south and east <= MEXICO[2] and north <= MEXICO[3]):
        raise Invalid(
            "it does not lie in Mexico; coordinates must be longitude and latitude in degrees, in that order"
        )
    return area


def _flat(area: shapely.Geometry) -> list[shapely.Geometry]:
    """A collection (make_valid gives some) may hold multi-polygons: their parts."""
    return [piece for part in shapely.get_parts(area) for piece in shapely.get_parts(part)]


def _bounded(key: str, name: str, areas: list[shapely.Geometry]) -> Bounded:
    area = areas[0] if len(areas) == 1 else shapely.union_all(areas)
    point = shapely.point_on_surface(area)
    return Bounded(key, name, shapely.to_wkb(area), area.bounds, (round(point.y, 5), round(point.x, 5)))
