"""The command line: ``script/dam``. Each command calls the services that the pages call."""
