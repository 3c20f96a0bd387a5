"""The catalogue from and to CSV. docs/catalogue.md documents the columns."""

from dam.services.spreadsheets.districts import export_districts, import_districts
from dam.services.spreadsheets.events import export_events, import_events
from dam.services.spreadsheets.officials import export_officials, import_officials
from dam.services.spreadsheets.reading import LARGEST, ImportReport, Problem, decode

__all__ = [
    "LARGEST",
    "ImportReport",
    "Problem",
    "decode",
    "export_districts",
    "export_events",
    "export_officials",
    "import_districts",
    "import_events",
    "import_officials",
]
