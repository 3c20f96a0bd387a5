"""Makes municipal layers as INEGI publishes them, from a few invented squares or from the shared map."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pyproj
import shapefile
import shapely
from shapely.geometry import shape

LCC = pyproj.CRS.from_epsg(6372)  # Mexico ITRF2008 / LCC, what INEGI projects to


def square(west: float, south: float, side: float = 0.2) -> dict[str, Any]:
    return shapely.geometry.mapping(shapely.box(west, south, west + side, south + side))


def features(*areas: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """From (key, name, geometry)."""
    return [
        {"type": "Feature", "properties": {"CVEGEO": key, "NOMGEO": name}, "geometry": geometry}
        for key, name, geometry in areas
    ]


def geojson(path: Path, found: list[dict[str, Any]], **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", **more, "features": found}), encoding="utf-8")
    return path


def inegi_zip(
    path: Path,
    found: list[dict[str, Any]],
    *,
    encoding: str = "latin-1",
    cpg: str | None = "ISO 88591",
    stem: str = "conjunto_de_datos/00mun",
    more: dict[str, bytes] | None = None,
) -> Path:
    """A zip with one projected layer, its names in ``encoding``, and whatever ``more`` holds."""
    to_lcc = pyproj.Transformer.from_crs(4326, LCC, always_xy=True).transform
    base = path.with_suffix("")
    with shapefile.Writer(str(base), shapeType=shapefile.POLYGON, encoding=encoding) as layer:
        for name, size in (("CVEGEO", 5), ("CVE_ENT", 2), ("CVE_MUN", 3), ("NOMGEO", 80)):
            layer.field(name, "C", size)
        for feature in found:
            properties = {name.lower(): value for name, value in feature["properties"].items()}
            key = properties["cvegeo"]
            layer.record(key, key[:2], key[2:], properties.get("nomgeo") or properties["nom_mun"])
            area = shapely.transform(shape(feature["geometry"]), to_lcc, interleaved=False)
            layer.shape(shapely.geometry.mapping(area))
    base.with_suffix(".prj").write_text(LCC.to_wkt(pyproj.enums.WktVersion.WKT1_ESRI))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for kind in ("shp", "shx", "dbf", "prj"):
            packed.write(base.with_suffix(f".{kind}"), f"{stem}.{kind}")
        if cpg is not None:
            packed.writestr(f"{stem}.cpg", cpg)
        for name, content in (more or {}).items():
            packed.writestr(name, content)
    return path
