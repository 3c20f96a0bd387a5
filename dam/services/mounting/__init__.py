"""The archive as a folder: collections and events, each with originals and with what is ready for print."""

from dam.services.mounting.files import File, Opened, files_of, take
from dam.services.mounting.folders import COLLECTIONS, EVENTS, FORMATS, Folder, inside

__all__ = ["COLLECTIONS", "EVENTS", "FORMATS", "File", "Folder", "Opened", "files_of", "inside", "take"]
