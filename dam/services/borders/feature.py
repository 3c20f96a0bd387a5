"""One area of a layer, whatever file it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shapely


@dataclass(frozen=True)
class Feature:
    """Property names in lower case; ``geometry`` as GeoJSON says it; ``to_degrees`` where it is projected."""

    where: str  # "feature 12"
    properties: dict[str, Any]
    geometry: dict[str, Any] | None
    to_degrees: Callable[[shapely.Geometry], shapely.Geometry] | None = None
