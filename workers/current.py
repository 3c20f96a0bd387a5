"""The archive this process works for, set once by its main function."""

from dam.archive import Archive

_archive: list[Archive] = []


def use(archive: Archive) -> None:
    _archive[:] = [archive]


def archive() -> Archive:
    """Raises LookupError outside a worker."""
    if not _archive:
        raise LookupError("this process is no worker of an archive")
    return _archive[0]
