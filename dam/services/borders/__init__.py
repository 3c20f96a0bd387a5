"""Where a point lies: the official borders of municipalities; without them, a vote of the nearest towns."""

from dam.services.borders.importing import LayerReport, import_layer
from dam.services.borders.locating import Located, locate, warm
from dam.services.borders.relocating import relocate, relocate_all

__all__ = ["LayerReport", "Located", "import_layer", "locate", "relocate", "relocate_all", "warm"]
