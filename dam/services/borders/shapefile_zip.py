"""The shapefile's zip as INEGI publishes it: one layer among others, projected, names in an old encoding.

Members are read under names of ours into a temporary folder: what a zip calls its files is never a path.
"""

import codecs
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyproj
import shapefile
import shapely
from pyproj.exceptions import ProjError

from dam.errors import Invalid
from dam.services.borders.feature import Feature

LARGEST = {"shp": 1024**3, "shx": 16 * 1024**2, "dbf": 256 * 1024**2, "prj": 64 * 1024, "cpg": 1024}  # bytes
NEEDED = ("shp", "dbf", "prj")
MOST_RATIO = 200  # unpacked to packed; shapefiles reach 3
MOST_MEMBERS = 10_000
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)
# What pyshp raises on a damaged file.
UNREADABLE = (shapefile.ShapefileException, struct.error, ValueError, OverflowError, EOFError, LookupError,
              TypeError, AttributeError, MemoryError)  # fmt: skip


def read_shapefile_zip(file: Path) -> Iterator[Feature]:
    """The areas of the municipal layer in the zip. Raises Invalid when there is none that can be read."""
    with tempfile.TemporaryDirectory(prefix="dam-layer-") as folder, ExitStack() as open_files:
        parts = _unpack(file, Path(folder))
        to_degrees = _to_degrees(parts["prj"].read_bytes().decode("latin-1"))
        declared = _encoding(parts["cpg"].read_bytes() if "cpg" in parts else b"")
        streams = {
            kind: open_files.enter_context(parts[kind].open("rb"))
            for kind in ("shp", "shx", "dbf")
            if kind in parts
        }
        try:
            # Latin-1 keeps every byte as it is; _text then says what was meant.
            reader = open_files.enter_context(shapefile.Reader(**streams, encoding="latin-1"))
            for number, row in enumerate(reader.iterShapeRecords(), 1):
                yield Feature(
                    f"area {number}",
                    {name.lower(): _text(value, declared) for name, value in row.record.as_dict().items()},
                    row.shape.__geo_interface__,
                    to_degrees,
                )
        except UNREADABLE as error:
            raise Invalid(
                "The shapefile in %(name)s is damaged: %(why)s.",
                name=file.name,
                why=str(error)[:200] or type(error).__name__,
            ) from error


def _unpack(file: Path, folder: Path) -> dict[str, Path]:
    """The files of the municipal layer by extension, under names of ours."""
    try:
        with zipfile.ZipFile(file) as packed:
            members = _choose(file.name, packed)
            return {
                kind: _take(packed, member, folder / f"layer.{kind}", kind)
                for kind, member in members.items()
            }
    except BROKEN as error:
        raise Invalid(
            "The zip %(name)s cannot be read: it is damaged, encrypted or packed in an unknown way.",
            name=file.name,
        ) from error


def _choose(name: str, packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """By INEGI's naming (00mun, 15mun) where a zip holds several layers."""
    if len(packed.infolist()) > MOST_MEMBERS:
        raise Invalid("The zip %(name)s holds more than %(most)s files.", name=name, most=MOST_MEMBERS)
    layers: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for member in packed.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        kind = path.suffix.lower().lstrip(".")
        if kind in LARGEST and not path.name.startswith(".") and "__MACOSX" not in path.parts:
            layers.setdefault(str(path.with_suffix("")).lower(), {}).setdefault(kind, member)
    whole = {stem: parts for stem, parts in layers.items() if "shp" in parts}
    municipal = [stem for stem in whole if re.search(r"(^|[/_])(\d\d)?_?mun(icipios?|icipal)?$", stem)]
    chosen = municipal if municipal else list(whole)
    if not chosen:
        raise Invalid(
            "The zip %(name)s holds no shapefile (.shp). If it holds more zips, give the one with 00mun.",
            name=name,
        )
    if len(chosen) > 1:
        found = ", ".join(sorted(PurePosixPath(stem).name for stem in chosen)[:12])
        raise Invalid(
            "The zip %(name)s holds several layers (%(found)s). Give one with the municipal layer only.",
            name=name,
            found=found,
        )
    parts = whole[chosen[0]]
    missing = [f".{kind}" for kind in NEEDED if kind not in parts]
    if missing:
        raise Invalid(
            "The zip %(name)s lacks the %(missing)s of %(layer)s.shp.",
            name=name,
            missing=", ".join(missing),
            layer=PurePosixPath(chosen[0]).name,
        )
    return parts


def _take(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, kind: str) -> Path:
    """Unpack one member; what it declares of its size is believed by nobody but bounds what is read."""
    if member.file_size > LARGEST[kind] or member.file_size > MOST_RATIO * max(member.compress_size, 1024):
        raise Invalid(
            "The .%(kind)s in the zip would unpack to %(bytes)s bytes, more than a layer takes.",
            kind=kind,
            bytes=member.file_size,
        )
    with packed.open(member) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1024 * 1024)  # zipfile stops at the declared size
    return target


def _to_degrees(wkt: str) -> partial[shapely.Geometry]:
    try:
        system = pyproj.CRS.from_wkt(wkt)
        transform = pyproj.Transformer.from_crs(system, 4326, always_xy=True).transform
    except ProjError as error:
        raise Invalid("The .prj of the layer does not name a coordinate system that can be read.") from error
    return partial(shapely.transform, transformation=transform, interleaved=False)


def _encoding(cpg: bytes) -> str:
    """What .cpg files say: "UTF-8", "ISO-8859-1", "ISO 88591", "1252", "ANSI 1252", "65001"…"""
    said = re.sub(r"[^0-9a-z]", "", cpg.decode("ascii", "ignore").lower()).removeprefix("ansi")
    known = {"65001": "utf-8", "88591": "cp1252", "iso88591": "cp1252", "latin1": "cp1252", "": "cp1252"}
    name = known.get(said, f"cp{said}" if said.isdigit() else said)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _text(value: Any, declared: str) -> Any:
    """Spanish in an old encoding is never valid UTF-8 by accident: what decodes as UTF-8 is UTF-8, whatever
    the .cpg says; the rest is in the declared encoding."""
    if not isinstance(value, str):
        return value
    raw = value.encode("latin-1")
    for encoding in ("utf-8", declared, "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value
