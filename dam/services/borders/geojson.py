"""GeoJSON (RFC 7946), one feature at a time: the whole country takes some hundred megabytes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from dam.errors import Invalid
from dam.services.borders.feature import Feature

LARGEST = 1024**3  # bytes
BEFORE_FEATURES = 4096  # characters in which the collection says what it is
# Names of systems whose numbers are degrees of longitude and latitude; they differ by less than a metre here.
DEGREES = re.compile(r"CRS84|CRS83|EPSG:{1,2}(4326|4979|6365|4269|4483)\b", re.IGNORECASE)
NOT_GEOJSON = "%(name)s is not a whole GeoJSON file: %(why)s."


def read_geojson(file: Path) -> Iterator[Feature]:
    """The features of a FeatureCollection. Raises Invalid when it is none, or not in degrees."""
    if file.stat().st_size > LARGEST:
        raise Invalid("%(name)s is larger than %(most)s MB.", name=file.name, most=LARGEST // 1024**2)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(NOT_GEOJSON, name=file.name, why="it is not written in UTF-8") from error
    start = re.search(r'"features"\s*:\s*\[', text)
    if not start:
        raise Invalid(NOT_GEOJSON, name=file.name, why="it has no list of features")
    _check_system(text[: min(start.start(), BEFORE_FEATURES)])
    for number, found in enumerate(_objects(file.name, text, start.end()), 1):
        properties, geometry = found.get("properties"), found.get("geometry")
        yield Feature(
            f"feature {number}",
            {str(name).lower(): value for name, value in properties.items()}
            if isinstance(properties, dict)
            else {},
            geometry if isinstance(geometry, dict) else None,
        )


def _check_system(head: str) -> None:
    """An old-style "crs" member may name a projected system. (Written after the features it is not seen;
    then coordinates out of range tell.)"""
    named = re.search(r'"crs"\s*:.*?"name"\s*:\s*"([^"]+)"', head, re.DOTALL)
    if named and not DEGREES.search(named[1]):
        raise Invalid(
            "The GeoJSON is in %(system)s; it must be in longitude and latitude (EPSG:4326). "
            "Give the zip of the shapefile instead, or convert it.",
            system=named[1][:60],
        )


def _objects(name: str, text: str, at: int) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    gap = re.compile(r"[\s,]*")
    while True:
        at = gap.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == "]":
            return
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise Invalid(
                NOT_GEOJSON, name=name, why=f"it breaks off or is damaged at character {at}"
            ) from error
        if not isinstance(found, dict):
            raise Invalid(NOT_GEOJSON, name=name, why="a feature is not an object")
        yield found


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)
