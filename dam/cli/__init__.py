"""The command line: ``script/dam``. Each command calls the services that the pages call."""

from dam.cli.main import main

__all__ = ["main"]
